// stage.h — for tests: the command line on a stage, with a server of canned answers.
#pragma once
#include <deque>
#include <string>
#include <vector>

#include "cli/cli.h"

namespace cli {

// One answer; the requests must come in the order of the script.
struct Scene {
  std::string request;  // "GET /api/v1/workflows/default/x"
  std::string answer;   // the body; of a stream, all of it
  int status = 200;
};

class Stage {
 public:
  explicit Stage(std::vector<Scene> scenes = {});
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  int run(std::vector<std::string> args);

  sys::ManualClock clock{base::Time::from_unix_seconds(1'767'323'100)};  // 2026-01-02T03:05:00Z
  sys::MemoryFiles files;
  std::string out, err, input;
  std::vector<std::string> bodies;    // of the requests, in order
  std::vector<std::string> unplayed;  // what was asked beside the script
  std::deque<Scene> script;
  std::vector<std::optional<sys::Endpoint>> endpoints;
  Surroundings around;
};

// A command line, what is asked of the server, and what the user sees.
struct Story {
  std::string title;
  std::vector<std::string> args;
  std::vector<Scene> script;
  int code;
  std::string out, err;
};
// Plays it, and expects just that.
void play(const Story& story);

}  // namespace cli
