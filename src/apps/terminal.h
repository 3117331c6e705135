// terminal.h — the world of the `argo` command line: terminal, environment, files, clock, network.
//
// Owned by main for the length of the command. `connect` of the surroundings is left empty here:
// main fills it, for it knows how to find and start the embedded server.
#pragma once
#include <string>

#include "cli/cli.h"

namespace apps {

class Terminal {
 public:
  Terminal();
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  cli::Surroundings& surroundings() { return surroundings_; }

 private:
  void write_out(std::string_view text);
  void flush();

  sys::RealClock clock_;
  sys::RealFiles files_;
  std::string pending_;  // output that is not yet written
  cli::Surroundings surroundings_;
};

}  // namespace apps
