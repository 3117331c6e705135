// stop_plan.h — when a step is to be asked to end, and when it is killed: requests, its deadline,
// the grace. Pure: who watches the step sends the signals.
#pragma once
#include <cstdint>

#include "exec/record.h"
#include "sys/monitor_spec.h"

namespace exec {

class StopPlan {
 public:
  // Both are borrowed; what happens is noted in the record.
  StopPlan(const sys::MonitorSpec& spec, ExitRecord& record) : spec_(spec), record_(record) {}

  // True: the first request, so the step is to get its stop signal. A further one can only shorten
  // the time that is left. A grace of 0 kills at once, without the signal.
  bool ask(int64_t grace_ns, int64_t now_ns);
  // True: the deadline has passed just now; as ask() with the spec's grace.
  bool pass_deadline(int64_t now_ns);
  void kill_at_once() { kill_at_ns_ = 1; }

  bool was_asked() const { return kill_at_ns_ != 0; }
  bool must_kill(int64_t now_ns) const { return kill_at_ns_ != 0 && now_ns >= kill_at_ns_; }
  void note_kill() { kill_sent_ = true; }
  bool kill_sent() const { return kill_sent_; }
  // When to look again; 0: never.
  int64_t next_ns() const;

 private:
  const sys::MonitorSpec& spec_;
  ExitRecord& record_;
  int64_t kill_at_ns_ = 0;
  bool kill_sent_ = false;
};

}  // namespace exec
