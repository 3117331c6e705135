#include "control/event_object.h"

#include <fmt/format.h>

#include "text/json.h"

namespace control {

store::PutObject make_event_object(const store::Key& workflow, const std::string& workflow_uid,
                                   const engine::Recorded& what, base::Time now,
                                   sys::Random& random, const Annotations& annotations) {
  store::PutObject put;
  put.key = {"events", workflow.namespace_, fmt::format("{}.{}", workflow.name, random.hex(8))};
  put.uid = random.uuid();
  text::Value event;
  event["apiVersion"] = "v1";
  event["kind"] = "Event";
  text::Value& metadata = event["metadata"];
  metadata["name"] = put.key.name;
  metadata["namespace"] = workflow.namespace_;
  metadata["uid"] = put.uid;
  metadata["creationTimestamp"] = base::to_rfc3339(now);
  for (const auto& [key, value] : annotations) metadata["annotations"][key] = value;
  text::Value owner;
  owner["apiVersion"] = "argoproj.io/v1alpha1";
  owner["kind"] = "Workflow";
  owner["name"] = workflow.name;
  owner["uid"] = workflow_uid;
  metadata["ownerReferences"] = text::List{owner};
  owner["namespace"] = workflow.namespace_;
  event["involvedObject"] = std::move(owner);
  event["type"] = what.warning ? "Warning" : "Normal";
  event["reason"] = what.reason;
  event["message"] = what.message;
  event["source"]["component"] = "workflow-controller";
  event["firstTimestamp"] = base::to_rfc3339(now);
  event["lastTimestamp"] = base::to_rfc3339(now);
  event["count"] = 1;
  put.json = text::to_json(event);
  put.owner_uids = {workflow_uid};
  return put;
}

}  // namespace control
