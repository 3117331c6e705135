// log_merge.h — lines of several sources in the order of their times, each source read by a thread
// of its own and never far ahead of the others.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace server {

// Hands out lines that begin with an RFC 3339 time and a space, until it ends or `on_line` gives
// false.
using LineSource =
    std::function<base::Status(const std::function<bool(std::string_view line)>& on_line)>;

// Calls `on_line` with the index of the source and the whole line. The first error of a source that
// gave no line is given back when no source gave any.
base::Status merge_lines(const std::vector<LineSource>& sources,
                         const std::function<bool(size_t source, std::string_view line)>& on_line);

}  // namespace server
