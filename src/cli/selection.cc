#include "cli/selection.h"

#include <algorithm>
#include <set>

#include "cli/follow.h"
#include "cli/humanize.h"
#include "text/json.h"
#include "text/yaml.h"

namespace cli {
namespace {

using text::Value;

constexpr std::string_view kPrefix = "workflows.argoproj.io/";

// --selector and what the other flags mean as labels.
base::Result<std::string> label_selector(const Flags& flags) {
  std::string out = flags.get("selector");
  if (const auto checked = text::Selector::parse_labels(out); !checked)
    return base::fail(checked.error());
  const auto add = [&](std::string term) { out += (out.empty() ? "" : ",") + std::move(term); };
  if (const auto phases = flags.list("status"); !phases.empty())
    add(fmt::format("{}phase in ({})", kPrefix, fmt::join(phases, ",")));
  if (flags.on("completed") && flags.on("running"))
    return base::fail(base::Code::kInvalid, "--completed and --running exclude each other");
  if (flags.on("completed")) add(fmt::format("{}completed=true", kPrefix));
  if (flags.on("running")) add(fmt::format("{}completed!=true", kPrefix));
  if (flags.on("resubmitted")) add(fmt::format("{}resubmitted-from-workflow", kPrefix));
  return out;
}

struct Times {
  base::Time created_after, finished_before;
};

base::Result<Times> times_of(const Session& session) {
  Times out;
  for (const auto& [flag, time] :
       {std::pair{"since", &out.created_after}, std::pair{"older", &out.finished_before}}) {
    if (!session.flags.has(flag)) continue;
    const auto back = parse_since(session.flags.get(flag));
    if (!back) return base::fail(back.error());
    *time = session.now() - *back;
  }
  return out;
}

bool is_chosen(const Value& workflow, const std::string& prefix, const Times& times) {
  if (!workflow.string_at("metadata", "name").starts_with(prefix)) return false;
  if (times.created_after.is_set()) {
    const Value* metadata = workflow.find("metadata");
    if (!metadata || time_at(*metadata, "creationTimestamp") <= times.created_after) return false;
  }
  if (!times.finished_before.is_set()) return true;
  const Value* status = workflow.find("status");
  const base::Time finished = status ? time_at(*status, "finishedAt") : base::Time{};
  return finished.is_set() && finished < times.finished_before;
}

struct Sorted {
  bool finished;
  std::string_view newest;  // RFC 3339 in UTC sorts as text
  std::string_view name;
  size_t index;
};

}  // namespace

std::vector<Value> newest_first(std::vector<Value> workflows) {
  std::vector<Sorted> order;
  for (size_t i = 0; i < workflows.size(); ++i) {
    const std::string_view finished = workflows[i].string_at("status", "finishedAt");
    const std::string_view created = workflows[i].string_at("metadata", "creationTimestamp");
    order.push_back({!finished.empty(), finished.empty() ? created : finished,
                     workflows[i].string_at("metadata", "name"), i});
  }
  std::sort(order.begin(), order.end(), [](const Sorted& a, const Sorted& b) {
    if (a.finished != b.finished) return b.finished;
    if (a.newest != b.newest) return a.newest > b.newest;
    return a.name < b.name;
  });
  std::vector<Value> out;
  out.reserve(workflows.size());
  for (const Sorted& one : order) out.push_back(std::move(workflows[one.index]));
  return out;
}

bool print_for_programs(Session& session, const std::vector<Value>& workflows) {
  const std::string output = session.flags.get("output");
  if (output == "name") {
    for (const Value& workflow : workflows)
      session.print("{}\n", workflow.string_at("metadata", "name"));
    return true;
  }
  if (output != "json" && output != "yaml") return false;
  const Value all{text::List(workflows)};
  session.around.out(output == "json" ? text::to_json_pretty(all, 2) + "\n" : text::to_yaml(all));
  return true;
}

void print_cost_hint(Session& session, const std::vector<Value>& workflows) {
  constexpr size_t kMany = 100;
  size_t completed = 0;
  for (const Value& workflow : workflows) completed += is_finished(workflow) ? 1 : 0;
  const size_t incomplete = workflows.size() - completed;
  if (completed <= kMany && incomplete <= kMany) return;
  std::string counts;
  if (incomplete > kMany) counts = fmt::format("{} incomplete", incomplete);
  if (completed > kMany)
    counts += fmt::format("{}{} completed", counts.empty() ? "" : " and ", completed);
  session.print("\nYou have at least {} workflows. `argo delete --older 7d` removes old ones.\n",
                counts);
}

base::Result<std::vector<Value>> select_workflows(Session& session, std::string_view fields) {
  const Flags& flags = session.flags;
  const auto labels = label_selector(flags);
  if (!labels) return base::fail(labels.error());
  const auto times = times_of(session);
  if (!times) return base::fail(times.error());
  const std::string path = flags.on("all-namespaces") ? std::string("/api/v1/workflows/")
                                                      : api_path({"workflows", session.name_space});
  const std::string limit = flags.get("chunk-size", flags.get("query-chunk-size"));
  std::vector<Value> out;
  std::string next;
  do {
    Query query;
    query.add("listOptions.labelSelector", *labels);
    query.add("listOptions.fieldSelector", flags.get("field-selector"));
    query.add("listOptions.limit", limit == "0" ? "" : limit);
    query.add("listOptions.continue", next).add("fields", fields);
    auto answer = session.api.get(path + query.text());
    if (!answer) return base::fail(answer.error());
    next = answer->string_at("metadata", "continue");
    Value* items = answer->find("items");
    if (!items || !items->is_list()) continue;
    for (Value& workflow : items->as_list())
      if (is_chosen(workflow, flags.get("prefix"), *times)) out.push_back(std::move(workflow));
  } while (!next.empty());
  return newest_first(std::move(out));
}

base::Result<std::vector<NamedWorkflow>> chosen_workflows(Session& session) {
  std::vector<NamedWorkflow> out;
  std::set<std::string> seen;
  const auto add = [&](std::string name, std::string name_space) {
    if (seen.insert(name_space + "/" + name).second)
      out.push_back({std::move(name), std::move(name_space)});
  };
  if (session.flags.has("selector") || session.flags.has("field-selector")) {
    const auto found = select_workflows(session, "metadata,items.metadata");
    if (!found) return base::fail(found.error());
    for (const Value& workflow : *found)
      add(std::string(workflow.string_at("metadata", "name")),
          std::string(workflow.string_at("metadata", "namespace")));
  } else if (session.flags.arguments.empty()) {
    return base::fail(base::Code::kInvalid, "which workflows?", {},
                      "name them, or give --selector or --field-selector");
  }
  for (const std::string& name : session.flags.arguments) add(name, session.name_space);
  return out;
}

}  // namespace cli
