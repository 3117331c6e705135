// estimates.h — how long a workflow will take: as long as the newest that has succeeded of the same
// WorkflowTemplate, ClusterWorkflowTemplate or CronWorkflow. Source: Argo docs "Estimated
// duration". Internal to control/; its thread.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/time.h"
#include "kube/store_api.h"

namespace control {

class Estimates {
 public:
  // Seconds for a workflow with these labels; 0: none like it has succeeded. The first question
  // about a template reads its stored workflows, at most kMostRead of them.
  base::Result<int64_t> estimate(kube::StoreApi& api, const std::string& namespace_,
                                 const store::Labels& labels);
  // One has succeeded.
  void learn(const std::string& namespace_, const store::Labels& labels, base::Duration took);

 private:
  static constexpr uint64_t kMostRead = 1000;
  static constexpr size_t kMostKept = 10'000;  // then all are forgotten, and read again
  struct Key {
    std::string namespace_, label, value;
    auto operator<=>(const Key&) const = default;
  };
  static std::optional<Key> key_of(const std::string& namespace_, const store::Labels& labels);
  static base::Result<int64_t> read(kube::StoreApi& api, const Key& key);

  std::map<Key, int64_t> seconds_;
};

}  // namespace control
