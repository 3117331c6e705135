#include "server/operation_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "kube/pod_contract.h"
#include "kube/workflow_rows.h"

namespace server {
namespace {

constexpr int kAppliedWithinMs = 15'000;

}  // namespace

bool OperationLog::is_completed(const store::Object& workflow) {
  return store::find_label(workflow.labels, kube::kCompletedLabel) == "true";
}

base::Status OperationLog::check_unfinished(const store::Object& workflow,
                                            model::Operation::Kind kind) {
  if (!is_completed(workflow)) return {};
  if (kind == model::Operation::Kind::kStop || kind == model::Operation::Kind::kTerminate)
    return base::fail(
        base::Code::kInvalid,
        fmt::format("cannot shutdown a completed workflow: workflow: \"{}\", namespace: \"{}\"",
                    workflow.key.name, workflow.key.namespace_));
  return base::fail(base::Code::kInvalid,
                    fmt::format("cannot {} completed workflows", model::to_string(kind)));
}

// Waits until control has taken the row away, or the workflow is gone. What has ended meanwhile
// takes no operations any more: then the row goes, too.
base::Status OperationLog::wait_applied(store::Watch& watch, const store::Object& workflow,
                                        model::Operation::Kind kind, uint64_t key,
                                        const Call& call) {
  const auto is_pending = [&] {
    bool is_there = false;
    (void)api_.store().rows(workflow.uid, kube::kOperations, key,
                            [&](uint64_t found, std::string_view) {
                              is_there = found == key;
                              return false;
                            });
    return is_there;
  };
  for (int waited_ms = 0; waited_ms < kAppliedWithinMs; waited_ms += 100) {
    if (!is_pending() || call.out.is_gone()) return {};
    const auto now = api_.store().get(workflow.key);
    if (now && now->uid == workflow.uid && is_completed(*now) && is_pending()) {
      store::Batch batch;
      batch.deleted_rows.push_back({workflow.uid, std::string(kube::kOperations), key});
      if (auto done = api_.store().commit(std::move(batch)); !done) return base::fail(done.error());
      return check_unfinished(*now, kind);
    }
    (void)watch.next(100, nullptr);
  }
  return base::fail(base::Code::kUnavailable,
                    "the operation is recorded and will be applied, but has not been yet");
}

// What control has answered, when it did not do it.
base::Status OperationLog::take_refusal(const std::string& uid, uint64_t key) {
  std::string text;
  auto read =
      api_.store().rows(uid, kube::kRefusals, key, [&](uint64_t found, std::string_view bytes) {
        if (found == key) text = bytes;
        return false;
      });
  if (!read || text.empty()) return read;
  store::Batch batch;
  batch.deleted_rows.push_back({uid, std::string(kube::kRefusals), key});
  if (auto done = api_.store().commit(std::move(batch)); !done) return base::fail(done.error());
  return base::fail(base::Code::kInvalid, text);
}

// Keys grow with time and never repeat, so that operations are applied in their order.
uint64_t OperationLog::next_key() {
  uint64_t key = static_cast<uint64_t>(clock_.now().ns), before = last_key_;
  do key = std::max(key, before + 1);
  while (!last_key_.compare_exchange_weak(before, key));
  return key;
}

base::Status OperationLog::apply(const store::Object& workflow,
                                 const std::vector<model::Operation>& operations,
                                 std::optional<store::PutObject> change, const Call& call) {
  auto watch = api_.store().watch(workflow.key.resource, workflow.key.namespace_, 0);
  if (!watch) return base::fail(watch.error());
  store::Batch batch;
  batch.checks.push_back({workflow.key, store::Precondition::uid_is(workflow.uid)});
  if (change) batch.puts.push_back(std::move(*change));
  std::vector<uint64_t> keys;
  for (const model::Operation& operation : operations) {
    keys.push_back(next_key());
    batch.rows.push_back(
        {workflow.uid, std::string(kube::kOperations), keys.back(), model::to_json(operation)});
  }
  if (auto committed = api_.store().commit(std::move(batch)); !committed)
    return base::fail(committed.error());
  for (size_t i = 0; i < keys.size(); ++i)
    if (auto done = wait_applied(**watch, workflow, operations[i].kind, keys[i], call); !done)
      return done;
  base::Status first;
  for (const uint64_t key : keys)
    if (auto refused = take_refusal(workflow.uid, key); !refused && first) first = refused;
  return first;
}

}  // namespace server
