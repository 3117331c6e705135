// The small rules that several parts of the validation need.
#include "model/validation/validator.h"

namespace model {

namespace {

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool has_main_container(const text::Value& container_set) {
  const text::Value* containers = container_set.find("containers");
  if (!containers || !containers->is_list()) return false;
  for (const text::Value& container : containers->as_list())
    if (container.string_at("name") == "main") return true;
  return false;
}

}  // namespace

std::string quote(std::string_view text) { return '"' + std::string(text) + '"'; }

bool is_leaf(const Template& tmpl) {
  switch (tmpl.type()) {
    case TemplateType::kUnknown:
    case TemplateType::kSteps:
    case TemplateType::kDag:
    case TemplateType::kSuspend:
      return false;
    default:
      return true;
  }
}

bool is_pod(const Template& tmpl) {
  const TemplateType type = tmpl.type();
  return is_leaf(tmpl) && type != TemplateType::kHttp && type != TemplateType::kPlugin;
}

bool has_output(const Template& tmpl) {
  const TemplateType type = tmpl.type();
  if (type == TemplateType::kContainerSet) return has_main_container(tmpl.container_set);
  return is_leaf(tmpl) && type != TemplateType::kResource;
}

bool is_field_name(std::string_view name) {
  constexpr size_t kLongest = 128;
  if (name.empty() || name.size() > kLongest || !is_alnum(name[0])) return false;
  for (const char c : name)
    if (!is_alnum(c) && c != '-') return false;
  return true;
}

bool is_parameter_name(std::string_view name) {
  for (const char c : name)
    if (!is_alnum(c) && c != '-' && c != '_') return false;
  return !name.empty();
}

bool holds_tag(std::string_view text) {
  const size_t open = text.find("{{");
  return open != std::string_view::npos && text.find("}}", open) != std::string_view::npos;
}

bool has_location(const Artifact& artifact) {
  // A kind of location counts when what names the artifact in it is there.
  struct Location {
    std::string_view kind, key;
  };
  constexpr Location kLocations[] = {{"s3", "key"},          {"gcs", "key"},   {"azure", "blob"},
                                     {"oss", "key"},         {"hdfs", "path"}, {"http", "url"},
                                     {"artifactory", "url"}, {"git", "repo"},  {"plugin", "key"}};
  for (const Location& location : kLocations)
    if (!artifact.rest.string_at(location.kind, location.key).empty()) return true;
  const text::Value* raw = artifact.rest.find("raw");
  return raw && raw->is_map();
}

bool is_node_attribute(std::string_view attribute, const Template* tmpl, bool is_aggregate) {
  for (const std::string_view always : {"id", "startedAt", "finishedAt", "hostNodeName"})
    if (attribute == always) return true;
  if (!tmpl) return true;
  if (attribute == "ip") return tmpl->daemon.value_or(false);
  if (attribute == "outputs.result" || attribute == "exitCode")
    return has_output(*tmpl) || (is_aggregate && tmpl->type() == TemplateType::kContainerSet);
  if (attribute == "outputs.parameters") return is_aggregate;
  constexpr std::string_view kParameters = "outputs.parameters.", kArtifacts = "outputs.artifacts.";
  if (attribute.starts_with(kParameters)) {
    for (const Parameter& parameter : tmpl->outputs.parameters)
      if (parameter.name == attribute.substr(kParameters.size())) return true;
  } else if (attribute.starts_with(kArtifacts)) {
    for (const Artifact& artifact : tmpl->outputs.artifacts)
      if (artifact.name == attribute.substr(kArtifacts.size())) return true;
  }
  return false;
}

}  // namespace model
