#include "text/strategic_patch.h"

#include <algorithm>
#include <string_view>

namespace text {
namespace {

constexpr std::string_view kDirective = "$patch";

// The patchMergeKey of a list of a PodSpec, or "" where the list is replaced.
std::string_view merge_key(std::string_view list) {
  struct Row {
    std::string_view list, key;
  };
  static constexpr Row kRows[] = {
      {"containers", "name"},
      {"initContainers", "name"},
      {"ephemeralContainers", "name"},
      {"volumes", "name"},
      {"env", "name"},
      {"imagePullSecrets", "name"},
      {"resourceClaims", "name"},
      {"volumeMounts", "mountPath"},
      {"volumeDevices", "devicePath"},
      {"ports", "containerPort"},
      {"hostAliases", "ip"},
      {"topologySpreadConstraints", "topologyKey"},
      {"schedulingGates", "name"},
  };
  for (const Row& row : kRows)
    if (row.list == list) return row.key;
  return {};
}

Value merge(Value target, const Value& patch, std::string_view member);

Value merge_elements(Value target, const List& patch, std::string_view key) {
  List& list = target.as_list();
  for (const Value& one : patch) {
    const Value* id = one.find(key);
    const auto same = std::find_if(list.begin(), list.end(), [&](const Value& other) {
      const Value* its = other.find(key);
      return id && its && its->to_any_string() == id->to_any_string();
    });
    if (one.string_at(kDirective) == "delete") {
      if (same != list.end()) list.erase(same);
    } else if (same == list.end()) {
      list.push_back(merge(Value(Map()), one, ""));
    } else {
      *same = merge(std::move(*same), one, "");
    }
  }
  return target;
}

Value merge(Value target, const Value& patch, std::string_view member) {
  const std::string_view key = merge_key(member);
  if (patch.is_list() && target.is_list() && !key.empty())
    return merge_elements(std::move(target), patch.as_list(), key);
  if (!patch.is_map()) return patch;
  const std::string_view directive = patch.string_at(kDirective);
  if (directive == "delete") return Value();
  if (!target.is_map() || directive == "replace") target = Value(Map());
  for (const Member& entry : patch.as_map()) {
    if (entry.key == kDirective) continue;
    Value merged =
        entry.value.is_null() ? Value() : merge(target[entry.key], entry.value, entry.key);
    if (merged.is_null())
      target.as_map().erase(entry.key);
    else
      target[entry.key] = std::move(merged);
  }
  return target;
}

}  // namespace

Value apply_strategic_patch(Value target, const Value& patch) {
  return merge(std::move(target), patch, "");
}

}  // namespace text
