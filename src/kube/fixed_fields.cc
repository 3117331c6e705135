#include "kube/fixed_fields.h"

#include "kube/fields.h"
#include "text/json.h"

namespace kube {
namespace {

using text::Value;

struct Row {
  std::string_view type, path;
  std::string_view words = "field is immutable";
  // Members of it that may change, "a|b"; everything else of the path may not.
  std::string_view free = {};
};

constexpr Row kRows[] = {
    {"Pod", "spec",
     "pod updates may not change the spec: the node agent reads it once, when the pod starts"},
    {"Secret", "type"},
    {"Job", "spec.template"},
    {"Job", "spec.selector"},
    {"Job", "spec.completions"},
    {"Job", "spec.completionMode"},
    {"Job", "spec.podFailurePolicy"},
    {"Job", "spec.backoffLimitPerIndex"},
    {"Job", "spec.manualSelector"},
    {"Deployment", "spec.selector"},
    {"ReplicaSet", "spec.selector"},
    {"DaemonSet", "spec.selector"},
    {"StatefulSet", "spec",
     "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
     "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and "
     "'minReadySeconds' are forbidden",
     "replicas|ordinals|template|updateStrategy|revisionHistoryLimit|"
     "persistentVolumeClaimRetentionPolicy|minReadySeconds"},
    {"PersistentVolumeClaim", "spec",
     "spec is immutable after creation except resources.requests and volumeAttributesClassName",
     "resources|volumeAttributesClassName|volumeName"},
    {"RoleBinding", "roleRef", "cannot change roleRef"},
    {"ClusterRoleBinding", "roleRef", "cannot change roleRef"},
    {"StorageClass", "provisioner"},
    {"StorageClass", "parameters", "updates to parameters are forbidden."},
    {"StorageClass", "reclaimPolicy"},
    {"StorageClass", "volumeBindingMode"},
    {"PriorityClass", "value", "may not be changed in an update."},
    {"CustomResourceDefinition", "spec.group"},
    {"CustomResourceDefinition", "spec.scope"},
};

bool is_same(const Value* a, const Value* b) {
  const bool no_a = !a || a->is_null(), no_b = !b || b->is_null();
  return no_a || no_b ? no_a == no_b : *a == *b;
}

bool is_free(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const size_t bar = std::min(list.find('|'), list.size());
    if (list.substr(0, bar) == name) return true;
    list.remove_prefix(std::min(bar + 1, list.size()));
  }
  return false;
}

bool has_changed(const Row& row, const Value& before, const Value& after) {
  const Value* a = find_at(before, row.path);
  const Value* b = find_at(after, row.path);
  if (row.free.empty() || !a || !b || !a->is_map() || !b->is_map()) return !is_same(a, b);
  for (const auto& [one, other] : {std::pair(a, b), std::pair(b, a)})
    for (const text::Member& member : one->as_map())
      if (!is_free(row.free, member.key) && !is_same(&member.value, other->find(member.key)))
        return true;
  return false;
}

Cause forbidden(std::string_view field, std::string_view words) {
  return {"FieldValueForbidden", "Forbidden: " + std::string(words), std::string(field)};
}

void check_immutable(const Value& before, const Value& after, std::vector<Cause>& out) {
  const Value* mark = before.find("immutable");
  if (!mark || !mark->is_bool() || !mark->as_bool()) return;
  for (const std::string_view name : {"immutable", "data", "binaryData"})
    if (!is_same(before.find(name), after.find(name)))
      out.push_back(forbidden(name, "field is immutable when `immutable` is set"));
}

// Once it has an address, a service keeps it.
void check_service(const Value& before, const Value& after, std::vector<Cause>& out) {
  const Value* old_address = before.find_path("spec", "clusterIP");
  if (!old_address || *old_address == Value("") || *old_address == Value("None")) return;
  if (after.string_at("spec", "type") == "ExternalName") return;
  const Value* address = after.find_path("spec", "clusterIP");
  if (is_same(old_address, address)) return;
  out.push_back({"FieldValueInvalid",
                 "Invalid value: " + (address ? text::to_json(*address) : "\"\"") +
                     ": may not change once set",
                 "spec.clusterIP"});
}

}  // namespace

std::vector<Cause> changed_fixed_fields(const model::SchemaType& type, const Value& before,
                                        const Value& after) {
  std::vector<Cause> out;
  const std::string_view name = type.row->name;
  if (name == "ConfigMap" || name == "Secret") check_immutable(before, after, out);
  if (name == "Service") check_service(before, after, out);
  for (const Row& row : kRows) {
    if (row.type != name || !has_changed(row, before, after)) continue;
    if (row.words != "field is immutable") {
      out.push_back(forbidden(row.path, row.words));
      continue;
    }
    const Value* given = find_at(after, row.path);
    out.push_back({"FieldValueInvalid",
                   "Invalid value: " + (given ? text::to_json(*given) : "null") + ": " +
                       std::string(row.words),
                   std::string(row.path)});
  }
  return out;
}

}  // namespace kube
