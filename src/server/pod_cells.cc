#include "server/pod_cells.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/human_duration.h"

namespace server {
namespace {

using text::Value;

const text::List& list_at(const Value& object, std::string_view first, std::string_view second) {
  static const text::List kEmpty;
  const Value* found = object.find_path(first, second);
  return found && found->is_list() ? found->as_list() : kEmpty;
}

bool flag(const Value& object, std::string_view name) {
  const Value* found = object.find(name);
  return found && found->is_bool() && found->as_bool();
}

bool has_condition(const Value& pod, std::string_view type) {
  for (const Value& one : list_at(pod, "status", "conditions"))
    if (one.string_at("type") == type && one.string_at("status") == "True") return true;
  return false;
}

int64_t number(const Value& object, std::string_view name) {
  const Value* found = object.find(name);
  return found ? found->to_int().value_or(0) : 0;
}

// "ExitCode:3", "Signal:9", or the reason.
std::string end_of(const Value& terminated) {
  if (const std::string_view reason = terminated.string_at("reason"); !reason.empty())
    return std::string(reason);
  if (const int64_t signal = number(terminated, "signal"); signal != 0)
    return fmt::format("Signal:{}", signal);
  return fmt::format("ExitCode:{}", number(terminated, "exitCode"));
}

// The way through the containers; Kubernetes' printPod has the rule.
class Reader {
 public:
  explicit Reader(const Value& pod) : pod_(pod) {
    reason_ = pod.string_at("status", "phase");
    if (const std::string_view own = pod.string_at("status", "reason"); !own.empty()) reason_ = own;
    for (const Value& one : list_at(pod, "status", "conditions"))
      if (one.string_at("type") == "PodScheduled" && one.string_at("reason") == "SchedulingGated")
        reason_ = "SchedulingGated";
    total_ = list_at(pod, "spec", "containers").size();
    for (const Value& one : list_at(pod, "spec", "initContainers"))
      if (is_sidecar(one)) ++total_;
    const bool initializing = read_init();
    if (!initializing || has_condition(pod, "Initialized")) read_containers();
    if (const Value* deleted = pod.find_path("metadata", "deletionTimestamp");
        deleted && !deleted->is_null()) {
      const std::string_view phase = pod.string_at("status", "phase");
      if (pod.string_at("status", "reason") == "NodeLost")
        reason_ = "Unknown";
      else if (phase != "Succeeded" && phase != "Failed")
        reason_ = "Terminating";
    }
  }

  PodCells cells(base::Time now) const {
    PodCells out;
    out.ready = fmt::format("{}/{}", ready_, total_);
    out.status = reason_;
    out.restarts = std::to_string(restarts_);
    if (restarts_ != 0 && last_restart_.is_set())
      out.restarts += fmt::format(" ({} ago)", text::human_duration(now - last_restart_));
    return out;
  }

 private:
  static bool is_sidecar(const Value& container) {
    return container.string_at("restartPolicy") == "Always";
  }
  const Value* init_container(std::string_view name) const {
    for (const Value& one : list_at(pod_, "spec", "initContainers"))
      if (one.string_at("name") == name) return &one;
    return nullptr;
  }
  void note_restart(const Value& status) {
    const auto at = base::parse_rfc3339(status.string_at("lastState", "terminated", "finishedAt"));
    if (at) last_restart_ = std::max(last_restart_, *at);
  }

  // True while init containers are not through.
  bool read_init() {
    const auto& statuses = list_at(pod_, "status", "initContainerStatuses");
    for (size_t i = 0; i < statuses.size(); ++i) {
      const Value& status = statuses[i];
      restarts_ += number(status, "restartCount");
      note_restart(status);
      const Value* terminated = status.find_path("state", "terminated");
      const Value* container = init_container(status.string_at("name"));
      if (terminated && number(*terminated, "exitCode") == 0) continue;
      if (container && is_sidecar(*container) && flag(status, "started")) {
        if (flag(status, "ready")) ++ready_;
        continue;
      }
      const std::string_view waiting = status.string_at("state", "waiting", "reason");
      if (terminated)
        reason_ = "Init:" + end_of(*terminated);
      else if (!waiting.empty() && waiting != "PodInitializing")
        reason_ = fmt::format("Init:{}", waiting);
      else
        reason_ = fmt::format("Init:{}/{}", i, list_at(pod_, "spec", "initContainers").size());
      return true;
    }
    return false;
  }

  void read_containers() {
    restarts_ = 0;
    for (const Value& status : list_at(pod_, "status", "initContainerStatuses")) {
      const Value* container = init_container(status.string_at("name"));
      if (container && is_sidecar(*container)) restarts_ += number(status, "restartCount");
    }
    bool has_running = false;
    const auto& statuses = list_at(pod_, "status", "containerStatuses");
    for (auto status = statuses.rbegin(); status != statuses.rend(); ++status) {
      restarts_ += number(*status, "restartCount");
      note_restart(*status);
      const std::string_view waiting = status->string_at("state", "waiting", "reason");
      const Value* terminated = status->find_path("state", "terminated");
      if (!waiting.empty()) {
        reason_ = waiting;
      } else if (terminated) {
        reason_ = end_of(*terminated);
      } else if (flag(*status, "ready") && status->find_path("state", "running")) {
        has_running = true;
        ++ready_;
      }
    }
    if (reason_ == "Completed" && has_running)
      reason_ = has_condition(pod_, "Ready") ? "Running" : "NotReady";
  }

  const Value& pod_;
  std::string reason_;
  size_t total_ = 0, ready_ = 0;
  int64_t restarts_ = 0;
  base::Time last_restart_{};
};

}  // namespace

PodCells pod_cells(const Value& pod, base::Time now) { return Reader(pod).cells(now); }

}  // namespace server
