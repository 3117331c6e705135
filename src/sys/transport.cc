#include "sys/transport.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

namespace sys {
namespace {

constexpr size_t kPartsMax = 4;

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(int fd) : fd_(fd) {}

  ssize_t read(char* into, size_t count) override {
    while (true) {
      const ssize_t got = recv(fd_, into, count, MSG_DONTWAIT);
      if (got >= 0) return got;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return kAgain;
      if (errno != EINTR) return kBroken;
    }
  }

  ssize_t write(std::initializer_list<std::string_view> parts) override {
    iovec vectors[kPartsMax];
    msghdr message{};
    message.msg_iov = vectors;
    for (const std::string_view part : parts)
      if (!part.empty() && message.msg_iovlen < kPartsMax)
        vectors[message.msg_iovlen++] = {const_cast<char*>(part.data()), part.size()};
    while (true) {
      const ssize_t sent = sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent >= 0) return sent;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return kAgain;
      if (errno != EINTR) return kBroken;
    }
  }

 private:
  const int fd_;
};

// What is left of a part when `sent` bytes of all parts have gone; lessens `sent`.
std::string_view rest_of(std::string_view part, size_t& sent) {
  const size_t gone = std::min(part.size(), sent);
  sent -= gone;
  return part.substr(gone);
}

}  // namespace

std::unique_ptr<Transport> make_plain_transport(int fd) {
  return std::make_unique<PlainTransport>(fd);
}

bool write_all(Transport& transport, int fd, std::initializer_list<std::string_view> parts,
               int seconds_max) {
  std::string_view left[kPartsMax];
  size_t count = 0, bytes = 0;
  for (const std::string_view part : parts) {
    left[count++] = part;
    bytes += part.size();
  }
  while (bytes > 0) {
    const ssize_t sent = transport.write({left[0], left[1], left[2], left[3]});
    if (sent == Transport::kBroken) return false;
    if (sent == Transport::kAgain) {
      pollfd fds{fd, POLLOUT, 0};
      const int ready = poll(&fds, 1, seconds_max * 1000);
      if (ready == 0 || (ready < 0 && errno != EINTR)) return false;
      continue;
    }
    bytes -= static_cast<size_t>(sent);
    size_t gone = static_cast<size_t>(sent);
    for (std::string_view& part : left) part = rest_of(part, gone);
  }
  return true;
}

}  // namespace sys
