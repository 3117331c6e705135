#include "server/operation_routes.h"

#include <fmt/format.h>

#include "kube/kinds.h"
#include "kube/pod_contract.h"
#include "kube/workflow_rows.h"
#include "model/operation.h"
#include "server/node_selector.h"
#include "server/rerun_routes.h"
#include "server/workflow_routes.h"
#include "server/workflow_view.h"
#include "text/json.h"

namespace server {
namespace {

using model::Operation;
using text::Value;

}  // namespace

base::Result<Operation> read_set_values(const Value& body) {
  Operation out;
  out.kind = Operation::Kind::kSet;
  if (const std::string_view message = body.string_at("message"); !message.empty())
    out.message = std::string(message);
  out.phase = body.string_at("phase");
  if (!out.phase.empty() && out.phase != "Succeeded" && out.phase != "Failed" &&
      out.phase != "Error")
    return base::fail(base::Code::kInvalid, out.phase + " is an invalid phase to set to");
  if (const std::string_view parameters = body.string_at("outputParameters"); !parameters.empty()) {
    auto map = text::parse_json(parameters);
    if (!map || !map->is_map())
      return base::fail(base::Code::kInvalid,
                        "unable to parse output parameter set request: not a JSON object");
    for (const text::Member& member : map->as_map())
      out.output_parameters.emplace_back(member.key, member.value.to_any_string());
  }
  return out;
}

namespace {

base::Result<Operation> read_operation(kube::StoreApi& api, const store::Object& workflow,
                                       Operation::Kind kind, const Value& body) {
  auto values = read_set_values(body);
  if (!values) return values;
  Operation out = std::move(*values);
  out.kind = kind;
  const std::string_view selector = body.string_at("nodeFieldSelector");
  if (selector.empty()) {
    if (kind == Operation::Kind::kSet)
      return base::fail(base::Code::kInvalid,
                        "'set' is of nodes: use a node field selector to target them");
    return out;
  }
  if (kind == Operation::Kind::kTerminate)
    return base::fail(base::Code::kInvalid,
                      "terminate is of whole workflows: a nodeFieldSelector chooses nodes of "
                      "suspend, resume, stop and set only");
  if (kind == Operation::Kind::kSuspend || kind == Operation::Kind::kResume)
    out.selector = selector;
  if (kind == Operation::Kind::kSuspend) {
    if (auto checked = check_hold(selector); !checked) return base::fail(checked.error());
    return out;
  }
  std::vector<std::string> names;
  for (const auto& [name, value] : out.output_parameters) names.push_back(name);
  const auto find = kind == Operation::Kind::kSet      ? find_settable
                    : kind == Operation::Kind::kResume ? find_resumable
                                                       : find_suspended;
  auto ids = find(api, workflow.uid, selector, names);
  if (!ids) return base::fail(ids.error());
  out.node_ids = std::move(*ids);
  return out;
}

void operate(kube::StoreApi& api, OperationLog& log, Operation::Kind kind, Call& call) {
  auto body = call.body();
  if (!body) return call.fail(body.error());
  auto workflow = find_workflow(api, call.args[0], call.args[1]);
  if (!workflow) return call.fail(workflow.error());
  if (kind == Operation::Kind::kSet && OperationLog::is_completed(*workflow))
    return set_ended(api, call.args[0], workflow->key.name, *body, log.now(), call);
  if (auto checked = OperationLog::check_unfinished(*workflow, kind); !checked)
    return call.fail(checked.error());
  auto operation = read_operation(api, *workflow, kind, *body);
  if (!operation) return call.fail(operation.error());
  if (auto done = log.apply(*workflow, {*operation}, {}, call); !done)
    return call.fail(done.error());
  auto applied = api.store().get(workflow->key);
  if (!applied) return call.fail(applied.error());
  answer_workflow(api, *applied, FieldFilter(call.query("fields")), call);
}

}  // namespace

std::vector<Route> operation_routes(kube::StoreApi& api, OperationLog& log) {
  constexpr std::pair<std::string_view, Operation::Kind> kRoutes[] = {
      {"/api/v1/workflows/{namespace}/{name}/suspend", Operation::Kind::kSuspend},
      {"/api/v1/workflows/{namespace}/{name}/resume", Operation::Kind::kResume},
      {"/api/v1/workflows/{namespace}/{name}/stop", Operation::Kind::kStop},
      {"/api/v1/workflows/{namespace}/{name}/terminate", Operation::Kind::kTerminate},
      {"/api/v1/workflows/{namespace}/{name}/set", Operation::Kind::kSet},
  };
  std::vector<Route> rows;
  for (const auto& [pattern, kind] : kRoutes)
    rows.push_back({"PUT", std::string(pattern),
                    [&api, &log, kind = kind](Call& call) { operate(api, log, kind, call); }});
  return rows;
}

}  // namespace server
