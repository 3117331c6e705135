// launch.h — starts the one process that argoexec watches: crun, or a plain process of the host.
#pragma once
#include <sys/types.h>

#include <string>

#include "sys/monitor_spec.h"

namespace exec {

struct Launched {
  pid_t pid = 0;
  int error = 0;     // errno when it could not be started
  std::string what;  // then: what could not
};

// As a shell tells it: 127 for a program that is not there, 126 for one that may not be run.
int exit_code_of(const Launched& failed);
std::string why_not(const Launched& failed);

// vfork: the child shares our memory until it has become the other program.
Launched launch_crun(const std::string& folder, const sys::MonitorSpec& spec, int out, int err);
Launched launch_process(const sys::MonitorSpec& spec, int out, int err);

}  // namespace exec
