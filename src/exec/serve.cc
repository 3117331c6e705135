#include "exec/serve.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

#include "exec/monitor.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/fd_message.h"

namespace exec {
namespace {

constexpr size_t kFolderMax = 4096;

void show_folder(int argc, char** argv, const std::string& folder) {
  if (argc < 3) return;
  char* const begin = argv[1];
  char* const end = argv[argc - 1] + std::strlen(argv[argc - 1]);
  std::memset(begin, 0, static_cast<size_t>(end - begin));
  std::memcpy(begin, folder.data(), std::min(folder.size(), static_cast<size_t>(end - begin)));
}

[[noreturn]] void become_monitor(sys::Packet& request, int argc, char** argv) {
  ::setsid();
  // The template's socket goes, the spec takes its place as stdin.
  const sys::Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ::dup2(request.fds.empty() ? null.get() : request.fds[0].get(), 0);
  request.fds.clear();
  show_folder(argc, argv, request.bytes);
  const sys::RealClock clock;
  ::_exit(run_monitor(request.bytes, clock));
}

}  // namespace

int serve_starts(int argc, char** argv) {
  for (;;) {
    std::optional<sys::Packet> request = sys::receive_packet(0, kFolderMax);
    if (!request) return 0;
    const long pid = ::syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) become_monitor(*request, argc, argv);
    const auto answer = static_cast<int32_t>(pid > 0 ? pid : -errno);
    (void)!::send(0, &answer, sizeof answer, MSG_NOSIGNAL);
  }
}

}  // namespace exec
