// state.h — the engine: one workflow's nodes, and how facts change them.
//
// Pure: no IO, no clock, no threads, no chance of its own. Work per event is proportional to the
// nodes that the event changes. Owned and used by one thread at a time. See docs/architecture.md,
// "the engine's contract".
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "engine/action.h"
#include "engine/event.h"
#include "engine/plan.h"
#include "text/value.h"

namespace engine {

enum class Phase : uint8_t {
  kNone,
  kPending,
  kRunning,
  kSucceeded,
  kFailed,
  kError,
  kSkipped,
  kOmitted
};
std::string_view to_string(Phase phase);  // "" for kNone, else Argo's word

// The workflow's own status, without nodes.
struct Summary {
  Phase phase = Phase::kNone;
  std::string message;
  base::Time started_at, finished_at;
  uint64_t progress_done = 0, progress_total = 0;
  text::Value outputs;             // global outputs as Argo's Outputs; null when there are none
  text::Value conditions;          // a list, as Argo's
  text::Value synchronization;     // Argo's status.synchronization; null when there are no locks
  text::Value resources_duration;  // seconds by resource; null while there are none
  bool suspended = false;
};

// What is asked of a node most often, without its row. The texts live as long as the Plan.
struct NodeView {
  std::string_view type;           // "Pod", "Steps", …: as in status.nodes
  std::string_view template_name;  // empty where the template has none
  std::string_view task_name;      // of the step or task; empty for the roots
  std::string_view boundary;       // name of the template that the step or task stands in
  Phase phase = Phase::kNone;
  // Where these two templates stand: "local/…", or "namespaced/<holder>", "cluster/<holder>".
  std::string_view template_scope = {}, boundary_scope = {};
};

class State {
 public:
  // `seed` is secret and stored with the workflow: chance in expressions derives from it.
  State(std::shared_ptr<const Plan> plan, uint64_t seed);
  // Rebuilds the state from the rows that encode_row() gave, in order of NodeId, and the bytes of
  // encode_summary(). kCorrupt when a row cannot be read.
  static base::Result<std::unique_ptr<State>> restore(std::shared_ptr<const Plan> plan,
                                                      uint64_t seed, std::string_view summary,
                                                      std::span<const std::string_view> rows);
  // The same from Argo's own status alone, as a client of Kubernetes has it: the value of `status`
  // of the object that `plan` was compiled from. Exact to the seconds of its times. What is not
  // there is derived; restore_status.cc says how. kCorrupt when a node does not fit the plan, with
  // its id; kUnsupported for nodes that we do not run, and nodes that are compressed or offloaded.
  // What remains to be done is wished for in the next batch: there need not be an event in it.
  static base::Result<std::unique_ptr<State>> restore_status(std::shared_ptr<const Plan> plan,
                                                             uint64_t seed,
                                                             const text::Value& status);
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // All facts of the batch first, then the decisions, in Argo's order. `now` is the batch's time
  // and never goes back. Appends to `actions`. A batch makes some thousand nodes at most; where
  // there are more to make, it ends with WakeAt{now} and the next batch goes on. Events about
  // nodes that have ended, or that are not known, change nothing.
  void apply(base::Time now, std::span<const Event> events, Actions& actions);

  // The wish of the last WakeAt, which restore() does not repeat; unset: none.
  base::Time next_wake() const;
  size_t node_count() const;
  bool is_finished() const;
  Summary summary() const;

  // The pod that a node wishes for.
  std::string pod_name(NodeId node) const;
  std::string node_id(NodeId node) const;    // Argo's: "<workflow>-<fnv32a(name)>"
  std::string node_name(NodeId node) const;  // "wf[0].step(0:item)"
  // "step(0:item)": as clients show it.
  std::string display_name(NodeId node) const;
  NodeView view(NodeId node) const;
  // Input parameters by name, with their values; those without a value are left out.
  std::vector<std::pair<std::string_view, std::string_view>> inputs(NodeId node) const;
  std::optional<NodeId> find_node_by_id(std::string_view node_id) const;
  // Why these Suspend nodes, or without any all that wait, cannot be resumed with these outputs:
  // what nobody has supplied and has no default. Empty: they can.
  std::string resume_refusal(const ResumeRequested& request) const;
  // Does SuspendRequested with this very selector hold nodes back?
  bool has_hold(std::string_view selector) const;
  // Why a person cannot set these nodes so; empty: they can. Other than Suspend nodes that wait,
  // leaves can be set that have not ended, or have failed while what that leads to is open.
  std::string set_refusal(const NodeSetRequested& request) const;
  // The substituted template as JSON (Argo's ARGO_TEMPLATE): inputs with values, container or
  // script with each tag replaced by what it stands for. As in Argo, a tag that stands for nothing
  // here, and an expression that cannot be evaluated, stay as written: the pod's program sees
  // them. (Those of a step's or task's arguments were refused when its node was made.) Of an HTTP
  // or plugin node: what the agent gets. kInvalid when the node has neither.
  base::Result<std::string> pod_template(NodeId node) const;
  // What the pod takes over from the steps or DAG around it when its own template says nothing of
  // it: a JSON object with nodeSelector, affinity, tolerations; empty: nothing.
  base::Result<std::string> boundary_placement(NodeId node) const;
  // The deadline that the pod gets (the smallest of template, retry and workflow), if any.
  std::optional<base::Time> pod_deadline(NodeId node) const;
  // Machines on which the node's pod must not run: those where attempts before it have failed, when
  // its retryStrategy has affinity.nodeAntiAffinity.
  std::vector<std::string_view> avoided_hosts(NodeId node) const;
  bool wants_result(NodeId node) const;  // is outputs.result used by anybody?
  bool is_on_exit(NodeId node) const;    // belongs to an exit handler: survives `stop`
  bool is_daemon(NodeId node) const;
  // Pod nodes for which CreatePod was wished and no PodEnded came, in order. Control asks once
  // after restore(): their pods are told to the engine again, or made when they never were.
  std::vector<NodeId> open_pods() const;

  // The same of the agent's tasks: nodes for which RunTask was wished and which have not ended.
  std::vector<NodeId> open_tasks() const;
  // Names of a pod's containers that are nodes of their own; empty but for a container set.
  std::vector<std::string_view> containers(NodeId node) const;
  // Questions that have no answer yet, and the locks that nodes hold (without a node: the workflow
  // itself). Control tells both to the world once after restore().
  std::vector<Ask> asks() const;
  std::vector<std::pair<NodeId, LockWish>> held_locks() const;

  // Bytes of a row, enough with all other rows to restore; a superset of Argo's NodeStatus.
  void encode_row(NodeId node, std::string& out) const;
  void encode_summary(std::string& out) const;

  class Machine;  // the engine's own

 private:
  std::unique_ptr<Machine> machine_;
  friend class Projection;
};

}  // namespace engine
