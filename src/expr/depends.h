// depends.h — a DAG task's `depends`, parsed once into a tree over task results.
//
// The grammar is Argo's (docs/enhanced-depends-logic.md): task names with "-", `A.Succeeded` and
// the other results, &&, ||, ! and parentheses; and as Argo hands the text to expr-lang, ==, !=, ??
// and ?: too. Anything else is an error with its column.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace expr {

enum class TaskResult : uint8_t {
  kSucceeded,
  kFailed,
  kErrored,
  kSkipped,
  kOmitted,
  kDaemoned,
  kAnySucceeded,
  kAllFailed
};

// "Succeeded", "Failed", …: as it is written in `depends`.
std::string_view name_of(TaskResult result);

// A boolean tree in postfix-free form: nodes point at children by index; node 0 is the root.
// Chains lean to the right: the depth of `left` is bounded, that of `right` is not.
struct Depends {
  // kChoice: where `left` holds the left of the kPair `right`, else its right.
  enum class Kind : uint8_t { kOperand, kAnd, kOr, kNot, kTrue, kEqual, kUnequal, kChoice, kPair };
  struct Node {
    Kind kind = Kind::kTrue;
    uint32_t task = 0;  // operand: index into `tasks`
    TaskResult result = TaskResult::kSucceeded;
    bool bare = false;  // "A" alone: Succeeded || Skipped || Daemoned (+ what continueOn adds)
    uint32_t left = 0, right = 0;  // kNot has `left` only
  };
  std::vector<std::string> tasks;  // the names mentioned, in order of first mention
  std::vector<Node> nodes;         // empty: no dependencies
};

// A task's name in a `depends`: bytes begin … end - 1, without its result.
struct DependsUse {
  uint32_t begin = 0, end = 0;
};

// Fails on a syntax error or an unknown result name, with the offset in `where.column`. `uses`
// takes the names as they come, up to an error.
base::Result<Depends> parse_depends(std::string_view source,
                                    std::vector<DependsUse>* uses = nullptr);
// `dependencies: [A, B]` as Argo reads it: A && B, each bare.
Depends depends_of_dependencies(const std::vector<std::string>& dependencies);

// The value of the tree, where `holds(node)` says whether an operand is true. No dependencies:
// true.
template <class Holds>
bool evaluate(const Depends& depends, const Holds& holds, uint32_t index = 0) {
  if (depends.nodes.empty()) return true;
  for (bool holding = true;;) {  // what the rest has to give
    const Depends::Node& node = depends.nodes[index];
    index = node.right;
    if (node.kind == Depends::Kind::kTrue) return holding;
    if (node.kind == Depends::Kind::kOperand) return holds(node) == holding;
    const bool left = evaluate(depends, holds, node.left);
    switch (node.kind) {
      case Depends::Kind::kNot:
        return left != holding;
      case Depends::Kind::kAnd:
        if (!left) return !holding;
        break;
      case Depends::Kind::kOr:
        if (left) return holding;
        break;
      case Depends::Kind::kEqual:
        holding = holding == left;
        break;
      case Depends::Kind::kUnequal:
        holding = holding != left;
        break;
      case Depends::Kind::kChoice:
        index = left ? depends.nodes[node.right].left : depends.nodes[node.right].right;
        break;
      default:
        return false;
    }
  }
}

}  // namespace expr
