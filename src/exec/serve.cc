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
#include <string>

#include "exec/monitor.h"
#include "sys/clock.h"
#include "sys/fd.h"

namespace exec {
namespace {

constexpr size_t kFolderMax = 4096;

struct Request {
  std::string folder;
  sys::Fd spec;
};

// False at the end.
bool receive(Request& request) {
  char text[kFolderMax];
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  iovec part{text, sizeof text};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t got = 0;
  while ((got = ::recvmsg(0, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) continue;
  if (got <= 0) return false;
  request.folder.assign(text, static_cast<size_t>(got));
  const cmsghdr* const head = CMSG_FIRSTHDR(&message);
  if (head != nullptr && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(head), sizeof fd);
    request.spec = sys::Fd(fd);
  }
  return true;
}

void show_folder(int argc, char** argv, const std::string& folder) {
  if (argc < 3) return;
  char* const begin = argv[1];
  char* const end = argv[argc - 1] + std::strlen(argv[argc - 1]);
  std::memset(begin, 0, static_cast<size_t>(end - begin));
  std::memcpy(begin, folder.data(), std::min(folder.size(), static_cast<size_t>(end - begin)));
}

[[noreturn]] void become_monitor(Request& request, int argc, char** argv) {
  ::setsid();
  // The template's socket goes, the spec takes its place as stdin.
  const sys::Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ::dup2(request.spec.is_open() ? request.spec.get() : null.get(), 0);
  request.spec.reset();
  show_folder(argc, argv, request.folder);
  const sys::RealClock clock;
  ::_exit(run_monitor(request.folder, clock));
}

}  // namespace

int serve_starts(int argc, char** argv) {
  for (;;) {
    Request request;
    if (!receive(request)) return 0;
    const long pid = ::syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) become_monitor(request, argc, argv);
    const auto answer = static_cast<int32_t>(pid > 0 ? pid : -errno);
    (void)!::send(0, &answer, sizeof answer, MSG_NOSIGNAL);
  }
}

}  // namespace exec
