// process.h — processes of this machine: spawned by vfork's semantics, known by pid and start time.
//
// A pid alone is no identity (it is reused); pid, start time and boot id together are.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "sys/fd.h"

namespace sys {

struct SpawnRequest {
  std::vector<std::string> argv;                // argv[0] is looked up in PATH when it has no slash
  std::optional<std::vector<std::string>> env;  // "NAME=value"; absent: ours
  std::string cwd;                              // empty: ours
  // {ours, the child's}; 0, 1 and 2 are /dev/null unless named here. All others are closed.
  std::vector<std::pair<int, int>> fds;
  bool new_session = false;          // outlives our terminal and our process group
  std::vector<int> blocked_signals;  // at the program's start; all others are let through
};
// Does not copy our page tables: the cost does not grow with our memory. kNotFound: no such
// program.
base::Result<pid_t> spawn(const SpawnRequest& request);

struct ProcessId {
  pid_t pid = 0;
  uint64_t start_ticks = 0;  // since boot, field 22 of /proc/<pid>/stat
};
// kNotFound when there is no such process (a zombie is one that is gone).
base::Result<ProcessId> identify(pid_t pid);
// A pidfd of a child that has not been reaped, even if it has ended.
Fd open_child(pid_t pid);
// A pidfd of exactly this process: readable once it has ended. kNotFound: it is gone.
base::Result<Fd> open_process(const ProcessId& id);
// True when it has ended within the time.
bool wait_process(const Fd& pidfd, int timeout_ms);
base::Status signal_process(const Fd& pidfd, int signal);

// Changes with every start of the machine.
std::string boot_id();

struct RunOutcome {
  int exit_code = -1;  // 128 + signal when killed
  std::string output;  // stdout and stderr, at most 64 KiB
  bool timed_out = false;
};
// Runs a short helper program to its end. `timeout_ms` 0: waits for ever.
base::Result<RunOutcome> run_program(const std::vector<std::string>& argv, std::string_view input,
                                     int timeout_ms);

}  // namespace sys
