// peer_limits.h — how much one address may ask of the server: connections at once, requests a
// second. Of one thread.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sys {

// "127.0.0.1:4711" -> "127.0.0.1", "[::1]:80" or "::1:80" -> "::1".
std::string ip_of(std::string_view address);

class PeerLimits {
 public:
  using Now = std::chrono::steady_clock::time_point;
  // 0: no limit.
  PeerLimits(size_t connections_max, uint32_t requests_per_second_max)
      : connections_max_(connections_max), rate_(requests_per_second_max) {}
  bool take_connection(const std::string& ip);
  void drop_connection(const std::string& ip, Now now);
  // As many at once as may come in a second.
  bool take_request(const std::string& ip, Now now);
  size_t size() const { return peers_.size(); }

 private:
  struct Peer {
    size_t connections = 0;
    double spent = 0;  // of the second's requests at that time; falls
    Now at{};
  };
  void forget_idle(Now now);
  double spent(const Peer& peer, Now now) const;

  const size_t connections_max_;
  const uint32_t rate_;
  size_t forget_at_ = 1024;  // peers
  std::unordered_map<std::string, Peer> peers_;
};

}  // namespace sys
