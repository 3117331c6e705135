#include "kube/field_manager.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "kube/typed_merge.h"

namespace kube {
namespace {

using base::Code;
using base::fail;
using text::Value;

constexpr std::string_view kBeforeFirstApply = "before-first-apply";
constexpr std::string_view kAncientChanges = "ancient-changes";
// Kubernetes' limit of entries of updates; older ones become one.
constexpr size_t kUpdatesMax = 10;

struct Entry {
  std::string manager, operation, api_version, subresource, time;
  FieldSet fields;
  bool is(const Entry& other) const {
    return std::tie(manager, operation, api_version, subresource) ==
           std::tie(other.manager, other.operation, other.api_version, other.subresource);
  }
};

std::optional<std::vector<Entry>> parse(const Value& object) {
  std::vector<Entry> out;
  const Value* list = object.find_path("metadata", "managedFields");
  if (!list || !list->is_list()) return out;
  for (const Value& one : list->as_list()) {
    const Value* fields = one.find("fieldsV1");
    auto parsed = fields ? FieldSet::parse(*fields) : FieldSet();
    if (!parsed) return std::nullopt;
    if (parsed->empty()) continue;
    out.push_back({std::string(one.string_at("manager")), std::string(one.string_at("operation")),
                   std::string(one.string_at("apiVersion")),
                   std::string(one.string_at("subresource")), std::string(one.string_at("time")),
                   std::move(*parsed)});
  }
  return out;
}

void limit_updates(std::vector<Entry>& entries) {
  const auto is_update = [](const Entry& entry) { return entry.operation == "Update"; };
  auto updates = static_cast<size_t>(std::count_if(entries.begin(), entries.end(), is_update));
  while (updates > kUpdatesMax) {
    // The two oldest become one.
    std::stable_sort(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) {
      return is_update(a) == is_update(b) ? a.time < b.time : is_update(a);
    });
    entries[1].fields.unite(entries[0].fields);
    entries[1].manager = kAncientChanges;
    entries[1].subresource.clear();
    entries.erase(entries.begin());
    --updates;
  }
}

void write(std::vector<Entry> entries, Value& object) {
  std::erase_if(entries, [](const Entry& entry) { return entry.fields.empty(); });
  limit_updates(entries);
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.operation, a.time, a.manager) < std::tie(b.operation, b.time, b.manager);
  });
  Value& metadata = object["metadata"];
  if (entries.empty()) {
    if (metadata.is_map()) metadata.as_map().erase("managedFields");
    return;
  }
  text::List list;
  for (const Entry& entry : entries) {
    Value one;
    one["manager"] = entry.manager;
    one["operation"] = entry.operation;
    one["apiVersion"] = entry.api_version;
    if (!entry.time.empty()) one["time"] = entry.time;
    one["fieldsType"] = "FieldsV1";
    one["fieldsV1"] = entry.fields.to_fields_v1();
    if (!entry.subresource.empty()) one["subresource"] = entry.subresource;
    list.push_back(std::move(one));
  }
  metadata["managedFields"] = std::move(list);
}

// What nobody can own: the server writes it, or it names the object.
void strip(FieldSet& set) {
  set.cut("f:apiVersion");
  set.cut("f:kind");
  const FieldSet* metadata = set.find("f:metadata");
  if (!metadata) return;
  FieldSet kept = *metadata;
  for (const std::string_view name :
       {"f:name", "f:namespace", "f:creationTimestamp", "f:selfLink", "f:uid", "f:generation",
        "f:managedFields", "f:resourceVersion", "f:deletionTimestamp",
        "f:deletionGracePeriodSeconds"})
    kept.cut(name);
  set.cut("f:metadata");
  if (!kept.empty() && !kept.below().empty()) set.at("f:metadata").unite(kept);
}

Value without_managers(const Value& object) {
  Value out = object;
  if (Value* metadata = out.find("metadata"); metadata && metadata->is_map())
    metadata->as_map().erase("managedFields");
  return out;
}

FieldChanges changes_of(const Value& before, const Value& after, const ApplyType& type) {
  const Value nothing{text::Map()};
  FieldChanges out = compare_fields(before.is_map() ? before : nothing, after, type);
  for (FieldSet* set : {&out.added, &out.modified, &out.removed}) strip(*set);
  return out;
}

std::string described(const Entry& entry) {
  std::string out = "conflict with \"" + entry.manager + "\"";
  if (!entry.subresource.empty()) out += " with subresource \"" + entry.subresource + "\"";
  out += " using " + entry.api_version;
  if (!entry.time.empty() && entry.operation == "Update") out += " at " + entry.time;
  return out;
}

// The new entries of an apply; kConflict.
base::Status take_over(std::vector<Entry>& entries, const Entry& mine, const FieldChanges& changes,
                       bool force, std::vector<FieldConflict>& conflicts) {
  FieldSet changed = changes.added;
  changed.unite(changes.modified);
  for (Entry& entry : entries) {
    if (entry.is(mine)) continue;
    const FieldSet both = entry.fields.common(changed);
    if (!both.empty() && !force)
      for (const std::string& path : both.paths()) conflicts.push_back({described(entry), path});
    entry.fields.remove(both);
    entry.fields.remove(changes.removed);
  }
  if (!conflicts.empty()) return fail(Code::kConflict, conflict_text(conflicts));
  return {};
}

}  // namespace

std::string conflict_text(const std::vector<FieldConflict>& conflicts) {
  std::string out = "Apply failed with " + std::to_string(conflicts.size()) +
                    (conflicts.size() == 1 ? " conflict: " : " conflicts: ");
  if (conflicts.size() == 1) return out + conflicts[0].who + ": " + conflicts[0].field;
  std::string_view last;
  for (const FieldConflict& conflict : conflicts) {
    if (conflict.who != last) {
      if (!last.empty()) out += '\n';
      out += "conflicts" + conflict.who.substr(std::string_view("conflict").size()) + ":";
      last = conflict.who;
    }
    out += "\n- " + conflict.field;
  }
  return out;
}

base::Result<Value> apply_fields(const model::SchemaType* schema, const Value& live,
                                 const Value& config, const Manager& manager, bool force,
                                 base::Time now, std::vector<FieldConflict>& conflicts) {
  const ApplyType type = ApplyType::of_object(schema);
  const Value* given = config.find_path("metadata", "managedFields");
  if (given && !given->is_null() && !(given->is_list() && given->as_list().empty()))
    return fail(Code::kInvalid, "metadata.managedFields must be nil");
  auto parsed = parse(live);
  std::vector<Entry> entries = parsed ? std::move(*parsed) : std::vector<Entry>();
  const Value before = without_managers(live);
  const std::string api_version(config.string_at("apiVersion"));
  if (live.is_map() && entries.empty()) {
    Entry first{std::string(kBeforeFirstApply), "Update", api_version, "", base::to_rfc3339(now),
                fields_of(before, type)};
    strip(first.fields);
    entries.push_back(std::move(first));
  }
  auto merged = merge_typed(before, config, type);
  if (!merged) return merged;
  Entry mine{manager.name,          "Apply",
             api_version,           manager.subresource,
             base::to_rfc3339(now), fields_of(without_managers(config), type)};
  strip(mine.fields);
  const auto last = std::find_if(entries.begin(), entries.end(),
                                 [&](const Entry& entry) { return entry.is(mine); });
  if (last != entries.end()) {
    FieldSet kept = mine.fields;
    for (const Entry& entry : entries)
      if (!entry.is(mine)) kept.unite(entry.fields);
    FieldSet gone = last->fields;
    gone.remove(kept);
    remove_fields(*merged, gone, kept, type);
  }
  const FieldChanges changes = changes_of(before, *merged, type);
  if (auto ok = take_over(entries, mine, changes, force, conflicts); !ok) return fail(ok.error());
  if (last != entries.end()) {
    if (last->fields == mine.fields) mine.time = last->time;
    *last = std::move(mine);
  } else {
    entries.push_back(std::move(mine));
  }
  write(std::move(entries), *merged);
  return merged;
}

void note_update(const model::SchemaType* schema, const Value& before, Value& after,
                 const Manager& manager, base::Time now) {
  const ApplyType type = ApplyType::of_object(schema);
  auto entries = parse(before);
  // A client may write the notes itself; an empty list begins anew.
  if (const Value* given = after.find_path("metadata", "managedFields"); given && before.is_map()) {
    auto parsed = parse(after);
    if (parsed && given->is_list() && given->as_list().empty()) {
      return after["metadata"].as_map().erase("managedFields"), void();
    }
    if (parsed && !parsed->empty()) entries = std::move(parsed);
  }
  if (!entries) entries.emplace();
  if (before.is_map() && entries->empty()) {
    if (Value* metadata = after.find("metadata"); metadata && metadata->is_map())
      metadata->as_map().erase("managedFields");
    return;
  }
  const FieldChanges changes = changes_of(without_managers(before), without_managers(after), type);
  FieldSet changed = changes.added;
  changed.unite(changes.modified);
  Entry mine{manager.name,
             "Update",
             std::string(after.string_at("apiVersion")),
             manager.subresource,
             base::to_rfc3339(now),
             {}};
  for (Entry& entry : *entries) {
    entry.fields.remove(changes.removed);
    if (!entry.is(mine)) entry.fields.remove(changed);
  }
  if (!changed.empty()) {
    const auto found = std::find_if(entries->begin(), entries->end(),
                                    [&](const Entry& entry) { return entry.is(mine); });
    if (found == entries->end()) {
      mine.fields = std::move(changed);
      entries->push_back(std::move(mine));
    } else {
      found->fields.unite(changed);
      found->time = std::move(mine.time);
    }
  }
  write(std::move(*entries), after);
}

}  // namespace kube
