// registry_test.h — a real registry on a loopback port, for one test; with a password or without.
#pragma once
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <filesystem>
#include <fstream>
#include <string>

#include "runtime/image_command.h"
#include "runtime/scratch_test.h"
#include "sys/http.h"
#include "sys/process.h"

namespace runtime {

inline int free_port() {
  const sys::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

// Debian's docker-registry, ended with the object.
class Registry {
 public:
  explicit Registry(const std::filesystem::path& folder, const std::string& htpasswd = "")
      : port_(free_port()) {
    std::filesystem::create_directories(folder);
    const std::string config = (folder / "config.yml").string();
    std::ofstream file(config);
    file << "version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: "
         << (folder / "data").string() << "}}\nhttp: {addr: \"127.0.0.1:" << port_ << "\"}\n";
    if (!htpasswd.empty()) {
      std::ofstream(folder / "htpasswd") << htpasswd << "\n";
      file << "auth: {htpasswd: {realm: test, path: " << (folder / "htpasswd").string() << "}}\n";
    }
    file.close();
    sys::SpawnRequest request;
    request.argv = {"docker-registry", "serve", config};
    const auto pid = sys::spawn(request);
    EXPECT_TRUE(pid) << "is docker-registry installed?";
    pid_ = pid.value_or(0);
    wait_until_it_answers();
  }
  ~Registry() { stop(); }
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  void stop() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string url() const { return "http://" + host(); }
  int port() const { return port_; }

 private:
  void wait_until_it_answers() const {
    sys::HttpRequest request;
    request.target = "/v2/";
    for (int i = 0; i < 1000; ++i) {
      if (sys::make_http_client({.url = url(), .bearer_token = "", .insecure_skip_verify = false})
              ->send(request))
        return;
      ::usleep(10'000);
    }
    ADD_FAILURE() << "docker-registry does not answer";
  }

  int port_;
  pid_t pid_ = 0;
};

}  // namespace runtime
