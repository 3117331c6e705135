// transport.h — a server's side of a connection, plain or TLS, that never blocks.
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string_view>

namespace sys {

// Reading and writing may go on at once in two threads. Does not own the descriptor.
class Transport {
 public:
  static constexpr ssize_t kAgain = -1, kBroken = -2;
  virtual ~Transport() = default;
  // Bytes (> 0), 0 at the end, kAgain, kBroken.
  virtual ssize_t read(char* into, size_t count) = 0;
  // Takes a beginning of the parts: how many bytes of it, kAgain, kBroken.
  virtual ssize_t write(std::initializer_list<std::string_view> parts) = 0;
  virtual void say_goodbye() {}  // nothing is written behind it
};

std::unique_ptr<Transport> make_plain_transport(int fd);

// All of it, waiting while the other side is slow: at most so long at a time. False: it is gone.
bool write_all(Transport& transport, int fd, std::initializer_list<std::string_view> parts,
               int seconds_max);

}  // namespace sys
