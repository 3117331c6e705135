// serve.h — `argo server`: the store, control, the API and the agent's keeper, wired together.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "server/data_folder.h"
#include "server/front.h"

namespace apps {

struct ServeOptions {
  server::DataFolder folder;
  std::string program;  // this program's file
  std::string version, git_commit, build_date;
  bool embedded = false;  // started by a command: no TCP, ends when idle
  int ready_fd = -1;      // gets "ready\n", or why not
  int idle_seconds = 60;  // embedded: ends after so long without client and unfinished workflow
  std::string address = "127.0.0.1";
  uint16_t port = 2746;
  // TLS: unset means always beyond loopback, and beside plain HTTP on it. False: never.
  std::optional<bool> secure;
  std::string tls_certificate, tls_key;  // files in PEM; empty: one of our own authority
  std::string tls_secret;                // a Secret of namespace argo, instead of files
  server::FrontOptions front;            // on TCP
  bool opens_browser = false;
  bool logs_json = false, logs_news = true, logs_requests = false;
  std::vector<std::string> hints;            // on flags without effect: told at the start
  uint32_t requests_per_second_max = 1000;   // of one address; 0: no limit
  std::vector<std::string> hosts;            // further names that requests may have in Host
  std::vector<std::string> agent_arguments;  // for `argo agent`, "--runtime=process" and the like
  bool with_agent = true;
  std::string trace_file;               // see sys/trace.h
  std::string transient_error_pattern;  // TRANSIENT_ERROR_PATTERN, see docs/retries.md
  // What is wrong with the agent's settings: told instead of starting.
  std::optional<base::Error> fault;
};

// Until SIGTERM or SIGINT, or idle. The exit code.
int serve(const ServeOptions& options);

}  // namespace apps
