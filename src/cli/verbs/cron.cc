// argo cron
#include "cli/backfill.h"
#include "cli/cron_view.h"
#include "cli/stored_objects.h"
#include "cli/submit_options.h"
#include "cli/verb.h"

namespace cli {
namespace {

using text::Value;

constexpr Flag kCreateFlags[] = {
    {"entrypoint", 0, "NAME", "begin with this template"},
    {"generate-name", 0, "TEXT", "make a name that begins so"},
    {"labels", 'l', "LABELS", "labels for the cron workflow, as a=b,c=d"},
    {"name", 0, "NAME", "name of the cron workflow"},
    {"output", 'o', "FORMAT", "format of the output", "name|json|yaml|wide"},
    {"parameter", 'p', "NAME=VALUE", "a parameter for the workflows"},
    {"parameter-file", 'f', "FILE", "a YAML or JSON map of parameters"},
    {"schedule", 0, "SCHEDULE", "start at these times instead, as \"0 8 * * *\""},
    {"serviceaccount", 0, "NAME", "service account of all pods"},
    {"strict", 0, "", "unknown fields are errors (on)"},
};
constexpr Flag kUpdateFlags[] = {
    {"entrypoint", 0, "NAME", "begin with this template"},
    {"generate-name", 0, "TEXT", "refused: the file names what is updated"},
    {"labels", 'l', "LABELS", "labels for the cron workflow, as a=b,c=d"},
    {"name", 0, "NAME", "refused: the file names what is updated"},
    {"output", 'o', "FORMAT", "format of the output", "name|json|yaml|wide"},
    {"parameter", 'p', "NAME=VALUE", "a parameter for the workflows"},
    {"parameter-file", 'f', "FILE", "a YAML or JSON map of parameters"},
    {"serviceaccount", 0, "NAME", "service account of all pods"},
    {"strict", 0, "", "unknown fields are errors (on)"},
};
constexpr Flag kGetFlags[] = {
    {"output", 'o', "FORMAT", "format of the output", "name|json|yaml|wide"},
};
constexpr Flag kListFlags[] = {
    {"all-namespaces", 'A', "", "of all namespaces"},
    {"output", 'o', "FORMAT", "format of the output", "wide|name"},
    {"selector", 'l', "SELECTOR", "only with these labels, as a=b,c!=d"},
};
constexpr Flag kDeleteFlags[] = {
    {"all", 0, "", "all of them"},
};

template <const auto& Rows>
std::span<const Flag> rows() {
  return Rows;
}
std::span<const Flag> no_flags() { return {}; }

constexpr StoredKind kCrons = {"CronWorkflow", "cron workflow", "cron-workflows", "cronWorkflow",
                               true,           cron_view,       cron_table};

// The flags, put into the object: what concerns the workflow into its workflowSpec, the name and
// the labels into its own metadata.
base::Result<Change> change_of(Session& session) {
  auto options = read_submit_options(session);
  if (!options) return base::fail(options.error());
  return [options = *std::move(options), schedule = session.flags.get("schedule")](Value& object) {
    Value* spec = object.find("spec");
    if (!spec || !spec->is_map()) return;
    if (!schedule.empty()) (*spec)["schedules"] = text::List{Value(schedule)};
    Value inner;
    inner["metadata"] = text::Map();
    if (Value* labels = object["metadata"].find("labels")) inner["metadata"]["labels"] = *labels;
    inner["spec"] = (*spec)["workflowSpec"];
    model::apply_submit_options(inner, options);
    (*spec)["workflowSpec"] = inner["spec"];
    Value& metadata = object["metadata"];
    if (const Value* labels = inner["metadata"].find("labels")) metadata["labels"] = *labels;
    const std::pair<std::string_view, std::string_view> names[] = {{"generateName", "name"},
                                                                   {"name", "generateName"}};
    for (const auto& [given, other] : names) {
      const Value* name = inner["metadata"].find(given);
      if (!name) continue;
      metadata[given] = *name;
      metadata.as_map().erase(other);
    }
  };
}

base::Result<int> create(Session& session) {
  const auto change = change_of(session);
  if (!change) return base::fail(change.error());
  return create_stored(session, kCrons, *change);
}

base::Result<int> update(Session& session) {
  for (const std::string_view flag : {"name", "generate-name"})
    if (session.flags.has(flag))
      return base::fail(
          base::Code::kInvalid,
          fmt::format("--{}: an update is of the cron workflow that the file names", flag));
  const auto change = change_of(session);
  if (!change) return base::fail(change.error());
  return update_stored(session, kCrons, *change);
}

base::Result<int> get(Session& session) { return get_stored(session, kCrons); }
base::Result<int> list(Session& session) { return list_stored(session, kCrons); }
base::Result<int> remove(Session& session) { return delete_stored(session, kCrons); }
base::Result<int> lint(Session& session) { return lint_kind(session, kCrons.kind); }

base::Result<int> switch_each(Session& session, std::string_view action, std::string_view done) {
  for (const std::string& name : session.flags.arguments) {
    Value body;
    body["name"] = name;
    body["namespace"] = session.name_space;
    const auto answer = session.api.put(stored_path(session, kCrons, name, action), body);
    if (!answer) return base::fail(answer.error());
    session.print("CronWorkflow '{}' {}\n", name, done);
  }
  return 0;
}
base::Result<int> suspend(Session& session) { return switch_each(session, "suspend", "suspended"); }
base::Result<int> resume(Session& session) { return switch_each(session, "resume", "resumed"); }

base::Result<int> backfill(Session& session) {
  const auto object =
      session.api.get(stored_path(session, kCrons, session.flags.arguments.front()));
  if (!object) return base::fail(object.error());
  return backfill_cron(session, *object);
}

constexpr Verb kActions[] = {
    {"cron backfill", "CRON", "start a cron workflow for the times of a period", backfill_flags, 1,
     1, backfill},
    {"cron create", "FILE...", "create cron workflows", rows<kCreateFlags>, 1, kAnyNumber, create},
    {"cron delete", "[CRON...]", "delete cron workflows", rows<kDeleteFlags>, 0, kAnyNumber,
     remove},
    {"cron get", "CRON...", "display details about cron workflows", rows<kGetFlags>, 1, kAnyNumber,
     get},
    {"cron lint", "FILE...", "validate files or directories of cron workflows", lint_kind_flags, 1,
     kAnyNumber, lint},
    {"cron list", "", "list cron workflows", rows<kListFlags>, 0, 0, list},
    {"cron resume", "CRON...", "resume cron workflows (opposite of suspend)", no_flags, 1,
     kAnyNumber, resume},
    {"cron suspend", "CRON...", "suspend cron workflows: they start nothing", no_flags, 1,
     kAnyNumber, suspend},
    {"cron update", "FILE...", "update cron workflows", rows<kUpdateFlags>, 1, kAnyNumber, update},
};

}  // namespace

std::span<const Verb> cron_actions() { return kActions; }

}  // namespace cli
