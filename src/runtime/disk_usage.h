// disk_usage.h — what a folder takes on its disk.
#pragma once
#include <cstdint>
#include <string>

namespace runtime {

// Of all below it on the same file system, files with several names once. What vanishes meanwhile
// counts nothing.
int64_t disk_usage(const std::string& folder);

}  // namespace runtime
