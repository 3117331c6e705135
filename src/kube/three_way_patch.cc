#include "kube/three_way_patch.h"

#include "text/patch.h"
#include "text/strategic_diff.h"

namespace kube {
namespace {

using text::Value;

// Of a merge patch either its deletions or everything else.
Value part_of(const Value& patch, bool deletions) {
  Value out{text::Map()};
  for (const text::Member& member : patch.as_map()) {
    if (member.value.is_null()) {
      if (deletions) out[member.key] = Value();
    } else if (member.value.is_map() && !member.value.as_map().empty()) {
      Value inner = part_of(member.value, deletions);
      if (!inner.as_map().empty()) out[member.key] = std::move(inner);
    } else if (!deletions) {
      out[member.key] = member.value;
    }
  }
  return out;
}

// apply_merge_patch() that keeps nulls: the result is a patch again.
Value join(Value first, const Value& second) {
  for (const text::Member& member : second.as_map()) {
    Value* there = first.find(member.key);
    if (there && there->is_map() && member.value.is_map())
      *there = join(std::move(*there), member.value);
    else
      first[member.key] = member.value;
  }
  return first;
}

}  // namespace

base::Result<ThreeWayPatch> three_way_patch(const Value* last_applied, const Value& config,
                                            const Value& live, const text::MergeRules* rules) {
  const Value nothing{text::Map()};
  if (!last_applied || last_applied->is_null()) last_applied = &nothing;
  ThreeWayPatch out;
  out.is_strategic = rules != nullptr;
  if (rules) {
    auto patch = text::make_three_way_strategic_patch(*last_applied, config, live, rules);
    if (!patch) return base::fail(patch.error());
    out.patch = std::move(*patch);
  } else {
    out.patch = join(part_of(text::make_merge_patch(*last_applied, config), true),
                     part_of(text::make_merge_patch(live, config), false));
  }
  if (out.patch.find("apiVersion") || out.patch.find("kind") ||
      out.patch.find_path("metadata", "name"))
    return base::fail(base::Code::kInvalid,
                      "at least one of apiVersion, kind and name was changed");
  if (!rules) {
    out.result = text::apply_merge_patch(live, out.patch);
    return out;
  }
  auto result = text::apply_strategic_patch(live, out.patch, rules);
  if (!result) return base::fail(result.error());
  out.result = std::move(*result);
  return out;
}

}  // namespace kube
