#include "model/submit_options.h"

#include <fmt/format.h>

#include "model/merge.h"

namespace model {
namespace {

using text::Value;

// The member of a map, made a map when it is absent; null where something else stands in its place,
// which the check of the workflow reports.
Value* map_at(Value& owner, std::string_view key) {
  if (!owner.is_map()) return nullptr;
  Value& inner = owner[key];
  if (inner.is_null()) inner = Value(text::Map());
  return inner.is_map() ? &inner : nullptr;
}

void set_metadata(Value& metadata, const SubmitOptions& options) {
  if (!options.generate_name.empty()) metadata["generateName"] = options.generate_name;
  if (!options.name.empty()) metadata["name"] = options.name;
  const std::pair<std::string_view, const decltype(options.labels)*> maps[] = {
      {"labels", &options.labels}, {"annotations", &options.annotations}};
  for (const auto& [member, entries] : maps) {
    Value* map = entries->empty() ? nullptr : map_at(metadata, member);
    if (!map) continue;
    for (const auto& [key, value] : *entries) (*map)[key] = value;
  }
  if (!options.owner_reference.is_map()) return;
  Value& owners = metadata["ownerReferences"];
  if (!owners.is_list()) owners = Value(text::List());
  owners.as_list().push_back(options.owner_reference);
}

}  // namespace

base::Result<std::pair<std::string, std::string>> split_assignment(const std::string& text,
                                                                   std::string_view what) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    return base::fail(base::Code::kInvalid,
                      fmt::format("expected a {} as NAME=VALUE, not \"{}\"", what, text));
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

base::Result<std::vector<std::pair<std::string, std::string>>> split_assignments(
    std::string_view text, std::string_view what) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!text.empty()) {
    const std::string one(text.substr(0, text.find(',')));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    if (one.empty()) continue;
    auto pair = split_assignment(one, what);
    if (!pair) return base::fail(pair.error());
    out.push_back(std::move(*pair));
  }
  return out;
}

base::Result<SubmitOptions> read_submit_options(const Value& options) {
  SubmitOptions out;
  if (!options.is_map()) return out;
  const std::pair<std::string_view, std::string*> words[] = {
      {"name", &out.name},
      {"generateName", &out.generate_name},
      {"entryPoint", &out.entrypoint},
      {"serviceAccount", &out.service_account},
      {"podPriorityClassName", &out.pod_priority_class_name}};
  for (const auto& [key, word] : words) *word = options.string_at(key);
  for (const auto& [key, list] :
       {std::pair("labels", &out.labels), {"annotations", &out.annotations}}) {
    auto pairs = split_assignments(options.string_at(key), key);
    if (!pairs) return base::fail(pairs.error());
    *list = std::move(*pairs);
  }
  if (const Value* priority = options.find("priority")) out.priority = priority->to_int();
  if (const Value* owner = options.find("ownerReference")) out.owner_reference = *owner;
  if (const Value* artifacts = options.find("artifacts");
      artifacts && artifacts->is_list() && !artifacts->as_list().empty())
    return base::fail(base::Code::kUnsupported, "submitOptions.artifacts is not supported yet");
  const Value* parameters = options.find("parameters");
  if (!parameters || !parameters->is_list()) return out;
  for (const Value& text : parameters->as_list()) {
    auto pair = split_assignment(text.to_any_string(), "parameter");
    if (!pair) return base::fail(pair.error());
    out.parameters.push_back(std::move(*pair));
  }
  return out;
}

void apply_submit_options(Value& workflow, const SubmitOptions& options) {
  Value* metadata = map_at(workflow, "metadata");
  Value* spec = map_at(workflow, "spec");
  if (!metadata || !spec) return;
  set_metadata(*metadata, options);
  const std::pair<std::string_view, const std::string*> words[] = {
      {"entrypoint", &options.entrypoint},
      {"serviceAccountName", &options.service_account},
      {"podPriorityClassName", &options.pod_priority_class_name}};
  for (const auto& [key, word] : words)
    if (!word->empty()) (*spec)[key] = *word;
  if (options.priority) (*spec)["priority"] = *options.priority;
  for (const auto& [name, value] : options.parameters) set_argument(*spec, name, value);
}

}  // namespace model
