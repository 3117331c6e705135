// container_dir.h — a container's state folder as the agent sees it: what happened there so far,
// and how to begin or end it. See sys/monitor_spec.h for the files.
//
// The folder is the truth: a fresh agent learns by inspect() what the one before it had begun.
#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "sys/fd.h"
#include "sys/monitor_spec.h"
#include "sys/process.h"

namespace runtime {

class MonitorStarter;

// argoexec's record of the end.
struct ExitRecord {
  base::Time began, marked;  // argoexec itself; its mark durable
  base::Time started, finished;
  int exit_code = -1, signal = 0;
  bool oom_killed = false, deadline_exceeded = false, stopped = false;
  std::string start_error, output_error, termination_message, log_error;
  std::optional<std::string> result;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::vector<std::string> missing;
};

struct ContainerFound {
  enum class State : uint8_t {
    kFresh,    // never begun
    kRunning,  // its argoexec lives
    kEnded,    // the record is there
    kLost,     // begun, no record, and its argoexec is gone
  } state = State::kFresh;
  sys::ProcessId monitor;            // kRunning
  base::Time started;                // unset: not known to have started
  std::optional<ExitRecord> record;  // kEnded
};

// `boot_id` is sys::boot_id(): a process of another boot is gone, whatever runs under its pid.
ContainerFound inspect(const std::string& folder, const std::string& boot_id);

// The record of the end is there.
bool has_ended(const std::string& folder);

// The argoexec that made the mark; it may have ended since.
sys::ProcessId marked_process(const std::string& folder);

// Writes the spec (and crun's bundle when it is not empty) and starts argoexec on it.
base::Result<sys::ProcessId> start_monitor(MonitorStarter& starter, const std::string& folder,
                                           const sys::MonitorSpec& spec, const std::string& bundle);

// Asks a running argoexec to end its container; `grace` of 0 kills at once.
base::Status request_stop(const std::string& folder, const sys::Fd& monitor, base::Duration grace);

// Ends what a killed argoexec has left behind: by the recorded pid, or, for plain processes, by
// the mark in their environment.
void kill_left_over(const std::string& folder, const std::string& attempt);

// Ends the plain processes of these attempts, by the mark in their environment.
void kill_marked(const std::set<std::string>& attempts);

// argoexec's JSON; nothing when it is none.
std::optional<ExitRecord> parse_record(std::string_view json);

// In the environment of plain processes: which attempt they belong to.
inline constexpr std::string_view kAttemptVariable = "ARGO_CONTAINER_ATTEMPT=";

// The text of a file, "" when it is not there.
std::string read_file(const std::string& path, size_t size_max = 16 << 20);
base::Status write_file(const std::string& path, std::string_view text, unsigned mode = 0600);

}  // namespace runtime
