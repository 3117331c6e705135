#include "control/event_object.h"

#include <fmt/format.h>

#include "kube/event_object.h"
#include "text/json.h"

namespace control {

store::PutObject make_event_object(const store::Key& workflow, const std::string& workflow_uid,
                                   const engine::Recorded& what, base::Time now,
                                   sys::Random& random, const Annotations& annotations) {
  store::PutObject put;
  put.key = {"events", workflow.namespace_, fmt::format("{}.{}", workflow.name, random.hex(8))};
  put.uid = random.uuid();
  text::Value owner;
  owner["apiVersion"] = "argoproj.io/v1alpha1";
  owner["kind"] = "Workflow";
  owner["name"] = workflow.name;
  owner["uid"] = workflow_uid;
  text::Value about = owner;
  about["namespace"] = workflow.namespace_;
  text::Value event = kube::make_event(std::move(about), what.warning, what.reason, what.message,
                                       "workflow-controller", now);
  text::Value& metadata = event["metadata"];
  metadata["name"] = put.key.name;
  metadata["namespace"] = workflow.namespace_;
  metadata["uid"] = put.uid;
  metadata["creationTimestamp"] = base::to_rfc3339(now);
  for (const auto& [key, value] : annotations) metadata["annotations"][key] = value;
  metadata["ownerReferences"] = text::List{std::move(owner)};
  put.json = text::to_json(event);
  put.owner_uids = {workflow_uid};
  return put;
}

}  // namespace control
