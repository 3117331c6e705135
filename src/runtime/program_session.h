// program_session.h — a program that somebody outside talks to: kubectl exec's, with its streams or
// a terminal.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "kube/node_api.h"

namespace runtime {

struct ProgramStart {
  std::vector<std::string> argv;
  std::optional<std::vector<std::string>> env;  // absent: ours
  std::string cwd;                              // empty: ours
  bool in = false, tty = false;
  // What crun makes for the program in its container: a socket's path by which it hands the
  // terminal over, and a file of the program's pid. Empty: the program is our own child, and its
  // terminal we make.
  std::string console_socket, pid_file;
};

class ProgramSession : public kube::PodSession {
 public:
  // Ends the program; read() tells of its end then. Any thread.
  virtual void kill() = 0;
};

// Waits until the terminal is there. What cannot be started is told in words, by kErr and the exit
// code.
base::Result<std::unique_ptr<ProgramSession>> start_program(const ProgramStart& start);

}  // namespace runtime
