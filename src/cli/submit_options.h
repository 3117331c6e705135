// submit_options.h — what the flags of `argo submit` change in a workflow before it is sent.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "cli/session.h"

namespace cli {

struct SubmitOptions {
  std::string name, generate_name, entrypoint, service_account, labels;
  std::optional<int64_t> priority;
  std::vector<std::pair<std::string, std::string>> parameters;  // these win over the file's
};

// Of -p and --parameter-file, and the other flags.
base::Result<SubmitOptions> read_submit_options(Session& session);
// Parameters that the workflow has keep their place and their enum.
void apply_submit_options(text::Value& workflow, const SubmitOptions& options);

}  // namespace cli
