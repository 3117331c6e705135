// argo submit
#include "cli/again.h"
#include "cli/check.h"
#include "cli/follow.h"
#include "cli/manifest.h"
#include "cli/selection.h"
#include "cli/submit_options.h"
#include "cli/verb.h"

namespace cli {
namespace {

using text::Value;

constexpr Flag kFlags[] = {
    {"dry-run", 0, "", "show the workflow as it would be sent, without a server"},
    {"entrypoint", 0, "NAME", "begin with this template"},
    {"from", 0, "KIND/NAME", "submit from what is stored, as workflowtemplate/x or cronwf/x"},
    {"generate-name", 0, "TEXT", "make a name that begins so"},
    {"labels", 'l', "LABELS", "labels for the workflow, as a=b,c=d"},
    {"log", 0, "", "show the logs until the workflow ends"},
    {"name", 0, "NAME", "name of the workflow"},
    {"no-utf8", 0, "", "use plain 7-bit characters"},
    {"node-field-selector", 0, "SELECTOR", "with --watch, show these nodes"},
    {"output", 'o', "FORMAT", "format of the output", "name|json|yaml|wide"},
    {"parameter", 'p', "NAME=VALUE", "a parameter for the workflow"},
    {"parameter-file", 'f', "FILE", "a YAML or JSON map of parameters"},
    {"priority", 0, "NUMBER", "priority of the workflow"},
    {"scheduled-time", 0, "TIME", "the scheduled time of a cron workflow"},
    {"server-dry-run", 0, "", "let the server check the workflow, without creating it"},
    {"serviceaccount", 0, "NAME", "service account of all pods"},
    {"status", 0, "PHASE", "with --watch, show nodes of this phase"},
    {"strict", 0, "", "unknown fields are errors (on)"},
    {"wait", 'w', "", "wait for the workflow to complete"},
    {"watch", 0, "", "watch the workflow until it completes; fails when it fails"},
};

// Flags that make no sense together, as pairs.
base::Status check_flags(const Flags& flags) {
  static constexpr std::pair<std::string_view, std::string_view> kExclusive[] = {
      {"wait", "watch"},         {"watch", "dry-run"},         {"watch", "server-dry-run"},
      {"wait", "dry-run"},       {"log", "dry-run"},           {"wait", "server-dry-run"},
      {"log", "server-dry-run"}, {"dry-run", "server-dry-run"}};
  for (const auto& [one, other] : kExclusive)
    if (flags.on(one) && flags.on(other))
      return base::fail(base::Code::kInvalid,
                        fmt::format("--{} cannot be combined with --{}", one, other));
  for (const std::string_view dry : {"dry-run", "server-dry-run"})
    if (flags.on(dry) && !flags.has("output"))
      return base::fail(base::Code::kInvalid, fmt::format("--{} should have an output option", dry),
                        {}, "add -o yaml");
  if (flags.has("from")) {
    if (flags.arguments.empty()) return {};
    return base::fail(base::Code::kInvalid, "cannot combine --from with a file");
  }
  if (flags.arguments.empty())
    return base::fail(base::Code::kInvalid, "which file?", {},
                      "argo submit FILE, a directory, an address, or - for stdin");
  return {};
}

bool is_workflow(const Value& document) {
  return document.is_map() && (document.string_at("kind") == "Workflow" || !document.find("kind"));
}

struct Checked {
  std::vector<Value> workflows;
  bool good = true;
};

// Changes the workflows as the flags say and checks them all before the first is sent.
Checked check_all(Session& session, std::vector<Manifest>& manifests,
                  const model::SubmitOptions& options) {
  Checked out;
  const bool strict = session.flags.on("strict", true);
  for (Manifest& manifest : manifests) {
    base::Diagnostics found;
    for (Value& document : manifest.documents) {
      if (!is_workflow(document)) {
        found.push_back({base::Severity::kWarning,
                         "",
                         {manifest.file, document.place.line, document.place.column},
                         "",
                         fmt::format("kind \"{}\" is no Workflow; it is not submitted",
                                     document.string_at("kind")),
                         ""});
        continue;
      }
      model::apply_submit_options(document, options);
      check_sent(session, document, manifest.file, strict, manifest.source, found);
      out.workflows.push_back(std::move(document));
    }
    session.report(found, manifest.source);
    out.good = out.good && !base::has_errors(found);
  }
  return out;
}

base::Result<Value> create(Session& session, Value workflow) {
  std::string name_space(workflow.string_at("metadata", "namespace"));
  if (name_space.empty()) {
    name_space = session.name_space;
    workflow["metadata"]["namespace"] = name_space;
  }
  if (session.flags.on("dry-run")) return workflow;
  Value body;
  body["namespace"] = name_space;
  if (session.flags.on("server-dry-run")) body["serverDryRun"] = true;
  body["workflow"] = std::move(workflow);
  auto created = session.api.post(api_path({"workflows", name_space}), body);
  if (created) return created;
  base::Error error = created.error();
  error.text = "failed to submit workflow: " + error.text;
  return base::fail(std::move(error));
}

base::Result<Value> create_from(Session& session, const model::SubmitOptions& options) {
  const std::string from = session.flags.get("from");
  const size_t slash = from.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == from.size())
    return base::fail(base::Code::kInvalid, fmt::format("unable to parse --from \"{}\"", from), {},
                      "write it as workflowtemplate/NAME, clusterworkflowtemplate/NAME or "
                      "cronworkflow/NAME; a file is submitted with `argo submit FILE`");
  Value body;
  body["namespace"] = session.name_space;
  body["resourceKind"] = from.substr(0, slash);
  body["resourceName"] = from.substr(slash + 1);
  body["submitOptions"] = to_value(options);
  if (session.flags.on("dry-run")) body["submitOptions"]["dryRun"] = true;
  if (session.flags.on("server-dry-run")) body["submitOptions"]["serverDryRun"] = true;
  auto created = session.api.post(api_path({"workflows", session.name_space, "submit"}), body);
  if (created) return created;
  base::Error error = created.error();
  error.text = "failed to submit workflow: " + error.text;
  return base::fail(std::move(error));
}

base::Result<std::vector<NamedWorkflow>> submit_files(Session& session,
                                                      const model::SubmitOptions& options) {
  auto manifests = read_manifests(session, session.flags.arguments);
  if (!manifests) return base::fail(manifests.error());
  Checked checked = check_all(session, *manifests, options);
  if (!checked.good) return already_said();
  if (checked.workflows.empty())
    return base::fail(base::Code::kInvalid, "no workflow found in the given files");
  if (session.flags.on("watch") && checked.workflows.size() > 1)
    return base::fail(base::Code::kInvalid, "cannot watch more than one workflow", {},
                      "--wait waits for them all");
  std::vector<NamedWorkflow> names;
  for (Value& workflow : checked.workflows) {
    auto created = create(session, std::move(workflow));
    if (!created) return base::fail(created.error());
    names.push_back(show(session, *created));
  }
  return names;
}

}  // namespace

std::span<const Flag> submit_flags() { return kFlags; }

base::Result<int> run_submit(Session& session) {
  if (base::Status good = check_flags(session.flags); !good) return base::fail(good.error());
  const auto options = read_submit_options(session);
  if (!options) return base::fail(options.error());
  const auto nodes = node_selector(session.flags);
  if (!nodes) return base::fail(nodes.error());
  std::vector<NamedWorkflow> names;
  if (session.flags.has("from")) {
    const auto created = create_from(session, *options);
    if (!created) return base::fail(created.error());
    names.push_back(show(session, *created));
  } else {
    auto submitted = submit_files(session, *options);
    if (!submitted) return base::fail(submitted.error());
    names = *std::move(submitted);
  }
  if (session.flags.on("dry-run") || session.flags.on("server-dry-run")) return 0;
  return stay(session, names, *nodes);
}

}  // namespace cli
