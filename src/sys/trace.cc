#include "sys/trace.h"

#include <fcntl.h>
#include <unistd.h>

namespace sys {

Trace::Trace(const std::string& path) {
  if (!path.empty())
    file_ = Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
}

void Trace::mark(std::string_view name, base::Time at) const {
  if (!is_on()) return;
  std::string line(name);
  line += '\t';
  line += std::to_string(at.ns);
  line += '\n';
  // One write a line, so that lines of several writers do not mix.
  (void)!::write(file_.get(), line.data(), line.size());
}

}  // namespace sys
