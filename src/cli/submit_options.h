// submit_options.h — what the flags of `argo submit` change in a workflow before it is sent.
#pragma once
#include "cli/session.h"
#include "model/submit_options.h"

namespace cli {

// Of -p and --parameter-file, and the other flags.
base::Result<model::SubmitOptions> read_submit_options(Session& session);
// The body of a request's submitOptions.
text::Value to_value(const model::SubmitOptions& options);

}  // namespace cli
