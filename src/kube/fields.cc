#include "kube/fields.h"

#include <algorithm>
#include <string_view>

namespace kube {
namespace {

std::string field(const text::Value& object, std::string_view path) {
  const text::Value* value = find_at(object, path);
  return value && !value->is_map() && !value->is_list() ? value->to_any_string() : std::string();
}

struct Row {
  std::string_view plural, fields;  // with blanks between them
};
// As Kubernetes' API server knows them, beside metadata.name and metadata.namespace.
constexpr Row kRows[] = {
    {"pods",
     "spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName "
     "spec.hostNetwork status.phase status.podIP status.podIPs status.nominatedNodeName"},
    {"events",
     "involvedObject.kind involvedObject.namespace involvedObject.name involvedObject.uid "
     "involvedObject.apiVersion involvedObject.resourceVersion involvedObject.fieldPath reason "
     "reportingComponent source type"},
    {"namespaces", "status.phase"},
    {"nodes", "spec.unschedulable"},
    {"secrets", "type"},
    {"services", "spec.clusterIP spec.type"},
    {"replicasets", "status.replicas"},
    {"jobs", "status.successful"},
};

}  // namespace

const text::Value* find_at(const text::Value& object, std::string_view path) {
  const text::Value* value = &object;
  while (value && !path.empty()) {
    const size_t dot = std::min(path.find('.'), path.size());
    value = value->find(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return value;
}

bool is_selectable(const Kind& kind, std::string_view field) {
  if (field == "metadata.name" || field == "metadata.namespace") return true;
  // Argo's kinds may be selected by all that they hold.
  if (kind.group == "argoproj.io" && !kind.custom) return true;
  if (kind.custom) return false;
  for (const Row& row : kRows) {
    if (row.plural != kind.plural) continue;
    std::string_view rest = row.fields;
    while (!rest.empty()) {
      const size_t end = std::min(rest.find(' '), rest.size());
      if (rest.substr(0, end) == field) return true;
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return false;
}

bool matches_fields(const text::Selector& fields, const text::Value& object) {
  for (const text::Requirement& wanted : fields.requirements())
    if (!wanted.matches(field(object, wanted.key))) return false;
  return true;
}

bool is_by_name_only(const text::Selector& fields) {
  const auto& wanted = fields.requirements();
  return std::all_of(wanted.begin(), wanted.end(), [](const text::Requirement& requirement) {
    return requirement.key == "metadata.name" || requirement.key == "metadata.namespace";
  });
}

std::optional<std::string> demanded_name(const text::Selector& fields) {
  for (const text::Requirement& wanted : fields.requirements())
    if (wanted.key == "metadata.name" && wanted.op == text::Requirement::Operator::kEquals &&
        wanted.values.size() == 1)
      return wanted.values[0];
  return std::nullopt;
}

}  // namespace kube
