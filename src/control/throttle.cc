#include "control/throttle.h"

namespace control {

void Throttle::set_limits(size_t total, size_t per_namespace) {
  total_ = total;
  per_namespace_ = per_namespace;
}

void Throttle::set_namespace_limit(const std::string& namespace_, std::optional<size_t> limit) {
  namespaces_[namespace_].limit = limit;
}

void Throttle::add_waiting(const std::string& uid, const std::string& namespace_, int64_t priority,
                           uint64_t created) {
  const QueuePlace place{-priority, created, uid};
  if (!known_.try_emplace(uid, Known{namespace_, place}).second) return;
  namespaces_[namespace_].waiting.insert(place);
}

void Throttle::add_running(const std::string& uid, const std::string& namespace_) {
  remove(uid);
  known_.emplace(uid, Known{namespace_, std::nullopt});
  ++namespaces_[namespace_].running;
  ++running_;
}

void Throttle::remove(const std::string& uid) {
  const auto found = known_.find(uid);
  if (found == known_.end()) return;
  Namespace& in = namespaces_[found->second.namespace_];
  if (found->second.place) {
    in.waiting.erase(*found->second.place);
  } else {
    --in.running;
    --running_;
  }
  known_.erase(found);
}

bool Throttle::has_room(const Namespace& in) const {
  const size_t limit = in.limit.value_or(per_namespace_);
  return limit == 0 || in.running < limit;
}

std::vector<std::string> Throttle::admit() {
  std::vector<std::string> out;
  while ((total_ == 0 || running_ < total_) && waiting_count() != 0) {
    Namespace* best = nullptr;
    for (auto& [name, in] : namespaces_) {
      if (in.waiting.empty() || !has_room(in)) continue;
      if (best == nullptr || *in.waiting.begin() < *best->waiting.begin()) best = &in;
    }
    if (best == nullptr) break;
    const std::string uid = best->waiting.begin()->uid;
    best->waiting.erase(best->waiting.begin());
    known_.at(uid).place.reset();
    ++best->running;
    ++running_;
    out.push_back(uid);
  }
  return out;
}

}  // namespace control
