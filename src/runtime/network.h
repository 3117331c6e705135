// network.h — the pods' networks: a pool of network namespaces, each with lo up and an address.
//
// As root: a veth pair into a bridge, and masquerading by nftables for the way out. Where that
// cannot be (no CAP_NET_ADMIN, no nft), namespaces have a loopback only, and problem() says why.
// Namespaces are pinned by files, so that they outlive the agent. One thread of its own makes and
// checks them; a fresh one costs milliseconds, one from the pool nothing. A namespace is used again
// only when no socket was left behind in it.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "base/error.h"
#include "runtime/netlink.h"

namespace runtime {

struct NetworkConfig {
  std::string folder;      // of the pins; also what tells two agents' networks apart
  size_t ready_count = 8;  // that wait in the pool
  bool outside = true;     // false: loopback only
};

struct PodNetwork {
  uint32_t slot = 0;
  std::string namespace_path;
  std::string ip;  // "127.0.0.1" with a loopback only
};

class Network {
 public:
  explicit Network(NetworkConfig config);
  ~Network();  // leaves the pinned namespaces as they are
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // Waits for one when the pool is empty. Any thread.
  base::Result<PodNetwork> acquire();
  // The one that a pod had before the agent started anew; nothing when it is gone.
  std::optional<PodNetwork> adopt(uint32_t slot);
  // `tampered`: the pod could change it, so it is thrown away.
  void release(uint32_t slot, bool tampered);
  // Ends the wait of those in acquire(), for an agent that stops.
  void release_waiting();
  // Why there is no way out of the pods; empty when there is.
  std::string problem() const;
  std::string gateway() const;
  // Removes bridge and rules of an agent whose folder is gone: it was killed, and all deleted.
  static void remove_left_over(const std::string& folder);
  // Bridges and rules of agents that nobody knows any more: none of `folders` is theirs, and no
  // pod's namespace hangs on them, as on that of an agent which has begun.
  static void remove_ownerless(const std::vector<std::string>& folders);
  // Unpins all namespaces, removes bridge and rules. Nothing may run.
  void tear_down();

 private:
  void loop();
  void set_up_outside();
  base::Status make(uint32_t slot);
  void discard(uint32_t slot);
  bool is_clean(uint32_t slot);
  std::string pin(uint32_t slot) const;
  uint32_t address(uint32_t slot) const { return subnet_ + 2 + slot; }
  PodNetwork describe(uint32_t slot) const;

  const NetworkConfig config_;
  std::string tag_, bridge_, table_;
  uint32_t subnet_ = 0, mtu_ = 1500;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<uint32_t> ready_;
  std::deque<std::pair<uint32_t, bool>> returned_;
  std::set<uint32_t> known_;  // slots that exist, in use or not
  size_t waiting_ = 0;
  bool outside_ = false, is_set_up_ = false, stopping_ = false;
  std::string problem_;
  base::Error failure_;  // why namespaces cannot be made at all
  bool has_failed_ = false;
  std::optional<Netlink> host_;  // the network thread's
  sys::Fd host_namespace_;
  std::thread thread_;
};

}  // namespace runtime
