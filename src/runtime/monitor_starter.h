// monitor_starter.h — starts argoexec for containers, by a template process where there is one.
//
// The template (exec/serve.h) is a child of ours that forks for each container, which is cheaper
// than a program's start. It is started with the first container and ends with us; when it is
// killed, argoexec is started as a program, and the next container gets a new template. Any thread.
#pragma once
#include <sys/types.h>

#include <mutex>
#include <string>

#include "base/error.h"
#include "sys/fd.h"

namespace runtime {

class MonitorStarter {
 public:
  explicit MonitorStarter(std::string argoexec) : argoexec_(std::move(argoexec)) {}
  ~MonitorStarter() { end_template(); }
  MonitorStarter(const MonitorStarter&) = delete;
  MonitorStarter& operator=(const MonitorStarter&) = delete;

  // argoexec on a container's state folder, `spec` as its stdin unless closed. It is our child, and
  // not yet reaped.
  base::Result<pid_t> start(const std::string& folder, const sys::Fd& spec);

 private:
  bool begin_template();
  void end_template();
  pid_t ask_template(const std::string& folder, const sys::Fd& spec);

  const std::string argoexec_;
  std::mutex mutex_;
  sys::Fd socket_;
  pid_t template_ = 0;
};

}  // namespace runtime
