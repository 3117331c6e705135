#include "sys/unix_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sys {
namespace {

base::Error world(const std::string& what) {
  return {base::Code::kUnavailable, fmt::format("{}: {}", what, strerror(errno))};
}

// A long path is reached through a descriptor of its folder: /proc/self/fd/N/argo.sock.
struct ShortPath {
  sockaddr_un address{};
  int folder = -1;
  ~ShortPath() {
    if (folder >= 0) close(folder);
  }
};

base::Status make_address(const std::string& path, ShortPath& out) {
  out.address.sun_family = AF_UNIX;
  std::string short_path = path;
  if (path.size() >= sizeof out.address.sun_path) {
    const size_t slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    out.folder = open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (out.folder < 0) return base::fail(world(folder));
    short_path = fmt::format("/proc/self/fd/{}/{}", out.folder, path.substr(slash + 1));
    if (short_path.size() >= sizeof out.address.sun_path)
      return base::fail(base::Code::kInvalid, "the socket's name is too long: " + path);
  }
  memcpy(out.address.sun_path, short_path.c_str(), short_path.size() + 1);
  return {};
}

int stream_socket() { return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0); }

}  // namespace

base::Result<int> connect_unix(const std::string& path) {
  ShortPath where;
  if (auto made = make_address(path, where); !made) return base::fail(made.error());
  const int fd = stream_socket();
  if (fd < 0) return base::fail(world("socket"));
  while (connect(fd, reinterpret_cast<sockaddr*>(&where.address), sizeof where.address) != 0) {
    if (errno == EINTR) continue;
    const base::Error error = world("cannot reach " + path);
    close(fd);
    return base::fail(error);
  }
  return fd;
}

base::Result<int> listen_unix(const std::string& path) {
  ShortPath where;
  if (auto made = make_address(path, where); !made) return base::fail(made.error());
  if (auto other = connect_unix(path)) {
    close(*other);
    return base::fail(base::Code::kAlreadyExists, "another server listens at " + path);
  }
  unlink(path.c_str());
  const int fd = stream_socket();
  if (fd < 0) return base::fail(world("socket"));
  // The mode is set before the name appears, so that nobody else can connect in between.
  fchmod(fd, 0600);
  if (bind(fd, reinterpret_cast<sockaddr*>(&where.address), sizeof where.address) != 0 ||
      chmod(path.c_str(), 0600) != 0 || listen(fd, 4096) != 0) {
    const base::Error error = world("cannot listen at " + path);
    close(fd);
    return base::fail(error);
  }
  return fd;
}

base::Result<uint32_t> peer_uid(int fd) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
    return base::fail(world("SO_PEERCRED"));
  return credentials.uid;
}

}  // namespace sys
