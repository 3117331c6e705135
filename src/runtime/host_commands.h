// host_commands.h — programs outside of the agent's namespaces, with the host's network.
//
// An ordinary user's agent has a network of its own, from where the host's loopback cannot be
// reached, and without slirp4netns nothing at all; registries are the host's business. A child that
// was forked before the agent went there runs what it is asked to. It ends with the agent.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "sys/fd.h"

namespace runtime {

class HostCommands {
 public:
  // To be called before the process has a second thread. kUnavailable: no process, no socket.
  static base::Result<std::unique_ptr<HostCommands>> start();
  HostCommands(const HostCommands&) = delete;
  HostCommands& operator=(const HostCommands&) = delete;
  ~HostCommands();

  // The program writes to `out` and `err`; its end can be read from the descriptor that comes back
  // (wait_end()). Any thread.
  base::Result<sys::Fd> run(const std::vector<std::string>& argv, int out, int err) const;
  // Blocks. The status as waitpid() gives it; 127 as exit code means that there is no such program.
  static int wait_end(const sys::Fd& end);

 private:
  HostCommands(pid_t child, sys::Fd socket) : child_(child), socket_(std::move(socket)) {}

  const pid_t child_;
  sys::Fd socket_;
};

}  // namespace runtime
