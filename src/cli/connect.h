// connect.h — the connection of a command: to the server that its settings choose, with what they
// ask for besides: an instance ID, requests shown.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "cli/settings.h"

namespace cli {

// Requests of Argo's REST, whatever stands behind them. Borrows both.
base::Result<std::unique_ptr<sys::HttpClient>> connect(const Surroundings& around,
                                                       const Settings& settings);

// One line for stderr: "argo: …", or JSON of {time, level, msg}.
std::string log_line(const Settings& settings, base::Time now, std::string_view level,
                     std::string_view text);

}  // namespace cli
