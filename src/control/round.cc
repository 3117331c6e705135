#include "control/round.h"

#include "kube/workflow_rows.h"
#include "text/json.h"
#include "text/json_scan.h"

namespace control {

namespace {

// Reads the workflow's object again. kNotFound: it is gone.
base::Status read_object(kube::StoreApi& api, Run& run) {
  auto stored = api.store().get(run.key);
  if (!stored) return base::fail(stored.error());
  if (stored->uid != run.uid)
    return base::fail(base::Code::kNotFound, "the workflow has been replaced by another");
  run.object = std::make_shared<const store::Object>(std::move(*stored));
  run.value.reset();
  return {};
}

store::PutObject to_put(const Run& run, const text::Value& object, std::string json) {
  store::PutObject put;
  put.key = run.key;
  put.uid = run.uid;
  put.json = std::move(json);
  put.labels = labels_of(object);
  put.owner_uids = owner_uids_of(object);
  put.precondition = store::Precondition::revision_is(run.object->revision);
  return put;
}

// The same where the spec, which may be large, stays as it is: it is not parsed.
bool prepare_lightly(Part& part) {
  const Run& run = *part.run;
  const std::string& json = run.object->json;
  const std::string_view spec = text::json_member(json, "spec");
  if (run.marks.pinned || run.marks.suspended || !run.marks.shutdown.empty() ||
      !text::json_member(spec, "suspend").empty() || !text::json_member(spec, "shutdown").empty())
    return false;
  auto metadata = text::parse_json_member(json, "metadata");
  auto status = text::parse_json_member(json, "status");
  if (!metadata || !metadata->is_map() || !status) return false;
  text::Value changed;
  changed["metadata"] = *std::move(metadata);
  changed["status"] = *std::move(status);
  put_summary(changed, *part.summary, run.marks);
  part.object =
      to_put(run, changed,
             text::with_json_members(json, {{"metadata", text::to_json(*changed.find("metadata"))},
                                            {"status", text::to_json(*changed.find("status"))}}));
  return true;
}

// Puts the part's summary into the object as it was last seen; the commit finds out when somebody
// has written it since.
base::Status prepare_object(Part& part) {
  Run& run = *part.run;
  if (!run.value && prepare_lightly(part)) return {};
  if (!run.value) {
    auto parsed = text::parse_json(run.object->json);
    if (!parsed) return base::fail(base::Code::kCorrupt, parsed.error().text);
    run.value = std::move(*parsed);
  }
  text::Value object = std::move(*run.value);
  run.value.reset();
  put_summary(object, *part.summary, run.marks);
  part.object = to_put(run, object, text::to_json(object));
  return {};
}

// Belongs to a workflow of the run's name that is no more, or to a node that has gone since the
// workflow was taken up again.
bool is_leftover(const store::Object& pod, const Run& run) {
  if (uid_stem(pod.uid) == uid_stem(run.uid) && !run.node_of_pod(pod.uid)) return true;
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
  batch.is_answer = true;
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
  // Nothing can be done for a damaged one; the others go on.
  std::erase_if(parts_, [&](Part& part) {
    if (!part.summary || part.object || prepare_object(part)) return false;
    outcome_.gone.push_back(part.run);
    return true;
  });
  for (int attempt = 0;; ++attempt) {
    auto revision = api.store().commit(make_batch());
    if (revision) {
      outcome_.revision = *revision;
      return outcome_;
    }
    const base::Code code = revision.error().code;
    const bool can_resolve = code == base::Code::kConflict || code == base::Code::kNotFound ||
                             code == base::Code::kAlreadyExists;
    if (!can_resolve || attempt == 20) return base::fail(revision.error());
    if (auto resolved = resolve(api); !resolved) return base::fail(resolved.error());
    if (parts_.empty()) return outcome_;
  }
}

// What cannot be read now stays for the next call, with all that stands behind it.
base::Status Round::resolve(kube::StoreApi& api) {
  for (size_t i = 0; i < parts_.size();) {
    auto fate = resolve_part(api, parts_[i]);
    if (!fate) return base::fail(fate.error());
    if (*fate == Fate::kStays) {
      ++i;
      continue;
    }
    (*fate == Fate::kGone ? outcome_.gone : outcome_.superseded).push_back(parts_[i].run);
    parts_.erase(parts_.begin() + static_cast<ptrdiff_t>(i));
  }
  return {};
}

base::Result<Round::Fate> Round::resolve_part(kube::StoreApi& api, Part& part) {
  auto read = read_object(api, *part.run);
  if (!read && read.error().code != base::Code::kNotFound) return base::fail(read.error());
  if (!read) return Fate::kGone;
  const auto pod_base = kube::read_pod_base(api.store(), part.run->uid);
  if (!pod_base) return base::fail(pod_base.error());
  if (*pod_base != part.run->pod_base) return Fate::kSuperseded;
  if (part.summary && !prepare_object(part)) return Fate::kGone;
  std::vector<store::Key> keys;
  for (const store::PutObject& pod : part.pods) keys.push_back(pod.key);
  auto existing = api.store().get_many(keys);
  if (!existing) return base::fail(existing.error());
  std::vector<store::PutObject> pods;
  for (size_t i = 0; i < part.pods.size(); ++i) {
    const auto& other = (*existing)[i];
    if (!other)
      pods.push_back(std::move(part.pods[i]));
    else if (other->uid != part.pods[i].uid)
      outcome_.taken_pods.push_back({part.run, part.pods[i].uid, is_leftover(*other, *part.run)});
  }
  part.pods = std::move(pods);
  return Fate::kStays;
}

}  // namespace control
