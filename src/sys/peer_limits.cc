#include "sys/peer_limits.h"

#include <algorithm>

namespace sys {

std::string ip_of(std::string_view address) {
  std::string_view ip = address.substr(0, address.rfind(':'));
  if (ip.size() > 1 && ip.front() == '[' && ip.back() == ']') ip = ip.substr(1, ip.size() - 2);
  return std::string(ip);
}

bool PeerLimits::take_connection(const std::string& ip) {
  Peer& peer = peers_[ip];
  if (connections_max_ != 0 && peer.connections >= connections_max_) return false;
  ++peer.connections;
  return true;
}

void PeerLimits::drop_connection(const std::string& ip, Now now) {
  const auto found = peers_.find(ip);
  if (found == peers_.end()) return;
  if (found->second.connections > 0) --found->second.connections;
  if (rate_ == 0 && found->second.connections == 0) peers_.erase(found);
  if (peers_.size() >= forget_at_) forget_idle(now);
}

bool PeerLimits::take_request(const std::string& ip, Now now) {
  if (rate_ == 0) return true;
  Peer& peer = peers_[ip];
  peer.spent = spent(peer, now);
  peer.at = now;
  if (peer.spent + 1 > rate_) return false;
  peer.spent += 1;
  return true;
}

double PeerLimits::spent(const Peer& peer, Now now) const {
  const double seconds = std::chrono::duration<double>(now - peer.at).count();
  return std::max(0.0, peer.spent - seconds * rate_);
}

void PeerLimits::forget_idle(Now now) {
  std::erase_if(peers_, [&](const auto& entry) {
    return entry.second.connections == 0 && spent(entry.second, now) == 0;
  });
  forget_at_ = std::max<size_t>(1024, 2 * peers_.size());
}

}  // namespace sys
