#include "runtime/pod_slots.h"

#include <fmt/format.h>

namespace runtime {

void PodSlots::enqueue(const std::string& uid, const PodNeed& need) {
  const Place place{-need.priority, arrivals_++};
  queue_[place] = uid;
  waiting_[uid] = {place, need};
}

void PodSlots::take(const std::string& uid, const PodNeed& need) {
  if (!running_.emplace(uid, need).second) return;
  cpu_used_ += need.cpu_milli;
  memory_used_ += need.memory_bytes;
}

void PodSlots::release(const std::string& uid) {
  if (const auto found = waiting_.find(uid); found != waiting_.end()) {
    queue_.erase(found->second.first);
    waiting_.erase(found);
  }
  const auto found = running_.find(uid);
  if (found == running_.end()) return;
  cpu_used_ -= found->second.cpu_milli;
  memory_used_ -= found->second.memory_bytes;
  running_.erase(found);
}

bool PodSlots::could_ever_fit(const PodNeed& need) const {
  return need.cpu_milli <= cpu_milli_ && need.memory_bytes <= memory_bytes_ && pods_max_ > 0;
}

bool PodSlots::fits(const PodNeed& need) const {
  return running_.size() < pods_max_ && cpu_used_ + need.cpu_milli <= cpu_milli_ &&
         memory_used_ + need.memory_bytes <= memory_bytes_;
}

std::vector<std::string> PodSlots::admit(size_t count) {
  std::vector<std::string> out;
  for (auto at = queue_.begin(); at != queue_.end() && out.size() < count;) {
    const PodNeed need = waiting_.at(at->second).second;
    if (!could_ever_fit(need)) {
      ++at;
      continue;
    }
    if (!fits(need)) break;
    const std::string uid = at->second;
    at = queue_.erase(at);
    waiting_.erase(uid);
    take(uid, need);
    out.push_back(uid);
  }
  return out;
}

bool PodSlots::is_too_large(const std::string& uid) const {
  const auto found = waiting_.find(uid);
  return found != waiting_.end() && !could_ever_fit(found->second.second);
}

std::string PodSlots::reason(const std::string& uid) const {
  const auto found = waiting_.find(uid);
  if (found == waiting_.end()) return {};
  const PodNeed& need = found->second.second;
  const std::string begin = "0/1 nodes are available: ";
  if (need.cpu_milli > cpu_milli_)
    return begin + fmt::format("the pod asks for {}m CPU, this machine offers {}m", need.cpu_milli,
                               cpu_milli_);
  if (need.memory_bytes > memory_bytes_)
    return begin + fmt::format("the pod asks for {} bytes of memory, this machine offers {}",
                               need.memory_bytes, memory_bytes_);
  if (running_.size() >= pods_max_)
    return begin + fmt::format("all {} places for pods are taken", pods_max_);
  if (cpu_used_ + need.cpu_milli > cpu_milli_)
    return begin + fmt::format("insufficient cpu: {}m of {}m are taken", cpu_used_, cpu_milli_);
  if (memory_used_ + need.memory_bytes > memory_bytes_)
    return begin + fmt::format("insufficient memory: {} of {} bytes are taken", memory_used_,
                               memory_bytes_);
  return begin + "pods that came earlier, or with a higher priority, go first";
}

}  // namespace runtime
