// again.h — what commands that make workflows run have in common: each one is printed, and then
// comes what --log, --wait and --watch ask for.
#pragma once
#include <string_view>
#include <vector>

#include "cli/selection.h"

namespace cli {

// Prints what has been created or changed.
NamedWorkflow show(Session& session, const text::Value& workflow);

// Gives the exit code: 1 when one has failed. `nodes`: what --watch shows.
base::Result<int> stay(Session& session, const std::vector<NamedWorkflow>& names,
                       const text::Selector& nodes);

// --parameter as it was given, each looked at.
base::Result<text::List> parameter_list(const Flags& flags);
// What the flags of `argo retry` and of `argo resubmit` ask for.
base::Result<text::Value> retry_body(Session& session);
base::Result<text::Value> resubmit_body(Session& session);

// `argo retry`, `argo resubmit`, `argo rerun`: one request for each chosen workflow, to the last
// part `action` of its path. The `body` is the same for all; -p is added to it.
base::Result<int> run_again(Session& session, std::string_view action, text::Value body);

}  // namespace cli
