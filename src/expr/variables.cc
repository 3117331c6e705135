// The variables that Argo takes an expression to need.
#include <algorithm>
#include <set>
#include <unordered_set>

#include "expr/parser.h"

namespace expr {
namespace {

class Collector {
 public:
  std::vector<std::string> collect(const Tree& tree) {
    guard(tree.root);
    visit(tree.root);
    return std::move(names_);
  }

 private:
  void mark_members(const Node* node) {
    if (!node) return;
    if (node->kind == NodeKind::kMember) guarded_.insert(node);
    for (const Node* child : node->children) mark_members(child);
  }

  void guard(const Node* node) {
    if (!node) return;
    for (const Node* child : node->children) guard(child);
    if (node->kind == NodeKind::kBinary && node->op == Operator::kCoalesce)
      mark_members(node->children[0]);
    if (node->kind == NodeKind::kMember && node->optional &&
        node->children[0]->kind == NodeKind::kMember)
      guarded_.insert(node->children[0]);
  }

  void visit(const Node* node) {
    if (!node) return;
    for (const Node* child : node->children) visit(child);
    if (guarded_.contains(node)) return;
    if (node->kind == NodeKind::kIdentifier) add(node->text);
    if (node->kind != NodeKind::kMember) return;
    std::string path;
    if (path_of(node, path)) add(path);
  }

  static bool path_of(const Node* node, std::string& path) {
    if (node->kind == NodeKind::kIdentifier) {
      path = node->text;
      return true;
    }
    if (node->kind != NodeKind::kMember || node->optional) return false;
    const Node* property = node->children[1];
    if (property->kind != NodeKind::kLiteral || !property->value.is_string()) return false;
    if (!path_of(node->children[0], path)) return false;
    path += "." + property->value.as_string();
    return true;
  }

  void add(const std::string& name) {
    if (seen_.insert(name).second) names_.push_back(name);
  }

  std::unordered_set<const Node*> guarded_;
  std::unordered_set<std::string> seen_;
  std::vector<std::string> names_;
};

}  // namespace

std::vector<std::string> variables_of(const Tree& tree) { return Collector().collect(tree); }

}  // namespace expr
