#include "cli/node_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "cli/humanize.h"
#include "cli/table.h"

namespace cli {
namespace {

using text::Value;

struct Branch {
  const Value* node = nullptr;
  std::vector<Branch*> below;
  base::Time start;
  int64_t loop_index = -1;  // the 3 of "fan(3:x)"
  bool hangs = false;       // below another one
};

bool is_boundary(std::string_view type) { return type == "DAG" || type == "Steps"; }
bool is_group(std::string_view type) { return type == "StepGroup" || type == "Retry"; }
bool is_leaf(std::string_view type) {
  return type == "Pod" || type == "Skipped" || type == "Suspend" || type == "HTTP" ||
         type == "Plugin";
}

int64_t loop_index_of(std::string_view name) {
  const size_t open = name.find('('), colon = name.find(':');
  if (open == std::string_view::npos || colon == std::string_view::npos || colon < open) return -1;
  int64_t index = -1;
  const auto [stop, error] = std::from_chars(name.data() + open + 1, name.data() + colon, index);
  return error == std::errc() && stop == name.data() + colon ? index : -1;
}

// Oldest first; the loops of one second by name, and inside a loop by index.
bool comes_before(const Branch* a, const Branch* b) {
  if (a->start != b->start) return a->start < b->start;
  const std::string_view left = a->node->string_at("displayName"),
                         right = b->node->string_at("displayName");
  const std::string_view left_base = left.substr(0, left.find('(')),
                         right_base = right.substr(0, right.find('('));
  if (left_base != right_base) return left_base < right_base;
  if (a->loop_index != b->loop_index) return a->loop_index < b->loop_index;
  return left < right;
}

class Forest {
 public:
  explicit Forest(const text::Map& nodes) {
    branches_.reserve(nodes.size());
    for (const text::Member& member : nodes) {
      Branch& branch = branches_[member.key];
      branch.node = &member.value;
      branch.start = time_at(member.value, "startedAt");
      branch.loop_index = loop_index_of(member.value.string_at("displayName"));
    }
    for (const text::Member& member : nodes) hang_children(member.value, branches_.at(member.key));
    for (const text::Member& member : nodes) hang_on_boundary(branches_.at(member.key));
    for (auto& [id, branch] : branches_)
      std::sort(branch.below.begin(), branch.below.end(), comes_before);
  }

  // A branch that hangs nowhere.
  const Branch* root(std::string_view id) const {
    const auto found = branches_.find(std::string(id));
    if (found == branches_.end() || found->second.hangs) return nullptr;
    return &found->second;
  }

 private:
  void hang_children(const Value& node, Branch& parent) {
    const Value* children = node.find("children");
    if (!is_group(node.string_at("type")) || !children || !children->is_list()) return;
    for (const Value& child : children->as_list()) {
      const auto found = child.is_string() ? branches_.find(child.as_string()) : branches_.end();
      if (found == branches_.end() || found->second.hangs || !is_drawn(found->second)) continue;
      if (&found->second == &parent) continue;
      found->second.hangs = true;
      parent.below.push_back(&found->second);
    }
  }

  void hang_on_boundary(Branch& branch) {
    const std::string_view boundary = branch.node->string_at("boundaryID");
    if (branch.hangs || boundary.empty() || !is_drawn(branch)) return;
    branch.hangs = true;
    const auto found = branches_.find(std::string(boundary));
    if (found == branches_.end() || &found->second == &branch) return;
    if (is_boundary(found->second.node->string_at("type"))) found->second.below.push_back(&branch);
  }

  static bool is_drawn(const Branch& branch) {
    const std::string_view type = branch.node->string_at("type");
    return is_boundary(type) || is_group(type) || is_leaf(type);
  }

  std::unordered_map<std::string, Branch> branches_;
};

// The marks before a child and before what hangs below it.
struct Marks {
  std::string_view own, below;
};

Marks marks(bool utf8, bool parent_drawn, bool indent, size_t index, size_t last) {
  if (parent_drawn) {
    if (index == last) return utf8 ? Marks{"└─", "  "} : Marks{"`-", "  "};
    return utf8 ? Marks{"├─", "│ "} : Marks{"|-", "| "};
  }
  if (!indent) return {"", ""};
  if (last == 0) return utf8 ? Marks{"──", "  "} : Marks{"--", "  "};
  if (index == 0) return utf8 ? Marks{"┬─", "│ "} : Marks{"+-", "| "};
  if (index == last) return utf8 ? Marks{"└─", "  "} : Marks{"`-", "  "};
  return utf8 ? Marks{"├─", "│ "} : Marks{"|-", "| "};
}

std::string template_of(const Value& node) {
  if (const Value* ref = node.find("templateRef"))
    return fmt::format("{}/{}", ref->string_at("name"), ref->string_at("template"));
  return std::string(node.string_at("templateName"));
}

std::string artifact_names(const Value& node) {
  std::string out;
  const Value* artifacts = node.find_path("outputs", "artifacts");
  if (!artifacts || !artifacts->is_list()) return out;
  for (const Value& artifact : artifacts->as_list()) {
    if (!out.empty()) out += ',';
    out += artifact.string_at("name");
  }
  return out;
}

class Drawing {
 public:
  Drawing(const Value& workflow, const TreeOptions& options)
      : workflow_(workflow), options_(options), table_(2) {
    if (options.output == "wide")
      table_.add({"STEP", "TEMPLATE", "PODNAME", "DURATION", "ARTIFACTS", "MESSAGE",
                  "RESOURCESDURATION", "NODENAME"});
    else if (options.output == "short")
      table_.add({"STEP", "TEMPLATE", "PODNAME", "DURATION", "MESSAGE", "NODENAME"});
    else
      table_.add({"STEP", "TEMPLATE", "PODNAME", "DURATION", "MESSAGE"});
  }

  void draw_root(const Branch& root) { draw(root, " ", " "); }
  void blank_line() { table_.add_blank_line(); }
  std::string text() const { return table_.text(); }

 private:
  void draw(const Branch& branch, const std::string& own, const std::string& below) {
    const Value& node = *branch.node;
    const std::string_view type = node.string_at("type");
    const bool step_group = type == "StepGroup";
    const Value* children = node.find("children");
    const bool one_attempt =
        type == "Retry" && children && children->is_list() && children->as_list().size() == 1;
    const bool omitted = type == "Skipped" && node.string_at("phase") == "Omitted";
    const bool drawn =
        !step_group && !one_attempt && !omitted && matches_node(options_.nodes, node);
    if (drawn) add_row(node, own);
    const size_t last = branch.below.size() - 1;
    for (size_t i = 0; i < branch.below.size(); ++i) {
      const Marks mark = marks(options_.paint.utf8, drawn, step_group, i, last);
      const std::string& start = !drawn && i == 0 ? own : below;
      draw(*branch.below[i], start + std::string(mark.own), below + std::string(mark.below));
    }
  }

  // Argo shows nothing of an outcome that was used again.
  static std::string message_of(const Value& node, bool hit) {
    std::string out = one_line(node.string_at("message"));
    if (hit && out.empty())
      out = fmt::format("outputs of {} in cache {}", node.string_at("memoizationStatus", "key"),
                        node.string_at("memoizationStatus", "cacheName"));
    return out;
  }

  void add_row(const Value& node, const std::string& prefix) {
    const Value* found = node.find_path("memoizationStatus", "hit");
    const bool hit = found && found->is_bool() && found->as_bool();
    const bool pod = node.string_at("type") == "Pod" && !hit;
    std::string step = fmt::format("{}{} {}", prefix, node_icon(node, options_.paint),
                                   node.string_at("displayName"));
    const std::string duration =
        pod ? short_duration(
                  elapsed(time_at(node, "startedAt"), time_at(node, "finishedAt"), options_.now))
            : "";
    std::vector<std::string> row = {std::move(step), template_of(node),
                                    pod ? pod_name(workflow_, node) : "", duration};
    if (options_.output == "wide") row.push_back(artifact_names(node));
    row.push_back(message_of(node, hit));
    if (options_.output == "wide") row.push_back(resources_duration(node));
    if (!options_.output.empty()) row.emplace_back(pod ? node.string_at("hostNodeName") : "");
    table_.add(std::move(row));
  }

  const Value& workflow_;
  const TreeOptions& options_;
  Table table_;
};

}  // namespace

base::Time time_at(const Value& value, std::string_view key) {
  return base::parse_rfc3339(value.string_at(key)).value_or(base::Time{});
}

bool is_active_suspend(const Value& node) {
  return node.string_at("type") == "Suspend" && node.string_at("phase") == "Running";
}

std::string node_icon(const Value& node, const Paint& paint) {
  return is_active_suspend(node) ? paint.suspend() : paint.phase(node.string_at("phase"));
}

// As Argo's controller names pods; the annotation asks for the first manner, where it is the id.
std::string pod_name(const Value& workflow, const Value& node) {
  const std::string_view version =
      workflow.string_at("metadata", "annotations", "workflows.argoproj.io/pod-name-format");
  if (version == "v1") return std::string(node.string_at("id"));
  const std::string_view name = workflow.string_at("metadata", "name");
  const std::string_view node_name = node.string_at("name");
  if (name == node_name) return std::string(name);
  std::string_view template_name = node.string_at("templateRef", "template");
  if (template_name.empty()) template_name = node.string_at("templateName");
  std::string prefix(name);
  if (!template_name.empty()) prefix += fmt::format("-{}", template_name);
  constexpr size_t kPrefixMost = 242;  // 253 of Kubernetes, less a hash of ten digits and the dash
  prefix.resize(std::min(prefix.size(), kPrefixMost));
  return fmt::format("{}-{}", prefix, base::fnv1a32(node_name));
}

bool matches_node(const text::Selector& selector, const Value& node) {
  if (selector.empty()) return true;
  return selector.matches([&](std::string_view key) -> std::optional<std::string_view> {
    if (key == "templateName") {
      const std::string_view of_ref = node.string_at("templateRef", "template");
      return of_ref.empty() ? node.string_at("templateName") : of_ref;
    }
    if (key == "templateRef.name") return node.string_at("templateRef", "name");
    if (key == "templateRef.template") return node.string_at("templateRef", "template");
    constexpr std::string_view kInput = "inputs.parameters.", kValue = ".value";
    if (!key.starts_with(kInput) || !key.ends_with(kValue)) return node.string_at(key);
    key.remove_prefix(kInput.size());
    key.remove_suffix(std::min(key.size(), kValue.size()));
    const Value* inputs = node.find_path("inputs", "parameters");
    if (!inputs || !inputs->is_list()) return std::string_view();
    for (const Value& parameter : inputs->as_list())
      if (parameter.string_at("name") == key) return parameter.string_at("value");
    return std::string_view();
  });
}

std::string node_tree(const Value& workflow, const TreeOptions& options) {
  const Value* nodes = workflow.find_path("status", "nodes");
  if (!nodes || !nodes->is_map()) return {};
  const std::string name(workflow.string_at("metadata", "name"));
  const Forest forest(nodes->as_map());
  const Branch* main = forest.root(name);
  if (!main) return {};
  Drawing drawing(workflow, options);
  drawing.draw_root(*main);
  // Hooks and the exit handler of the workflow hang under nothing. (Argo shows the latter only.)
  const std::string exit_name = name + ".onExit", hooks = name + ".hooks.";
  const auto is_hook = [&](std::string_view node) {
    return node.starts_with(hooks) && node.find_first_of(".[(", hooks.size()) == node.npos;
  };
  for (const bool exits : {false, true})
    for (const text::Member& member : nodes->as_map()) {
      const std::string_view node = member.value.string_at("name");
      if (exits ? node != exit_name : !is_hook(node)) continue;
      if (const Branch* root = forest.root(member.key)) {
        drawing.blank_line();
        drawing.draw_root(*root);
      }
    }
  return drawing.text();
}

}  // namespace cli
