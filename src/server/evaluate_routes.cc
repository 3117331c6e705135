#include "server/evaluate_routes.h"

#include <fmt/format.h>

#include "model/evaluate.h"
#include "server/workflow_routes.h"
#include "server/workflow_view.h"
#include "text/json.h"

namespace server {
namespace {

using text::Value;

// The stored workflow with its nodes; those of a large one are not read for one expression.
base::Result<Value> load(kube::StoreApi& api, const std::string& name_space,
                         const std::string& name, bool needs_nodes) {
  const auto object = find_workflow(api, name_space, name);
  if (!object) return base::fail(object.error());
  bool is_large = false;
  const auto json = view_json(api, *object, FieldFilter(""), &is_large);
  if (!json) return base::fail(json.error());
  if (is_large && needs_nodes)
    return base::fail(base::Code::kUnsupported,
                      fmt::format("workflow {} has more than {} nodes: argo eval -w {} --node … "
                                  "reads them",
                                  name, kNodesInline, name));
  return text::parse_json(*json);
}

void evaluate(kube::StoreApi& api, const sys::Clock& clock, Call& call) {
  const auto body = call.body();
  if (!body) return call.fail(body.error());
  model::EvaluateRequest request;
  const Value* source = body->find("text");
  if (!source || !source->is_string())
    return call.fail({base::Code::kInvalid, "the text to evaluate is missing"});
  request.source = source->as_string();
  const auto form = model::parse_form(body->string_at("form"));
  if (!form) return call.fail(form.error());
  request.form = *form;
  request.node = std::string(body->string_at("node"));
  Value workflow;
  if (const Value* given = body->find("workflow"); given && !given->is_null()) {
    if (given->is_string()) {
      auto loaded = load(api, call.args[0], given->as_string(), !request.node.empty());
      if (!loaded) return call.fail(loaded.error());
      workflow = *std::move(loaded);
    } else {
      workflow = *given;
    }
    request.workflow = &workflow;
  }
  if (const Value* variables = body->find("variables"); variables && variables->is_map())
    request.variables.emplace_back("", *variables);
  request.now = clock.now();
  request.seed = static_cast<uint64_t>(request.now.ns);
  const auto result = model::evaluate(request);
  if (!result) return call.fail(result.error());
  call.reply(model::to_value(*result));
}

}  // namespace

std::vector<Route> evaluate_routes(kube::StoreApi& api, const sys::Clock& clock) {
  return {{"POST", "/api/v1/evaluate/{namespace}",
           [&api, &clock](Call& call) { evaluate(api, clock, call); }}};
}

}  // namespace server
