// answers.h — what the world would say: how pods end and when people resume, without a world.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "engine/event.h"
#include "engine/state.h"

namespace play {

// One node that asks to be answered. Owned by the simulation, for the time of the call.
struct Asked {
  const engine::State& state;
  engine::NodeId node;
  std::string name;           // "wf[0].flip(1)"
  std::string template_name;  // may be empty: an inline template
  uint32_t attempt = 0;       // of a Retry node, from 0
};

// How a pod, or a task of the agent, runs and ends.
struct PodAnswer {
  engine::PodEnded::Outcome outcome = engine::PodEnded::Outcome::kSucceeded;
  std::optional<int> exit_code;  // without one: 0 of a success, else 1
  std::string message;
  std::optional<std::string> result;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::vector<std::string> missing_parameters;  // and artifacts
  std::string artifacts;                        // the saved ones, as engine::Reported has them
  // Of a container set: exit codes by name. One that is not named did as the pod did.
  std::vector<std::pair<std::string, std::string>> containers;
  base::Duration pending, running = base::Duration::seconds(1);
};

// When a person resumes a Suspend node, and with which output parameters.
struct ResumeAnswer {
  base::Duration after;
  std::vector<std::pair<std::string, std::string>> parameters;
};

class Answers {
 public:
  virtual ~Answers() = default;
  // Asked once a pod, and once a task of the agent. An error ends the simulation: there is no
  // answer for this node.
  virtual base::Result<PodAnswer> pod(const Asked& asked) = 0;
  // Asked once a Suspend node, when it begins to wait; nothing: nobody resumes it, as far as it is
  // known now.
  virtual std::optional<ResumeAnswer> resume(const Asked& asked) = 0;
  // Nothing else is left to happen, and the node still waits: an answer now, or the run ends there.
  virtual std::optional<ResumeAnswer> resume_at_last(const Asked& asked) = 0;
};

}  // namespace play
