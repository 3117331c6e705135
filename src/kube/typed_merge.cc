#include "kube/typed_merge.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace kube {
namespace {

using base::Code;
using base::fail;
using base::Result;
using text::List;
using text::Value;
using As = ApplyType::As;

std::string field(std::string_view name) { return "f:" + std::string(name); }

// The path elements of a list's elements, in their order.
Result<std::vector<std::string>> elements_of(const List& list, const ApplyType& type,
                                             const std::string& path) {
  std::vector<std::string> out;
  std::unordered_set<std::string_view> seen;
  out.reserve(list.size());
  for (const Value& element : list) {
    auto name = type.path_element(element);
    if (!name) return fail(Code::kInvalid, path + ": " + name.error().text);
    out.push_back(std::move(*name));
    if (!seen.insert(out.back()).second)
      return fail(Code::kInvalid, path + ": duplicate entries for " + out.back().substr(2));
  }
  return out;
}

class Merge {
 public:
  Result<Value> value(Value live, const Value& config, const ApplyType& type,
                      const std::string& path) const;

 private:
  Result<Value> map(Value live, const Value& config, const ApplyType& type,
                    const std::string& path) const;
  Result<Value> list(const Value& live, const Value& config, const ApplyType& type,
                     const std::string& path) const;
};

Result<Value> Merge::map(Value live, const Value& config, const ApplyType& type,
                         const std::string& path) const {
  if (!live.is_map()) live = Value(text::Map());
  for (const text::Member& member : config.as_map()) {
    const auto inner = type.member(member.key);
    const std::string below = path + "." + member.key;
    if (!inner) return fail(Code::kInvalid, below + ": field not declared in schema");
    Value* there = live.find(member.key);
    auto merged = value(there ? std::move(*there) : Value(), member.value, *inner, below);
    if (!merged) return merged;
    live[member.key] = std::move(*merged);
  }
  return live;
}

Result<Value> Merge::list(const Value& live, const Value& config, const ApplyType& type,
                          const std::string& path) const {
  static const List kNone;
  const List& old_list = live.is_list() ? live.as_list() : kNone;
  const List& new_list = config.as_list();
  auto old_names = elements_of(old_list, type, path);
  if (!old_names) return fail(old_names.error());
  auto new_names = elements_of(new_list, type, path);
  if (!new_names) return fail(new_names.error());
  std::unordered_map<std::string_view, size_t> old_place;
  for (size_t i = 0; i < old_names->size(); ++i) old_place.emplace((*old_names)[i], i);
  const std::unordered_set<std::string_view> wanted(new_names->begin(), new_names->end());
  List out;
  size_t next_old = 0;
  const auto take_old = [&] {
    // Those that only the live list has come before what follows them; the others wait.
    while (next_old < old_list.size() && !wanted.contains((*old_names)[next_old]))
      out.push_back(old_list[next_old++]);
  };
  std::unordered_set<std::string_view> done;
  for (size_t i = 0; i < new_list.size(); ++i) {
    take_old();
    const auto found = old_place.find((*new_names)[i]);
    auto merged = value(found == old_place.end() ? Value() : old_list[found->second], new_list[i],
                        type.element(), path + "[" + (*new_names)[i].substr(2) + "]");
    if (!merged) return merged;
    out.push_back(std::move(*merged));
    done.insert((*new_names)[i]);
    while (next_old < old_list.size() && done.contains((*old_names)[next_old])) ++next_old;
  }
  for (; next_old < old_list.size(); ++next_old)
    if (!wanted.contains((*old_names)[next_old])) out.push_back(old_list[next_old]);
  return Value(std::move(out));
}

Result<Value> Merge::value(Value live, const Value& config, const ApplyType& type,
                           const std::string& path) const {
  switch (type.as(config)) {
    case As::kStruct:
    case As::kMap:
      return map(std::move(live), config, type, path);
    case As::kSet:
    case As::kKeyed:
      return list(live, config, type, path);
    default:
      return config;
  }
}

// What is there, as `out`; `marks_containers`: maps and lists themselves too, not only what is in
// them (so it is kept of what an update adds).
void collect(const Value& value, const ApplyType& type, bool marks_containers, FieldSet& out) {
  const As as = type.as(value);
  if (as == As::kStruct || as == As::kMap) {
    if (value.as_map().empty() || (marks_containers && as == As::kMap)) out.insert();
    for (const text::Member& member : value.as_map())
      if (const auto inner = type.member(member.key))
        collect(member.value, *inner, marks_containers, out.at(field(member.key)));
  } else if (as == As::kSet || as == As::kKeyed) {
    if (value.as_list().empty() || marks_containers) out.insert();
    for (const Value& element : value.as_list()) {
      const auto name = type.path_element(element);
      if (!name) continue;
      FieldSet& inner = out.at(*name);
      inner.insert();
      if (as == As::kKeyed) collect(element, type.element(), marks_containers, inner);
    }
  } else {
    out.insert();
  }
}

void put(FieldSet& set, std::string_view element, FieldSet inner) {
  if (!inner.empty()) set.at(element).unite(inner);
}

FieldChanges compare(const Value& before, const Value& after, const ApplyType& type);

void compare_members(const Value& before, const Value& after, const ApplyType& type,
                     FieldChanges& out) {
  const auto add = [&](const std::string& name, FieldChanges inner) {
    put(out.added, name, std::move(inner.added));
    put(out.modified, name, std::move(inner.modified));
    put(out.removed, name, std::move(inner.removed));
  };
  for (const text::Member& member : after.as_map()) {
    const auto inner = type.member(member.key);
    if (!inner) continue;
    const std::string name = field(member.key);
    if (const Value* old_value = before.find(member.key))
      add(name, compare(*old_value, member.value, *inner));
    else
      collect(member.value, *inner, true, out.added.at(name));
  }
  for (const text::Member& member : before.as_map()) {
    const auto inner = type.member(member.key);
    if (inner && !after.find(member.key)) {
      FieldSet& gone = out.removed.at(field(member.key));
      gone.insert();
      collect(member.value, *inner, true, gone);
    }
  }
}

void compare_elements(const List& before, const List& after, const ApplyType& type,
                      FieldChanges& out) {
  std::map<std::string, const Value*> old_ones;
  for (const Value& element : before)
    if (auto name = type.path_element(element)) old_ones.emplace(std::move(*name), &element);
  for (const Value& element : after) {
    const auto name = type.path_element(element);
    if (!name) continue;
    const auto found = old_ones.find(*name);
    if (found == old_ones.end()) {
      out.added.at(*name).insert();
      collect(element, type.element(), true, out.added.at(*name));
      continue;
    }
    FieldChanges inner = compare(*found->second, element, type.element());
    put(out.added, *name, std::move(inner.added));
    put(out.modified, *name, std::move(inner.modified));
    put(out.removed, *name, std::move(inner.removed));
    old_ones.erase(found);
  }
  for (const auto& [name, element] : old_ones) {
    FieldSet& gone = out.removed.at(name);
    gone.insert();
    collect(*element, type.element(), true, gone);
  }
}

FieldChanges compare(const Value& before, const Value& after, const ApplyType& type) {
  FieldChanges out;
  if (before == after) return out;
  const As as = type.as(after);
  if (as != type.as(before) || as == As::kWhole) {
    out.modified.insert();
    if (as != As::kWhole) collect(after, type, true, out.added);
    if (type.as(before) != As::kWhole) collect(before, type, true, out.removed);
  } else if (as == As::kSet || as == As::kKeyed) {
    compare_elements(before.as_list(), after.as_list(), type, out);
  } else {
    compare_members(before, after, type, out);
  }
  return out;
}

}  // namespace

Result<Value> merge_typed(Value live, const Value& config, const ApplyType& type) {
  return Merge().value(std::move(live), config, type, "");
}

FieldSet fields_of(const Value& config, const ApplyType& type) {
  FieldSet out;
  collect(config, type, false, out);
  return out;
}

FieldChanges compare_fields(const Value& before, const Value& after, const ApplyType& type) {
  return compare(before, after, type);
}

void remove_fields(Value& object, const FieldSet& fields, const FieldSet& kept,
                   const ApplyType& type) {
  static const FieldSet kNothing;
  const As as = type.as(object);
  const auto kept_below = [&](const std::string& name) -> const FieldSet& {
    const FieldSet* found = kept.find(name);
    return found ? *found : kNothing;
  };
  const auto is_empty = [](const Value& value) {
    return (value.is_map() && value.as_map().empty()) ||
           (value.is_list() && value.as_list().empty());
  };
  if (as == As::kStruct || as == As::kMap) {
    for (const auto& [element, inner] : fields.below()) {
      if (!element.starts_with("f:")) continue;
      const std::string_view name = std::string_view(element).substr(2);
      Value* value = object.find(name);
      const auto below = type.member(name);
      if (!value || !below) continue;
      const bool was_empty = is_empty(*value);
      remove_fields(*value, inner, kept_below(element), *below);
      const bool is_leaf = below->as(*value) == As::kWhole;
      const bool goes =
          (inner.is_member() && (is_leaf || was_empty)) || (!was_empty && is_empty(*value));
      if (goes && kept_below(element).empty()) object.as_map().erase(name);
    }
  } else if (as == As::kSet || as == As::kKeyed) {
    List stay;
    for (Value& element : object.as_list()) {
      const auto name = type.path_element(element);
      const FieldSet* inner = name ? fields.find(*name) : nullptr;
      if (inner && inner->is_member() && kept_below(*name).empty()) continue;
      if (inner) remove_fields(element, *inner, kept_below(*name), type.element());
      stay.push_back(std::move(element));
    }
    object.as_list() = std::move(stay);
  }
}

}  // namespace kube
