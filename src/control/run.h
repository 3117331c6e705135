// run.h — one unfinished workflow as control holds it. Internal to control/.
#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/time.h"
#include "control/custom_metrics.h"
#include "control/pod_builder.h"
#include "control/workflow_object.h"
#include "engine/state.h"
#include "kube/store_api.h"
#include "kube/workflow_rows.h"

namespace control {

using kube::kEngine, kube::kNodes, kube::kOperations, kube::kRefusals, kube::kSeedAndSummary,
    kube::uid_stem;

struct Run {
  store::Key key;
  std::string uid;
  // The stored object as control last read or wrote it, perhaps no longer the latest; `value`: the
  // same parsed, until the first round has used it.
  std::shared_ptr<const store::Object> object;
  std::optional<text::Value> value;
  uint64_t seed = 0;
  uint32_t pod_base = 0;                 // see kube/workflow_rows.h
  std::unique_ptr<engine::State> state;  // null when the workflow cannot be run: `refusal` says why
  std::optional<engine::Summary> refusal;
  std::unique_ptr<PodBuilder> pods;
  WorkflowMarks marks;

  std::vector<engine::Ask> unanswered;                     // to be asked, or asked again
  std::vector<engine::Event> events;                       // facts for the next round
  std::vector<uint64_t> operations;                        // keys of the operation rows behind them
  std::vector<std::pair<uint64_t, std::string>> refusals;  // of such, by their keys
  std::deque<engine::NodeId> wanted_pods;                  // wished for, and held back for now
  std::unordered_set<uint32_t> unwanted;     // of these, those that were stopped before they began
  std::vector<engine::NodeId> blocked_pods;  // wait until a leftover pod of their name is gone
  base::Time retry_at;                       // when blocked_pods are tried again; unset: none
  std::vector<bool> is_open;                 // by node: its pod was created and has not ended
  size_t open_pods = 0;                      // how many
  base::Time now;                            // of the last batch: time never goes back
  base::Time wake_at;                        // the engine's wish; unset: none
  base::Time status_due;                     // a summary waits to be written; unset: none
  base::Time status_written;
  engine::Phase phase_written = engine::Phase::kNone;
  bool is_fresh = false;       // nothing of it is written yet
  uint64_t seen_revision = 0;  // of the object, as control last wrote or read it
  size_t events_recorded = 0;
  bool is_queued = false, is_starved = false;
  int64_t priority = 0;
  uint64_t created_revision = 0;
  bool waits_to_start = false;                              // too many others run: see StartQueue
  std::unique_ptr<CustomMetrics> metrics;                   // null: it publishes none
  std::unordered_map<uint32_t, engine::Phase> told_phases;  // of nodes, by events
  engine::Phase phase_told = engine::Phase::kNone;          // by metrics
  std::string template_name;                                // of its workflowTemplateRef
  bool is_cluster_template = false;

  std::string pod_uid(engine::NodeId node) const {
    return kube::pod_uid(uid, pod_base + node.value);
  }
  // Nothing for pods of others, and of nodes that are no more.
  std::optional<engine::NodeId> node_of_pod(std::string_view pod_uid) const {
    const auto number = kube::number_of_pod_uid(pod_uid);
    if (!number || *number < pod_base || uid_stem(pod_uid) != uid_stem(uid)) return {};
    return engine::NodeId{*number - pod_base};
  }

  void open_pod(engine::NodeId node) {
    if (is_open.size() <= node.value) is_open.resize(state->node_count());
    if (is_open[node.value]) return;
    is_open[node.value] = true;
    ++open_pods;
  }
  bool has_open_pod(engine::NodeId node) const {
    return node.value < is_open.size() && is_open[node.value];
  }
  void close_pod(engine::NodeId node) {
    if (!has_open_pod(node)) return;
    is_open[node.value] = false;
    --open_pods;
  }
};

// What one workflow puts into a round's batch.
struct Part {
  std::shared_ptr<Run> run;
  std::vector<store::PutRow> rows;
  std::vector<store::DeleteRow> deleted_rows;
  std::vector<store::PutObject> pods, events;
  std::optional<engine::Summary> summary;  // to be put into the object
  std::optional<store::PutObject> object;  // with it in
  bool finished = false;

  bool empty() const {
    return rows.empty() && deleted_rows.empty() && pods.empty() && events.empty() && !summary;
  }
};

}  // namespace control
