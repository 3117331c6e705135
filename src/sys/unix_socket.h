// unix_socket.h — addresses of Unix sockets whose path may be longer than sun_path's 107 bytes.
#pragma once
#include <string>

#include "base/error.h"

namespace sys {

// Gives a connected stream socket (close-on-exec). kUnavailable when nobody listens.
base::Result<int> connect_unix(const std::string& path);
// Gives a listening socket, mode 0600; a socket file without listener is replaced.
base::Result<int> listen_unix(const std::string& path);
// The user at the other end of a connected Unix socket.
base::Result<uint32_t> peer_uid(int fd);

}  // namespace sys
