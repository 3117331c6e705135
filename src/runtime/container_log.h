// container_log.h — reads the log that argoexec writes (CRI's format), and follows it.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "kube/node_api.h"

namespace runtime {

// Hands out the lines as kube::NodeApi::logs says. Blocks while it follows; `is_over` is asked now
// and then whether nobody wants more. Waits by inotify for the file to grow, and to appear.
base::Status read_container_log(const std::string& folder, const kube::LogOptions& options,
                                const std::function<bool(std::string_view)>& on_line,
                                const std::function<bool()>& is_over);

}  // namespace runtime
