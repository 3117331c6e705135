// streams.h — a step's stdout and stderr on their way into its log, and the last of its stdout.
#pragma once
#include <string>

#include "exec/log_file.h"
#include "sys/clock.h"
#include "sys/fd.h"

namespace exec {

class Streams {
 public:
  // `clock` is borrowed. `keeps_tail`: stdout is wanted as the step's result.
  Streams(LogFile log, bool keeps_tail, const sys::Clock& clock)
      : log_(std::move(log)), keeps_tail_(keeps_tail), clock_(clock) {}

  void open();
  // The writing ends: the step's. To be closed here once it has them.
  int child_end(LogFile::Stream stream) const { return out_[stream].get(); }
  void close_child_ends();
  // The reading end, -1 once the stream has ended; non-blocking.
  int fd(LogFile::Stream stream) const { return in_[stream].get(); }
  // Reads at most so often. Gives false, and closes our end, when the stream has ended.
  bool drain(LogFile::Stream stream, int reads);
  // All that is left, and the line that has no end.
  void finish();

  LogFile& log() { return log_; }
  const LogFile& log() const { return log_; }
  std::string take_tail() { return tail_.take(); }

 private:
  LogFile log_;
  const bool keeps_tail_;
  const sys::Clock& clock_;
  Tail tail_;
  sys::Fd in_[2], out_[2];
};

}  // namespace exec
