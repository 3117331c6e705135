#include "control/pod_stopper.h"

#include <algorithm>
#include <span>

#include "kube/pod_contract.h"
#include "text/json.h"

namespace control {
namespace {

constexpr size_t kPodsPerBatch = 256;

// Nothing when the pod needs no change.
std::optional<store::PutObject> marked(const store::Object& pod, const StopWish& wish) {
  if (pod.uid != wish.run->pod_uid(wish.node)) return {};
  auto object = text::parse_json(pod.json);
  if (!object) return {};
  const std::string_view phase = object->string_at("status", "phase");
  if (phase == "Succeeded" || phase == "Failed") return {};
  const std::string_view had = object->string_at("metadata", "annotations", kube::kStop);
  if (had == "KILL" || (had == "TERM" && !wish.kill)) return {};
  text::Value& annotations = (*object)["metadata"]["annotations"];
  annotations[kube::kStop] = wish.kill ? "KILL" : "TERM";
  store::PutObject put;
  put.key = pod.key;
  put.uid = pod.uid;
  put.json = text::to_json(*object);
  put.labels = pod.labels;
  put.owner_uids = owner_uids_of(*object);
  put.precondition = store::Precondition::revision_is(pod.revision);
  return put;
}

base::Status stop_some(kube::StoreApi& api, std::span<const StopWish> wishes) {
  std::vector<store::Key> keys;
  for (const StopWish& wish : wishes)
    keys.push_back({"pods", wish.run->key.namespace_, wish.run->state->pod_name(wish.node)});
  for (int attempt = 0;; ++attempt) {
    auto pods = api.store().get_many(keys);
    if (!pods) return base::fail(pods.error());
    store::Batch batch;
    for (size_t i = 0; i < wishes.size(); ++i)
      if ((*pods)[i])
        if (auto put = marked(*(*pods)[i], wishes[i])) batch.puts.push_back(std::move(*put));
    if (batch.puts.empty()) return {};
    auto done = api.store().commit(std::move(batch));
    if (done) return {};
    // The agent wrote one of them meanwhile: read again.
    const bool again =
        done.error().code == base::Code::kConflict || done.error().code == base::Code::kNotFound;
    if (!again || attempt == 50) return base::fail(done.error());
  }
}

}  // namespace

base::Status stop_pods(kube::StoreApi& api, const std::vector<StopWish>& wishes) {
  for (size_t from = 0; from < wishes.size(); from += kPodsPerBatch) {
    const size_t count = std::min(kPodsPerBatch, wishes.size() - from);
    if (auto done = stop_some(api, std::span(wishes).subspan(from, count)); !done) return done;
  }
  return {};
}

}  // namespace control
