#include "control/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <unordered_set>

#include "control/executed_spec.h"
#include "control/pod_status.h"
#include "control/telling.h"
#include "kube/pod_contract.h"
#include "text/json.h"

namespace control {
namespace {

struct Rows {
  std::vector<std::string> nodes;
  std::string summary, seed;
  uint32_t pod_base = 0;
};

base::Result<Rows> read_rows(kube::StoreApi& api, const std::string& uid) {
  Rows out;
  auto read = api.store().rows(uid, kEngine, 0, [&](uint64_t key, std::string_view bytes) {
    if (key == kSeedAndSummary) {
      const size_t size = std::min(bytes.size(), sizeof(uint64_t));
      out.seed = bytes.substr(0, size);
      out.summary = bytes.substr(size);
    } else if (key == kube::kPodBase) {
      std::from_chars(bytes.data(), bytes.data() + bytes.size(), out.pod_base);
    } else {
      (key == 0 ? out.summary : out.seed) = bytes;
    }
    return true;
  });
  if (!read) return base::fail(read.error());
  if (out.seed.empty()) return out;
  bool dense = true;
  read = api.store().rows(uid, kNodes, 0, [&](uint64_t key, std::string_view bytes) {
    dense = dense && key == out.nodes.size();
    out.nodes.emplace_back(bytes);
    return dense;
  });
  if (!read) return base::fail(read.error());
  if (!dense) return base::fail(base::Code::kCorrupt, "a row of the workflow's nodes is missing");
  return out;
}

// What control itself looks at. `executed`: the workflow with the spec that is run.
void take_manners(Run& run, const text::Value& workflow, const text::Value& executed) {
  if (const text::Value* priority = executed.find_path("spec", "priority"))
    run.priority = priority->to_int().value_or(0);
  run.template_name = workflow.string_at("spec", "workflowTemplateRef", "name");
  const text::Value* scope = workflow.find_path("spec", "workflowTemplateRef", "clusterScope");
  run.is_cluster_template = scope != nullptr && scope->is_bool() && scope->as_bool();
}

// So that they stay bounded whatever is restarted.
base::Status count_events(kube::StoreApi& api, Run& run) {
  store::ListQuery query;
  query.resource = "events";
  query.namespace_ = run.key.namespace_;
  query.owner_uid = run.uid;
  query.limit = kEventsPerWorkflow;
  auto page = api.store().list(query);
  if (!page) return base::fail(page.error());
  run.events_recorded = page->objects.size();
  return {};
}

std::shared_ptr<Run> run_of(const store::Object& object, base::Time now) {
  auto run = std::make_shared<Run>();
  run->key = object.key;
  run->uid = object.uid;
  run->seen_revision = object.revision;
  run->created_revision = object.created_revision;
  run->now = now;
  return run;
}

}  // namespace

base::Result<std::shared_ptr<Run>> load_run(kube::StoreApi& api, sys::Random& random,
                                            std::shared_ptr<const store::Object> object,
                                            bool is_new, base::Time now, Metrics* out,
                                            ExecutedSpecs* specs,
                                            const std::string& transient_pattern) {
  const std::shared_ptr<Run> run = run_of(*object, now);
  auto value = text::parse_json(object->json);
  run->object = std::move(object);
  if (!value) {
    run->refusal = failed_summary(engine::Phase::kError, "the stored object is damaged", now);
    return run;
  }
  auto executed = specs != nullptr ? specs->execute(api, *value, run->object->json, now)
                                   : execute_spec(api, *value, now, transient_pattern);
  if (!executed) return base::fail(executed.error());
  run->marks.pinned = std::move(executed->pinned);
  if (executed->refusal) {
    run->refusal = std::move(executed->refusal);
    return run;
  }
  const std::shared_ptr<const engine::Plan> plan = std::move(executed->plan);
  auto rows = is_new ? Rows() : read_rows(api, run->uid);
  if (!rows && rows.error().code != base::Code::kCorrupt) return base::fail(rows.error());
  run->pods = std::make_unique<PodBuilder>(executed->object ? *executed->object : *value);
  take_manners(*run, *value, executed->object ? *executed->object : *value);
  run->metrics =
      CustomMetrics::make(executed->object ? *executed->object : *value,
                          engine::stored_templates(*plan), engine::inline_metrics(*plan));
  if (rows) run->pod_base = rows->pod_base;
  if (rows && rows->seed.empty()) {
    run->is_fresh = true;
    run->seed = random.next();
    run->state = std::make_unique<engine::State>(plan, run->seed);
    run->events.emplace_back(engine::Started{});
    // Waits already.
    if (value->string_at("status", "phase") == "Pending")
      run->phase_written = engine::Phase::kPending;
    run->value = std::move(*value);
    return run;
  }
  base::Result<std::unique_ptr<engine::State>> state = base::fail(base::Code::kCorrupt, "");
  if (rows && rows->seed.size() == sizeof(uint64_t)) {
    memcpy(&run->seed, rows->seed.data(), sizeof run->seed);
    if (run->seed == 0) run->seed = random.next();
    const std::vector<std::string_view> views(rows->nodes.begin(), rows->nodes.end());
    state = engine::State::restore(plan, run->seed, rows->summary, views);
    if (run->metrics && out != nullptr)
      for (const std::string_view row : views) run->metrics->restore_node(row, now, *out);
  } else if (!rows) {
    state = base::fail(rows.error());
  }
  if (!state) {
    run->refusal = failed_summary(engine::Phase::kError,
                                  "cannot be taken up again: " + state.error().text, now);
    return run;
  }
  run->state = std::move(*state);
  run->wake_at = run->state->next_wake();
  const engine::Summary summary = run->state->summary();
  run->phase_written = summary.phase;
  run->marks.suspended = summary.suspended;
  run->marks.shutdown = value->string_at("spec", "shutdown");
  if (auto told = reconcile_pods(api, *run); !told) return base::fail(told.error());
  if (auto counted = count_events(api, *run); !counted) return base::fail(counted.error());
  run->events.emplace_back(engine::Ticked{});
  return run;
}

base::Status reconcile_pods(kube::StoreApi& api, Run& run) {
  std::unordered_set<uint32_t> missing;
  const std::vector<engine::NodeId> open = run.state->open_pods();
  for (const engine::NodeId node : open) missing.insert(node.value);
  run.open_pods = 0;
  run.is_open.clear();
  run.unwanted.clear();
  run.wanted_pods.clear();
  store::ListQuery query;
  query.resource = "pods";
  query.namespace_ = run.key.namespace_;
  query.owner_uid = run.uid;
  query.limit = 500;
  do {
    if (missing.empty()) return {};
    auto page = api.store().list(query);
    if (!page) return base::fail(page.error());
    for (const store::Object& pod : page->objects) {
      const auto node = run.node_of_pod(pod.uid);
      if (!node || missing.erase(node->value) == 0) continue;
      run.open_pod(*node);  // until its end, perhaps the very event below, is applied
      auto event = read_pod_status(pod.json, *node);
      if (event && *event) run.events.push_back(std::move(**event));
    }
    query.continue_token = page->continue_token;
  } while (!query.continue_token.empty());
  // Rows are committed before pods that are held back. A pod that was deleted just before a crash
  // is made again under its old uid, which the agent starts at most once.
  for (const engine::NodeId node : open)
    if (missing.contains(node.value)) run.wanted_pods.push_back(node);
  return {};
}

}  // namespace control
