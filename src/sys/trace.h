// trace.h — moments of a step's life, appended to a file: where a no-op step spends its time.
//
// For bench/run --profile. Off unless ARGON_TRACE names a file, and then one `if` a seam. Lines are
// "<name>\t<ns since 1970>\n"; several processes append to one file. Any thread.
#pragma once
#include <string>
#include <string_view>

#include "base/time.h"
#include "sys/fd.h"

namespace sys {

class Trace {
 public:
  Trace() = default;
  explicit Trace(const std::string& path);  // empty: off

  bool is_on() const { return file_.is_open(); }
  void mark(std::string_view name, base::Time at) const;

 private:
  Fd file_;
};

}  // namespace sys
