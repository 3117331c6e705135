// cli.h — the `argo` command line: a client of the HTTP API, and nothing else.
//
// run() does one command and gives its exit code: 0, 1 for an error or a workflow that failed, 2
// for a command line that makes no sense. `server` and `agent` are not here: apps/ dispatches them.
// Everything the commands touch of the world comes in by Surroundings; src/apps/terminal.h fills
// them for a real terminal, the tests with canned answers.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "sys/clock.h"
#include "sys/files.h"
#include "sys/http.h"

namespace cli {

// What this binary is, for `argo version`.
struct Version {
  std::string version = "v0.0.0", build_date, git_commit, git_tree_state, compiler, platform;
};

// The local time zone at an instant: seconds east of UTC and a name ("UTC", "CEST").
struct Zone {
  int offset_seconds = 0;
  std::string name = "UTC";
};

struct TerminalSize {
  int columns = 80, rows = 24;
};

// An exec plugin of a kubeconfig: its stdout is what it says; stdin and stderr are the user's.
struct PluginCall {
  std::vector<std::string> argv;
  std::vector<std::pair<std::string, std::string>> environment;  // besides ours
};

struct Surroundings {
  std::function<void(std::string_view)> out = {}, err = {};  // write at once, or until flush()
  std::function<void()> flush = [] {};
  std::function<base::Result<std::string>()> read_input = {};  // all of stdin
  bool out_is_terminal = false, in_is_terminal = false;
  std::function<TerminalSize()> size = [] { return TerminalSize{}; };  // now
  std::map<std::string, std::string> environment = {};
  std::string working_directory = {};  // relative paths that are sent to the server start here
  std::string home = {};               // of the user: ~/.config/argo/config.yaml
  sys::Clock& clock;
  sys::Files& files;
  std::function<Zone(base::Time)> zone = [](base::Time) { return Zone{}; };
  // A new connection; without an endpoint to the embedded server, which is started when it does not
  // run. Where the endpoint has no token, connect() may add the one of this machine's server.
  std::function<base::Result<std::unique_ptr<sys::HttpClient>>(
      const std::optional<sys::Endpoint>& endpoint)>
      connect = {};
  // Fetches manifests from http(s) addresses.
  std::function<std::unique_ptr<sys::HttpClient>(const sys::Endpoint&)> fetch = {};
  // Gives its stdout. kNotFound: no such program; kUnauthorized: it has failed.
  std::function<base::Result<std::string>(const PluginCall&)> run_plugin = {};
  // The bearer token of the embedded server, for `argo auth token`; may be empty.
  std::function<base::Result<std::string>()> read_token = {};
  // The certificate (PEM) that this machine's server is trusted by; kNotFound when it has none.
  std::function<base::Result<std::string>()> read_authority = [] {
    return base::Result<std::string>(base::fail(base::Code::kNotFound, "no certificate"));
  };
  // Calls `tick` again and again from another thread until the result is destroyed; may be empty.
  std::function<std::shared_ptr<void>(base::Duration, std::function<void()> tick)> every = {};
  // Calls job(0) … job(count - 1), on several threads at once; returns when all are done.
  std::function<void(size_t count, const std::function<void(size_t)>& job)> each =
      [](size_t count, const std::function<void(size_t)>& job) {
        for (size_t i = 0; i < count; ++i) job(i);
      };
  Version version = {};
};

// `args` without the program's name.
int run(const std::vector<std::string>& args, Surroundings& around);

}  // namespace cli
