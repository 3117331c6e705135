#include "server/rerun_routes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/row.h"
#include "kube/kinds.h"
#include "model/again.h"
#include "model/submit_options.h"
#include "server/ended_workflow.h"
#include "server/node_selector.h"
#include "server/operation_routes.h"
#include "server/workflow_view.h"

namespace server {
namespace {

using engine::NodeId;
using text::Value;

constexpr int kTriesMax = 5;  // when others write the workflow at the same time

bool is_on(const Value& body, std::string_view flag) {
  const Value* value = body.find(flag);
  return value && value->is_bool() && value->as_bool();
}

base::Result<Parameters> read_parameters(const Value& body) {
  Parameters out;
  const Value* list = body.find("parameters");
  if (!list || !list->is_list()) return out;
  for (const Value& text : list->as_list()) {
    auto pair = model::split_assignment(text.to_any_string(), "parameter");
    if (!pair) return base::fail(pair.error());
    out.push_back(std::move(*pair));
  }
  return out;
}

void answer(kube::StoreApi& api, const store::Key& key, Call& call) {
  auto object = api.store().get(key);
  if (!object) return call.fail(object.error());
  answer_workflow(api, *object, FieldFilter(call.query("fields")), call);
}

// Reads the workflow, lets `plan` say what is to be done, and does it; again where somebody else
// was quicker.
template <class MakePlan>
void take_up(kube::StoreApi& api, const std::string& namespace_, const std::string& name,
             std::string_view verb, const Parameters& parameters, base::Time now,
             const MakePlan& plan, Call& call) {
  for (int attempt = 1;; ++attempt) {
    auto ended = read_ended(api, namespace_, name, verb);
    if (!ended) return call.fail(ended.error());
    auto request = plan(*ended);
    if (!request) return call.fail(request.error());
    request->now = now;
    request->new_arguments = !parameters.empty();
    auto rerun = plan_again(*ended, std::move(*request));
    if (!rerun) return call.fail(rerun.error());
    auto done = take_up_again(api, *ended, *rerun, parameters, now);
    if (done) return answer(api, ended->object.key, call);
    if (done.error().code != base::Code::kConflict || attempt == kTriesMax)
      return call.fail(done.error());
  }
}

base::Result<engine::RerunRequest> plan_retry(const EndedWorkflow& ended, const Value& body) {
  const std::string_view selector = body.string_at("nodeFieldSelector");
  const bool restarts = is_on(body, "restartSuccessful") && !selector.empty();
  if (!selector.empty() && !restarts)
    return base::fail(base::Code::kInvalid,
                      "nodeFieldSelector chooses nodes that have succeeded: it needs "
                      "restartSuccessful");
  if (ended.value.string_at("status", "phase") == "Succeeded" && !restarts)
    return base::fail(
        base::Code::kInvalid,
        "To retry a succeeded workflow, set the options restartSuccessful and nodeFieldSelector");
  engine::RerunRequest out;
  if (!restarts) return out;
  auto nodes = find_nodes(ended.nodes, selector);
  if (!nodes) return base::fail(nodes.error());
  out.from = std::move(*nodes);
  return out;
}

void retry(kube::StoreApi& api, const sys::Clock& clock, Call& call) {
  const auto body = call.body();
  if (!body) return call.fail(body.error());
  const auto parameters = read_parameters(*body);
  if (!parameters) return call.fail(parameters.error());
  take_up(
      api, call.args[0], call.args[1], "retry", *parameters, clock.now(),
      [&](const EndedWorkflow& ended) { return plan_retry(ended, *body); }, call);
}

// The node that a person calls so: by its id, its whole name, or the name that is shown.
base::Result<NodeId> find_node(const EndedWorkflow& ended, const std::string& word) {
  std::vector<NodeId> shown;
  std::vector<std::string> names;
  const std::string workflow = ended.object.key.name;
  for (const std::string& bytes : ended.nodes) {
    const auto row = engine::read_row(bytes);
    if (!row) return base::fail(row.error());
    const std::string id = row->shape == engine::Shape::kRoot
                               ? workflow
                               : fmt::format("{}-{}", workflow, engine::id_number(*row));
    if (row->name == word || id == word) return NodeId{row->id};
    if (row->name.substr(row->name.size() - row->display_size) != word) continue;
    shown.push_back(NodeId{row->id});
    names.emplace_back(row->name);
  }
  if (shown.size() == 1) return shown.front();
  if (shown.empty())
    return base::fail(base::Code::kInvalid,
                      fmt::format("workflow \"{}\" has no node \"{}\"", workflow, word));
  if (names.size() > 5) names.resize(5), names.emplace_back("…");
  return base::fail(base::Code::kInvalid,
                    fmt::format("several nodes are called \"{}\": give one's whole name, as {}",
                                word, fmt::join(names, ", ")));
}

base::Result<engine::RerunRequest> plan_from(const EndedWorkflow& ended, const std::string& word) {
  if (word.empty())
    return base::fail(base::Code::kInvalid, "from: which node is to run again, and what follows?");
  auto node = find_node(ended, word);
  if (!node) return base::fail(node.error());
  engine::RerunRequest out;
  out.from = {*node};
  out.keeps_before = true;
  return out;
}

// {"removed": […], "reset": […], "kept": N}: names of nodes.
base::Result<Value> preview(const EndedWorkflow& ended, engine::RerunRequest request) {
  auto rerun = plan_again(ended, std::move(request));
  if (!rerun) return base::fail(rerun.error());
  Value out;
  out["kept"] = static_cast<int64_t>(rerun->rows.size() - rerun->reset.size());
  const std::pair<std::string_view, const std::vector<NodeId>*> lists[] = {
      {"removed", &rerun->removed}, {"reset", &rerun->reset}};
  for (const auto& [key, nodes] : lists) {
    text::List names;
    for (const NodeId node : *nodes)
      if (const auto row = engine::read_row(ended.nodes[node.value])) names.emplace_back(row->name);
    out[key] = std::move(names);
  }
  return out;
}

void rerun(kube::StoreApi& api, const sys::Clock& clock, Call& call) {
  const auto body = call.body();
  if (!body) return call.fail(body.error());
  const auto parameters = read_parameters(*body);
  if (!parameters) return call.fail(parameters.error());
  const std::string from(body->string_at("from"));
  const auto plan = [&](const EndedWorkflow& ended) { return plan_from(ended, from); };
  if (!is_on(*body, "dryRun"))
    return take_up(api, call.args[0], call.args[1], "rerun", *parameters, clock.now(), plan, call);
  auto ended = read_ended(api, call.args[0], call.args[1], "rerun");
  if (!ended) return call.fail(ended.error());
  auto request = plan(*ended);
  if (!request) return call.fail(request.error());
  request->new_arguments = !parameters->empty();
  auto shown = preview(*ended, std::move(*request));
  if (!shown) return call.fail(shown.error());
  call.reply(*shown);
}

void resubmit(kube::StoreApi& api, const sys::Clock& clock, Call& call) {
  const auto body = call.body();
  if (!body) return call.fail(body.error());
  const auto parameters = read_parameters(*body);
  if (!parameters) return call.fail(parameters.error());
  const bool is_memoized = is_on(*body, "memoized");
  auto old = read_ended(api, call.args[0], call.args[1], "");
  if (!old) return call.fail(old.error());
  if (const Value* priority = body->find("priority")) old->value["spec"]["priority"] = *priority;
  if (is_memoized) {
    auto created = resubmit_memoized(api, *old, *parameters, clock.now());
    if (!created) return call.fail(created.error());
    return answer_workflow(api, *created, FieldFilter(call.query("fields")), call);
  }
  auto created = api.create(kube::kind_of("workflows"), call.args[0],
                            model::resubmitted(old->value, *parameters), false, call.warnings);
  if (!created) return call.fail(created.error());
  call.reply(*created);
}

}  // namespace

void set_ended(kube::StoreApi& api, const std::string& namespace_, const std::string& name,
               const Value& body, base::Time now, Call& call) {
  auto values = read_set_values(body);
  if (!values) return call.fail(values.error());
  if (values->phase != "Succeeded")
    return call.fail({base::Code::kInvalid,
                      "the workflow has ended: its nodes can only be set to phase Succeeded"});
  const std::string_view selector = body.string_at("nodeFieldSelector");
  const auto plan = [&](const EndedWorkflow& ended) -> base::Result<engine::RerunRequest> {
    auto nodes = find_nodes(ended.nodes, selector);
    if (!nodes) return base::fail(nodes.error());
    if (selector.empty() || nodes->empty())
      return base::fail(base::Code::kInvalid,
                        fmt::format("no node matches nodeFieldSelector: {}", selector));
    engine::RerunRequest out;
    out.failed = false;
    out.done = std::move(*nodes);
    out.message = values->message;
    out.output_parameters = values->output_parameters;
    return out;
  };
  take_up(api, namespace_, name, "set nodes of", {}, now, plan, call);
}

std::vector<Route> rerun_routes(kube::StoreApi& api, const sys::Clock& clock) {
  constexpr std::pair<std::string_view, void (*)(kube::StoreApi&, const sys::Clock&, Call&)>
      kActions[] = {{"retry", retry}, {"resubmit", resubmit}, {"rerun", rerun}};
  std::vector<Route> rows;
  for (const auto& [action, answer_call] : kActions)
    rows.push_back(
        {"PUT", fmt::format("/api/v1/workflows/{{namespace}}/{{name}}/{}", action),
         [&api, &clock, answer_call = answer_call](Call& call) { answer_call(api, clock, call); }});
  return rows;
}

}  // namespace server
