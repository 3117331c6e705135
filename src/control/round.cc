#include "control/round.h"

#include <algorithm>

#include "text/json.h"

namespace control {

namespace {

// Reads the workflow's object and puts the part's summary into it. kNotFound: it is gone.
base::Status prepare_object(kube::StoreApi& api, Part& part) {
  auto stored = api.store().get(part.run->key);
  if (!stored) return base::fail(stored.error());
  if (stored->uid != part.run->uid)
    return base::fail(base::Code::kNotFound, "the workflow has been replaced by another");
  auto object = text::parse_json(stored->json);
  if (!object) return base::fail(base::Code::kCorrupt, object.error().text);
  put_summary(*object, *part.summary, part.run->marks);
  store::PutObject put;
  put.key = part.run->key;
  put.uid = part.run->uid;
  put.json = text::to_json(*object);
  put.labels = labels_of(*object);
  put.owner_uids = owner_uids_of(*object);
  put.precondition = store::Precondition::revision_is(stored->revision);
  part.object = std::move(put);
  return {};
}

// Belongs to a workflow of the run's name that is no more.
bool is_leftover(const store::Object& pod, const Run& run) {
  const auto object = text::parse_json(pod.json);
  const text::Value* owners = object ? object->find_path("metadata", "ownerReferences") : nullptr;
  if (owners == nullptr || !owners->is_list()) return false;
  for (const text::Value& owner : owners->as_list())
    if (owner.string_at("kind") == "Workflow" && owner.string_at("name") == run.key.name &&
        owner.string_at("uid") != run.uid)
      return true;
  return false;
}

}  // namespace

store::Batch Round::make_batch() const {
  store::Batch batch;
  for (const Part& part : parts_) {
    if (part.object)
      batch.puts.push_back(*part.object);
    else
      batch.checks.push_back({part.run->key, store::Precondition::uid_is(part.run->uid)});
    batch.puts.insert(batch.puts.end(), part.pods.begin(), part.pods.end());
    batch.puts.insert(batch.puts.end(), part.events.begin(), part.events.end());
    batch.rows.insert(batch.rows.end(), part.rows.begin(), part.rows.end());
    batch.deleted_rows.insert(batch.deleted_rows.end(), part.deleted_rows.begin(),
                              part.deleted_rows.end());
  }
  return batch;
}

base::Result<RoundOutcome> Round::commit(kube::StoreApi& api) {
  RoundOutcome outcome;
  for (Part& part : parts_) {
    if (!part.summary || part.object) continue;
    auto prepared = prepare_object(api, part);
    // The commit's check finds out that the workflow is gone.
    if (!prepared && prepared.error().code == base::Code::kCorrupt) {
      outcome.gone.push_back(part.run);  // nothing can be done for it; the others go on
      continue;
    }
    if (!prepared && prepared.error().code != base::Code::kNotFound)
      return base::fail(prepared.error());
  }
  std::erase_if(parts_, [&](const Part& part) {
    return std::find(outcome.gone.begin(), outcome.gone.end(), part.run) != outcome.gone.end();
  });
  for (int attempt = 0;; ++attempt) {
    auto revision = api.store().commit(make_batch());
    if (revision) {
      outcome.revision = *revision;
      return outcome;
    }
    const base::Code code = revision.error().code;
    const bool can_resolve = code == base::Code::kConflict || code == base::Code::kNotFound ||
                             code == base::Code::kAlreadyExists;
    if (!can_resolve || attempt == 20) return base::fail(revision.error());
    if (auto resolved = resolve(api, outcome); !resolved) return base::fail(resolved.error());
    if (parts_.empty()) return outcome;
  }
}

base::Status Round::resolve(kube::StoreApi& api, RoundOutcome& outcome) {
  std::vector<Part> kept;
  for (Part& part : parts_) {
    auto stored = api.store().get(part.run->key);
    if (!stored && stored.error().code != base::Code::kNotFound) return base::fail(stored.error());
    if (!stored || stored->uid != part.run->uid) {
      outcome.gone.push_back(part.run);
      continue;
    }
    if (part.summary)
      if (auto prepared = prepare_object(api, part); !prepared) return prepared;
    std::vector<store::PutObject> pods;
    for (store::PutObject& pod : part.pods) {
      auto existing = api.store().get(pod.key);
      if (!existing)
        pods.push_back(std::move(pod));
      else if (existing->uid != pod.uid)
        outcome.taken_pods.push_back({part.run, pod.uid, is_leftover(*existing, *part.run)});
    }
    part.pods = std::move(pods);
    kept.push_back(std::move(part));
  }
  parts_ = std::move(kept);
  return {};
}

}  // namespace control
