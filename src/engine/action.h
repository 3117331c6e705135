// action.h — what the world should now do; the engine only wishes.
//
// Every action is idempotent: names come from the workflow, node and attempt, so that repeating a
// batch after a crash finds what it wants already there.
#pragma once
#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"
#include "engine/ask.h"
#include "engine/event.h"

namespace engine {

struct CreatePod {
  NodeId node;
};  // State::pod_template(node) gives the substituted template, State::pod_name(node) the name

struct StopPod {
  NodeId node;
  bool kill = false;  // SIGKILL at once, else SIGTERM and the grace period
};                    // the pod's end still arrives as PodEnded

// The agent is to make the HTTP request, or to call the plugin, of State::pod_template(node): a
// task of the workflow's WorkflowTaskSet. What becomes of it arrives as TaskReported.
struct RunTask {
  NodeId node;
};

// The task is not needed any more; nothing arrives for it.
struct StopTask {
  NodeId node;
};

// The earliest instant at which Ticked would change something; replaces the wish before.
struct WakeAt {
  base::Time at;
};

// Rows to write: State::encode_row(node) gives the bytes. Each node at most once a batch.
struct NodeChanged {
  NodeId node;
  bool created = false;
};

// Phase, message, outputs, progress or the like of the workflow itself; State::summary().
struct WorkflowChanged {
  bool finished = false;
};

// A Kubernetes Event to record: "WorkflowRunning", "WorkflowNodeFailed", …
struct Recorded {
  bool warning = false;
  std::string reason, message;
};

// To be answered by Answered, at once or later. Without a node the workflow itself asks.
struct Ask {
  NodeId node;
  Question question;
};

// The node no longer holds, or waits for, the locks that it has asked for.
struct ReleaseLocks {
  NodeId node;  // none: those of the workflow itself
};

// An outcome for later runs. `outputs`: Argo's Outputs as JSON, or "null".
struct SaveMemo {
  NodeId node;
  MemoKey key;
  std::string outputs;
};

using Action = std::variant<CreatePod, StopPod, WakeAt, NodeChanged, WorkflowChanged, Recorded, Ask,
                            ReleaseLocks, SaveMemo, RunTask, StopTask>;
using Actions = std::vector<Action>;

// A large fan-out comes in portions: the batch has made some thousand nodes, and the next one, of
// a Ticked at the same instant, goes on.
inline bool goes_on(const Actions& actions, base::Time now) {
  return std::any_of(actions.begin(), actions.end(), [&](const Action& action) {
    const auto* wake = std::get_if<WakeAt>(&action);
    return wake != nullptr && wake->at <= now;
  });
}

}  // namespace engine
