// rerun.h — a workflow that has ended is taken up again: which of its nodes go, which run on, and
// which stay as they are.
//
// Works from rows alone, so that it can be done in one transaction with the object, by whoever has
// the rows. The rule: a node that is to run again goes, with what hangs under it and all that came
// after it, there and behind everything that it is part of; what it is part of runs on; the exit
// handler of the workflow goes always. So a later State finds nothing in its place that it did not
// decide itself.
//
// As Argo's retry, a failed node with a success behind it (continueOn, depends on a failure) stays.
// Beyond Argo's: of a Retry node only the last attempt counts, exit hooks are no successes, and
// failed Suspend nodes, errors of groups and daemons are taken up, too.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "engine/event.h"
#include "text/value.h"

namespace engine {

struct RerunRequest {
  bool failed = true;        // what has failed runs again,
  std::vector<NodeId> from;  // and these nodes, however they ended
  // Failed nodes that one of `from` comes after stay, too.
  bool keeps_before = false;
  // Arguments have changed: loops that run on are expanded again, and inputs are made again.
  bool new_arguments = false;

  // Instead of running again these count as Succeeded: leaves, and Retry nodes of leaves.
  std::vector<NodeId> done;
  std::optional<std::string> message;                                  // of `done`
  std::vector<std::pair<std::string, std::string>> output_parameters;  // of `done`

  // For a new workflow that keeps what has succeeded, as Argo's memoized resubmit: the nodes are
  // named after it, and those that had pods are Skipped ones that say so.
  std::string new_name;

  bool suspended = false;      // the workflow's spec.suspend
  text::Value global_outputs;  // the workflow's status.outputs
  base::Time now;
};

struct Rerun {
  std::vector<std::string> rows;       // by the new NodeId: for State::restore
  std::string summary;                 // the same; empty: it has to be started, for it had no nodes
  std::vector<NodeId> removed, reset;  // by the old NodeId, in order
};

// `rows`: all of an ended workflow, in order of NodeId, which `request` names no others of.
// kInvalid: there is nothing to do, or a node cannot be Succeeded by a person's word; kCorrupt: a
// row cannot be read.
base::Result<Rerun> plan_rerun(std::span<const std::string_view> rows, const RerunRequest& request);

}  // namespace engine
