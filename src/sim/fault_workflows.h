// fault_workflows.h — the workflows of a simulation with faults: those of WorkflowMaker, with what
// is beyond the engine around them: locks, caches, templates that others may change, hooks,
// daemons, loops over outputs, what is deleted in time. Not part of the product.
#pragma once
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "text/value.h"

namespace sim {

struct MadeWorkflow {
  text::Value object;
  std::vector<text::Value> templates;  // WorkflowTemplates that it wants
  bool is_locked = false;              // holds a mutex from its start to its end
  std::optional<int64_t> parallelism, ttl_seconds;
};

// `is_free`: its end may hang on time, limits and what a person does.
MadeWorkflow make_workflow(const std::string& name, uint32_t seed, bool is_free);

// The same WorkflowTemplate with other pods.
text::Value changed_template(text::Value object, uint64_t version);

// What the agent makes of a pod, by the template in its name.
bool is_daemon_pod(std::string_view pod_name);
bool is_lister_pod(std::string_view pod_name);

}  // namespace sim
