// locator.h — a command finds this user's embedded server, and starts one when there is none.
//
// Starting is free of races: one starter at a time (a lock), the new server in a session of its own
// with no descriptor of ours, and ready when it says so through a pipe. A server of another build
// that is idle is asked to end first; one that is not idle is used as it is.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "server/data_folder.h"
#include "sys/http.h"

namespace server {

struct LocatorOptions {
  DataFolder folder;
  std::string program;                 // the `argo` to start
  std::vector<std::string> arguments;  // further ones for `argo server --embedded`
  std::string build_id;                // of this program
  std::function<void(std::string_view)> warn = [](std::string_view) {};
};

// kUnavailable with the server's own words when it cannot start.
base::Result<std::unique_ptr<sys::HttpClient>> connect_embedded(const LocatorOptions& options);

// Asks an idle server to end and waits until its lock is free. False: it is busy.
base::Result<bool> end_idle_server(const DataFolder& folder);

// Changes with every build of the program file.
std::string build_id_of(const std::string& program);

}  // namespace server
