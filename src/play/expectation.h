// expectation.h — what a test says of a run, and where the run differs from it.
//
//   expect:
//     phase: Succeeded
//     message: "..."             # text, or /regular expression/
//     duration: 48h              # of the whole, in virtual time
//     outputs: {p: "1"}          # of the workflow: global parameters
//     pods: 3                    # made in all
//     parallelPods: 2            # most at the same time
//     nodes:
//       flip: Succeeded          # a phase, or:
//       "heads*": {phase: Succeeded, message: "…", template: t, type: Pod, inputs: {a: "1"},
//                  outputs: {p: "1"}, result: heads, exitCode: 0, duration: 3s, count: 2}
//       tails: {count: 0}        # no such node
//     order: [flip, heads]       # each begins when the one before has ended
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "model/workflow.h"
#include "play/simulation.h"
#include "text/value.h"

namespace play {

struct NodeExpectation {
  std::string pattern;  // see names_node()
  text::Place place;
  std::string phase, message, template_name, type;
  model::StringMap inputs, outputs;
  std::optional<std::string> result, exit_code;
  std::optional<base::Duration> duration;
  std::optional<int64_t> count;
};

struct Expectation {
  std::string phase;
  std::optional<std::string> message;
  std::optional<base::Duration> duration;
  std::optional<int64_t> pods, parallel_pods;
  model::StringMap outputs;
  std::vector<NodeExpectation> nodes;
  std::vector<std::string> order;
  text::Place place;
};

struct Difference {
  text::Place place;
  std::string path;  // "nodes.flip.phase"
  std::string expected, got;
};

Expectation read_expectation(const text::Value& value, std::string_view file, std::string path,
                             base::Diagnostics& found);

// `status` is simulation.status().
std::vector<Difference> compare(const Expectation& expected, const Simulation& simulation,
                                const text::Value& status);

}  // namespace play
