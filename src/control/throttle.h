// throttle.h — which of the waiting workflows may begin, when only so many may run at once.
//
// Two limits, of all workflows and of those of one namespace; 0 is none. The highest priority
// begins first, and of those the one that was created first. Pure: control tells it what comes,
// ends and is set. Source: Argo docs "parallelism".
#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace control {

struct QueuePlace {  // in order of who begins first
  int64_t minus_priority = 0;
  uint64_t created = 0;  // the store's revision
  std::string uid;
  friend auto operator<=>(const QueuePlace&, const QueuePlace&) = default;
};

class Throttle {
 public:
  void set_limits(size_t total, size_t per_namespace);
  // Overrides the limit of one namespace; nothing: no longer.
  void set_namespace_limit(const std::string& namespace_, std::optional<size_t> limit);

  // `uid` waits; begins with one of the next admit().
  void add_waiting(const std::string& uid, const std::string& namespace_, int64_t priority,
                   uint64_t created);
  // Has begun already, or begins whatever the limits are.
  void add_running(const std::string& uid, const std::string& namespace_);
  void remove(const std::string& uid);

  // Those that may begin now, first ones first; they count as running from now on.
  std::vector<std::string> admit();

  size_t running_count() const { return running_; }
  size_t waiting_count() const { return known_.size() - running_; }

 private:
  struct Namespace {
    size_t running = 0;
    std::set<QueuePlace> waiting;
    std::optional<size_t> limit;
  };
  struct Known {
    std::string namespace_;
    std::optional<QueuePlace> place;  // unset: it runs
  };
  bool has_room(const Namespace& in) const;

  size_t total_ = 0, per_namespace_ = 0, running_ = 0;
  std::map<std::string, Namespace> namespaces_;
  std::unordered_map<std::string, Known> known_;  // by uid
};

}  // namespace control
