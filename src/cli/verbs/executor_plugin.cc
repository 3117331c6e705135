// argo executor-plugin
#include <algorithm>

#include "cli/manifest.h"
#include "cli/verb.h"
#include "model/decode.h"
#include "text/yaml.h"

namespace cli {
namespace {

using text::Value;

// Keys by name, as Go writes maps: what is built twice is the same file.
Value sorted(const Value& value) {
  if (value.is_list()) {
    text::List out;
    for (const Value& one : value.as_list()) out.push_back(sorted(one));
    return Value(std::move(out));
  }
  if (!value.is_map()) return value;
  std::vector<std::string> keys;
  for (const text::Member& member : value.as_map()) keys.push_back(member.key);
  std::sort(keys.begin(), keys.end());
  Value out{text::Map()};
  for (const std::string& key : keys) out[key] = sorted(*value.find(key));
  return out;
}

base::Status check_keys(const Value& value, std::string_view path,
                        std::initializer_list<std::string_view> known, const std::string& file) {
  if (!value.is_map())
    return base::fail(base::Code::kInvalid, fmt::format("{} must be a map", path),
                      {file, value.place.line, value.place.column});
  for (const text::Member& member : value.as_map())
    if (std::find(known.begin(), known.end(), member.key) == known.end())
      return base::fail(base::Code::kInvalid, fmt::format("unknown field \"{}\"", member.key),
                        {file, member.key_place.line, member.key_place.column});
  return {};
}

base::Status check_sidecar(Session& session, const Value& plugin, const Manifest& manifest) {
  const Value none{text::Map()};
  const Value* spec = plugin.find("spec");
  const Value* sidecar = spec ? spec->find("sidecar") : nullptr;
  const Value* container = sidecar ? sidecar->find("container") : nullptr;
  const std::pair<std::string_view, const Value*> parts[] = {
      {"spec", spec}, {"spec.sidecar", sidecar}, {"spec.sidecar.container", container}};
  for (const auto& [path, part] : parts)
    if (!part || !part->is_map())
      return base::fail(base::Code::kInvalid, fmt::format("{} is missing", path),
                        {manifest.file, 0, 0});
  if (auto good = check_keys(*spec, "spec", {"sidecar"}, manifest.file); !good) return good;
  if (auto good = check_keys(*sidecar, "spec.sidecar",
                             {"automountServiceAccountToken", "container"}, manifest.file);
      !good)
    return good;
  // A container is a container, in a template too.
  Value holder;
  holder["name"] = "plugin";
  holder["container"] = *container;
  base::Diagnostics found;
  (void)model::decode_template(holder, manifest.file, model::Strictness::kStrict, found);
  session.report(found, manifest.source);
  if (base::has_errors(found)) return already_said();
  const Value* ports = container->find("ports");
  const std::pair<bool, const char*> needs[] = {
      {ports && ports->is_list() && !ports->as_list().empty(), "at least one port is mandatory"},
      {container->find_path("resources", "requests") != nullptr,
       "resources requests are mandatory"},
      {container->find_path("resources", "limits") != nullptr, "resources limits are mandatory"},
      {container->find("securityContext") != nullptr, "security context is mandatory"}};
  for (const auto& [holds, text] : needs)
    if (!holds)
      return base::fail(base::Code::kInvalid, fmt::format("sidecar is invalid: {}", text),
                        {manifest.file, container->place.line, container->place.column});
  return {};
}

// The program beside the manifest, if there is one, is the container's argument.
base::Status add_server(Session& session, const std::string& folder, Value& plugin) {
  const auto names = session.around.files.list(folder);
  if (!names) return base::fail(names.error());
  std::vector<std::string> servers;
  for (const std::string& name : *names)
    if (name.starts_with("server.")) servers.push_back(name);
  if (servers.empty()) return {};
  if (servers.size() > 1)
    return base::fail(base::Code::kInvalid,
                      fmt::format("the plugin has more than one server.* file: {} and {}",
                                  servers[0], servers[1]));
  const auto code = session.around.files.read(folder + "/" + servers[0]);
  if (!code) return base::fail(code.error());
  plugin["spec"]["sidecar"]["container"]["args"] = Value(text::List{Value(*code)});
  return {};
}

Value config_map_of(const Value& plugin) {
  const std::string name(plugin.string_at("metadata", "name"));
  const Value* sidecar = plugin.find_path("spec", "sidecar");
  const Value* mounts = sidecar->find("automountServiceAccountToken");
  Value out;
  out["apiVersion"] = "v1";
  out["kind"] = "ConfigMap";
  Value& metadata = out["metadata"];
  metadata["name"] = name + "-executor-plugin";
  if (const std::string_view ns = plugin.string_at("metadata", "namespace"); !ns.empty())
    metadata["namespace"] = ns;
  metadata["labels"]["workflows.argoproj.io/configmap-type"] = plugin.string_at("kind");
  for (const char* member : {"annotations", "labels"})
    if (const Value* map = plugin.find_path("metadata", member); map && map->is_map())
      for (const text::Member& entry : map->as_map()) metadata[member][entry.key] = entry.value;
  out["data"]["sidecar.automountServiceAccountToken"] =
      mounts && mounts->is_bool() && mounts->as_bool() ? "true" : "false";
  out["data"]["sidecar.container"] = text::to_yaml(sorted(*sidecar->find("container")));
  return sorted(out);
}

std::string readme_of(const Value& plugin) {
  const std::string_view name = plugin.string_at("metadata", "name");
  const auto annotation = [&](const std::string& key) {
    return plugin.string_at("metadata", "annotations", "workflows.argoproj.io/" + key);
  };
  return fmt::format(
      "<!-- This is an auto-generated file. DO NOT EDIT -->\n# {}\n\n* Needs: {}\n* Image: "
      "{}\n\n{}\n\nInstall:\n\n    kubectl apply -f {}-executor-plugin-configmap.yaml\n\n"
      "Uninstall:\n\n    kubectl delete cm {}-executor-plugin\n",
      name, annotation("version"),
      plugin.find_path("spec", "sidecar")->string_at("container", "image"),
      annotation("description"), name, name);
}

base::Result<int> build(Session& session) {
  const std::string& folder = session.flags.arguments.front();
  auto manifest = read_documents(session, folder + "/plugin.yaml");
  if (!manifest) return base::fail(manifest.error());
  if (manifest->documents.size() != 1)
    return base::fail(base::Code::kInvalid, "plugin.yaml must have one document",
                      {manifest->file, 0, 0});
  Value& plugin = manifest->documents.front();
  auto good =
      check_keys(plugin, "the plugin", {"apiVersion", "kind", "metadata", "spec"}, manifest->file);
  if (good && plugin.string_at("metadata", "name").empty())
    good = base::fail(base::Code::kInvalid, "metadata.name is missing", {manifest->file, 0, 0});
  if (good) good = check_sidecar(session, plugin, *manifest);
  if (good) good = add_server(session, folder, plugin);
  if (!good) return base::fail(good.error());
  const Value config_map = config_map_of(plugin);
  const std::pair<std::string, std::string> files[] = {
      {fmt::format("{}/{}-configmap.yaml", folder, config_map.string_at("metadata", "name")),
       "# This is an auto-generated file. DO NOT EDIT\n" + text::to_yaml(config_map)},
      {folder + "/README.md", readme_of(plugin)}};
  for (const auto& [path, text] : files) {
    if (auto written = session.around.files.write_durably(path, text); !written)
      return base::fail(written.error());
    session.print("{} created\n", path);
  }
  return 0;
}

std::span<const Flag> no_rows() { return {}; }

constexpr Verb kActions[] = {{"executor-plugin build", "DIRECTORY",
                              "make the ConfigMap of an executor plugin", no_rows, 1, 1, build}};

}  // namespace

std::span<const Verb> executor_plugin_actions() { return kActions; }

}  // namespace cli
