#include "server/operation_routes.h"

#include <fmt/format.h>

#include <atomic>
#include <memory>

#include "kube/kinds.h"
#include "kube/pod_contract.h"
#include "kube/workflow_rows.h"
#include "model/operation.h"
#include "server/node_selector.h"
#include "server/rerun_routes.h"
#include "server/workflow_routes.h"
#include "server/workflow_view.h"
#include "text/json.h"

namespace server {
namespace {

using model::Operation;
using text::Value;

using kube::kOperations;
constexpr int kAppliedWithinMs = 15'000;

}  // namespace

base::Result<Operation> read_set_values(const Value& body) {
  Operation out;
  out.kind = Operation::Kind::kSet;
  if (const std::string_view message = body.string_at("message"); !message.empty())
    out.message = std::string(message);
  out.phase = body.string_at("phase");
  if (!out.phase.empty() && out.phase != "Succeeded" && out.phase != "Failed" &&
      out.phase != "Error")
    return base::fail(base::Code::kInvalid, out.phase + " is an invalid phase to set to");
  if (const std::string_view parameters = body.string_at("outputParameters"); !parameters.empty()) {
    auto map = text::parse_json(parameters);
    if (!map || !map->is_map())
      return base::fail(base::Code::kInvalid,
                        "unable to parse output parameter set request: not a JSON object");
    for (const text::Member& member : map->as_map())
      out.output_parameters.emplace_back(member.key, member.value.to_any_string());
  }
  return out;
}

namespace {

base::Result<Operation> read_operation(kube::StoreApi& api, const store::Object& workflow,
                                       Operation::Kind kind, const Value& body) {
  auto values = read_set_values(body);
  if (!values) return values;
  Operation out = std::move(*values);
  out.kind = kind;
  const std::string_view selector = body.string_at("nodeFieldSelector");
  if (selector.empty()) {
    if (kind == Operation::Kind::kSet)
      return base::fail(base::Code::kInvalid,
                        "'set' is of nodes: use a node field selector to target them");
    return out;
  }
  if (kind == Operation::Kind::kTerminate)
    return base::fail(base::Code::kInvalid,
                      "terminate is of whole workflows: a nodeFieldSelector chooses nodes of "
                      "suspend, resume, stop and set only");
  if (kind == Operation::Kind::kSuspend || kind == Operation::Kind::kResume)
    out.selector = selector;
  if (kind == Operation::Kind::kSuspend) {
    if (auto checked = check_hold(selector); !checked) return base::fail(checked.error());
    return out;
  }
  std::vector<std::string> names;
  for (const auto& [name, value] : out.output_parameters) names.push_back(name);
  const auto find = kind == Operation::Kind::kSet      ? find_settable
                    : kind == Operation::Kind::kResume ? find_resumable
                                                       : find_suspended;
  auto ids = find(api, workflow.uid, selector, names);
  if (!ids) return base::fail(ids.error());
  out.node_ids = std::move(*ids);
  return out;
}

bool is_completed(const store::Object& workflow) {
  return store::find_label(workflow.labels, kube::kCompletedLabel) == "true";
}

base::Status check_unfinished(const store::Object& workflow, Operation::Kind kind) {
  if (!is_completed(workflow)) return {};
  if (kind == Operation::Kind::kStop || kind == Operation::Kind::kTerminate)
    return base::fail(
        base::Code::kInvalid,
        fmt::format("cannot shutdown a completed workflow: workflow: \"{}\", namespace: \"{}\"",
                    workflow.key.name, workflow.key.namespace_));
  return base::fail(base::Code::kInvalid,
                    fmt::format("cannot {} completed workflows", model::to_string(kind)));
}

// Waits until control has taken the row away, or the workflow is gone. What has ended meanwhile
// takes no operations any more: then the row goes, too.
base::Status wait_applied(kube::StoreApi& api, store::Watch& watch, const store::Object& workflow,
                          Operation::Kind kind, uint64_t key, const Call& call) {
  const auto is_pending = [&] {
    bool is_there = false;
    (void)api.store().rows(workflow.uid, kOperations, key, [&](uint64_t found, std::string_view) {
      is_there = found == key;
      return false;
    });
    return is_there;
  };
  for (int waited_ms = 0; waited_ms < kAppliedWithinMs; waited_ms += 100) {
    if (!is_pending() || call.out.is_gone()) return {};
    const auto now = api.store().get(workflow.key);
    if (now && now->uid == workflow.uid && is_completed(*now) && is_pending()) {
      store::Batch batch;
      batch.deleted_rows.push_back({workflow.uid, std::string(kOperations), key});
      if (auto done = api.store().commit(std::move(batch)); !done) return base::fail(done.error());
      return check_unfinished(*now, kind);
    }
    (void)watch.next(100, nullptr);
  }
  return base::fail(base::Code::kUnavailable,
                    "the operation is recorded and will be applied, but has not been yet");
}

// What control has answered, when it did not do it.
base::Status take_refusal(kube::StoreApi& api, const std::string& uid, uint64_t key) {
  std::string text;
  auto read =
      api.store().rows(uid, kube::kRefusals, key, [&](uint64_t found, std::string_view bytes) {
        if (found == key) text = bytes;
        return false;
      });
  if (!read || text.empty()) return read;
  store::Batch batch;
  batch.deleted_rows.push_back({uid, std::string(kube::kRefusals), key});
  if (auto done = api.store().commit(std::move(batch)); !done) return base::fail(done.error());
  return base::fail(base::Code::kInvalid, text);
}

void operate(kube::StoreApi& api, Operation::Kind kind, uint64_t key, base::Time now, Call& call) {
  auto body = call.body();
  if (!body) return call.fail(body.error());
  auto workflow = find_workflow(api, call.args[0], call.args[1]);
  if (!workflow) return call.fail(workflow.error());
  if (kind == Operation::Kind::kSet && is_completed(*workflow))
    return set_ended(api, call.args[0], workflow->key.name, *body, now, call);
  if (auto checked = check_unfinished(*workflow, kind); !checked) return call.fail(checked.error());
  auto operation = read_operation(api, *workflow, kind, *body);
  if (!operation) return call.fail(operation.error());
  auto watch = api.store().watch(workflow->key.resource, workflow->key.namespace_, 0);
  if (!watch) return call.fail(watch.error());
  store::Batch batch;
  batch.checks.push_back({workflow->key, store::Precondition::uid_is(workflow->uid)});
  batch.rows.push_back({workflow->uid, std::string(kOperations), key, model::to_json(*operation)});
  if (auto committed = api.store().commit(std::move(batch)); !committed)
    return call.fail(committed.error());
  if (auto done = wait_applied(api, **watch, *workflow, kind, key, call); !done)
    return call.fail(done.error());
  if (auto refused = take_refusal(api, workflow->uid, key); !refused)
    return call.fail(refused.error());
  auto applied = api.store().get(workflow->key);
  if (!applied) return call.fail(applied.error());
  answer_workflow(api, *applied, FieldFilter(call.query("fields")), call);
}

}  // namespace

std::vector<Route> operation_routes(kube::StoreApi& api, const sys::Clock& clock) {
  constexpr std::pair<std::string_view, Operation::Kind> kRoutes[] = {
      {"/api/v1/workflows/{namespace}/{name}/suspend", Operation::Kind::kSuspend},
      {"/api/v1/workflows/{namespace}/{name}/resume", Operation::Kind::kResume},
      {"/api/v1/workflows/{namespace}/{name}/stop", Operation::Kind::kStop},
      {"/api/v1/workflows/{namespace}/{name}/terminate", Operation::Kind::kTerminate},
      {"/api/v1/workflows/{namespace}/{name}/set", Operation::Kind::kSet},
  };
  // Keys grow with time and never repeat, so that operations are applied in their order.
  auto last = std::make_shared<std::atomic<uint64_t>>(0);
  std::vector<Route> rows;
  for (const auto& [pattern, kind] : kRoutes)
    rows.push_back({"PUT", std::string(pattern), [&api, &clock, last, kind = kind](Call& call) {
                      uint64_t key = static_cast<uint64_t>(clock.now().ns), before = *last;
                      do key = std::max(key, before + 1);
                      while (!last->compare_exchange_weak(before, key));
                      operate(api, kind, key, clock.now(), call);
                    }});
  return rows;
}

}  // namespace server
