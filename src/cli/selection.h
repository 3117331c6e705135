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

// "name", "json", "yaml" as -o asks; false when it is for people, and nothing was printed.
bool print_for_programs(Session& session, const std::vector<text::Value>& workflows);
// Of many workflows, a word on keeping fewer.
void print_cost_hint(Session& session, const std::vector<text::Value>& workflows);
// As `argo list` sorts them.
std::vector<text::Value> newest_first(std::vector<text::Value> workflows);

struct NamedWorkflow {
  std::string name, name_space;
};
// The arguments, and what --selector and --field-selector choose; each one once.
base::Result<std::vector<NamedWorkflow>> chosen_workflows(Session& session);

}  // namespace cli
