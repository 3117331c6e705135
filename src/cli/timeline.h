// timeline.h — when the pods of a simulated run began and ended, as bars.
#pragma once
#include <string>

#include "cli/paint.h"
#include "play/simulation.h"

namespace cli {

struct TimelineOptions {
  Paint paint;
  int columns = 80;       // of the terminal
  size_t rows_most = 60;  // the rest is counted in a line
};

// A row a pod and Suspend node: name, bar, when it began and for how long. Those of the critical
// path are bold and marked.
std::string timeline(const play::Simulation& simulation, const TimelineOptions& options);
// "flip 1s → heads 2s → …" on lines; with the waits between them.
std::string critical_path(const play::Simulation& simulation);
// "1s         migrate(1:1) for default/Mutex/schema", a line each.
std::string lock_waits(const play::Simulation& simulation);

}  // namespace cli
