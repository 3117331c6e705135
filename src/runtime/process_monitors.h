// process_monitors.h — the agent's side of exec/process_monitor.h: a few argoexecs that watch the
// steps which are plain processes of the host, and what their journals say.
//
// Monitors outlive the agent. One of an agent before us is asked what it has, watches on what it
// watches, and gets nothing new; one that has died is read from its journal. A monitor that has
// done much is replaced, and goes with its folder once everything of it is forgotten. Loop thread.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "runtime/container_dir.h"
#include "runtime/event_loop.h"
#include "sys/fd.h"
#include "sys/monitor_spec.h"
#include "sys/process_journal.h"

namespace runtime {

struct ProcessMonitorsConfig {
  std::string folder;    // <data>/monitors
  std::string argoexec;  // path of the program
  std::string boot_id;
  size_t count = 1;  // of monitors that get new steps
};

class ProcessMonitors {
 public:
  struct Attempt {
    enum class State : uint8_t {
      kAsked,    // not known to be begun
      kBegun,    // the mark is there
      kEnded,    // with its record
      kLost,     // begun, no record, and its argoexec is gone
      kRefused,  // not begun, and why
    } state = State::kAsked;
    std::string work;  // the pod's folder
    base::Time started;
    std::optional<ExitRecord> record;  // kEnded
    std::string why;                   // kRefused

   private:
    friend class ProcessMonitors;
    size_t monitor = 0;
    std::string request;  // while kAsked
    int tries = 0;
  };
  // An attempt has started, ended, is lost (then nothing of it runs any more) or refused.
  using OnChange = std::function<void(const std::string& attempt, const Attempt& now)>;

  ProcessMonitors(ProcessMonitorsConfig config, EventLoop& loop);
  ~ProcessMonitors();

  // Finds what agents before us have begun; after this nothing that they have asked for begins.
  void adopt();
  void set_on_change(OnChange on_change) { on_change_ = std::move(on_change); }
  // Asked with the next flush().
  base::Status start(const sys::MonitorSpec& spec);
  // `grace` of 0 kills at once.
  void stop(const std::string& attempt, base::Duration grace);
  void flush();
  const Attempt* find(const std::string& attempt) const;
  // It is told where it has to be, and is not asked for again.
  void forget(const std::string& attempt);
  std::vector<std::string> attempts() const;
  // Lets the monitors go on without us.
  void leave();
  // Ends the monitors that have nothing left, and removes their folders.
  void tear_down();

 private:
  struct Monitor {
    std::string folder;
    sys::Fd socket, pidfd;
    pid_t pid = 0;  // of a child of ours
    bool gets_new = false, is_dead = false;
    size_t open = 0;       // attempts that are not forgotten
    size_t under_way = 0;  // of those: not ended
    size_t given = 0;      // in all
    std::string in, out;
  };

  base::Result<size_t> monitor_for_new();
  base::Result<size_t> begin_monitor();
  void adopt_one(const std::string& folder);
  bool wait_ready(Monitor& monitor);
  void read_journal(size_t index);
  void watch(size_t index);
  void on_readable(size_t index);
  void on_entry(size_t index, sys::JournalEntry entry);
  void on_death(size_t index);
  bool ask(Attempt& attempt);
  void lose_what_is_open(size_t index);
  void end_process(Monitor& monitor);
  void let_go(size_t index);
  void changed(const std::string& name, const Attempt& attempt);

  const ProcessMonitorsConfig config_;
  EventLoop& loop_;
  OnChange on_change_;
  bool is_adopting_ = false;
  std::map<size_t, Monitor> monitors_;
  size_t last_ = 0;
  std::unordered_map<std::string, Attempt> attempts_;
};

}  // namespace runtime
