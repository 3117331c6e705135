// argo archive
#include <algorithm>
#include <set>

#include "cli/again.h"
#include "cli/humanize.h"
#include "cli/verb.h"
#include "cli/workflow_view.h"
#include "text/json.h"
#include "text/yaml.h"

namespace cli {
namespace {

using text::Value;

constexpr std::string_view kPath = "archived-workflows";

constexpr Flag kName = {"name", 0, "", "the arguments are names"},
               kUid = {"uid", 0, "", "the arguments are UIDs; what looks like one is one anyway"},
               kSelector = {"selector", 'l', "SELECTOR", "workflows with these labels, as a=b"},
               kFields = {"field-selector", 0, "SELECTOR", "workflows with these fields"},
               kLog = {"log", 0, "", "show the logs until the workflow ends"},
               kPlain = {"no-utf8", 0, "", "use plain 7-bit characters"},
               kOutput = {"output", 'o', "FORMAT", "format of the output", "name|json|yaml|wide"},
               kParameter = {"parameter", 'p', "NAME=VALUE", "another value for a parameter"},
               kWait = {"wait", 'w', "", "wait for the workflow to complete"},
               kWatch = {"watch", 0, "", "watch the workflow until it completes"};
constexpr Flag kListFlags[] = {
    {"chunk-size", 0, "NUMBER", "ask for this many at a time"}, kOutput, kSelector};
constexpr Flag kGetFlags[] = {
    kName, {"output", 'o', "FORMAT", "format of the output", "json|yaml|wide"}, kUid};
constexpr Flag kDeleteFlags[] = {kName, kUid};
constexpr Flag kValueFlags[] = {{"selector", 'l', "LABEL", "the label whose values are listed"}};
constexpr Flag kResubmitFlags[] = {kFields,
                                   kLog,
                                   {"memoized", 0, "", "keep what has succeeded, with its outputs"},
                                   kName,
                                   kPlain,
                                   kOutput,
                                   kParameter,
                                   {"priority", 0, "NUMBER", "priority of the new workflow"},
                                   kSelector,
                                   kUid,
                                   kWait,
                                   kWatch};
constexpr Flag kRetryFlags[] = {
    kFields,
    kLog,
    kName,
    kPlain,
    {"node-field-selector", 0, "SELECTOR", "with --restart-successful, which nodes run again"},
    kOutput,
    kParameter,
    {"restart-successful", 0, "", "run nodes again that have succeeded"},
    kSelector,
    kUid,
    kWait,
    kWatch};

struct ListWish {
  std::string labels, fields, name, chunk;
};

base::Result<std::vector<Value>> list_archived(Session& session, const ListWish& wish) {
  if (const auto checked = text::Selector::parse_labels(wish.labels); !checked)
    return base::fail(checked.error());
  std::vector<Value> out;
  std::string next;
  do {
    Query query;
    query.add("namespace", session.name_space);
    query.add("listOptions.labelSelector", wish.labels);
    query.add("listOptions.fieldSelector", wish.fields);
    query.add("listOptions.limit", wish.chunk == "0" ? "" : wish.chunk);
    query.add("listOptions.continue", next);
    query.add("namePrefix", wish.name).add("nameFilter", wish.name.empty() ? "" : "Exact");
    auto answer = session.api.get(api_path({kPath}) + query.text());
    if (!answer) return base::fail(answer.error());
    next = answer->string_at("metadata", "continue");
    Value* items = answer->find("items");
    if (!items || !items->is_list()) continue;
    for (Value& item : items->as_list()) out.push_back(std::move(item));
  } while (!next.empty());
  return out;
}

bool looks_like_uid(std::string_view text) {
  constexpr size_t kLength = 36;
  if (text.size() != kLength) return false;
  for (size_t at = 0; at < text.size(); ++at) {
    const bool is_dash = at == 8 || at == 13 || at == 18 || at == 23;
    const bool is_digit = std::isxdigit(static_cast<unsigned char>(text[at])) != 0;
    if (is_dash ? text[at] != '-' : !is_digit) return false;
  }
  return true;
}

base::Status check_names(const Flags& flags) {
  if (flags.on("name") && flags.on("uid"))
    return base::fail(base::Code::kInvalid, "--name and --uid exclude each other");
  return {};
}

// The UID of an argument, which is one or a name.
base::Result<std::string> find_uid(Session& session, const std::string& word) {
  const Flags& flags = session.flags;
  if (auto good = check_names(flags); !good) return base::fail(good.error());
  if (flags.on("uid") || (!flags.on("name") && looks_like_uid(word))) return word;
  const auto found = list_archived(session, {{}, {}, word, {}});
  if (!found) return base::fail(found.error());
  if (found->empty())
    return base::fail(base::Code::kNotFound, fmt::format("archived workflow '{}' not found", word));
  if (found->size() == 1) return std::string(found->front().string_at("metadata", "uid"));
  std::string uids;
  for (const Value& one : *found)
    uids +=
        fmt::format("{}{} (created {})", uids.empty() ? "" : ", ", one.string_at("metadata", "uid"),
                    one.string_at("metadata", "creationTimestamp"));
  return base::fail(base::Code::kInvalid,
                    fmt::format("several archived workflows are named '{}'", word), {},
                    "give the UID of one: " + uids);
}

base::Result<int> list(Session& session) {
  auto found = list_archived(
      session, {session.flags.get("selector"), {}, {}, session.flags.get("chunk-size")});
  if (!found) return base::fail(found.error());
  const std::vector<Value> sorted = newest_first(*std::move(found));
  if (print_for_programs(session, sorted)) return 0;
  if (sorted.empty()) {
    session.print("No workflows found\n");
    return 0;
  }
  std::vector<const Value*> rows;
  for (const Value& workflow : sorted) rows.push_back(&workflow);
  session.around.out(workflow_table(rows, {true, true, true, session.now(), true}));
  print_cost_hint(session, sorted);
  return 0;
}

base::Result<int> get(Session& session) {
  const auto uid = find_uid(session, session.flags.arguments.front());
  if (!uid) return base::fail(uid.error());
  const auto workflow = session.api.get(api_path({kPath, *uid}));
  if (!workflow) return base::fail(workflow.error());
  print_workflow(session, *workflow, {});
  return 0;
}

base::Result<int> remove(Session& session) {
  for (const std::string& word : session.flags.arguments) {
    const auto uid = find_uid(session, word);
    if (!uid) return base::fail(uid.error());
    const auto gone = session.api.remove(api_path({kPath, *uid}));
    if (!gone) return base::fail(gone.error());
    session.print("Archived workflow '{}' deleted\n", word);
  }
  return 0;
}

base::Result<int> print_items(Session& session, const std::string& target) {
  const auto answer = session.api.get(target);
  if (!answer) return base::fail(answer.error());
  const Value* items = answer->find("items");
  if (items && items->is_list())
    for (const Value& item : items->as_list()) session.print("{}\n", item.to_any_string());
  return 0;
}

base::Result<int> label_keys(Session& session) {
  Query query;
  query.add("namespace", session.name_space);
  return print_items(session, "/api/v1/archived-workflows-label-keys" + query.text());
}

base::Result<int> label_values(Session& session) {
  if (!session.flags.has("selector"))
    return base::fail(base::Code::kInvalid, "which label?", {}, "name it with --selector");
  Query query;
  query.add("listOptions.labelSelector", session.flags.get("selector"));
  query.add("namespace", session.name_space);
  return print_items(session, "/api/v1/archived-workflows-label-values" + query.text());
}

// The UIDs of what the selectors and the arguments name, each one once.
base::Result<std::vector<std::string>> chosen_uids(Session& session) {
  const Flags& flags = session.flags;
  if (auto good = check_names(flags); !good) return base::fail(good.error());
  std::vector<std::string> out;
  const bool selects = flags.has("selector") || flags.has("field-selector");
  if (!selects && flags.arguments.empty())
    return base::fail(base::Code::kInvalid, "which workflows?", {},
                      "name them, or give --selector or --field-selector");
  if (selects) {
    const auto found =
        list_archived(session, {flags.get("selector"), flags.get("field-selector"), {}, {}});
    if (!found) return base::fail(found.error());
    for (const Value& one : *found) out.emplace_back(one.string_at("metadata", "uid"));
  }
  for (const std::string& word : flags.arguments) {
    auto uid = find_uid(session, word);
    if (!uid) return base::fail(uid.error());
    out.push_back(*std::move(uid));
  }
  std::set<std::string> seen;
  std::erase_if(out, [&](const std::string& uid) { return !seen.insert(uid).second; });
  return out;
}

base::Result<int> run_archived(Session& session, std::string_view action, Value body) {
  const auto parameters = parameter_list(session.flags);
  if (!parameters) return base::fail(parameters.error());
  if (!parameters->empty()) body["parameters"] = *parameters;
  const auto uids = chosen_uids(session);
  if (!uids) return base::fail(uids.error());
  std::vector<NamedWorkflow> names;
  for (const std::string& uid : *uids) {
    body["uid"] = uid;
    body["namespace"] = session.name_space;
    const auto answer = session.api.put(api_path({kPath, uid, action}), body);
    if (!answer) return base::fail(answer.error());
    names.push_back(show(session, *answer));
  }
  return names.size() == 1 ? stay(session, names, {}) : base::Result<int>(0);
}

base::Result<int> resubmit(Session& session) {
  auto body = resubmit_body(session);
  if (!body) return base::fail(body.error());
  return run_archived(session, "resubmit", *std::move(body));
}

base::Result<int> retry(Session& session) {
  auto body = retry_body(session);
  if (!body) return base::fail(body.error());
  return run_archived(session, "retry", *std::move(body));
}

template <const auto& Rows>
std::span<const Flag> rows() {
  return Rows;
}
std::span<const Flag> no_rows() { return {}; }

constexpr Verb kActions[] = {
    {"archive delete", "WORKFLOW...", "delete workflows of the archive", rows<kDeleteFlags>, 1,
     kAnyNumber, remove},
    {"archive get", "WORKFLOW", "display a workflow of the archive", rows<kGetFlags>, 1, 1, get},
    {"archive list", "", "list the workflows of the archive", rows<kListFlags>, 0, 0, list},
    {"archive list-label-keys", "", "list the names of labels in the archive", no_rows, 0, 0,
     label_keys},
    {"archive list-label-values", "", "list the values of a label in the archive",
     rows<kValueFlags>, 0, 0, label_values},
    {"archive resubmit", "[WORKFLOW...]", "make new workflows of archived ones",
     rows<kResubmitFlags>, 0, kAnyNumber, resubmit},
    {"archive retry", "[WORKFLOW...]", "run again what has failed in archived workflows",
     rows<kRetryFlags>, 0, kAnyNumber, retry},
};

}  // namespace

std::span<const Verb> archive_actions() { return kActions; }

}  // namespace cli
