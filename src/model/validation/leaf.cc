// Templates that run something: containers, scripts, and the kinds that come later.
#include <algorithm>
#include <map>

#include "expr/resource_condition.h"
#include "model/validation/validator.h"
#include "text/quantity.h"
#include "text/yaml.h"

namespace model {

using text::Value;

namespace {

bool is_reserved_container(std::string_view name) {
  return name == "wait" || name == "supervisor" || name.starts_with("artifact-plugin-");
}

const Value* list_at(const Value& value, std::string_view key) {
  const Value* list = value.find(key);
  return list && list->is_list() ? list : nullptr;
}

// Nothing may be mounted where something else is.
void check_mounts(Validator& run, const Template& tmpl, const Site& site) {
  std::map<std::string_view, std::string> taken;
  if (const Value* mounts = list_at(tmpl.container, "volumeMounts")) {
    for (size_t i = 0; i < mounts->as_list().size(); ++i) {
      const std::string_view path = mounts->as_list()[i].string_at("mountPath");
      const std::string at = "container.volumeMounts[" + std::to_string(i) + ']';
      const auto [first, is_new] = taken.emplace(path, at);
      if (!is_new)
        run.error(site, at + ".mountPath", "mounted-twice",
                  quote(path) + " is taken by " + first->second);
    }
  }
  for (size_t i = 0; i < tmpl.inputs.artifacts.size(); ++i) {
    const std::string at = "inputs.artifacts[" + std::to_string(i) + ']';
    const auto [first, is_new] = taken.emplace(tmpl.inputs.artifacts[i].path, at);
    if (!is_new)
      run.error(site, at + ".path", "mounted-twice",
                quote(tmpl.inputs.artifacts[i].path) + " is taken by " + first->second);
  }
}

void add_names(const Value* list, std::set<std::string_view>& names) {
  if (!list || !list->is_list()) return;
  for (const Value& entry : list->as_list()) {
    names.insert(entry.string_at("name"));
    names.insert(entry.string_at("metadata", "name"));  // of a claim
  }
}

void check_volumes_of(Validator& run, const Value* container, const std::string& at,
                      const std::set<std::string_view>& known, const Site& site) {
  const Value* mounts = container ? list_at(*container, "volumeMounts") : nullptr;
  if (!mounts) return;
  for (size_t i = 0; i < mounts->as_list().size(); ++i) {
    const std::string_view name = mounts->as_list()[i].string_at("name");
    if (name.empty() || holds_tag(name) || known.contains(name)) continue;
    run.flaw(site, at + ".volumeMounts[" + std::to_string(i) + "].name", "unknown-volume",
             "there is no volume " + quote(name),
             run.suggest(name, std::vector<std::string_view>(known.begin(), known.end())));
  }
}

// Each mount needs a volume of the template or of the workflow.
void check_volumes(Validator& run, const Template& tmpl, const Site& site) {
  if (!site.is_own() || !run.is_complete()) return;
  std::set<std::string_view> known;
  const WorkflowSpec& spec = *site.holder->spec;
  add_names(tmpl.rest.find("volumes"), known);
  add_names(spec.rest.find("volumes"), known);
  add_names(spec.rest.find("volumeClaimTemplates"), known);
  add_names(spec.rest.find_path("templateDefaults", "volumes"), known);
  known.erase("");
  check_volumes_of(run, &tmpl.container, "container", known, site);
  check_volumes_of(run, &tmpl.script, "script", known, site);
  for (const std::string field : {"initContainers", "sidecars"}) {
    const Value* containers = list_at(tmpl.rest, field);
    if (!containers) continue;
    for (size_t i = 0; i < containers->as_list().size(); ++i)
      check_volumes_of(run, &containers->as_list()[i], field + '[' + std::to_string(i) + ']', known,
                       site);
  }
}

void check_image(Validator& run, const Value& body, std::string_view field, const Site& site) {
  if (body.is_null() || !run.rendered(body.string_at("image")).empty()) return;
  const auto& defaults = site.holder->spec->template_defaults;
  // Argo does not look at the defaults of a ClusterWorkflowTemplate.
  if (!site.holder->is_cluster && defaults && !defaults->rest.string_at(field, "image").empty())
    return;
  run.error(site, field, "missing-image", std::string(field) + " needs an image");
}

void check_sidecars(Validator& run, const Template& tmpl, const Site& site) {
  const Value* containers = list_at(tmpl.rest, "sidecars");
  if (!containers) return;
  for (size_t i = 0; i < containers->as_list().size(); ++i) {
    const std::string_view name = containers->as_list()[i].string_at("name");
    if (is_reserved_container(name))
      run.error(site, "sidecars[" + std::to_string(i) + "].name", "reserved-name",
                quote(name) + " is a name of Argo's own");
  }
}

void check_deadline(Validator& run, const Template& tmpl, const Site& site) {
  if (!tmpl.active_deadline_seconds) return;
  const std::string text = run.rendered(tmpl.active_deadline_seconds->text);
  const bool is_tag = text.starts_with("{{") && text.ends_with("}}");
  if (is_tag || text.starts_with(kUnknownText)) return;
  if (is_go_int(text) && !text.starts_with('-')) return;
  run.error(site, "activeDeadlineSeconds", "bad-number",
            "activeDeadlineSeconds must be a positive number of seconds, or a {{tag}}");
}

// Whether a container waits, over others, for itself.
bool waits_for_itself(const std::map<std::string_view, const Value*>& containers,
                      std::string_view name) {
  std::vector<std::string_view> to_see = {name};
  std::set<std::string_view> seen;
  while (!to_see.empty()) {
    const auto at = containers.find(to_see.back());
    to_see.pop_back();
    const Value* dependencies =
        at == containers.end() ? nullptr : list_at(*at->second, "dependencies");
    if (!dependencies) continue;
    for (const Value& dependency : dependencies->as_list()) {
      if (!dependency.is_string()) continue;
      if (dependency.as_string() == name) return true;
      if (seen.insert(dependency.as_string()).second) to_see.push_back(dependency.as_string());
    }
  }
  return false;
}

void check_containers_of_set(Validator& run, const Value& containers, const Site& site) {
  std::map<std::string_view, const Value*> by_name;
  const std::string start = "containerSet.containers[";
  for (size_t i = 0; i < containers.as_list().size(); ++i) {
    const Value& container = containers.as_list()[i];
    const std::string_view name = container.string_at("name");
    const std::string at = start + std::to_string(i) + ']';
    if (name.empty())
      run.error(site, at, "missing-name", "the name is missing");
    else if (!is_field_name(name))
      run.error(site, at + ".name", "bad-name", quote(name) + " is not a valid name");
    else if (is_reserved_container(name))
      run.error(site, at + ".name", "reserved-name", quote(name) + " is a name of Argo's own");
    if (!by_name.emplace(name, &container).second && !name.empty())
      run.error(site, at + ".name", "duplicate-name", quote(name) + " is there twice");
  }
  for (size_t i = 0; i < containers.as_list().size(); ++i) {
    const Value& container = containers.as_list()[i];
    const std::string at = start + std::to_string(i) + "].dependencies";
    const Value* dependencies = list_at(container, "dependencies");
    if (!dependencies) continue;
    for (const Value& dependency : dependencies->as_list())
      if (dependency.is_string() && !by_name.contains(dependency.as_string()))
        run.error(site, at, "unknown-dependency",
                  "there is no container " + quote(dependency.as_string()));
    const std::string_view name = container.string_at("name");
    if (waits_for_itself(by_name, name))
      run.error(site, at, "dependency-cycle", quote(name) + " waits for itself");
  }
}

void check_mounts_of_set(Validator& run, const Value& set, const Site& site) {
  const Value* mounts = list_at(set, "volumeMounts");
  if (!mounts) return;
  std::map<std::string_view, size_t> taken;
  for (size_t i = 0; i < mounts->as_list().size(); ++i) {
    const std::string_view path = mounts->as_list()[i].string_at("mountPath");
    const auto [first, is_new] = taken.emplace(path, i);
    if (!is_new)
      run.error(site, "containerSet.volumeMounts[" + std::to_string(i) + "].mountPath",
                "mounted-twice",
                quote(path) + " is taken by containerSet.volumeMounts[" +
                    std::to_string(first->second) + ']');
  }
}

void check_container_set(Validator& run, const Template& tmpl, const Site& site) {
  if (tmpl.container_set.is_null()) return;
  const Value* containers = list_at(tmpl.container_set, "containers");
  if (!containers || containers->as_list().empty())
    return run.error(site, "containerSet", "missing-container",
                     "containerSet needs at least one container");
  check_containers_of_set(run, *containers, site);
  check_mounts_of_set(run, tmpl.container_set, site);
  const bool has_files = !tmpl.inputs.artifacts.empty() || !tmpl.outputs.parameters.empty() ||
                         !tmpl.outputs.artifacts.empty();
  if (has_files && !has_output(tmpl))
    run.error(site, "containerSet", "missing-container",
              "inputs and outputs need a container that is named \"main\"");
}

bool is_yaml(std::string_view manifest) {
  // Expressions are not YAML where they stand unquoted; what they become is checked when it is
  // known. A tag that nothing replaces must be in quotes, as in Argo.
  std::string plain;
  for (;;) {
    const size_t open = manifest.find("{{");
    const size_t close = open == std::string_view::npos ? open : manifest.find("}}", open);
    if (close == std::string_view::npos) break;
    const size_t code = manifest.find_first_not_of(" \t\r\n", open + 2);
    const bool is_expression = manifest[code] == '=';
    plain += manifest.substr(0, open);
    plain += is_expression ? "placeholder" : manifest.substr(open, close + 2 - open);
    manifest.remove_prefix(close + 2);
  }
  plain += manifest;
  std::replace(plain.begin(), plain.end(), kUnknownText[0], 'x');
  return text::parse_yaml(plain, "").has_value();
}

// Without tags they can be read before the object is there.
void check_conditions(Validator& run, const Value& resource, const Site& site) {
  for (const std::string field : {"successCondition", "failureCondition"}) {
    const std::string text(resource.string_at(field));
    if (text.empty() || holds_tag(text)) continue;
    const auto parsed = field == "successCondition" ? expr::ResourceConditions::parse(text, "")
                                                    : expr::ResourceConditions::parse("", text);
    if (parsed) continue;
    run.flaw_at(text, std::max(parsed.error().where.column, 1u) - 1, site, "resource." + field,
                "bad-expression", parsed.error().text, parsed.error().hint);
  }
}

void check_resource(Validator& run, const Template& tmpl, const Site& site) {
  const Value& resource = tmpl.resource;
  if (resource.is_null()) return;
  check_conditions(run, resource, site);
  const std::string action = run.rendered(resource.string_at("action"));
  const std::string manifest = run.rendered(resource.string_at("manifest"));
  constexpr std::string_view kActions[] = {"get", "create", "apply", "delete", "replace", "patch"};
  bool is_known = action.starts_with(kUnknownText);
  for (const std::string_view known : kActions) is_known = is_known || action == known;
  if (!is_known)
    run.error(site, "resource.action", "unknown-word",
              quote(resource.string_at("action")) +
                  " is not an action: get, create, apply, delete, replace or patch");
  if (action == "delete" || action == "get") return;
  const Value* from = resource.find("manifestFrom");
  if (manifest.empty() && !from)
    run.error(site, "resource", "missing-value", "resource needs manifest or manifestFrom");
  if (!manifest.empty() && from)
    run.error(site, "resource", "value-choice", "manifest and manifestFrom exclude each other");
  if (const Value* artifact = from ? from->find("artifact") : nullptr) {
    bool found = false;
    for (const Artifact& input : tmpl.inputs.artifacts)
      found = found || input.name == artifact->string_at("name");
    if (!found)
      run.error(site, "resource.manifestFrom.artifact", "unknown-artifact",
                "there is no input artifact " + quote(artifact->string_at("name")));
  }
  if (!manifest.empty() && !manifest.starts_with(kUnknownText) && !is_yaml(manifest))
    run.error(site, "resource.manifest", "bad-yaml", "the manifest is not YAML");
}

// Argo's word for the time is a Go duration; a plain number is refused for `timeout` alone.
void check_times(Validator& run, const Template& tmpl, const Site& site) {
  const std::string timeout = run.rendered(tmpl.timeout);
  if (is_go_int(timeout))
    run.error(site, "timeout", "bad-duration", quote(timeout) + " has no unit",
              "write " + timeout + "s");
  else if (!tmpl.timeout.empty() && !holds_tag(tmpl.timeout) && !text::parse_duration(tmpl.timeout))
    run.flaw(site, "timeout", "bad-duration", quote(tmpl.timeout) + " is not a time",
             "write it as 30s, 5m or 1h30m");
  if (tmpl.suspend && !tmpl.suspend->duration.empty() && !holds_tag(tmpl.suspend->duration) &&
      !text::parse_duration_or_seconds(tmpl.suspend->duration))
    run.flaw(site, "suspend.duration", "bad-duration",
             quote(tmpl.suspend->duration) + " is not a time", "write it as 30, 30s, 5m or 1h30m");
}

// The inputs of a template are checked with placeholders for what its callers give: the values and
// locations that stand there are seen only where entrypoint or exit handler get no argument.
void check_tags_of_inputs(Validator& run, const Value& inputs, const Scope& scope,
                          const Site& site) {
  const auto is_replaced = [&](std::string_view list, std::string_view name) {
    if (!run.given()) return true;
    if (list == "parameters") {
      for (const Parameter& one : run.given()->parameters)
        if (one.name == name) return true;
    } else {
      for (const Artifact& one : run.given()->artifacts)
        if (one.name == name) return true;
    }
    return false;
  };
  for (const std::string_view list : {"parameters", "artifacts"}) {
    const Value* entries = list_at(inputs, list);
    if (!entries) continue;
    for (size_t i = 0; i < entries->as_list().size(); ++i) {
      const Value& entry = entries->as_list()[i];
      if (!entry.is_map()) continue;
      const bool replaced = is_replaced(list, entry.string_at("name"));
      const std::string at = "inputs." + std::string(list) + '[' + std::to_string(i) + "].";
      for (const text::Member& member : entry.as_map()) {
        const bool stays = list == "parameters" ? member.key != "value" && member.key != "valueFrom"
                                                : member.key == "name" || member.key == "path" ||
                                                      member.key == "mode";
        const Validator::Unseen unseen(run, replaced && !stays);
        run.check_tags(&member.value, scope, site, at + member.key);
      }
    }
  }
}

// The labels and annotations that each pod of the workflow gets are part of its templates.
void check_tags_of_pod_metadata(Validator& run, const Template& tmpl, const Scope& scope,
                                const Site& site) {
  const Value* common = site.holder->spec->rest.find("podMetadata");
  if (!common || !common->is_map()) return;
  for (const std::string_view field : {"labels", "annotations"}) {
    const Value* entries = common->find(field);
    if (!entries || !entries->is_map()) continue;
    const Value* own = tmpl.rest.find_path("metadata", field);
    for (const text::Member& entry : entries->as_map()) {
      if (!entry.value.is_string() || (own && own->find(entry.key))) continue;
      for_each_tag(entry.value.as_string(), scope, [&](std::string_view name) {
        if (is_checked_variable(name) && !scope.knows(name))
          run.error(site, "", "unresolved-variable",
                    "spec.podMetadata." + std::string(field) + " uses {{" + std::string(name) +
                        "}}, which is not there in " + quote(tmpl.name));
      });
    }
  }
}

void check_tags_of_leaf(Validator& run, const Template& tmpl, const Scope& scope,
                        const Site& site) {
  if (!tmpl.rest.is_map()) return;
  for (const text::Member& member : tmpl.rest.as_map()) {
    if (member.key == "inputs")
      check_tags_of_inputs(run, member.value, scope, site);
    else
      run.check_tags(&member.value, scope, site, member.key);
  }
  check_tags_of_pod_metadata(run, tmpl, scope, site);
}

}  // namespace

void validate_body_of_leaf(Validator& run, const Template& tmpl, const Site& site,
                           const Scope& scope) {
  check_tags_of_leaf(run, tmpl, scope, site);
  check_mounts(run, tmpl, site);
  check_volumes(run, tmpl, site);
  check_image(run, tmpl.container, "container", site);
  check_image(run, tmpl.script, "script", site);
  check_container_set(run, tmpl, site);
  check_sidecars(run, tmpl, site);
  check_resource(run, tmpl, site);
  if (tmpl.plugin.is_map() && tmpl.plugin.as_map().size() != 1)
    run.error(site, "plugin", "plugin-choice", "plugin needs exactly one key: the plugin's name");
  check_deadline(run, tmpl, site);
  check_times(run, tmpl, site);
  if (tmpl.parallelism)
    run.error(site, "parallelism", "misplaced-field",
              "parallelism belongs to templates of type steps or dag, or to the workflow");
}

}  // namespace model
