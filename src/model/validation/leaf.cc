// Templates that run something: containers, scripts, and the kinds that come later.
#include <map>

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
  if (body.is_null() || !body.string_at("image").empty()) return;
  const auto& defaults = site.holder->spec->template_defaults;
  if (defaults && !defaults->rest.string_at(field, "image").empty()) return;
  run.error(site, field, "missing-image", std::string(field) + " needs an image");
}

void check_side_containers(Validator& run, const Template& tmpl, const Site& site) {
  for (const std::string_view field : {"initContainers", "sidecars"}) {
    const Value* containers = list_at(tmpl.rest, field);
    if (!containers) continue;
    for (size_t i = 0; i < containers->as_list().size(); ++i) {
      const std::string_view name = containers->as_list()[i].string_at("name");
      const std::string at = std::string(field) + '[' + std::to_string(i) + ']';
      if (name.empty() && field == "initContainers")
        run.error(site, at, "missing-name", "the name is missing");
      if (field == "sidecars" && is_reserved_container(name))
        run.error(site, at + ".name", "reserved-name", quote(name) + " is a name of Argo's own");
    }
  }
}

void check_deadline(Validator& run, const Template& tmpl, const Site& site) {
  if (!tmpl.active_deadline_seconds) return;
  const std::string& text = tmpl.active_deadline_seconds->text;
  const Value number{text::Number{text}};
  const bool is_tag = text.starts_with("{{") && text.ends_with("}}");
  if (is_tag || number.to_int().value_or(-1) >= 0) return;
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

void check_container_set(Validator& run, const Template& tmpl, const Site& site) {
  if (tmpl.container_set.is_null()) return;
  const Value* containers = list_at(tmpl.container_set, "containers");
  if (!containers || containers->as_list().empty())
    return run.error(site, "containerSet", "missing-container",
                     "containerSet needs at least one container");
  check_containers_of_set(run, *containers, site);
  const bool has_files = !tmpl.inputs.artifacts.empty() || !tmpl.outputs.parameters.empty() ||
                         !tmpl.outputs.artifacts.empty();
  if (has_files && !has_output(tmpl))
    run.error(site, "containerSet", "missing-container",
              "inputs and outputs need a container that is named \"main\"");
}

bool is_yaml(std::string_view manifest) {
  // Tags are not YAML where they stand unquoted; what they become is checked when it is known.
  std::string plain;
  for (;;) {
    const size_t open = manifest.find("{{");
    const size_t close = open == std::string_view::npos ? open : manifest.find("}}", open);
    if (close == std::string_view::npos) break;
    plain += std::string(manifest.substr(0, open)) + "placeholder";
    manifest.remove_prefix(close + 2);
  }
  plain += manifest;
  return text::parse_yaml(plain, "").has_value();
}

void check_resource(Validator& run, const Template& tmpl, const Site& site) {
  const Value& resource = tmpl.resource;
  if (resource.is_null()) return;
  const std::string action(resource.string_at("action"));
  const std::string_view manifest = resource.string_at("manifest");
  constexpr std::string_view kActions[] = {"get", "create", "apply", "delete", "replace", "patch"};
  bool is_known = holds_tag(action);
  for (const std::string_view known : kActions) is_known = is_known || action == known;
  if (!is_known)
    run.error(site, "resource.action", "unknown-word",
              quote(action) + " is not an action: get, create, apply, delete, replace or patch");
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
  if (!manifest.empty() && !is_yaml(manifest))
    run.error(site, "resource.manifest", "bad-yaml", "the manifest is not YAML");
}

// Argo's word for the time is a Go duration; a plain number is refused for `timeout` alone.
void check_times(Validator& run, const Template& tmpl, const Site& site) {
  const Value number{text::Number{tmpl.timeout}};
  if (!tmpl.timeout.empty() && number.to_int())
    run.error(site, "timeout", "bad-duration", quote(tmpl.timeout) + " has no unit",
              "write " + tmpl.timeout + "s");
  else if (!tmpl.timeout.empty() && !holds_tag(tmpl.timeout) && !text::parse_duration(tmpl.timeout))
    run.flaw(site, "timeout", "bad-duration", quote(tmpl.timeout) + " is not a time",
             "write it as 30s, 5m or 1h30m");
  if (tmpl.suspend && !tmpl.suspend->duration.empty() && !holds_tag(tmpl.suspend->duration) &&
      !text::parse_duration_or_seconds(tmpl.suspend->duration))
    run.flaw(site, "suspend.duration", "bad-duration",
             quote(tmpl.suspend->duration) + " is not a time", "write it as 30, 30s, 5m or 1h30m");
}

}  // namespace

void validate_body_of_leaf(Validator& run, const Template& tmpl, const Site& site,
                           const Scope& scope) {
  run.check_tags(&tmpl.rest, scope, site, "");
  check_mounts(run, tmpl, site);
  check_volumes(run, tmpl, site);
  check_image(run, tmpl.container, "container", site);
  check_image(run, tmpl.script, "script", site);
  check_container_set(run, tmpl, site);
  check_side_containers(run, tmpl, site);
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
