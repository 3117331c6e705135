// selection.h — several workflows at once, chosen by flags: for list, delete, stop, terminate.
#pragma once
#include <string>
#include <vector>

#include "cli/session.h"

namespace cli {

// Reads the flags all-namespaces, selector, field-selector, status, completed, running,
// resubmitted, prefix, since, older, chunk-size, as far as the command has them. `fields`: what the
// server shall send of each ("" for everything). Newest first, unfinished ones before all.
base::Result<std::vector<text::Value>> select_workflows(Session& session, std::string_view fields);

struct NamedWorkflow {
  std::string name, name_space;
};
// The arguments, and what --selector and --field-selector choose; each one once.
base::Result<std::vector<NamedWorkflow>> chosen_workflows(Session& session);

}  // namespace cli
