#include "exec/stop_plan.h"

namespace exec {

bool StopPlan::ask(int64_t grace_ns, int64_t now_ns) {
  record_.stopped = true;
  if (grace_ns <= 0) {
    kill_at_ns_ = 1;
    return false;
  }
  const int64_t kill_at = now_ns + grace_ns;
  if (kill_at_ns_ != 0) {
    if (kill_at < kill_at_ns_) kill_at_ns_ = kill_at;
    return false;
  }
  kill_at_ns_ = kill_at;
  return true;
}

bool StopPlan::pass_deadline(int64_t now_ns) {
  if (spec_.deadline_ns == 0 || now_ns < spec_.deadline_ns || record_.deadline_exceeded)
    return false;
  record_.deadline_exceeded = true;
  const bool stopped = record_.stopped;
  const bool is_first = ask(spec_.grace_ns, now_ns);
  record_.stopped = stopped;
  return is_first;
}

int64_t StopPlan::next_ns() const {
  int64_t at = kill_sent_ ? 0 : kill_at_ns_;
  if (spec_.deadline_ns != 0 && !record_.deadline_exceeded && (at == 0 || spec_.deadline_ns < at))
    at = spec_.deadline_ns;
  return at;
}

}  // namespace exec
