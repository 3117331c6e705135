#include "server/ended_workflow.h"

#include <fmt/format.h>

#include <charconv>
#include <unordered_set>

#include "engine/row.h"
#include "kube/kinds.h"
#include "kube/metadata.h"
#include "kube/pod_contract.h"
#include "kube/workflow_rows.h"
#include "model/again.h"
#include "model/merge.h"
#include "server/workflow_routes.h"
#include "text/json.h"

namespace server {
namespace {

using text::Value;

constexpr std::string_view kArchivingLabel = "workflows.argoproj.io/workflow-archiving-status";
constexpr size_t kSeedSize = 8;

void erase(Value* map, std::string_view key) {
  if (map != nullptr && map->is_map()) map->as_map().erase(key);
}

bool is_on(const Value* flag) { return flag != nullptr && flag->is_bool() && flag->as_bool(); }

Value uncompleted() {
  Value condition;
  condition["type"] = "Completed";
  condition["status"] = "False";
  return Value(text::List{std::move(condition)});
}

void reopen(Value& object, const Parameters& parameters, base::Time now) {
  Value& labels = object["metadata"]["labels"];
  erase(&labels, kArchivingLabel);
  labels[kube::kCompletedLabel] = "false";
  labels[kube::kPhaseLabel] = "Running";
  Value& status = object["status"];
  status["phase"] = "Running";
  status["startedAt"] = base::to_rfc3339(now);
  status["finishedAt"] = Value();
  status["conditions"] = uncompleted();
  for (const std::string_view gone : {"message", "persistentVolumeClaims"}) erase(&status, gone);
  Value& spec = object["spec"];
  model::clear_ending(spec);
  for (const auto& [name, value] : parameters) model::set_argument(spec, name, value);
  Value* stored = status.find("storedWorkflowTemplateSpec");
  if (stored == nullptr || !stored->is_map()) return;
  model::clear_ending(*stored);
  for (const auto& [name, value] : parameters) model::set_argument(*stored, name, value);
}

void put_engine_rows(store::Batch& batch, const std::string& uid, const std::string& seed,
                     const engine::Rerun& rerun) {
  const std::string collection(kube::kEngine);
  if (rerun.summary.empty())  // it begins anew
    batch.deleted_rows.push_back({uid, collection, kube::kSeedAndSummary});
  else
    batch.rows.push_back({uid, collection, kube::kSeedAndSummary, seed + rerun.summary});
}

// Nobody could apply them any more, and now somebody would.
base::Status drop_operations(kube::StoreApi& api, const std::string& uid, store::Batch& batch) {
  return api.store().rows(uid, kube::kOperations, 0, [&](uint64_t key, std::string_view) {
    batch.deleted_rows.push_back({uid, std::string(kube::kOperations), key});
    return true;
  });
}

// The pods of the nodes that go: those to come have the same names. A pod's number tells its node
// in the last run only; what was kept from runs before it is known by its name.
base::Status remove_pods(kube::StoreApi& api, const EndedWorkflow& ended,
                         const engine::Rerun& rerun, store::Batch& batch) {
  std::vector<bool> is_removed(ended.nodes.size(), false);
  std::unordered_set<std::string> names;
  for (const engine::NodeId node : rerun.removed) {
    is_removed[node.value] = true;
    const auto row = engine::read_row(ended.nodes[node.value]);
    if (!row) return base::fail(row.error());
    names.emplace(row->name);
  }
  store::ListQuery query;
  query.resource = "pods";
  query.namespace_ = ended.object.key.namespace_;
  query.owner_uid = ended.object.uid;
  auto pods = api.store().list(query);
  if (!pods) return base::fail(pods.error());
  for (const store::Object& pod : pods->objects) {
    const auto number = kube::number_of_pod_uid(pod.uid);
    if (!number || kube::uid_stem(pod.uid) != kube::uid_stem(ended.object.uid)) continue;
    bool goes = false;
    if (*number >= ended.pod_base && *number - ended.pod_base < is_removed.size()) {
      goes = is_removed[*number - ended.pod_base];
    } else {
      const auto object = text::parse_json(pod.json);
      goes = !object || names.contains(std::string(
                            object->string_at("metadata", "annotations", kube::kNodeName)));
    }
    if (!goes) continue;
    auto removed = api.prepare_remove({&kube::kind_of("pods"), pod.key.namespace_, pod.key.name},
                                      pod, {}, batch);
    if (!removed) return removed;
  }
  return {};
}

}  // namespace

base::Result<EndedWorkflow> read_ended(kube::StoreApi& api, const std::string& namespace_,
                                       const std::string& name, std::string_view verb) {
  auto object = find_workflow(api, namespace_, name);
  if (!object) return base::fail(object.error());
  auto value = kube::StoreApi::to_value(*object);
  if (!value) return base::fail(value.error());
  EndedWorkflow out;
  const std::string_view phase = value->string_at("status", "phase");
  if (!verb.empty() && phase != "Succeeded" && phase != "Failed" && phase != "Error")
    return base::fail(base::Code::kInvalid,
                      fmt::format("Cannot {} a workflow in phase {}", verb, phase));
  auto read = api.store().rows(object->uid, kube::kNodes, 0, [&](uint64_t, std::string_view bytes) {
    out.nodes.emplace_back(bytes);
    return true;
  });
  if (!read) return base::fail(read.error());
  out.seed.assign(kSeedSize, '\0');
  read = api.store().rows(object->uid, kube::kEngine, 0, [&](uint64_t key, std::string_view bytes) {
    if (key == kube::kSeedAndSummary && bytes.size() >= kSeedSize)
      out.seed = bytes.substr(0, kSeedSize);
    if (key == kube::kPodBase)
      std::from_chars(bytes.data(), bytes.data() + bytes.size(), out.pod_base);
    return true;
  });
  if (!read) return base::fail(read.error());
  out.object = std::move(*object);
  out.value = std::move(*value);
  return out;
}

base::Result<engine::Rerun> plan_again(const EndedWorkflow& ended, engine::RerunRequest request) {
  request.suspended = is_on(ended.value.find_path("spec", "suspend"));
  if (const Value* outputs = ended.value.find_path("status", "outputs"))
    request.global_outputs = *outputs;
  const std::vector<std::string_view> rows(ended.nodes.begin(), ended.nodes.end());
  return engine::plan_rerun(rows, request);
}

base::Status take_up_again(kube::StoreApi& api, const EndedWorkflow& ended,
                           const engine::Rerun& rerun, const Parameters& parameters,
                           base::Time now) {
  const std::string& uid = ended.object.uid;
  Value object = ended.value;
  erase(object.find("metadata"), "resourceVersion");
  reopen(object, parameters, now);
  store::Batch batch;
  store::PutObject put;
  put.key = ended.object.key;
  put.uid = uid;
  put.labels = kube::labels_of(object["metadata"]);
  for (kube::OwnerReference& owner : kube::owners_of(object["metadata"]))
    put.owner_uids.push_back(std::move(owner.uid));
  put.precondition = store::Precondition::revision_is(ended.object.revision);
  put.json = text::to_json(object);
  batch.puts.push_back(std::move(put));
  for (size_t i = 0; i < rerun.rows.size(); ++i)
    if (rerun.rows[i] != ended.nodes[i])
      batch.rows.push_back({uid, std::string(kube::kNodes), i, rerun.rows[i]});
  for (size_t i = rerun.rows.size(); i < ended.nodes.size(); ++i)
    batch.deleted_rows.push_back({uid, std::string(kube::kNodes), i});
  put_engine_rows(batch, uid, ended.seed, rerun);
  if (auto dropped = drop_operations(api, uid, batch); !dropped) return dropped;
  const size_t next_base = ended.pod_base + ended.nodes.size();
  batch.rows.push_back(
      {uid, std::string(kube::kEngine), kube::kPodBase, std::to_string(next_base)});
  if (auto removed = remove_pods(api, ended, rerun, batch); !removed) return removed;
  auto done = api.store().commit(std::move(batch));
  if (!done) return base::fail(done.error());
  return {};
}

base::Result<store::Object> resubmit_memoized(kube::StoreApi& api, const EndedWorkflow& ended,
                                              const Parameters& parameters, base::Time now) {
  const std::string_view phase = ended.value.string_at("status", "phase");
  if (phase != "Failed" && phase != "Error")
    return base::fail(base::Code::kInvalid,
                      "workflow must be Failed/Error to resubmit in memoized mode");
  Value workflow = model::resubmitted(ended.value, parameters);
  const kube::Kind& kind = kube::kind_of("workflows");
  auto put = api.prepare_create(kind, ended.object.key.namespace_, std::move(workflow));
  if (!put) return base::fail(put.error());
  engine::RerunRequest request;
  request.now = now;
  request.new_name = put->key.name;
  request.new_arguments = !parameters.empty();
  auto rerun = plan_again(ended, request);
  if (!rerun) return base::fail(rerun.error());
  auto object = text::parse_json(put->json);
  if (!object) return base::fail(object.error());
  reopen(*object, {}, now);
  for (const std::string_view kept : {"storedTemplates", "storedWorkflowTemplateSpec", "outputs"})
    if (const Value* member = ended.value.find_path("status", kept))
      (*object)["status"][kept] = *member;
  if (Value* stored = (*object)["status"].find("storedWorkflowTemplateSpec")) {
    model::clear_ending(*stored);
    for (const auto& [name, value] : parameters) model::set_argument(*stored, name, value);
  }
  put->json = text::to_json(*object);
  put->labels = kube::labels_of((*object)["metadata"]);
  const store::Key key = put->key;
  const std::string uid = put->uid;
  store::Batch batch;
  batch.puts.push_back(std::move(*put));
  for (size_t i = 0; i < rerun->rows.size(); ++i)
    batch.rows.push_back({uid, std::string(kube::kNodes), i, rerun->rows[i]});
  put_engine_rows(batch, uid, std::string(kSeedSize, '\0'), *rerun);
  if (auto done = api.commit(std::move(batch)); !done) return base::fail(done.error());
  return api.store().get(key);
}

}  // namespace server
