#include "store/precondition.h"

#include <optional>
#include <string_view>

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

base::Status check_put(const PutObject& put, const Present* present) {
  if (put.key.resource.empty() || put.key.name.empty() || put.uid.empty())
    return base::fail(Code::kInvalid, "an object needs a resource, a name and a uid");
  if (present && present->uid != put.uid) return base::fail(conflict(put.key));
  return check(put.precondition, put.key, present);
}

bool matches(const text::Selector& selector, const Labels& labels) {
  if (selector.empty()) return true;
  return selector.matches([&](std::string_view key) -> std::optional<std::string_view> {
    for (const auto& [name, value] : labels)
      if (name == key) return value;
    return std::nullopt;
  });
}

}  // namespace store
