// event.h — the facts that the engine is told. Nothing else reaches it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "engine/ask.h"

namespace engine {

using NodeId = base::Id<struct NodeTag>;  // dense within one workflow, in order of creation

// The workflow is taken up for the first time (again after a restart: no event, State::restore).
struct Started {};

// A pod waits; `message` says why ("ImagePullBackOff: …", "Unschedulable: …").
struct PodPending {
  NodeId node;
  std::string message;
};

// A container of a container set that has ended.
struct ContainerEnd {
  std::string name;
  int exit_code = 0;
  std::string reason, message;  // Kubernetes' words: "Error", "OOMKilled"
};

struct PodRunning {
  NodeId node;
  std::string pod_ip, host_node_name;
  bool ready = false;  // all containers ready: what a daemon's dependants wait for
  std::vector<ContainerEnd> containers = {};  // those of a set that are over already
  std::string progress = {};                  // what the step says of itself, "N/M"; may be empty
};

// What has come out of a node that runs outside of the engine.
struct Reported {
  NodeId node;
  std::optional<int> exit_code;                                 // of the container "main"
  std::optional<std::string> result;                            // stdout of main, if asked for
  std::vector<std::pair<std::string, std::string>> parameters;  // captured output files
  std::vector<std::string> missing_parameters;                  // files that were not there
  // A JSON list of the saved ones as Argo's executor reports them: the template's, each with the
  // place that it went to. Empty: none.
  std::string artifacts;
};

// Outcome and outputs arrive in one fact.
struct PodEnded : Reported {
  enum class Outcome : uint8_t {
    kSucceeded,
    kFailed,  // the user's process: exit code, OOM, deadline
    kError,   // infrastructure: cannot start, outputs not saved, invalid pod
    kLost,    // the machine's: killed agent process, reboot, evicted before it ran
  };
  Outcome outcome = Outcome::kSucceeded;
  std::string message;
  std::vector<ContainerEnd> containers;  // of a container set; one that is missing was ended
  base::Time started_at, finished_at;    // of the main container; may be unset
  std::string host_node_name;            // where it ran; may be empty
  std::string progress;                  // as in PodRunning
  bool was_stopped = false;              // because a StopPod asked for it
};

// The agent tells of a task: an HTTP or plugin node.
struct TaskReported : Reported {
  enum class State : uint8_t { kRunning, kSucceeded, kFailed, kError };
  State state = State::kSucceeded;
  std::string message;
};

// Nothing but time went by; `now` of the batch tells how late it is.
struct Ticked {};

// spec.suspend = true. With a field selector: nodes that match it and begin later wait for a
// person.
struct SuspendRequested {
  std::string selector = {};
};

// Clears spec.suspend, resumes Suspend nodes, and lets begin what SuspendRequested holds; with
// nodes or a selector, only those nodes, and what comes to match that very selector.
struct ResumeRequested {
  std::vector<NodeId> nodes;
  std::vector<std::pair<std::string, std::string>> output_parameters;  // for `supplied` ones
  std::string message;
  std::string selector = {};

  bool is_whole() const { return nodes.empty() && selector.empty(); }
};

struct ShutdownRequested {
  bool terminate = false;  // true: no exit handler
  std::string message;
  std::vector<NodeId> nodes;  // `stop` with a selector: only fails these Suspend nodes
};

// `argo node set`: phase, message or outputs of Suspend nodes that wait; or the end of another leaf
// (or the Retry node around it) by a person's word: see node_set.cc. What State::set_refusal()
// refuses changes nothing. A leaf without declared outputs named so takes "result" as its result.
struct NodeSetRequested {
  std::vector<NodeId> nodes;
  std::string phase;  // "" leaves it
  std::optional<std::string> message;
  std::vector<std::pair<std::string, std::string>> output_parameters;
};

// To an Ask; see ask.h. Locks may first be answered by waiting, and later be granted.
struct Answered {
  NodeId node;  // none: the workflow itself
  Answer answer;
};

using Event =
    std::variant<Started, PodPending, PodRunning, PodEnded, Ticked, SuspendRequested,
                 ResumeRequested, ShutdownRequested, NodeSetRequested, Answered, TaskReported>;

}  // namespace engine
