#include "exec/enter.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

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

int become_program(char** argv) {
  // An agent that is killed leaves nothing behind; this program's new session has no other owner.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (; *argv != nullptr && std::string_view(*argv) != "--"; ++argv) {
    const std::string_view flag = *argv;
    constexpr std::string_view kCgroup = "--cgroup=";
    if (flag == "--tty") ::ioctl(0, TIOCSCTTY, 0);
    if (!flag.starts_with(kCgroup)) continue;
    const std::string path = std::string(flag.substr(kCgroup.size())) + "/cgroup.procs";
    const sys::Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (::write(fd.get(), "0", 1) == 1) continue;
    std::fprintf(stderr, "cannot join %s: %s\n", path.c_str(), std::strerror(errno));
    return 125;
  }
  if (*argv == nullptr || argv[1] == nullptr) return 2;
  ++argv;
  ::execvp(argv[0], argv);
  const int error = errno;
  std::fprintf(stderr, "exec: \"%s\": %s\n", argv[0],
               error == ENOENT ? "executable file not found in $PATH" : std::strerror(error));
  return error == ENOENT ? 127 : 126;
}

}  // namespace exec
