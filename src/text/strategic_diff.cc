#include "text/strategic_diff.h"

#include <algorithm>

#include "text/strategic_words.h"

namespace text {
namespace {

using base::Code;
using base::fail;
using base::Result;
using namespace strategic;

enum class Looks : uint8_t { kForChanges, kForDeletions };

// The elements with the text that they are sorted by, in the order of these texts.
std::vector<std::pair<std::string, const Value*>> sorted(const List& list, std::string_view key) {
  std::vector<std::pair<std::string, const Value*>> out;
  for (const Value& element : list)
    out.emplace_back(key == kScalars ? element.to_any_string() : element.find(key)->to_any_string(),
                     &element);
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  return out;
}

class Differ {
 public:
  explicit Differ(Looks looks) : changes_(looks == Looks::kForChanges) {}

  Result<Value> maps(const Value& from, const Value& to, const MergeRules* rules,
                     bool retains_keys) const;

 private:
  base::Status members(const Value& from, const Member& to, const MergeRules* rules,
                       Value& patch) const;
  base::Status lists(const List& from, const Member& to, const MergeRules::Of& of,
                     Value& patch) const;
  Result<List> elements(const List& from, const List& to, const MergeRules::Of& of,
                        List& deleted) const;

  bool changes_;  // looks for them; for deletions else
};

// What is added or changed, in the order of `to`; what is gone is appended to `deleted`.
Result<List> Differ::elements(const List& from, const List& to, const MergeRules::Of& of,
                              List& deleted) const {
  const auto old_ones = sorted(from, of.merge_key), new_ones = sorted(to, of.merge_key);
  std::vector<std::pair<const Value*, Value>> found;
  size_t i = 0, j = 0;
  while (i < old_ones.size() || j < new_ones.size()) {
    const bool is_gone =
        j == new_ones.size() || (i < old_ones.size() && old_ones[i].first < new_ones[j].first);
    if (is_gone) {
      const Value& gone = *old_ones[i++].second;
      if (changes_) continue;
      Value entry = gone;
      if (of.merge_key != kScalars) {
        entry = Value(Map());
        entry[kPatch] = "delete";
        entry[of.merge_key] = *gone.find(of.merge_key);
      }
      if (std::find(deleted.begin(), deleted.end(), entry) == deleted.end() ||
          of.merge_key != kScalars)
        deleted.push_back(std::move(entry));
    } else if (i == old_ones.size() || new_ones[j].first < old_ones[i].first) {
      if (changes_) found.emplace_back(new_ones[j].second, *new_ones[j].second);
      ++j;
    } else {
      const Value& now = *new_ones[j].second;
      if (of.merge_key != kScalars) {
        auto patch = maps(*old_ones[i].second, now, of.below, of.retain_keys);
        if (!patch) return fail(patch.error());
        if (!patch->as_map().empty()) {
          (*patch)[of.merge_key] = *now.find(of.merge_key);
          found.emplace_back(&now, std::move(*patch));
        }
      }
      ++i, ++j;
    }
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  List out;
  for (auto& [at, patch] : found) out.push_back(std::move(patch));
  return out;
}

base::Status Differ::lists(const List& from, const Member& member, const MergeRules::Of& of,
                           Value& patch) const {
  const List& to = member.value.as_list();
  const bool is_of_maps = of.merge_key != kScalars;
  if (from.empty()) {
    if (changes_ && !to.empty()) patch[member.key] = member.value;
    return {};
  }
  for (const List* list : {&from, &to})
    for (const Value& element : *list)
      if (is_of_maps && !element.find(of.merge_key))
        return fail(Code::kInvalid, member.key + ": each element must have the merge key \"" +
                                        std::string(of.merge_key) + "\"");
  List deleted;
  auto found = elements(from, to, of, deleted);
  if (!found) return fail(found.error());
  bool is_same_order = from.size() == to.size();
  for (size_t i = 0; is_same_order && i < to.size(); ++i)
    is_same_order =
        is_of_maps ? *from[i].find(of.merge_key) == *to[i].find(of.merge_key) : from[i] == to[i];
  const bool is_changed = !found->empty() || !deleted.empty() || (changes_ && !is_same_order);
  if (is_of_maps) {
    for (Value& entry : deleted) found->push_back(std::move(entry));
  } else if (!deleted.empty()) {
    patch[std::string(kDeleted) + member.key] = std::move(deleted);
  }
  if (!found->empty()) patch[member.key] = std::move(*found);
  if (!is_changed || to.empty()) return {};
  List order;
  for (const Value& element : to) {
    Value entry = element;
    if (is_of_maps) {
      entry = Value(Map());
      entry[of.merge_key] = *element.find(of.merge_key);
    }
    order.push_back(std::move(entry));
  }
  patch[std::string(kOrder) + member.key] = std::move(order);
  return {};
}

base::Status Differ::members(const Value& from, const Member& to, const MergeRules* rules,
                             Value& patch) const {
  const Value* old_value = from.find(to.key);
  const MergeRules::Of of = rules ? rules->member(to.key) : MergeRules::Of{};
  if (old_value && old_value->is_map() && to.value.is_map()) {
    if (of.replaces) {
      if (changes_) patch[to.key] = to.value;
      return {};
    }
    auto inner = maps(*old_value, to.value, of.below, of.retain_keys);
    if (!inner) return fail(inner.error());
    if (!inner->as_map().empty()) patch[to.key] = std::move(*inner);
    return {};
  }
  if (old_value && old_value->is_list() && to.value.is_list() && !of.merge_key.empty())
    return lists(old_value->as_list(), to, of, patch);
  if (changes_ && (!old_value || !(*old_value == to.value))) patch[to.key] = to.value;
  return {};
}

Result<Value> Differ::maps(const Value& from, const Value& to, const MergeRules* rules,
                           bool retains_keys) const {
  Value patch{Map()};
  List kept;
  for (const Member& member : to.as_map()) {
    if (!member.value.is_null()) kept.push_back(member.key);
    if (auto ok = members(from, member, rules, patch); !ok) return fail(ok.error());
  }
  bool has_more = false;
  for (const Member& member : from.as_map()) {
    if (to.find(member.key)) continue;
    has_more = true;
    if (!changes_) patch[member.key] = Value();
  }
  if (retains_keys && !kept.empty() && (has_more || !patch.as_map().empty())) {
    std::sort(kept.begin(), kept.end(),
              [](const Value& a, const Value& b) { return a.as_string() < b.as_string(); });
    patch[kRetainKeys] = std::move(kept);
  }
  return patch;
}

}  // namespace

base::Result<Value> make_three_way_strategic_patch(const Value& last_applied, const Value& wanted,
                                                   const Value& live, const MergeRules* rules) {
  auto changes = Differ(Looks::kForChanges).maps(live, wanted, rules, false);
  if (!changes) return changes;
  auto deletions = Differ(Looks::kForDeletions).maps(last_applied, wanted, rules, false);
  if (!deletions) return deletions;
  return join_strategic_patches(std::move(*deletions), *changes, rules);
}

}  // namespace text
