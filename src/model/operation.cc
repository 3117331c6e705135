#include "model/operation.h"

#include "text/json.h"
#include "text/value.h"

namespace model {
namespace {

constexpr std::pair<Operation::Kind, std::string_view> kKinds[] = {
    {Operation::Kind::kSuspend, "suspend"}, {Operation::Kind::kResume, "resume"},
    {Operation::Kind::kStop, "stop"},       {Operation::Kind::kTerminate, "terminate"},
    {Operation::Kind::kSet, "set"},
};

}  // namespace

std::string_view to_string(Operation::Kind kind) {
  for (const auto& [candidate, word] : kKinds)
    if (candidate == kind) return word;
  return {};
}

std::optional<Operation::Kind> parse_operation_kind(std::string_view word) {
  for (const auto& [kind, candidate] : kKinds)
    if (candidate == word) return kind;
  return {};
}

std::string to_json(const Operation& operation) {
  text::Value out;
  out["kind"] = to_string(operation.kind);
  text::List ids;
  for (const std::string& id : operation.node_ids) ids.emplace_back(id);
  out["nodeIds"] = std::move(ids);
  if (!operation.selector.empty()) out["selector"] = operation.selector;
  if (operation.message) out["message"] = *operation.message;
  out["phase"] = operation.phase;
  text::List parameters;
  for (const auto& [name, value] : operation.output_parameters) {
    text::Value parameter;
    parameter["name"] = name;
    parameter["value"] = value;
    parameters.push_back(std::move(parameter));
  }
  out["outputParameters"] = std::move(parameters);
  return text::to_json(out);
}

base::Result<Operation> parse_operation(std::string_view json) {
  auto value = text::parse_json(json);
  if (!value) return base::fail(value.error());
  const auto kind = parse_operation_kind(value->string_at("kind"));
  if (!kind) return base::fail(base::Code::kCorrupt, "an operation of an unknown kind");
  Operation out;
  out.kind = *kind;
  if (const text::Value* ids = value->find("nodeIds"); ids && ids->is_list())
    for (const text::Value& id : ids->as_list()) out.node_ids.push_back(id.to_any_string());
  out.selector = value->string_at("selector");
  if (const text::Value* message = value->find("message"); message && message->is_string())
    out.message = message->as_string();
  out.phase = value->string_at("phase");
  if (const text::Value* list = value->find("outputParameters"); list && list->is_list())
    for (const text::Value& p : list->as_list())
      out.output_parameters.emplace_back(p.string_at("name"), p.string_at("value"));
  return out;
}

}  // namespace model
