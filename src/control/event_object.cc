#include "control/event_object.h"

#include <fmt/format.h>

#include "kube/event_object.h"
#include "kube/kinds.h"
#include "kube/workflow_rows.h"
#include "text/json.h"

namespace control {

store::PutObject make_event_object(const store::Key& about, const std::string& about_uid,
                                   const engine::Recorded& what, base::Time now,
                                   sys::Random& random, const Annotations& annotations) {
  store::PutObject put;
  put.key = {"events", about.namespace_, fmt::format("{}.{}", about.name, random.hex(8))};
  put.uid = random.uuid();
  text::Value owner;
  owner["apiVersion"] = "argoproj.io/v1alpha1";
  owner["kind"] = about.resource == kube::kWorkflows ? "Workflow" : "CronWorkflow";
  owner["name"] = about.name;
  owner["uid"] = about_uid;
  text::Value involved = owner;
  involved["namespace"] = about.namespace_;
  text::Value event = kube::make_event(std::move(involved), what.warning, what.reason, what.message,
                                       "workflow-controller", now);
  text::Value& metadata = event["metadata"];
  metadata["name"] = put.key.name;
  metadata["namespace"] = about.namespace_;
  metadata["uid"] = put.uid;
  metadata["creationTimestamp"] = base::to_rfc3339(now);
  for (const auto& [key, value] : annotations) metadata["annotations"][key] = value;
  metadata["ownerReferences"] = text::List{std::move(owner)};
  put.json = text::to_json(event);
  put.owner_uids = {about_uid};
  return put;
}

base::Result<store::PutObject> count_event(kube::StoreApi& api, const store::Key& about,
                                           const std::string& about_uid,
                                           const engine::Recorded& what, base::Time now,
                                           sys::Random& random) {
  store::PutObject put = make_event_object(about, about_uid, what, now, random);
  // A uid in the name: the Events of one who had the same name before are going.
  std::string reason = what.reason;
  for (char& c : reason) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  put.key.name = fmt::format("{}.{}.{}", about.name, reason, about_uid.substr(0, 8));
  auto event = text::parse_json(put.json);
  if (!event) return base::fail(event.error());
  const auto stored = api.store().get(put.key);
  if (!stored && stored.error().code != base::Code::kNotFound) return base::fail(stored.error());
  put.precondition = stored ? store::Precondition::revision_is(stored->revision)
                            : store::Precondition::must_not_exist();
  if (stored) {
    auto before = text::parse_json(stored->json);
    if (!before) return base::fail(before.error());
    put.uid = stored->uid;
    (*event)["metadata"] = (*before)["metadata"];
    (*event)["firstTimestamp"] = (*before)["firstTimestamp"];
    const text::Value* count = before->find("count");
    (*event)["count"] = (count != nullptr ? count->to_int().value_or(1) : 1) + 1;
  } else {
    (*event)["metadata"]["name"] = put.key.name;
  }
  put.json = text::to_json(*event);
  return put;
}

}  // namespace control
