#include "exec/enter.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "sys/fd.h"

namespace exec {

int enter_and_run(int monitor_pid, char** argv) {
  const std::string path = "/proc/" + std::to_string(monitor_pid) + "/ns/mnt";
  const sys::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open() || ::setns(fd.get(), CLONE_NEWNS) != 0) {
    std::fprintf(stderr, "cannot enter %s: %s\n", path.c_str(), std::strerror(errno));
    return 125;
  }
  ::execv(argv[0], argv);
  std::fprintf(stderr, "cannot run %s: %s\n", argv[0], std::strerror(errno));
  return 126;
}

}  // namespace exec
