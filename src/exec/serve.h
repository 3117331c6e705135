// serve.h — argoexec as a template of itself: one that is ready forks for each container.
//
// A program's start costs more than all that argoexec does before the step runs: under a hypervisor
// the C library's look at the processor (CPUID) alone takes up to 1 ms. A fork of a small process
// that has started already takes 0.1 ms. The forks are children of the agent, not of the template
// (CLONE_PARENT), and live on when either dies; the template ends with the agent. One thread.
#pragma once

namespace exec {

// Takes requests from the SOCK_SEQPACKET socket on descriptor 0 until its other end is closed: a
// container's state folder, with a descriptor of its spec beside it or none. Answers with the pid
// as int32, or with a negative errno. `argv` is what main() got: "argoexec serve <padding>"; a fork
// shows its folder in the padding's place. Does not return in a fork.
int serve_starts(int argc, char** argv);

}  // namespace exec
