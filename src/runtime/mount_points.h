// mount_points.h — what is mounted below a folder, in this process' mount namespace.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace runtime {

// In the order of mounting; `directory` itself counts. Absolute, without symbolic links.
std::vector<std::string> mounts_below(const std::string& directory);

// Reads /proc/<pid>/mountinfo's text; split out for tests.
std::vector<std::string> parse_mountinfo(std::string_view text);

// Unmounts all of them, the last first. kUnavailable: one stays.
base::Status unmount_below(const std::string& directory);

}  // namespace runtime
