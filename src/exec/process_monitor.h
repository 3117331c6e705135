// process_monitor.h — argoexec for plain processes: one watches many, and keeps one journal.
//
// A process of its own for each step would cost more than most steps do. What a monitor for one
// container promises (exec/monitor.h) holds for each step here: it starts at most once, by a mark
// that is durable before; its end is told once its log and its record are durable; it goes on
// without the agent, which finds the journal and, while this lives, its socket. All marks and
// records that are ready at one time share one sync. When it is killed, its steps are, and are lost
// together: so the agent has a few of these, not one. One thread; ends when the agent is gone or
// says so, and nothing is left to watch.
#pragma once
#include <string>

#include "sys/clock.h"

namespace exec {

// `folder` is sys/process_journal.h's; descriptor 0 listens. Gives the exit code.
int watch_processes(const std::string& folder, const sys::Clock& clock);

}  // namespace exec
