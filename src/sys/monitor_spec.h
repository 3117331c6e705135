// monitor_spec.h — what the node agent tells argoexec about one container, and the files between
// them.
//
// argoexec is started with SIGCHLD, SIGUSR1, SIGTERM, SIGINT and SIGHUP blocked, so that no request
// comes too early. A container's state folder belongs to the agent and argoexec; the step cannot
// reach it. The format is lines of "key value" so that argoexec needs no parser of weight. Pure
// values.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sys {

// The files of a container's state folder.
namespace monitor_file {
inline constexpr char kSpec[] = "spec";  // only when it is too large for a pipe, argoexec's stdin
inline constexpr char kBundle[] = "config.json";  // crun's
// The attempt, in lines; one file, for each that is made and synced is paid by every step:
// "<pid> <start ticks> <boot id>", the mark of argoexec that this attempt has begun, once, durable
// before the step starts; "<pid> <start ticks> <ns since 1970>" of the step, not there when it
// could not start; the record of the end, JSON. The record's line is whole, with its '\n', once it
// is durable. Made by O_EXCL.
inline constexpr char kState[] = "state";
inline constexpr char kPid[] = "pid";          // crun's: the pid before it stands in kState
inline constexpr char kLog[] = "log";          // CRI's format
inline constexpr char kControl[] = "control";  // "T <grace ms>\n" or "K\n"; then SIGUSR1
inline constexpr char kRootfs[] = "rootfs";
inline constexpr char kCrunState[] = "crun";
inline constexpr char kCrunLog[] = "crun.log";
inline constexpr char kTerminationLog[] = "termination-log";
}  // namespace monitor_file

// Kubernetes cuts longer lines too; the rest follows as a further part.
inline constexpr size_t kLogLineMax = 16 * 1024;
inline constexpr size_t kOutputMax = 256 * 1024;

struct MonitorSpec {
  struct OutputFile {
    std::string name, path;
    bool optional = false;
  };
  struct VolumeMount {
    std::string host, path;
  };

  std::string attempt;      // "<pod uid>/<container>"
  bool is_process = false;  // a plain process of the host instead of a container
  // A process: its command, environment, folder; the path of its log, made when it says something;
  // the pod's own folder, for the journal (sys/process_journal.h).
  std::vector<std::string> argv, env;
  std::string cwd, log, work;
  // A container: crun's program, and the layers of its root, uppermost first.
  std::string crun;
  std::vector<std::string> layers;
  std::vector<std::string> cgroup_folders;  // joined by the container before it starts
  std::string oom_file;                     // memory.oom_control (v1) or memory.events (v2)
  bool hide_unified_cgroups = false;        // crun refuses hybrid hosts whose v2 has controllers
  bool in_user_namespace = false;           // overlay keeps its marks in user.* attributes there
  bool keep_files = false;                  // leave the upper layer behind, for debugging

  bool capture_result = false;
  std::vector<OutputFile> outputs;
  std::vector<VolumeMount> volumes;  // where output files may lie besides the root
  bool termination_log = false;      // read kTerminationLog into the record

  int64_t log_bytes_max = 0;  // 0: no bound
  int64_t deadline_ns = 0;    // since 1970; 0: none
  int64_t grace_ns = 30'000'000'000;
  int stop_signal = 15;
  // Of a container: relative to the state folder; gets datagrams "<attempt> started|exited". Nobody
  // need listen.
  std::string notify_socket;
};

std::string encode(const MonitorSpec& spec);
// Nothing when a line is not understood: a file of another build.
std::optional<MonitorSpec> decode_monitor_spec(std::string_view text);

}  // namespace sys
