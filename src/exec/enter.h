// enter.h — runs a program in the mount namespace of a running argoexec: crun's exec, for probes.
#pragma once

namespace exec {

// `argv` is null-terminated. Does not return when it succeeds; else gives the exit code.
int enter_and_run(int monitor_pid, char** argv);

}  // namespace exec
