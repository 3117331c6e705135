#include "kube/metadata.h"

#include <algorithm>
#include <charconv>

namespace kube {
namespace {

using base::Code;
using base::fail;

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_alphanumeric(char c) { return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z'); }

// Lower case letters and digits with '-' between them.
bool is_label(std::string_view text) {
  if (text.empty() || !is_lower_or_digit(text.front()) || !is_lower_or_digit(text.back()))
    return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

bool is_subdomain(std::string_view text) {
  for (;;) {
    const size_t dot = text.find('.');
    if (!is_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

// The name part of a label's key, and a label's value that is not empty.
bool is_label_word(std::string_view text) {
  if (text.empty() || text.size() > 63) return false;
  if (!is_alphanumeric(text.front()) || !is_alphanumeric(text.back())) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

bool is_qualified_name(std::string_view key) {
  const size_t slash = key.find('/');
  if (slash == std::string_view::npos) return is_label_word(key);
  const std::string_view prefix = key.substr(0, slash);
  return prefix.size() <= 253 && is_subdomain(prefix) && is_label_word(key.substr(slash + 1));
}

tl::unexpected<base::Error> invalid(const std::string& path, std::string_view value,
                                    const std::string& why) {
  return fail(Code::kInvalid, path + ": Invalid value: \"" + std::string(value) + "\": " + why);
}

constexpr const char* kSubdomain =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com')";
constexpr const char* kLabel =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start and end with an alphanumeric character (e.g. 'my-name')";
constexpr const char* kQualified =
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end "
    "with an alphanumeric character (e.g. 'MyName'), at most 63 characters, with an optional DNS "
    "subdomain prefix and '/' (e.g. 'example.com/MyName')";
constexpr const char* kLabelValue =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
    "'.', and must start and end with an alphanumeric character, at most 63 characters";

base::Status check_map(const text::Value& metadata, std::string_view field, bool labels) {
  const text::Value* map = metadata.find(field);
  const std::string path = "metadata." + std::string(field);
  if (!map || map->is_null()) return {};
  if (!map->is_map())
    return fail(Code::kInvalid, path + ": must be a map, not " + std::string(map->kind_name()));
  for (const text::Member& member : map->as_map()) {
    if (!is_qualified_name(member.key)) return invalid(path, member.key, kQualified);
    if (!member.value.is_string())
      return fail(Code::kInvalid, path + "." + member.key + ": must be a string, not " +
                                      std::string(member.value.kind_name()));
    const std::string& value = member.value.as_string();
    if (labels && !value.empty() && !is_label_word(value))
      return invalid(path + "." + member.key, value, kLabelValue);
  }
  return {};
}

base::Status check_strings(const text::Value& metadata, std::string_view field) {
  const text::Value* list = metadata.find(field);
  if (!list || list->is_null()) return {};
  const auto is_string = [](const text::Value& item) { return item.is_string(); };
  if (list->is_list() && std::all_of(list->as_list().begin(), list->as_list().end(), is_string))
    return {};
  return fail(Code::kInvalid, "metadata." + std::string(field) + ": must be a list of strings");
}

base::Status check_owners(const text::Value& metadata) {
  const text::Value* list = metadata.find("ownerReferences");
  if (!list || list->is_null()) return {};
  if (!list->is_list()) return fail(Code::kInvalid, "metadata.ownerReferences: must be a list");
  for (const text::Value& owner : list->as_list())
    for (const std::string_view field : {"apiVersion", "kind", "name", "uid"})
      if (owner.string_at(field).empty())
        return fail(Code::kInvalid,
                    "metadata.ownerReferences: Required value: " + std::string(field));
  return {};
}

tl::unexpected<base::Error> of_object(const Kind& kind, std::string_view name, base::Error error) {
  error.text = kind.resource() + " \"" + std::string(name) + "\" is invalid: " + error.text;
  return fail(std::move(error));
}

}  // namespace

base::Status check_namespace(std::string_view name) {
  if (name.size() > 63)
    return invalid("metadata.namespace", name, "must be no more than 63 characters");
  if (!is_label(name)) return invalid("metadata.namespace", name, kLabel);
  return {};
}

// Of RBAC's kinds: "system:node-reader" is a name.
base::Status check_path_segment(const Kind& kind, std::string_view name) {
  const bool is_good = name != "." && name != ".." && name.size() <= 253 &&
                       name.find_first_of("/%") == std::string_view::npos;
  if (is_good) return {};
  return of_object(
      kind, name,
      invalid("metadata.name", name, "may not be '.', '..', or contain '/' or '%'").value());
}

base::Status check_name(const Kind& kind, std::string_view name) {
  if (kind.group == "rbac.authorization.k8s.io") return check_path_segment(kind, name);
  const bool label = kind.plural == "namespaces" || kind.plural == "services";
  const size_t size_max = label ? 63 : 253;
  base::Status ok;
  if (name.size() > size_max)
    ok = invalid("metadata.name", name,
                 "must be no more than " + std::to_string(size_max) + " characters");
  else if (label ? !is_label(name) : !is_subdomain(name))
    ok = invalid("metadata.name", name, label ? kLabel : kSubdomain);
  return ok ? ok : of_object(kind, name, ok.error());
}

base::Status check_metadata(const Kind& kind, const text::Value& metadata) {
  base::Status ok = check_map(metadata, "labels", true);
  if (ok) ok = check_map(metadata, "annotations", false);
  if (ok) ok = check_strings(metadata, "finalizers");
  if (ok) ok = check_owners(metadata);
  return ok ? ok : of_object(kind, metadata.string_at("name"), ok.error());
}

store::Labels labels_of(const text::Value& metadata) {
  store::Labels labels;
  if (const text::Value* map = metadata.find("labels"); map && map->is_map())
    for (const text::Member& member : map->as_map())
      labels.emplace_back(member.key, member.value.as_string());
  return labels;
}

std::vector<OwnerReference> owners_of(const text::Value& metadata) {
  std::vector<OwnerReference> owners;
  if (const text::Value* list = metadata.find("ownerReferences"); list && list->is_list())
    for (const text::Value& owner : list->as_list())
      owners.push_back({std::string(owner.string_at("apiVersion")),
                        std::string(owner.string_at("kind")), std::string(owner.string_at("name")),
                        std::string(owner.string_at("uid"))});
  return owners;
}

bool has_finalizer(const text::Value& metadata, std::string_view finalizer) {
  const text::Value* list = metadata.find("finalizers");
  if (!list || !list->is_list()) return false;
  const text::List& items = list->as_list();
  return std::find(items.begin(), items.end(), text::Value(finalizer)) != items.end();
}

bool has_finalizers(const text::Value& metadata) {
  const text::Value* list = metadata.find("finalizers");
  return list && list->is_list() && !list->as_list().empty();
}

void add_finalizer(text::Value& metadata, std::string_view finalizer) {
  if (has_finalizer(metadata, finalizer)) return;
  text::Value& list = metadata["finalizers"];
  if (!list.is_list()) list = text::List{};
  list.as_list().emplace_back(finalizer);
}

void remove_finalizer(text::Value& metadata, std::string_view finalizer) {
  text::Value* list = metadata.find("finalizers");
  if (!list || !list->is_list()) return;
  std::erase(list->as_list(), text::Value(finalizer));
  if (list->as_list().empty()) metadata.as_map().erase("finalizers");
}

text::Value in_order(text::Value object) {
  constexpr std::string_view kFirst[] = {"apiVersion", "kind", "metadata"};
  text::Map& members = object.as_map();
  auto member = members.begin();
  bool ordered = members.size() >= std::size(kFirst);
  for (const std::string_view key : kFirst) ordered = ordered && (member++)->key == key;
  if (ordered) return object;
  text::Map sorted;
  for (const std::string_view key : kFirst)
    if (text::Value* value = members.find(key)) sorted.set(std::string(key), std::move(*value));
  for (text::Member& rest : members)
    if (std::find(std::begin(kFirst), std::end(kFirst), rest.key) == std::end(kFirst))
      sorted.append_unchecked(std::move(rest));
  return sorted;
}

std::optional<uint64_t> parse_revision(std::string_view text) {
  uint64_t revision = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), revision);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return revision;
}

}  // namespace kube
