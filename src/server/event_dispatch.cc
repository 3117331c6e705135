#include "server/event_dispatch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "kube/event_object.h"
#include "kube/kinds.h"
#include "model/again.h"
#include "server/admission.h"
#include "server/stored_routes.h"
#include "text/json.h"

namespace server {
namespace {

using text::Value;

constexpr std::string_view kBindingLabel = "workflows.argoproj.io/workflow-event-binding";

// The template that a binding submits, as a Workflow which refers to it.
base::Result<Value> refer_to_template(kube::StoreApi& api, const std::string& namespace_,
                                      const Value& ref) {
  const Value* scope = ref.find("clusterScope");
  const bool is_cluster = scope != nullptr && scope->is_bool() && scope->as_bool();
  const kube::Kind& kind =
      kube::kind_of(is_cluster ? "clusterworkflowtemplates" : "workflowtemplates");
  const std::string name(ref.string_at("name"));
  auto stored = api.get({&kind, is_cluster ? std::string() : namespace_, name});
  if (!stored) {
    base::Error error = stored.error();
    error.text = "failed to get workflow template: " + error.text;
    return base::fail(std::move(error));
  }
  Value out = model::workflow_of_template(!kind.namespaced, namespace_, name);
  for (const char* key : {"labels", "annotations"}) {
    const Value* given = stored->find_path("spec", "workflowMetadata", key);
    if (given == nullptr || !given->is_map()) continue;
    for (const text::Member& one : given->as_map()) out["metadata"][key][one.key] = one.value;
  }
  return out;
}

base::Status try_binding(kube::StoreApi& api, const Value& binding,
                         const model::IncomingEvent& event, const expr::EvalContext& context) {
  const auto selected = model::selects(binding, event, context);
  if (!selected) return base::fail(selected.error());
  const Value* ref = binding.find_path("spec", "submit", "workflowTemplateRef");
  if (!*selected || ref == nullptr) return {};
  auto workflow = refer_to_template(api, event.namespace_, *ref);
  if (!workflow) return base::fail(workflow.error());
  if (auto filled = model::submit_event(binding, event, context, *workflow); !filled) return filled;
  (*workflow)["metadata"]["labels"][kBindingLabel] = binding.string_at("metadata", "name");
  auto checked = check_references(api, event.namespace_, *workflow);
  if (checked) {
    std::vector<std::string> unheard;
    const auto created = api.create(kube::kind_of("workflows"), event.namespace_,
                                    std::move(*workflow), false, unheard);
    if (created) return {};
    checked = base::fail(created.error());
  }
  base::Error error = checked.error();
  error.text = "failed to create workflow: " + error.text;
  return base::fail(std::move(error));
}

void tell(kube::StoreApi& api, const Value& binding, const std::string& text, base::Time now) {
  Value about;
  about["apiVersion"] = "argoproj.io/v1alpha1";
  about["kind"] = "WorkflowEventBinding";
  for (const char* key : {"name", "namespace", "uid"})
    about[key] = binding.string_at("metadata", key);
  Value event = kube::make_event(std::move(about), true, "WorkflowEventBindingError",
                                 "failed to dispatch event: " + text, "argo-server", now);
  event["metadata"]["generateName"] = fmt::format("{}.", binding.string_at("metadata", "name"));
  const std::string namespace_(binding.string_at("metadata", "namespace"));
  // Nobody waits for it.
  (void)api.create(kube::kind_of("events"), namespace_, std::move(event), false);
}

// Headers by their names in lower case; none but x-…, for others may hold secrets.
Value metadata_of(const sys::HttpRequest& request) {
  Value out = text::Map();
  for (const auto& [name, value] : request.headers) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    if (!lower.starts_with("x-")) continue;
    Value& list = out[lower];
    if (!list.is_list()) list = text::List();
    list.as_list().emplace_back(value);
  }
  return out;
}

void receive(kube::StoreApi& api, const sys::Clock& clock, Call& call) {
  model::IncomingEvent event;
  event.namespace_ = call.args[0];
  if (call.args.size() > 1) event.discriminator = call.args[1];
  event.metadata = metadata_of(call.request);
  if (!call.request.body.empty()) {
    auto payload = text::parse_json(call.request.body);
    if (!payload) return call.fail(payload.error());
    event.payload = *std::move(payload);
  }
  if (auto dispatched = dispatch_event(api, clock, event); !dispatched)
    return call.fail(dispatched.error());
  call.reply_json("{}");
}

}  // namespace

base::Status dispatch_event(kube::StoreApi& api, const sys::Clock& clock,
                            const model::IncomingEvent& event) {
  const auto bindings = api.list(kube::kind_of("workfloweventbindings"), event.namespace_, {});
  if (!bindings) return base::fail(bindings.error());
  expr::EvalContext context;
  context.now = clock.now();
  context.random_seed = static_cast<uint64_t>(context.now.ns);
  std::string errors;
  base::Code code = base::Code::kInternal;
  for (const Value& binding : bindings->items) {
    const auto done = try_binding(api, binding, event, context);
    if (done) continue;
    tell(api, binding, done.error().text, context.now);
    if (done.error().code == base::Code::kUnavailable) code = base::Code::kUnavailable;
    errors += (errors.empty() ? "" : " ") + done.error().text;
  }
  if (errors.empty()) return {};
  return base::fail(code, fmt::format("failed to dispatch event: [{}]", errors));
}

std::vector<Route> event_routes(kube::StoreApi& api, const sys::Clock& clock) {
  const auto take = [&api, &clock](Call& call) { receive(api, clock, call); };
  const auto list = [&api](Call& call) {
    answer_list(api, kube::kind_of("workfloweventbindings"), call);
  };
  return {{"POST", "/api/v1/events/{namespace}/{discriminator}", take},
          {"POST", "/api/v1/events/{namespace}", take},
          {"GET", "/api/v1/workflow-event-bindings/{namespace}", list},
          {"GET", "/api/v1/workflow-event-bindings", list}};
}

}  // namespace server
