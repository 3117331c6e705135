#include "server/submit_routes.h"

#include <fmt/format.h>

#include "kube/kinds.h"
#include "model/again.h"
#include "model/cron_workflow.h"
#include "model/submit_options.h"
#include "server/admission.h"

namespace server {
namespace {

using text::Value;

// As Argo words it.
base::Error not_found(const kube::Kind& kind, const std::string& name) {
  return {base::Code::kNotFound, fmt::format("{} \"{}\" not found", kind.resource(), name)};
}

base::Result<Value> make_workflow(kube::StoreApi& api, const std::string& namespace_,
                                  const std::string& word, const std::string& name,
                                  base::Time now) {
  const kube::Kind* kind = kube::find_kind(word);
  const bool is_cron = kind && kind->plural == "cronworkflows";
  const bool is_template =
      kind && (kind->plural == "workflowtemplates" || kind->plural == "clusterworkflowtemplates");
  if (!is_cron && !is_template)
    return base::fail(base::Code::kInvalid,
                      fmt::format("Resource kind '{}' is not supported for submitting", word));
  auto stored = api.get({kind, kind->namespaced ? namespace_ : std::string(), name});
  if (!stored && stored.error().code == base::Code::kNotFound)
    return base::fail(not_found(*kind, name));
  if (!stored) return stored;
  if (is_template) return model::workflow_of_template(!kind->namespaced, namespace_, name);
  Value out = model::workflow_of(model::decode_cron_workflow(*stored), now);
  out["metadata"]["generateName"] = name + "-";
  return out;
}

bool is_on(const Value& options, std::string_view flag) {
  const Value* value = options.find(flag);
  return value && value->is_bool() && value->as_bool();
}

void submit(kube::StoreApi& api, const sys::Clock& clock, Call& call) {
  const auto body = call.body();
  if (!body) return call.fail(body.error());
  const Value none;
  const Value* given = body->find("submitOptions");
  const Value& flags = given ? *given : none;
  const auto options = model::read_submit_options(flags);
  if (!options) return call.fail(options.error());
  auto workflow = make_workflow(api, call.args[0], std::string(body->string_at("resourceKind")),
                                std::string(body->string_at("resourceName")), clock.now());
  if (!workflow) return call.fail(workflow.error());
  model::apply_submit_options(*workflow, *options);
  if (auto found = check_references(api, call.args[0], *workflow); !found)
    return call.fail(found.error());
  if (is_on(flags, "dryRun")) return call.reply(*workflow);
  auto created = api.create(kube::kind_of("workflows"), call.args[0], std::move(*workflow),
                            is_on(flags, "serverDryRun"), call.warnings);
  if (!created) return call.fail(created.error());
  call.reply(*created);
}

}  // namespace

std::vector<Route> submit_routes(kube::StoreApi& api, const sys::Clock& clock) {
  return {{"POST", "/api/v1/workflows/{namespace}/submit",
           [&api, &clock](Call& call) { submit(api, clock, call); }}};
}

}  // namespace server
