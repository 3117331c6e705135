// container_log.h — reads the log that argoexec writes (CRI's format), and follows it.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "kube/node_api.h"

namespace runtime {

// Hands out the lines as kube::NodeApi::logs says. Blocks while it follows, until `is_over` says
// that the container has ended, or the folder does. Waits by inotify for the file to grow, to
// appear, and for other changes of the folder; `is_stopping` is asked now and then.
base::Status read_container_log(const std::string& folder, const kube::LogOptions& options,
                                const std::function<bool(std::string_view)>& on_line,
                                const std::function<bool()>& is_over,
                                const std::function<bool()>& is_stopping);

}  // namespace runtime
