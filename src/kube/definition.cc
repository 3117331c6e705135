#include "kube/definition.h"

#include <algorithm>
#include <cctype>

#include "kube/metadata.h"
#include "kube/structural_schema.h"
#include "text/json.h"

namespace kube {
namespace {

using base::Code;
using base::fail;
using text::Value;

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool flag(const Value& value, std::string_view name) {
  const Value* found = value.find(name);
  return found && found->is_bool() && found->as_bool();
}

std::vector<std::string> strings(const Value* list) {
  std::vector<std::string> out;
  if (list && list->is_list())
    for (const Value& one : list->as_list())
      if (one.is_string()) out.push_back(one.as_string());
  return out;
}

const text::List& versions_of(const Value& definition) {
  static const text::List none;
  const Value* list = definition.find_path("spec", "versions");
  return list && list->is_list() ? list->as_list() : none;
}

std::string place(size_t index) { return "spec.versions[" + std::to_string(index) + "]"; }

void required(std::string path, std::vector<Cause>& out, std::string_view why = {}) {
  out.push_back({"FieldValueRequired",
                 "Required value" + (why.empty() ? std::string() : ": " + std::string(why)),
                 std::move(path)});
}

void check_names(const Value& definition, std::vector<Cause>& out) {
  const std::string group(definition.string_at("spec", "group"));
  const std::string plural(definition.string_at("spec", "names", "plural"));
  if (group.find('.') == std::string::npos)
    out.push_back({"FieldValueInvalid",
                   "Invalid value: \"" + group + "\": should be a domain with at least one dot",
                   "spec.group"});
  if (plural.empty()) required("spec.names.plural", out);
  if (definition.string_at("spec", "names", "kind").empty()) required("spec.names.kind", out);
  const std::string_view name = definition.string_at("metadata", "name");
  if (name != plural + "." + group)
    out.push_back(
        {"FieldValueInvalid",
         "Invalid value: \"" + std::string(name) + "\": must be spec.names.plural+\".\"+spec.group",
         "metadata.name"});
  const std::string_view scope = definition.string_at("spec", "scope");
  if (scope != "Namespaced" && scope != "Cluster")
    out.push_back({"FieldValueNotSupported",
                   "Unsupported value: \"" + std::string(scope) +
                       "\": supported values: \"Cluster\", \"Namespaced\"",
                   "spec.scope"});
  const std::string_view strategy = definition.string_at("spec", "conversion", "strategy");
  if (!strategy.empty() && strategy != "None")
    out.push_back({"FieldValueNotSupported",
                   "Unsupported value: \"" + std::string(strategy) +
                       "\": objects are converted by strategy None here",
                   "spec.conversion.strategy"});
  const Value* spec = definition.find("spec");
  if (spec && flag(*spec, "preserveUnknownFields"))
    out.push_back(
        {"FieldValueInvalid", "Invalid value: true: must be false", "spec.preserveUnknownFields"});
}

const Value* schema_of(const Value& version) {
  return version.find_path("schema", "openAPIV3Schema");
}

void check_versions(const Value& definition, bool is_ours, std::vector<Cause>& out,
                    Warnings& warnings) {
  const text::List& versions = versions_of(definition);
  if (versions.empty()) return required("spec.versions", out, "must have at least one version");
  size_t stored = 0, index = 0;
  std::vector<std::string_view> names;
  for (const Value& version : versions) {
    const std::string path = place(index++);
    const std::string_view name = version.string_at("name");
    if (name.empty()) required(path + ".name", out);
    if (std::find(names.begin(), names.end(), name) != names.end())
      out.push_back({"FieldValueDuplicate", "Duplicate value: \"" + std::string(name) + "\"",
                     path + ".name"});
    names.push_back(name);
    stored += flag(version, "storage");
    const Value* schema = schema_of(version);
    if (!schema)
      required(path + ".schema.openAPIV3Schema", out, "schemas are required");
    else if (!is_ours)
      (void)StructuralSchema::compile(*schema, path + ".schema.openAPIV3Schema", out, warnings);
  }
  if (stored != 1)
    out.push_back({"FieldValueInvalid",
                   "Invalid value: must have exactly one version marked as storage version",
                   "spec.versions"});
}

// Versions in which objects may be stored cannot be taken away.
void check_stored(const Value& old_object, const Value& definition, std::vector<Cause>& out) {
  size_t index = 0;
  for (const std::string& name : strings(old_object.find_path("status", "storedVersions"))) {
    const text::List& versions = versions_of(definition);
    const bool is_there = std::any_of(versions.begin(), versions.end(), [&](const Value& one) {
      return one.string_at("name") == name;
    });
    if (!is_there)
      out.push_back({"FieldValueInvalid",
                     "Invalid value: \"" + name + "\": must appear in spec.versions",
                     "status.storedVersions[" + std::to_string(index) + "]"});
    ++index;
  }
}

void fill_names(Value& definition) {
  Value& names = definition["spec"]["names"];
  const std::string kind(names.string_at("kind"));
  if (names.string_at("singular").empty()) names["singular"] = lower(kind);
  if (names.string_at("listKind").empty()) names["listKind"] = kind + "List";
  Value& conversion = definition["spec"]["conversion"];
  if (conversion.string_at("strategy").empty()) conversion["strategy"] = "None";
}

// "": the names are free.
std::string taken_by(const Value& definition, const KindRegistry& kinds) {
  const std::string_view name = definition.string_at("metadata", "name");
  const std::string_view group = definition.string_at("spec", "group");
  const std::string_view kind = definition.string_at("spec", "names", "kind");
  for (const Kind* row : kinds.all()) {
    if (row->group != group || (row->custom && row->custom->definition == name)) continue;
    if (row->plural == definition.string_at("spec", "names", "plural")) continue;  // built in
    if (row->kind == kind) return "\"" + std::string(kind) + "\" is already in use";
  }
  return "";
}

// Of a type there is one condition; the time changes with the state.
void put_condition(Value& status, std::string_view type, bool is_true, std::string_view reason,
                   const std::string& message, base::Time now) {
  Value& list = status["conditions"];
  if (!list.is_list()) list = text::List();
  Value condition;
  for (const Value& one : list.as_list())
    if (one.string_at("type") == type) condition = one;
  const std::string_view state = is_true ? "True" : "False";
  if (condition.string_at("status") != state)
    condition["lastTransitionTime"] = base::to_rfc3339(now);
  condition["message"] = message;
  condition["reason"] = reason;
  condition["status"] = state;
  condition["type"] = type;
  std::erase_if(list.as_list(), [&](const Value& one) { return one.string_at("type") == type; });
  list.as_list().push_back(std::move(condition));
}

void fill_status(const Value* old_object, Value& definition, base::Time now,
                 const KindRegistry& kinds) {
  Value status{text::Map()};
  if (const Value* old_status = old_object ? old_object->find("status") : nullptr)
    status = *old_status;
  const std::string trouble = taken_by(definition, kinds);
  put_condition(status, "NamesAccepted", trouble.empty(),
                trouble.empty() ? "NoConflicts" : "KindConflict",
                trouble.empty() ? "no conflicts found" : trouble, now);
  put_condition(
      status, "Established", trouble.empty(),
      trouble.empty() ? "InitialNamesAccepted" : "NotAccepted",
      trouble.empty() ? "the initial names have been accepted" : "not all names are accepted", now);
  if (definition.find_path("metadata", "deletionTimestamp"))
    put_condition(status, "Terminating", true, "InstanceDeletionInProgress",
                  "CustomResource deletion is in progress", now);
  status["acceptedNames"] = *definition.find_path("spec", "names");
  std::vector<std::string> stored = strings(status.find("storedVersions"));
  for (const Value& version : versions_of(definition)) {
    const std::string name(version.string_at("name"));
    if (flag(version, "storage") && std::find(stored.begin(), stored.end(), name) == stored.end())
      stored.push_back(name);
  }
  text::List list;
  for (std::string& name : stored) list.emplace_back(std::move(name));
  status["storedVersions"] = std::move(list);
  definition["status"] = std::move(status);
}

std::vector<PrinterColumn> columns_of(const Value& version) {
  std::vector<PrinterColumn> out;
  const Value* list = version.find("additionalPrinterColumns");
  if (!list || !list->is_list()) return out;
  for (const Value& one : list->as_list()) {
    PrinterColumn column;
    column.name = one.string_at("name");
    column.type = one.string_at("type");
    column.format = one.string_at("format");
    column.description = one.string_at("description");
    column.path = one.string_at("jsonPath");
    if (const Value* priority = one.find("priority"))
      column.priority = static_cast<int>(priority->to_int().value_or(0));
    out.push_back(std::move(column));
  }
  return out;
}

std::shared_ptr<CustomKind> names_of(const Value& definition) {
  auto out = std::make_shared<CustomKind>();
  const Value& names = *definition.find_path("spec", "names");
  out->definition = definition.string_at("metadata", "name");
  out->group = definition.string_at("spec", "group");
  out->plural = names.string_at("plural");
  out->singular = names.string_at("singular");
  out->kind = names.string_at("kind");
  out->list_kind = names.string_at("listKind");
  out->short_names = strings(names.find("shortNames"));
  out->categories = strings(names.find("categories"));
  out->namespaced = definition.string_at("spec", "scope") == "Namespaced";
  return out;
}

void read_version(const Value& version, CustomKind& out) {
  out.version = version.string_at("name");
  out.is_served = flag(version, "served");
  out.is_stored = flag(version, "storage");
  if (flag(version, "deprecated")) {
    out.deprecation = version.string_at("deprecationWarning");
    if (out.deprecation.empty())
      out.deprecation = out.group + "/" + out.version + " " + out.kind + " is deprecated";
  }
  out.has_status = version.find_path("subresources", "status") != nullptr;
  if (const Value* scale = version.find_path("subresources", "scale"); scale && scale->is_map())
    out.scale = ScalePaths{std::string(scale->string_at("specReplicasPath")),
                           std::string(scale->string_at("statusReplicasPath")),
                           std::string(scale->string_at("labelSelectorPath"))};
  out.columns = columns_of(version);
  if (const Value* schema = schema_of(version)) {
    std::vector<Cause> problems;
    Warnings unheard;
    out.open_api = *schema;
    out.schema = StructuralSchema::compile(*schema, "", problems, unheard);
  }
}

}  // namespace

bool is_built_in(const Value& definition) {
  const std::string_view group = definition.string_at("spec", "group");
  const std::string_view plural = definition.string_at("spec", "names", "plural");
  for (const Kind& kind : kinds())
    if (kind.group == group && kind.plural == plural) return true;
  return false;
}

base::Result<Value> completed_definition(const Value* old_object, Value definition, base::Time now,
                                         const KindRegistry& kinds, Warnings& warnings) {
  std::vector<Cause> problems;
  const Value* spec = definition.find("spec");
  if (!spec || !spec->is_map()) return fail(Code::kInvalid, "spec: Required value");
  const Value* names = spec->find("names");
  if (!names || !names->is_map()) return fail(Code::kInvalid, "spec.names: Required value");
  check_names(definition, problems);
  const bool is_ours = is_built_in(definition);
  check_versions(definition, is_ours, problems, warnings);
  if (old_object) check_stored(*old_object, definition, problems);
  if (!problems.empty()) {
    std::string text;
    for (const Cause& one : problems)
      text += (text.empty() ? "" : "\n") + one.field + ": " + one.message;
    return fail(Code::kInvalid, std::move(text));
  }
  if (is_ours && !old_object)
    warnings.push_back(std::string(definition.string_at("spec", "names", "kind")) +
                       " is built in: the definition is kept, and its schema is not used");
  fill_names(definition);
  fill_status(old_object, definition, now, kinds);
  const bool is_ending = definition.find_path("metadata", "deletionTimestamp") != nullptr;
  if (!is_ending) add_finalizer(definition["metadata"], kCleanupFinalizer);
  return definition;
}

std::vector<std::shared_ptr<const CustomKind>> kinds_of_definition(const Value& definition) {
  std::vector<std::shared_ptr<const CustomKind>> out;
  const Value* names = definition.find_path("spec", "names");
  const Value* conditions = definition.find_path("status", "conditions");
  if (!names || !names->is_map() || !conditions || !conditions->is_list()) return out;
  for (const Value& condition : conditions->as_list())
    if (condition.string_at("type") == "Established" && condition.string_at("status") != "True")
      return out;
  if (is_built_in(definition)) return out;
  for (const Value& version : versions_of(definition)) {
    auto kind = names_of(definition);
    read_version(version, *kind);
    out.push_back(std::move(kind));
  }
  return out;
}

}  // namespace kube
