#include "conformance/trace_status.h"

#include <map>
#include <string>

#include "base/time.h"
#include "conformance/trace_run.h"

namespace conformance {
namespace {

using text::Value;

Value time_text(const Value* offset) {
  if (offset == nullptr) return Value();
  const auto seconds = offset->to_int();
  if (!seconds) return Value();
  return Value(base::to_rfc3339(base::Time::from_unix_seconds(kCreated + *seconds)));
}

// Name -> "Phase" or "Phase: message", as of then.
std::map<std::string, std::string> phases_after(const Value& record, size_t last) {
  std::map<std::string, std::string> out;
  const text::List& steps = record.find("steps")->as_list();
  for (size_t i = 0; i <= last && i < steps.size(); ++i)
    if (const Value* changed = steps[i].find("changed"); changed != nullptr && changed->is_map())
      for (const text::Member& node : changed->as_map()) out[node.key] = node.value.to_any_string();
  return out;
}

bool is_daemon(const Value& record, std::string_view name) {
  const Value* pods = record.find("pods");
  if (pods == nullptr || !pods->is_list()) return false;
  for (const Value& pod : pods->as_list()) {
    const Value* daemon = pod.find_path("template", "daemon");
    if (pod.string_at("node") == name)
      return daemon != nullptr && daemon->to_any_string() == "true";
  }
  return false;
}

// A node of the end as it was then.
Value node_then(const Value& record, const Value& at_end, const std::string& phase_then,
                const std::map<std::string, std::string>& ids) {
  Value node = at_end;
  const size_t colon = phase_then.find(": ");
  const std::string phase = phase_then.substr(0, colon);
  node["phase"] = Value(phase);
  node["message"] = Value(colon == std::string::npos ? "" : phase_then.substr(colon + 2));
  node["startedAt"] = time_text(at_end.find("startedAt"));
  if (const auto boundary = ids.find(std::string(at_end.string_at("boundary")));
      boundary != ids.end())
    node["boundaryID"] = Value(boundary->second);
  // What the record says of waiting is in the message alone.
  constexpr std::string_view kWaiting = "Waiting for ";
  const std::string message = node["message"].to_any_string();
  const size_t lock_end = message.find(" lock. Lock status");
  if (phase == "Pending" && message.starts_with(kWaiting) && lock_end != message.npos)
    node["synchronizationStatus"]["waiting"] =
        Value(message.substr(kWaiting.size(), lock_end - kWaiting.size()));
  const bool runs = phase.empty() || phase == "Pending" || phase == "Running";
  const bool is_daemoned = phase == "Running" && is_daemon(record, at_end.string_at("name"));
  if (is_daemoned) {
    node["daemoned"] = Value(true);
    node["podIP"] = Value("10.0.0.1");
  }
  for (const std::string_view later : {"outputs", "outboundNodes"})
    if (runs) node.as_map().erase(later);
  node["finishedAt"] = runs ? Value() : time_text(at_end.find("finishedAt"));
  return node;
}

}  // namespace

Value status_after(const Value& record, size_t step) {
  const Value& workflow = *record.find("workflow");
  const auto phases = phases_after(record, step);
  std::map<std::string, std::string> ids;
  text::Map nodes;
  if (const Value* list = workflow.find("nodes"); list != nullptr && list->is_list()) {
    for (const Value& node : list->as_list())
      ids[std::string(node.string_at("name"))] = std::string(node.string_at("id"));
    for (const Value& node : list->as_list()) {
      const auto then = phases.find(std::string(node.string_at("name")));
      if (then == phases.end()) continue;
      nodes.set(std::string(node.string_at("id")), node_then(record, node, then->second, ids));
    }
  }
  Value out{text::Map()};
  out["phase"] = Value("Running");
  out["startedAt"] = time_text(workflow.find("startedAt"));
  if (const Value* outputs = workflow.find("outputs")) out["outputs"] = *outputs;
  out["nodes"] = Value(std::move(nodes));
  return out;
}

}  // namespace conformance
