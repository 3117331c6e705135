// workflow_view.h — a Workflow as `argo get` and `argo submit` show it.
#pragma once
#include <string>
#include <vector>

#include "cli/cli.h"
#include "cli/node_tree.h"
#include "text/value.h"

namespace cli {

struct ViewOptions {
  TreeOptions tree;
  std::function<Zone(base::Time)> zone;
};

// What was found and did, as "Name:   hello" lines, and the tree.
std::string workflow_view(const text::Value& workflow, const ViewOptions& options);
// "Running (Suspended)", "Failed (Terminated)", "Pending", or the phase.
std::string workflow_status(const text::Value& workflow);
// The table of `argo list`.
struct ListOptions {
  bool headings = true, namespaces = false, wide = false;
  base::Time now;
  bool uids = false;
};
std::string workflow_table(const std::vector<const text::Value*>& workflows,
                           const ListOptions& options);

}  // namespace cli
