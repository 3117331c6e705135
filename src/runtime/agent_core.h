// agent_core.h — the inside of Agent: its pods, its threads. Included by agent*.cc only.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "runtime/agent.h"
#include "runtime/cgroups.h"
#include "runtime/event_loop.h"
#include "runtime/monitor_starter.h"
#include "runtime/network.h"
#include "runtime/pod_run.h"
#include "runtime/pod_slots.h"
#include "runtime/probes.h"
#include "runtime/process_monitors.h"
#include "runtime/program_session.h"
#include "runtime/sandbox.h"
#include "runtime/work_folders.h"
#include "sys/process.h"
#include "sys/thread_pool.h"
#include "sys/trace.h"

namespace runtime {

// A pod that is not done.
struct LivePod {
  LivePod(PodSpec spec, bool as_processes) : run(std::move(spec), as_processes) {}

  PodRun run;
  text::Value object;  // as last seen
  enum class Stage : uint8_t {
    kQueued,     // waits for room on this machine
    kPreparing,  // sandbox, images
    kActive,
    kOver  // only its last status is still to be written
  } stage = Stage::kQueued;
  std::optional<Sandbox> sandbox;
  std::string work;  // of plain processes: their folder, until nothing runs any more
  base::Time arrived, accepted;
  bool was_begun = false;    // by an agent before us: it holds its room already
  bool holds_begin = false;  // counts among those that are being made ready
  bool is_adopting = false;
  bool is_gone = false;      // its object is deleted
  bool is_deleting = false;  // deletionTimestamp is set
  int64_t grace_seconds = 30;

  struct Watched {
    sys::ProcessId monitor;
    sys::Fd pidfd;
    bool by_process_monitor = false;  // else by an argoexec of its own
    int stop_level = 0;               // 0 not asked, 1 asked, 2 killed
    bool holds_start = false;
  };
  std::vector<Watched> watched;  // by container
  std::vector<ContainerProbes> probes;
  size_t images_left = 0;
  int prepare_tries = 0;

  std::string progress;  // as it told last, "N/M"

  // The status to be written.
  bool is_dirty = false;
  int write_failures = 0;
  base::Time write_at;
  std::string unschedulable;
};

class Agent::Core {
 public:
  Core(kube::Api& api, ImageStore& images, AgentConfig config, const sys::Clock& clock);
  ~Core();

  base::Status run();
  void stop();
  void tear_down();
  base::Status logs(std::string_view pod_uid, const kube::LogOptions& options,
                    const std::function<bool(std::string_view line)>& on_line);
  base::Result<std::unique_ptr<kube::PodSession>> exec(const kube::ExecRequest& request);
  base::Result<std::unique_ptr<kube::PodSession>> attach(std::string_view pod_uid,
                                                         const std::string& container);
  base::Result<std::unique_ptr<sys::ByteStream>> connect(std::string_view pod_uid, uint16_t port);
  size_t pods_active() const;
  base::Result<std::vector<kube::DoctorFinding>> doctor();

  ImageStore& images_;

 private:
  using Uid = std::string;

  // agent.cc: set-up and the watch.
  base::Status open();
  void open_notify_socket();
  void pin_crun();
  void sweep_left_overs();
  void read_resolv_file();
  void find_processes();
  void watch_pods();
  base::Status list_pods(std::string& revision);
  void follow_pods(std::string& revision);
  void on_listed(const std::set<Uid>& present);
  void on_notified();

  // agent_pods.cc: pods come, change and go.
  void on_pod(text::Value object, bool deleted);
  void accept(text::Value object);
  void refuse(text::Value object, const base::Error& error);
  void update(LivePod& pod, text::Value object);
  void tell_waiting(const Uid& uid);
  std::string long_running() const;
  void schedule();
  void prepare(LivePod& pod);
  void on_prepared(const Uid& uid, base::Result<Sandbox> sandbox);
  void retry_prepare(LivePod& pod, const base::Error& error);
  void need_images(LivePod& pod);
  void pull(const Uid& uid, const std::string& image, int tries);
  // One line of what a pull says, as the message of those who wait for it.
  void tell_pulling(const Uid& uid, const std::string& image, const std::string& line);
  void on_pulled(const Uid& uid, const std::string& image, int tries,
                 base::Result<std::shared_ptr<const Image>> result);
  void activate(LivePod& pod);
  void finish(LivePod& pod);
  void forget(const Uid& uid);
  void remove_left_over(const Uid& uid);
  void give_back_work(LivePod& pod);
  bool owns_work(const Uid& uid, const std::string& path) const;
  void discard_strangers();

  // agent_containers.cc: containers start and end.
  void adopt_containers(LivePod& pod);
  void advance(LivePod& pod);
  void start_queued();
  void launch(LivePod& pod, size_t index);
  void on_launched(const Uid& uid, size_t index, base::Result<Launched> result);
  void watch_monitor(LivePod& pod, size_t index, const sys::ProcessId& monitor, sys::Fd pidfd);
  void refresh(LivePod& pod, size_t index, bool monitor_ended);
  void start_process(LivePod& pod, size_t index, const sys::MonitorSpec& spec);
  void on_process(const std::string& attempt, const ProcessMonitors::Attempt& now);
  void refresh_process(LivePod& pod, size_t index, const ProcessMonitors::Attempt& now);
  void on_started(LivePod& pod, size_t index);
  void on_ended(LivePod& pod, size_t index);
  void give_back_begin(LivePod& pod);
  void give_back_start(LivePod& pod, size_t index);
  void stop_container(LivePod& pod, size_t index);
  void start_probes(LivePod& pod, size_t index);
  void probe(const Uid& uid, size_t index, ProbeRole role);
  void on_probed(const Uid& uid, size_t index, ProbeRole role, bool success, std::string message);

  // agent_evictions.cc: emptyDir.sizeLimit.
  void watch_sizes(const LivePod& pod);
  void on_sizes(const Uid& uid, const std::string& volume_over);
  // agent_progress.cc
  void watch_progress(LivePod& pod);
  static void read_progress(LivePod& pod);

  // agent_status.cc: what the API server is told.
  void mark_dirty(LivePod& pod, base::Duration delay);
  void write_due();
  kube::StatusUpdate status_of(const LivePod& pod, bool is_final) const;
  // By uid: the statuses that are on their way, and whether each was the pod's last.
  struct Sent {
    Uid uid;
    bool is_final = false, is_deleting = false;
  };
  void write_statuses(std::vector<kube::StatusUpdate> updates, std::vector<Sent> sent);
  void on_written(const Sent& sent, const base::Status& result);
  void trace(const char* name) const { trace_.mark(name, clock_.now()); }
  void trace_end(const ContainerRun& run) const;
  void record_event(const LivePod& pod, std::string reason, std::string message);

  // agent_streams.cc: exec, attach, port-forward. A pod's copy for other threads.
  struct Place {
    PodSpec spec;
    text::Value object;
    Sandbox sandbox;
    bool as_processes = false;
    std::map<std::string, pid_t> running;  // by container: its argoexec; 0 with plain processes
  };
  class Registered;
  std::shared_ptr<Place> find_place(const Uid& uid);
  void end_sessions(const std::string& attempt);
  base::Status logs_until(std::string_view pod_uid, const kube::LogOptions& options,
                          const std::function<bool(std::string_view line)>& on_line,
                          const std::function<bool()>& is_cancelled);

  LivePod* find(const Uid& uid);
  void set_active(const Uid& uid, bool active);
  void note_end(const LivePod& pod, size_t index);
  bool is_over(const Uid& uid, const std::string& container) const;

  kube::Api& api_;
  AgentConfig config_;
  const sys::Clock& clock_;
  const sys::Trace trace_;
  const kube::Kind& pod_kind_;
  const std::string boot_id_;
  Cgroups cgroups_;
  MonitorStarter starter_;
  std::unique_ptr<Network> network_;
  NodeFacilities node_;
  sys::Fd lock_, notify_;
  EventLoop loop_;
  ProcessMonitors processes_;
  WorkFolders works_;
  std::map<std::string, Uid> work_owners_;  // of folders that an agent before us gave out
  PodSlots slots_;
  std::unordered_map<Uid, std::unique_ptr<LivePod>> pods_;
  std::vector<std::pair<Uid, size_t>> starts_waiting_;  // containers, first come first served
  size_t starts_running_ = 0, begins_running_ = 0;
  std::set<std::pair<base::Time, Uid>> writes_due_;
  bool is_writing_ = false;  // what comes meanwhile goes together
  std::unique_ptr<kube::Watch> watch_;
  std::mutex watch_mutex_;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex active_mutex_;
  // For other threads: the keys of pods_, with the containers that have ended; and whose logs are
  // followed by how many.
  std::unordered_map<Uid, std::set<std::string>> active_;
  std::unordered_map<Uid, int> followed_;
  std::mutex sessions_mutex_;
  std::multimap<std::string, ProgramSession*> sessions_;  // by attempt
  std::atomic<uint64_t> sessions_begun_ = 0;
  std::thread watch_thread_;
  sys::ThreadPool work_, pulls_, writers_, probers_;
};

}  // namespace runtime
