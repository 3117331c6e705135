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

bool holds_plain_tag(std::string_view text) {
  // Words of letters, digits and "-", the later ones with "_" too, joined by single dots.
  const auto is_plain = [](std::string_view name) {
    bool is_first = true;
    for (std::string_view rest = name;; is_first = false) {
      const size_t end = rest.find('.');
      const std::string_view word = rest.substr(0, end);
      if (word.empty()) return false;
      for (const char c : word)
        if (!is_alnum(c) && c != '-' && (is_first || c != '_')) return false;
      if (end == std::string_view::npos) return true;
      rest.remove_prefix(end + 1);
    }
  };
  for (size_t close = text.find("}}"); close != std::string_view::npos; close = text.find("}}")) {
    const std::string_view before = text.substr(0, close);
    const size_t open = before.rfind("{{");
    if (open != std::string_view::npos && is_plain(before.substr(open + 2))) return true;
    text.remove_prefix(close + 2);
  }
  return false;
}

bool is_go_int(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  constexpr size_t kMostDigits = 19;
  if (text.empty()) return false;
  for (const char c : text)
    if (c < '0' || c > '9') return false;
  return text.size() < kMostDigits || text::Value(text::Number{std::string(text)}).to_int();
}

bool has_location(const Artifact& artifact) {
  // Of several kinds of location the first of this order counts; it must name the artifact in it.
  struct Location {
    std::string_view kind, key;
  };
  constexpr Location kLocations[] = {{"artifactory", "url"}, {"azure", "blob"}, {"git", "repo"},
                                     {"gcs", "key"},         {"hdfs", "path"},  {"http", "url"},
                                     {"oss", "key"},         {"raw", ""},       {"s3", "key"},
                                     {"plugin", "key"}};
  for (const Location& location : kLocations) {
    const text::Value* given = artifact.rest.find(location.kind);
    if (!given || !given->is_map()) continue;
    if (location.key.empty() || !given->string_at(location.key).empty()) return true;
    const text::Value* addresses = given->find("addresses");  // of hdfs
    return location.kind == "hdfs" && addresses && addresses->is_list() &&
           !addresses->as_list().empty();
  }
  return false;
}

bool is_node_attribute(std::string_view attribute, const Template* tmpl, bool is_aggregate,
                       bool is_dynamic) {
  for (const std::string_view always : {"id", "startedAt", "finishedAt", "hostNodeName"})
    if (attribute == always) return true;
  if (!tmpl) return !is_dynamic;
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
