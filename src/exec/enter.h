// enter.h — what argoexec does before it becomes another program, for probes and kubectl exec.
#pragma once

namespace exec {

// Runs a program in the mount namespace of a running argoexec: crun's exec. `argv` is
// null-terminated. Does not return when it succeeds; else gives the exit code.
int enter_and_run(int monitor_pid, char** argv);

// "[--tty] [--cgroup=FOLDER]… -- PROGRAM ARGUMENTS…": joins the cgroups, takes descriptor 0 as its
// terminal, and becomes the program, found by PATH; dies with the thread that has started it. Does
// not return when it succeeds; else gives the exit code, as a shell does.
int become_program(char** argv);

}  // namespace exec
