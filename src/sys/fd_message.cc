#include "sys/fd_message.h"

#include <sys/socket.h>

#include <cassert>
#include <cerrno>
#include <cstring>

namespace sys {

bool send_packet(int socket, std::string_view bytes, std::span<const int> fds) {
  assert(fds.size() <= kFdsMost);
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kFdsMost)] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* const head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(head), fds.data(), fds.size_bytes());
  }
  ssize_t sent = 0;
  while ((sent = ::sendmsg(socket, &message, MSG_NOSIGNAL)) < 0 && errno == EINTR) continue;
  return sent >= 0;
}

std::optional<Packet> receive_packet(int socket, size_t bytes_max) {
  Packet packet;
  packet.bytes.resize(bytes_max);
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kFdsMost)] = {};
  iovec part{packet.bytes.data(), packet.bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t got = 0;
  while ((got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) continue;
  if (got <= 0) return std::nullopt;
  packet.bytes.resize(static_cast<size_t>(got));
  const cmsghdr* const head = CMSG_FIRSTHDR(&message);
  if (head == nullptr || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
    return packet;
  int fds[kFdsMost] = {};
  const size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  std::memcpy(fds, CMSG_DATA(head), count * sizeof(int));
  for (size_t i = 0; i < count; ++i) packet.fds.emplace_back(fds[i]);
  return packet;
}

}  // namespace sys
