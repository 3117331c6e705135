// image_command.h — runs skopeo and its like: no input, output read as it comes.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "runtime/host_commands.h"

namespace runtime {

struct CommandResult {
  int exit_code = 0;  // 128 + the signal's number when one ended it
  std::string out;    // at most kOutputMax bytes
  std::string err;
};

// `on_line` gets each line of stdout, also of those that are kept. `host`: who runs it, instead of
// this process. kNotFound: no such program. Blocks; any thread.
base::Result<CommandResult> run_command(const std::vector<std::string>& argv,
                                        const std::function<void(std::string_view)>& on_line = {},
                                        const HostCommands* host = nullptr);

}  // namespace runtime
