// node_tree.h — the tree of a workflow's nodes as `argo get` draws it, and single nodes of it.
//
// Works on a Workflow's JSON. A node hangs below its step group or retry node, else below its
// boundary; step groups, omitted nodes and retry nodes with one attempt are not drawn.
#pragma once
#include <string>
#include <string_view>

#include "base/time.h"
#include "cli/paint.h"
#include "text/selector.h"
#include "text/value.h"

namespace cli {

struct TreeOptions {
  std::string output;    // "", "wide" or "short": which columns
  text::Selector nodes;  // fields of the nodes to draw
  Paint paint;
  base::Time now;
};

// With its headings; empty when the workflow has no nodes yet.
std::string node_tree(const text::Value& workflow, const TreeOptions& options);

// "displayName", "templateName", "phase", "name", "id", "templateRef.name", "templateRef.template",
// "inputs.parameters.NAME.value", as --node-field-selector asks.
bool matches_node(const text::Selector& selector, const text::Value& node);
bool is_active_suspend(const text::Value& node);
// The icon of the node's phase or kind.
std::string node_icon(const text::Value& node, const Paint& paint);
std::string pod_name(const text::Value& workflow, const text::Value& node);
base::Time time_at(const text::Value& value, std::string_view key);

}  // namespace cli
