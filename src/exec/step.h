// step.h — one plain process of the host, from its launch to the record of its end.
//
// Used by exec/process_monitor.h, which waits for what happens and keeps the journal.
#pragma once
#include <sys/types.h>

#include <string>

#include "exec/record.h"
#include "exec/stop_plan.h"
#include "exec/streams.h"
#include "sys/clock.h"
#include "sys/monitor_spec.h"

namespace exec {

class Step {
 public:
  // `clock` is borrowed.
  Step(sys::MonitorSpec spec, const sys::Clock& clock);
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

  // The mark is durable. False: it could not start, and has ended with that.
  bool launch();
  // Its first process was reaped.
  void set_end(int status);
  void stop(int64_t grace_ns);
  // Deadline and kill, when their time has come.
  void on_time();
  int64_t next_ns() const { return plan_.next_ns(); }

  // Nothing of it runs any more: reads what is left, and what it hands out.
  void collect();
  // The log is long enough that its sync would hold up the other steps.
  bool has_long_log() const;
  // In a child of ours that syncs the log; gives its pid, or 0 when there is none.
  pid_t sync_log_aside();
  // Syncs what is not yet; the record for the journal. `log_error` is that of a sync aside.
  std::string finish(std::string log_error);

  const std::string& attempt() const { return spec_.attempt; }
  const std::string& work() const { return spec_.work; }
  pid_t pid() const { return pid_; }
  int64_t started_ns() const { return record_.started_ns; }
  bool has_ended() const { return has_ended_; }
  Streams& streams() { return streams_; }

 private:
  void send_stop();
  int64_t now() const { return clock_.now().ns; }

  const sys::MonitorSpec spec_;
  const sys::Clock& clock_;
  ExitRecord record_;
  StopPlan plan_;
  Streams streams_;
  pid_t pid_ = 0;
  bool has_ended_ = false;
};

}  // namespace exec
