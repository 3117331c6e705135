// fd_message.h — packets of bytes with descriptors, over a Unix socket that keeps packets apart.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sys/fd.h"

namespace sys {

constexpr size_t kFdsMost = 4;  // of one packet

// False, with errno, when the other end is gone or the packet too large. The caller keeps its
// descriptors.
bool send_packet(int socket, std::string_view bytes, std::span<const int> fds);

struct Packet {
  std::string bytes;
  std::vector<Fd> fds;  // close-on-exec
};
// Blocks. Nothing at the end. A packet of more than `bytes_max` is cut off there.
std::optional<Packet> receive_packet(int socket, size_t bytes_max);

}  // namespace sys
