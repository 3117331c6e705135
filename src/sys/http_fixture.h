// http_fixture.h — for tests: a real server on a socket in a folder of its own.
#pragma once
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "sys/http_server.h"
#include "sys/unix_socket.h"

namespace sys {

class HttpFixture : public testing::Test {
 protected:
  HttpFixture() {
    char name[] = "/tmp/argon-http-XXXXXX";
    folder_ = mkdtemp(name);
    path_ = folder_ + "/s";
  }
  ~HttpFixture() override {
    if (server_) server_->stop();
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  void serve(HttpHandler handler, HttpServerOptions options = {}) {
    server_ = std::make_unique<HttpServer>(std::move(handler), options);
    ASSERT_TRUE(server_->listen_unix(path_));
    auto port = server_->listen_tcp("127.0.0.1", 0);
    ASSERT_TRUE(port);
    port_ = *port;
    server_->start();
  }
  std::unique_ptr<HttpClient> client() { return make_http_client({"unix:" + path_, "", false}); }
  std::unique_ptr<HttpClient> tcp_client() {
    return make_http_client(
        {"http://127.0.0.1:" + std::to_string(port_) + "/base", "secret", false});
  }
  // A connection that has sent these bytes.
  int connected(std::string_view bytes) {
    auto fd = connect_unix(path_);
    EXPECT_TRUE(fd);
    EXPECT_EQ(::send(*fd, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
    return *fd;
  }
  // Until `end` has come, or the other side closes.
  static std::string read_until(int fd, std::string_view end) {
    std::string out;
    char byte;
    while (!out.ends_with(end) && recv(fd, &byte, 1, 0) == 1) out += byte;
    return out;
  }
  // Until the other side closes.
  static std::string read_all(int fd) {
    std::string out;
    char buffer[4096];
    for (ssize_t got; (got = recv(fd, buffer, sizeof buffer, 0)) > 0;)
      out.append(buffer, static_cast<size_t>(got));
    return out;
  }
  // Writes raw bytes and gives all that comes back until the server closes.
  std::string raw(std::string_view bytes) {
    const int fd = connected(bytes);
    shutdown(fd, SHUT_WR);
    std::string out = read_all(fd);
    close(fd);
    return out;
  }

  std::string folder_, path_;
  uint16_t port_ = 0;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace sys
