// What a template takes and gives.
#include "expr/jq.h"
#include "expr/resource_jsonpath.h"
#include "model/validation/validator.h"

namespace model {

namespace {

// A path must not climb out of the directory before its "..": Argo refuses
// "/tmp/safe/../../etc", because a parameter may stand in it.
bool escapes(std::string_view path) {
  const size_t climb = path.find("/../");
  std::string_view safe;
  if (climb != std::string_view::npos)
    safe = path.substr(0, climb);
  else if (path.ends_with("/.."))
    safe = path.substr(0, path.size() - 3);
  if (safe.empty()) return false;
  std::vector<std::string_view> parts;
  for (std::string_view rest = path; !rest.empty();) {
    const size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view part = rest.substr(0, end);
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  std::string clean;
  for (const std::string_view part : parts) clean += '/' + std::string(part);
  const std::string inside = std::string(safe) + '/';
  return !clean.starts_with(inside) || clean.size() <= inside.size();
}

void check_path(Validator& run, const Template& tmpl, const Artifact& artifact, const Site& site,
                const std::string& at) {
  if (!is_leaf(tmpl)) {
    if (!artifact.path.empty())
      run.error(site, at + ".path", "misplaced-path",
                "only templates that run a container have paths");
  } else if (artifact.path.empty()) {
    run.error(site, at, "missing-path", "the artifact " + quote(artifact.name) + " needs a path");
  } else if (escapes(artifact.path)) {
    run.error(site, at + ".path", "bad-path",
              quote(artifact.path) + " leaves the directory that it begins in");
  }
}

void check_global_name(Validator& run, const std::string& name, const Site& site,
                       const std::string& at) {
  if (!name.empty() && !holds_plain_tag(name) && !is_parameter_name(render_name(name, run.here())))
    run.error(site, at + ".globalName", "bad-name", quote(name) + " is not a valid name",
              "use letters, digits, - and _");
}

// Which source an output parameter must have, by the kind of its template.
void check_source_of_kind(Validator& run, const Template& tmpl, const ValueFrom& source,
                          const Site& site, const std::string& at) {
  std::string needed;
  switch (tmpl.type()) {
    case TemplateType::kContainer:
    case TemplateType::kContainerSet:
    case TemplateType::kScript:
      if (source.path.empty()) needed = "path";
      break;
    case TemplateType::kResource:
      if (source.jq_filter.empty() && source.json_path.empty()) needed = "jsonPath or jqFilter";
      break;
    case TemplateType::kDag:
    case TemplateType::kSteps:
      if (source.parameter.empty() && source.expression.empty()) needed = "parameter or expression";
      break;
    default:
      break;
  }
  if (!needed.empty())
    run.error(site, at + ".valueFrom", "bad-value-source",
              "in a template of this kind valueFrom needs " + needed);
}

// What is taken out of an object, where no tag makes it another path.
void check_paths(Validator& run, const ValueFrom& source, const Site& site, const std::string& at) {
  const auto tell = [&](const std::string& text, const char* field, const auto& parsed) {
    if (!parsed)
      run.flaw_at(text, std::max(parsed.error().where.column, 1u) - 1, site,
                  at + ".valueFrom." + field, "bad-expression", parsed.error().text,
                  parsed.error().hint);
  };
  if (!source.json_path.empty() && !holds_tag(source.json_path))
    tell(source.json_path, "jsonPath", expr::ResourceJsonPath::parse(source.json_path));
  if (!source.jq_filter.empty() && !holds_tag(source.jq_filter))
    tell(source.jq_filter, "jqFilter", expr::JqFilter::parse(source.jq_filter));
}

void check_output_parameter(Validator& run, const Template& tmpl, const Parameter& parameter,
                            const Site& site, const std::string& at) {
  check_global_name(run, parameter.global_name, site, at);
  if (!parameter.value_from) {
    if (!parameter.value)
      run.error(site, at, "missing-value",
                "the output " + quote(parameter.name) + " has neither value nor valueFrom");
    return;
  }
  if (parameter.value)
    run.error(site, at, "value-choice", "value and valueFrom exclude each other");
  const ValueFrom& source = *parameter.value_from;
  int sources = source.supplied;
  for (const std::string* one :
       {&source.path, &source.jq_filter, &source.json_path, &source.parameter, &source.expression})
    sources += !one->empty();
  if (sources == 0)
    run.error(site, at + ".valueFrom", "value-choice", "valueFrom says no source",
              "choose path, parameter, expression, supplied, jsonPath or jqFilter");
  else if (sources > 1)
    run.error(site, at + ".valueFrom", "value-choice", "valueFrom has several sources",
              "choose one of path, parameter, expression, supplied, jsonPath, jqFilter");
  else
    check_source_of_kind(run, tmpl, source, site, at);
  if (tmpl.type() == TemplateType::kResource) check_paths(run, source, site, at);
}

// The value of an input, as far as it is known before the workflow runs: Argo validates entrypoint
// and exit handler with their real arguments.
void add_input(Validator& run, const Parameter& input, Scope& inputs) {
  const std::string name = "inputs.parameters." + input.name;
  inputs.add(name);
  if (!run.given()) return;
  const Parameter* argument = nullptr;
  for (const Parameter& one : run.given()->parameters)
    if (one.name == input.name) argument = &one;
  const auto& value = argument ? argument->value : input.default_ ? input.default_ : input.value;
  if (!value) return;
  std::string text = run.rendered(*value);
  if (text.find(kUnknownText) == std::string::npos) inputs.add_value(name, std::move(text));
}

}  // namespace

void validate_git_and_hdfs(Validator& run, const text::Value& location, const Site& site,
                           const std::string& at) {
  const text::Value* git = location.find("git");
  if (git && git->is_map() && git->string_at("repo").empty())
    run.error(site, at + ".git", "missing-value", "git needs repo");
  const text::Value* hdfs = location.find("hdfs");
  if (!hdfs || !hdfs->is_map()) return;
  const text::Value* addresses = hdfs->find("addresses");
  if (!addresses || !addresses->is_list() || addresses->as_list().empty())
    run.error(site, at + ".hdfs", "missing-value", "hdfs needs addresses");
  if (!hdfs->string_at("path").starts_with("/"))
    run.error(site, at + ".hdfs", "missing-value", "hdfs needs an absolute path");
  const text::Value* keytab = hdfs->find("krbKeytabSecret");
  const text::Value* cache = hdfs->find("krbCCacheSecret");
  if (hdfs->string_at("hdfsUser").empty() && !keytab && !cache)
    run.error(site, at + ".hdfs", "missing-value",
              "hdfs needs hdfsUser, krbCCacheSecret or krbKeytabSecret");
  const bool has_service =
      !hdfs->string_at("krbServicePrincipalName").empty() && hdfs->find("krbConfigConfigMap");
  const bool has_user =
      !hdfs->string_at("krbUsername").empty() && !hdfs->string_at("krbRealm").empty();
  if ((keytab && !(has_service && has_user)) || (cache && !has_service))
    run.error(site, at + ".hdfs", "missing-value",
              "Kerberos needs krbServicePrincipalName, krbConfigConfigMap, krbUsername and "
              "krbRealm");
}

void validate_inputs(Validator& run, const Template& tmpl, const Site& site, Scope& inputs,
                     Scope& scope) {
  check_names(run, tmpl.inputs.parameters, site, "inputs.parameters");
  check_names(run, tmpl.inputs.artifacts, site, "inputs.artifacts");
  for (const Parameter& parameter : tmpl.inputs.parameters) add_input(run, parameter, inputs);
  inputs.add("inputs.parameters");
  if (is_pod(tmpl)) inputs.add("pod.name");
  for (size_t i = 0; i < tmpl.inputs.artifacts.size(); ++i) {
    const Artifact& artifact = tmpl.inputs.artifacts[i];
    const std::string at = "inputs.artifacts[" + std::to_string(i) + ']';
    scope.add("inputs.artifacts." + artifact.name);
    if (is_leaf(tmpl)) inputs.add("inputs.artifacts." + artifact.name + ".path");
    check_path(run, tmpl, artifact, site, at);
    if (!artifact.from.empty())
      run.error(site, at + ".from", "misplaced-from", "an input says where it goes, not its source",
                "put from into the arguments of the step that calls the template");
    validate_git_and_hdfs(run, artifact.rest, site, at);
  }
}

void validate_outputs(Validator& run, const Template& tmpl, const Site& site, const Scope& scope) {
  check_names(run, tmpl.outputs.parameters, site, "outputs.parameters", NameStyle::kMayHoldTags);
  check_names(run, tmpl.outputs.artifacts, site, "outputs.artifacts", NameStyle::kMayHoldTags);
  const TemplateType type = tmpl.type();
  if (type == TemplateType::kSteps || type == TemplateType::kDag)  // a leaf's are checked with it
    run.check_tags(tmpl.rest.find("outputs"), scope, site, "outputs");
  for (size_t i = 0; i < tmpl.outputs.artifacts.size(); ++i) {
    const std::string at = "outputs.artifacts[" + std::to_string(i) + ']';
    check_path(run, tmpl, tmpl.outputs.artifacts[i], site, at);
    check_global_name(run, tmpl.outputs.artifacts[i].global_name, site, at);
  }
  for (size_t i = 0; i < tmpl.outputs.parameters.size(); ++i)
    check_output_parameter(run, tmpl, tmpl.outputs.parameters[i], site,
                           "outputs.parameters[" + std::to_string(i) + ']');
}

}  // namespace model
