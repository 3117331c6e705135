// explanation.h — why a node of a run is what it is, in sentences.
#pragma once
#include <string>
#include <vector>

#include "play/rehearsal.h"
#include "play/simulation.h"
#include "text/value.h"

namespace play {

struct Explanation {
  std::string name;                // of the node
  std::vector<std::string> lines;  // "12s: its pod is made, because flip has ended", …
};

// Of every node that `pattern` means (see names_node()), in the order in which they were made.
// `status` is simulation.status().
std::vector<Explanation> explain(const Rehearsal& rehearsal, const Simulation& simulation,
                                 const text::Value& status, const std::string& pattern);

}  // namespace play
