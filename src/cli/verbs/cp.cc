// argo cp
#include "cli/verb.h"

namespace cli {
namespace {

using text::Value;

constexpr std::string_view kDefaultPath =
    "{namespace}/{workflowName}/{nodeId}/outputs/{artifactName}";
constexpr Flag kFlags[] = {
    {"artifact-name", 0, "NAME", "only output artifacts of this name"},
    {"node-id", 0, "ID", "only those of this node"},
    {"path", 0, "PATTERN",
     "where below the directory "
     "({namespace}/{workflowName}/{nodeId}/outputs/{artifactName}); {templateName} too"},
    {"template-name", 0, "NAME", "only those of nodes of this template"},
};

struct Found {
  std::string node, template_name, artifact, file;
};

// Where the artifact lies in its store, as far as it says.
std::string key_of(const Value& artifact) {
  static constexpr std::pair<const char*, const char*> kKeys[] = {
      {"s3", "key"},    {"gcs", "key"},         {"oss", "key"},  {"azure", "blob"},
      {"hdfs", "path"}, {"artifactory", "url"}, {"http", "url"}, {"plugin", "key"}};
  for (const auto& [store, member] : kKeys)
    if (const std::string_view key = artifact.string_at(store, member); !key.empty())
      return std::string(key);
  return {};
}

std::string template_of(const Value& node) {
  const std::string_view referenced = node.string_at("templateRef", "template");
  return std::string(referenced.empty() ? node.string_at("templateName") : referenced);
}

// The output artifacts that the flags choose.
base::Result<std::vector<Found>> find_artifacts(const Flags& flags, const Value& workflow) {
  std::vector<Found> out;
  const Value* nodes = workflow.find_path("status", "nodes");
  if (!nodes || !nodes->is_map()) return out;
  const auto fits = [&](std::string_view flag, std::string_view value) {
    return !flags.has(flag) || flags.get(flag) == value;
  };
  for (const text::Member& entry : nodes->as_map()) {
    const Value* artifacts = entry.value.find_path("outputs", "artifacts");
    if (!artifacts || !artifacts->is_list() || !fits("node-id", entry.key) ||
        !fits("template-name", template_of(entry.value)))
      continue;
    for (const Value& artifact : artifacts->as_list()) {
      const std::string name(artifact.string_at("name"));
      if (!fits("artifact-name", name)) continue;
      const std::string key = key_of(artifact);
      const std::string file = key.substr(key.rfind('/') + 1);
      if (file.empty() || file == "." || file == "..")
        return base::fail(base::Code::kInvalid,
                          fmt::format("artifact \"{}\" of node {} has no key", name, entry.key));
      out.push_back({entry.key, template_of(entry.value), name, file});
    }
  }
  return out;
}

// Names come from the server: none may lead out of the directory.
base::Status check_name(std::string_view what, const std::string& name) {
  if (name.find('/') == std::string::npos && name != "..") return {};
  return base::fail(base::Code::kInvalid, fmt::format("the {} \"{}\" is no name", what, name));
}

base::Result<std::string> folder_of(const std::string& pattern, const Found& found,
                                    const std::string& name_space, const std::string& workflow) {
  std::string out = pattern;
  const std::pair<const char*, const std::string*> words[] = {
      {"templateName", &found.template_name},
      {"namespace", &name_space},
      {"workflowName", &workflow},
      {"nodeId", &found.node},
      {"artifactName", &found.artifact}};
  for (const auto& [word, value] : words) {
    const std::string tag = fmt::format("{{{}}}", word);
    const size_t at = out.find(tag);
    if (at == std::string::npos) continue;
    if (auto good = check_name(word, *value); !good) return base::fail(good.error());
    out.replace(at, tag.size(), *value);
  }
  return out;
}

}  // namespace

std::span<const Flag> cp_flags() { return kFlags; }

base::Result<int> run_cp(Session& session) {
  const auto workflow = get_workflow(session, session.flags.arguments[0]);
  if (!workflow) return base::fail(workflow.error());
  const std::string name(workflow->string_at("metadata", "name"));
  const auto found = find_artifacts(session.flags, *workflow);
  if (!found) return base::fail(found.error());
  if (found->empty()) session.warn(fmt::format("{} has no such output artifacts", name));
  const std::string pattern = session.flags.get("path", kDefaultPath);
  for (const Found& one : *found) {
    const auto below = folder_of(pattern, one, session.name_space, name);
    if (!below) return base::fail(below.error());
    const std::string folder = session.flags.arguments[1] + "/" + *below;
    const auto bytes = session.api.download(
        fmt::format("/artifacts/{}/{}/{}/{}", sys::percent_encode(session.name_space),
                    sys::percent_encode(name), sys::percent_encode(one.node),
                    sys::percent_encode(one.artifact)));
    if (!bytes) {
      base::Error error = bytes.error();
      error.text = fmt::format("artifact \"{}\" of {}: {}", one.artifact, one.node, error.text);
      return base::fail(std::move(error));
    }
    if (auto made = session.around.files.make_directory(folder); !made)
      return base::fail(made.error());
    if (auto put = session.around.files.write_durably(folder + "/" + one.file, *bytes); !put)
      return base::fail(put.error());
    session.print("Created \"{}\"\n", one.file);
  }
  return 0;
}

}  // namespace cli
