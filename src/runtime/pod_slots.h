// pod_slots.h — who may run now: the room of this machine, first come first served by priority.
//
// Pure. A pod that waits is never overtaken by one behind it, so a large one is not starved; only
// one that could never fit is stepped over.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace runtime {

struct PodNeed {
  int64_t cpu_milli = 0, memory_bytes = 0, priority = 0;
};

class PodSlots {
 public:
  PodSlots(int64_t cpu_milli, int64_t memory_bytes, uint32_t pods_max)
      : cpu_milli_(cpu_milli), memory_bytes_(memory_bytes), pods_max_(pods_max) {}

  void enqueue(const std::string& uid, const PodNeed& need);
  // Takes room without asking: the pod runs already.
  void take(const std::string& uid, const PodNeed& need);
  // Gives up its room, or its place in the queue.
  void release(const std::string& uid);
  // Those that may run now, in order, at most `count`; they hold their room from then on.
  std::vector<std::string> admit(size_t count);
  // Queued, and too large for this machine.
  bool is_too_large(const std::string& uid) const;
  // Why a queued pod waits: "0/1 nodes are available: insufficient cpu …".
  std::string reason(const std::string& uid) const;

 private:
  bool could_ever_fit(const PodNeed& need) const;
  bool fits(const PodNeed& need) const;

  int64_t cpu_milli_, memory_bytes_;
  uint32_t pods_max_;
  int64_t cpu_used_ = 0, memory_used_ = 0;
  uint64_t arrivals_ = 0;
  using Place = std::pair<int64_t, uint64_t>;  // negative priority, arrival
  std::map<Place, std::string> queue_;
  std::map<std::string, std::pair<Place, PodNeed>> waiting_;
  std::map<std::string, PodNeed> running_;
};

}  // namespace runtime
