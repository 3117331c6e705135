// The variables that Argo takes an expression to need.
#include <algorithm>
#include <unordered_set>

#include "expr/checker.h"
#include "expr/parser.h"

namespace expr {
namespace {

using Nodes = std::unordered_set<const Node*>;

void mark_members(const Node* node, Nodes& guarded) {
  if (!node) return;
  if (node->kind == NodeKind::kMember) guarded.insert(node);
  for (const Node* child : node->children) mark_members(child, guarded);
}

void guard(const Node* node, Nodes& guarded) {
  if (!node) return;
  for (const Node* child : node->children) guard(child, guarded);
  if (node->kind == NodeKind::kBinary && node->op == Operator::kCoalesce)
    mark_members(node->children[0], guarded);
  if (node->kind == NodeKind::kMember && node->optional &&
      node->children[0]->kind == NodeKind::kMember)
    guarded.insert(node->children[0]);
}

class Collector {
 public:
  std::vector<std::string> collect(const Tree& tree) {
    guarded_ = guarded_members(tree);
    visit(tree.root);
    return std::move(names_);
  }

 private:
  void visit(const Node* node) {
    if (!node) return;
    for (const Node* child : node->children) visit(child);
    if (guarded_.contains(node)) return;
    if (node->kind == NodeKind::kIdentifier) add(node->text);
    if (node->kind != NodeKind::kMember) return;
    if (const std::string path = path_of(node); !path.empty()) add(path);
  }

  void add(const std::string& name) {
    if (seen_.insert(name).second) names_.push_back(name);
  }

  Nodes guarded_;
  std::unordered_set<std::string> seen_;
  std::vector<std::string> names_;
};

}  // namespace

std::unordered_set<const Node*> guarded_members(const Tree& tree) {
  Nodes guarded;
  guard(tree.root, guarded);
  return guarded;
}

std::string path_of(const Node* node) {
  if (node->kind == NodeKind::kIdentifier) return node->text;
  if (node->kind != NodeKind::kMember || node->optional) return {};
  const Node* property = node->children[1];
  if (property->kind != NodeKind::kLiteral || !property->value.is_string()) return {};
  const std::string base = path_of(node->children[0]);
  return base.empty() ? base : base + "." + property->value.as_string();
}

std::vector<std::string> variables_of(const Tree& tree) { return Collector().collect(tree); }

}  // namespace expr
