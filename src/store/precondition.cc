#include "store/precondition.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

namespace store {

using base::Code;

base::Error not_found(const Key& key) {
  return {Code::kNotFound, key.resource + " \"" + key.name + "\" not found"};
}

base::Error already_exists(const Key& key) {
  return {Code::kAlreadyExists, key.resource + " \"" + key.name + "\" already exists"};
}

base::Error conflict(const Key& key) {
  return {Code::kConflict, "operation cannot be fulfilled on " + key.resource + " \"" + key.name +
                               "\": the object has been modified; please apply your changes to " +
                               "the latest version and try again"};
}

base::Status check(const Precondition& precondition, const Key& key, const Present* present) {
  using Kind = Precondition::Kind;
  if (precondition.kind == Kind::kNone) return {};
  if (precondition.kind == Kind::kMustNotExist)
    return present ? base::Status(base::fail(already_exists(key))) : base::Status();
  if (!present) return base::fail(not_found(key));
  if (precondition.kind == Kind::kRevisionIs && present->revision > precondition.revision)
    return base::fail(conflict(key));
  if (precondition.kind == Kind::kUidIs && present->uid != precondition.uid)
    return base::fail(Code::kConflict, "operation cannot be fulfilled on " + key.resource + " \"" +
                                           key.name + "\": its uid is " + present->uid + ", not " +
                                           precondition.uid);
  return {};
}

base::Status check_put(const Key& key, const std::string& uid, const Precondition& precondition,
                       const Present* present) {
  if (auto ok = check(precondition, key, present); !ok) return ok;
  if (present && present->uid != uid) return base::fail(conflict(key));
  return {};
}

base::Error row_owner_not_found(const std::string& uid) {
  return {Code::kNotFound, "the owner of a row, uid " + uid + ", not found"};
}

namespace {

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

bool is_fit(const PutObject& put) {
  const Key& key = put.key;
  if (key.resource.empty() || key.name.empty() || put.uid.empty()) return false;
  if (has_nul(key.resource) || has_nul(key.namespace_) || has_nul(key.name)) return false;
  if (has_nul(put.uid)) return false;
  for (const auto& [name, value] : put.labels)
    if (has_nul(name) || has_nul(value)) return false;
  return std::none_of(put.owner_uids.begin(), put.owner_uids.end(), has_nul);
}

template <class Item>
const Key* twice(const std::vector<Item>& items) {
  std::vector<const Key*> keys;
  keys.reserve(items.size());
  for (const Item& item : items) keys.push_back(&item.key);
  const auto less = [](const Key* a, const Key* b) { return *a < *b; };
  std::sort(keys.begin(), keys.end(), less);
  const auto same = [](const Key* a, const Key* b) { return *a == *b; };
  const auto found = std::adjacent_find(keys.begin(), keys.end(), same);
  return found == keys.end() ? nullptr : *found;
}

}  // namespace

base::Status check_shape(const Batch& batch) {
  for (const PutObject& put : batch.puts)
    if (!is_fit(put))
      return base::fail(Code::kInvalid, "an object needs a resource, a name and a uid, and no NUL");
  const Key* key = twice(batch.puts);
  if (!key) key = twice(batch.deletes);
  if (key)
    return base::fail(Code::kInvalid,
                      key->resource + " \"" + key->name + "\" stands twice in one batch");
  return {};
}

bool matches(const text::Selector& selector, const Labels& labels) {
  if (selector.empty()) return true;
  return selector.matches([&](std::string_view key) { return find_label(labels, key); });
}

}  // namespace store
