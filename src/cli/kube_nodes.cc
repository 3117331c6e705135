#include "cli/kube_nodes.h"

#include <fmt/format.h>

#include <functional>

#include "cli/node_tree.h"
#include "text/json.h"
#include "text/selector.h"

namespace cli {
namespace {

using text::Value;
using OnNode = std::function<base::Status(Value& node)>;

base::Status check_nodes(const Value& workflow) {
  if (workflow.string_at("status", "compressedNodes").empty() &&
      workflow.string_at("status", "offloadNodeStatusVersion").empty())
    return {};
  return base::fail(
      base::Code::kUnsupported,
      "the workflow's nodes are stored compressed, or beside it: its server knows them", {},
      "give --argo-server");
}

// Each Suspend node that waits and fits the body's selector.
base::Result<size_t> each_waiting(Value& workflow, const Value& body, const OnNode& on_node) {
  if (auto good = check_nodes(workflow); !good) return base::fail(good.error());
  const auto selector = text::Selector::parse_fields(body.string_at("nodeFieldSelector"));
  if (!selector) return base::fail(selector.error());
  Value* status = workflow.find("status");
  Value* nodes = status ? status->find("nodes") : nullptr;
  if (!nodes || !nodes->is_map()) return size_t{0};
  size_t count = 0;
  for (text::Member& entry : nodes->as_map()) {
    Value& node = entry.value;
    if (node.string_at("type") != "Suspend" || node.string_at("phase") != "Running" ||
        !matches_node(*selector, node))
      continue;
    if (auto done = on_node(node); !done) return base::fail(done.error());
    ++count;
  }
  return count;
}

base::Status need_some(const base::Result<size_t>& count) {
  if (!count) return base::fail(count.error());
  if (*count > 0) return {};
  return base::fail(base::Code::kInvalid,
                    "currently, set only targets suspend nodes: no suspend nodes matching "
                    "nodeFieldSelector");
}

void end_node(Value& node, std::string_view phase, base::Time now) {
  node["phase"] = phase;
  node["finishedAt"] = base::to_rfc3339(now);
}

// Outputs that nobody has supplied get their default.
base::Status fill_outputs(Value& node) {
  Value* outputs = node.find("outputs");
  Value* parameters = outputs ? outputs->find("parameters") : nullptr;
  if (!parameters || !parameters->is_list()) return {};
  for (Value& parameter : parameters->as_list()) {
    const Value* from = parameter.find("valueFrom");
    if (!from || !from->is_map() || !from->find("supplied") || parameter.find("value")) continue;
    const Value* without = from->find("default");
    if (!without)
      return base::fail(base::Code::kInvalid,
                        fmt::format("raw output parameter '{}' has not been set and does not have "
                                    "a default value",
                                    parameter.string_at("name")));
    const std::string value = without->to_any_string();
    parameter["value"] = value;
    parameter.as_map().erase("valueFrom");
  }
  return {};
}

base::Status set_outputs(Value& node, const Value& given) {
  if (!given.is_map()) return {};
  Value* outputs = node.find("outputs");
  Value* parameters = outputs ? outputs->find("parameters") : nullptr;
  for (const text::Member& one : given.as_map()) {
    Value* found = nullptr;
    if (parameters && parameters->is_list())
      for (Value& parameter : parameters->as_list())
        if (parameter.string_at("name") == one.key) found = &parameter;
    if (!found || !found->find_path("valueFrom", "supplied"))
      return base::fail(base::Code::kInvalid,
                        fmt::format("node is not expecting output parameter '{}'", one.key));
    (*found)["value"] = one.value.to_any_string();
    found->as_map().erase("valueFrom");
  }
  return {};
}

}  // namespace

base::Status resume_nodes(Value& workflow, const Value& body, base::Time now) {
  const bool chooses = !body.string_at("nodeFieldSelector").empty();
  Value* spec = workflow.find("spec");
  if (!chooses && spec && spec->is_map()) spec->as_map().erase("suspend");
  const auto count = each_waiting(workflow, body, [&](Value& node) -> base::Status {
    if (auto filled = fill_outputs(node); !filled) return filled;
    end_node(node, "Succeeded", now);
    return {};
  });
  if (chooses) return need_some(count);
  return count ? base::Status() : base::Status(base::fail(count.error()));
}

base::Status stop_nodes(Value& workflow, const Value& body, base::Time now) {
  const std::string_view message = body.string_at("message");
  return need_some(each_waiting(workflow, body, [&](Value& node) -> base::Status {
    end_node(node, "Failed", now);
    if (!message.empty()) node["message"] = message;
    return {};
  }));
}

base::Status set_nodes(Value& workflow, const Value& body, base::Time now) {
  const std::string_view phase = body.string_at("phase"), message = body.string_at("message");
  if (!phase.empty() && phase != "Succeeded" && phase != "Failed" && phase != "Error")
    return base::fail(base::Code::kInvalid, fmt::format("{} is an invalid phase to set to", phase));
  Value outputs;
  if (const std::string_view text = body.string_at("outputParameters"); !text.empty()) {
    auto parsed = text::parse_json(text);
    if (!parsed) return base::fail(parsed.error());
    outputs = *std::move(parsed);
  }
  return need_some(each_waiting(workflow, body, [&](Value& node) -> base::Status {
    if (auto set = set_outputs(node, outputs); !set) return set;
    if (!message.empty()) node["message"] = message;
    if (phase == "Succeeded")
      if (auto filled = fill_outputs(node); !filled) return filled;
    if (!phase.empty()) end_node(node, phase, now);
    return {};
  }));
}

}  // namespace cli
