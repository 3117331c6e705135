#include "text/strategic_patch.h"

#include <algorithm>
#include <unordered_set>

#include "text/strategic_words.h"

namespace text {
namespace {

using base::Code;
using base::fail;
using base::Result;
using strategic::kDeleted;
using strategic::kOrder;
using strategic::kPatch;
using strategic::kRetainKeys;
using strategic::kScalars;

// What elements of a merged list are told apart by: their merge key, or they themselves.
const Value* identity(const Value& element, std::string_view key) {
  return key == kScalars ? &element : element.find(key);
}

size_t place_in(const List& list, const Value& element, std::string_view key) {
  const Value* id = identity(element, key);
  for (size_t i = 0; id && i < list.size(); ++i) {
    const Value* other = identity(list[i], key);
    if (other && *other == *id) return i;
  }
  return list.size();
}

// False: the value is a directive itself, and nothing stays of it.
bool drop_directives(Value& value, bool drops_nulls) {
  if (value.is_map()) {
    if (value.find(kPatch)) return false;
    Map kept;
    for (Member& member : value.as_map()) {
      if (drops_nulls && member.value.is_null()) continue;
      if (drop_directives(member.value, drops_nulls))
        kept.set(member.key, std::move(member.value), member.key_place);
    }
    value.as_map() = std::move(kept);
  } else if (value.is_list()) {
    List kept;
    for (Value& element : value.as_list())
      if (drop_directives(element, drops_nulls)) kept.push_back(std::move(element));
    value.as_list() = std::move(kept);
  }
  return true;
}

base::Status check_elements(const List& list, std::string_view key, std::string_view name) {
  for (const Value& element : list) {
    const bool is_good = key == kScalars ? !element.is_map() && !element.is_list()
                                         : element.is_map() && element.find(key);
    if (is_good || element.string_at(kPatch) == "replace") continue;
    if (key == kScalars)
      return fail(Code::kInvalid, std::string(name) + ": expected scalars in the list");
    return fail(Code::kInvalid, std::string(name) + ": each element must have the merge key \"" +
                                    std::string(key) + "\"");
  }
  return {};
}

bool is_deletion(const Value& element) { return element.string_at(kPatch) == "delete"; }

// Elements that `order` names come in its order; the others keep the order of `live`, and stand
// where they stood among them as far as that can be said.
List in_order(List merged, const List& order, const List& live, std::string_view key) {
  List named, others;
  for (Value& element : merged)
    (place_in(order, element, key) < order.size() ? named : others).push_back(std::move(element));
  const auto sort_by = [&](List& list, const List& by) {
    std::stable_sort(list.begin(), list.end(), [&](const Value& a, const Value& b) {
      if (is_deletion(a) != is_deletion(b)) return is_deletion(b);
      return place_in(by, a, key) < place_in(by, b, key);
    });
  };
  sort_by(named, order);
  sort_by(others, live);
  List out;
  size_t i = 0, j = 0;
  while (i < others.size() || j < named.size()) {
    bool takes_other = j == named.size();
    if (!takes_other && i < others.size()) {
      const size_t a = place_in(live, others[i], key), b = place_in(live, named[j], key);
      takes_other = a < b && b < live.size();
    }
    out.push_back(std::move(takes_other ? others[i++] : named[j++]));
  }
  return out;
}

class Merger {
 public:
  // `joins`: two patches become one; directives and nulls are kept.
  explicit Merger(bool joins) : joins_(joins) {}

  Result<Value> map(Value target, const Value& patch, const MergeRules* rules) const;

 private:
  static MergeRules::Of rule(const MergeRules* rules, std::string_view name) {
    return rules ? rules->member(name) : MergeRules::Of{};
  }
  Result<List> list(List target, const List& patch, const MergeRules::Of& of,
                    std::string_view name) const;
  base::Status ordered_list(Value& target, const Value& patch, const Member& directive,
                            const MergeRules* rules) const;
  base::Status member(Value& target, const Member& entry, const MergeRules* rules) const;

  bool joins_;
};

Result<List> Merger::list(List target, const List& patch, const MergeRules::Of& of,
                          std::string_view name) const {
  const std::string_view key = of.merge_key;
  for (const List* one : {&std::as_const(target), &patch})
    if (auto ok = check_elements(*one, key, name); !ok) return fail(ok.error());
  if (key == kScalars) {
    List merged = target;
    for (const Value& element : patch)
      if (place_in(merged, element, key) == merged.size()) merged.push_back(element);
    return in_order(std::move(merged), patch, target, key);
  }
  List wanted;
  bool replaces = false;
  for (const Value& element : patch) {
    const std::string_view directive = element.string_at(kPatch);
    if (!element.find(kPatch)) {
      wanted.push_back(element);
    } else if (directive == "delete" && !joins_) {
      std::erase_if(target, [&](const Value& other) {
        return *identity(other, key) == *identity(element, key);
      });
    } else if (directive == "delete") {
      wanted.push_back(element);
    } else if (directive == "replace") {
      replaces = true;
    } else {
      return fail(Code::kInvalid, std::string(name) + ": $patch is \"replace\" or \"delete\"");
    }
  }
  if (replaces) return wanted;
  List merged = target;
  for (const Value& element : wanted) {
    const size_t at = place_in(merged, element, key);
    if (at == merged.size()) {
      merged.push_back(element);
      if (!joins_) drop_directives(merged.back(), true);
      continue;
    }
    auto done = map(std::move(merged[at]), element, of.below);
    if (!done) return fail(done.error());
    merged[at] = std::move(*done);
  }
  return in_order(std::move(merged), wanted, target, key);
}

// $setElementOrder/x, together with the member x of the patch.
base::Status Merger::ordered_list(Value& target, const Value& patch, const Member& directive,
                                  const MergeRules* rules) const {
  const std::string_view name = std::string_view(directive.key).substr(kOrder.size());
  const MergeRules::Of of = rule(rules, name);
  const Value* given = patch.find(name);
  Value* there = target.find(name);
  if (!directive.value.is_list() || of.merge_key.empty() || (given && !given->is_list()))
    return fail(Code::kInvalid, directive.key + ": must be a list beside a list that is merged");
  const List& order = directive.value.as_list();
  if (auto ok = check_elements(order, of.merge_key, directive.key); !ok) return ok;
  if (joins_) target[directive.key] = directive.value;
  if (!given && !there) return {};
  there = target.find(name);
  if (there && !there->is_list())
    return fail(Code::kInvalid, std::string(name) + ": is no list to be ordered");
  const List live = there ? there->as_list() : List();
  List merged = live;
  if (given && there) {
    auto done = list(live, given->as_list(), of, name);
    if (!done) return fail(done.error());
    merged = std::move(*done);
  } else if (given) {
    Value copy = *given;
    drop_directives(copy, !joins_);
    merged = std::move(copy.as_list());
  }
  if (auto ok = check_elements(merged, of.merge_key, name); !ok) return ok;
  target[name] = in_order(std::move(merged), order, live, of.merge_key);
  return {};
}

base::Status Merger::member(Value& target, const Member& entry, const MergeRules* rules) const {
  const std::string& name = entry.key;
  const Value& given = entry.value;
  if (given.is_null()) {
    if (joins_)
      target[name] = Value();
    else
      target.as_map().erase(name);
    return {};
  }
  const MergeRules::Of of = rule(rules, name);
  Value* there = target.find(name);
  if (there && there->is_map() && given.is_map() && !of.replaces) {
    auto done = map(std::move(*there), given, of.below);
    if (!done) return fail(done.error());
    target[name] = std::move(*done);
    return {};
  }
  if (there && there->is_list() && given.is_list() && !of.merge_key.empty()) {
    auto done = list(there->as_list(), given.as_list(), of, name);
    if (!done) return fail(done.error());
    target[name] = std::move(*done);
    return {};
  }
  Value copy = given;
  const bool is_new_or_other = !there || there->kind_name() != given.kind_name();
  if (drop_directives(copy, !joins_ && is_new_or_other))
    target[name] = std::move(copy);
  else
    target.as_map().erase(name);
  return {};
}

Result<Value> Merger::map(Value target, const Value& patch, const MergeRules* rules) const {
  if (!patch.is_map()) return fail(Code::kInvalid, "a strategic merge patch must be a map");
  if (const Value* directive = patch.find(kPatch)) {
    if (*directive == Value("delete")) return Value(Map());
    if (!(*directive == Value("replace")))
      return fail(Code::kInvalid, "$patch is \"replace\" or \"delete\"");
    Value copy = patch;
    copy.as_map().erase(kPatch);
    return copy;
  }
  if (!target.is_map()) target = Value(Map());
  if (const Value* kept = patch.find(kRetainKeys)) {
    if (!kept->is_list()) return fail(Code::kInvalid, "$retainKeys must be a list of names");
    if (joins_) target[kRetainKeys] = *kept;
    std::vector<std::string> gone;
    for (const Member& entry : target.as_map())
      if (place_in(kept->as_list(), Value(entry.key), kScalars) == kept->as_list().size())
        gone.push_back(entry.key);
    if (!joins_)
      for (const std::string& name : gone) target.as_map().erase(name);
  }
  std::unordered_set<std::string_view> done;
  for (const Member& entry : patch.as_map()) {
    if (!entry.key.starts_with(kOrder)) continue;
    if (auto ok = ordered_list(target, patch, entry, rules); !ok) return fail(ok.error());
    done.insert(std::string_view(entry.key).substr(kOrder.size()));
  }
  for (const Member& entry : patch.as_map()) {
    if (entry.key.starts_with(kOrder) || entry.key == kRetainKeys || done.contains(entry.key))
      continue;
    if (!entry.key.starts_with(kDeleted)) {
      if (auto ok = member(target, entry, rules); !ok) return fail(ok.error());
      continue;
    }
    if (!entry.value.is_list())
      return fail(Code::kInvalid, entry.key + ": must be a list of scalars");
    if (joins_) {
      target[entry.key] = entry.value;
      continue;
    }
    Value* there = target.find(std::string_view(entry.key).substr(kDeleted.size()));
    if (!there || !there->is_list()) continue;
    const List& gone = entry.value.as_list();
    std::erase_if(there->as_list(), [&](const Value& element) {
      return place_in(gone, element, kScalars) < gone.size();
    });
  }
  return target;
}

}  // namespace

base::Result<Value> apply_strategic_patch(Value target, const Value& patch,
                                          const MergeRules* rules) {
  return Merger(false).map(std::move(target), patch, rules);
}

base::Result<Value> join_strategic_patches(Value first, const Value& second,
                                           const MergeRules* rules) {
  return Merger(true).map(std::move(first), second, rules);
}

}  // namespace text
