// depends.h — a DAG task's `depends`, parsed once into a tree over task results.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace expr {

enum class TaskResult : uint8_t {
  kSucceeded, kFailed, kErrored, kSkipped, kOmitted, kDaemoned, kAnySucceeded, kAllFailed
};

// A boolean tree in postfix-free form: nodes point at children by index; node 0 is the root.
struct Depends {
  enum class Kind : uint8_t { kOperand, kAnd, kOr, kNot, kTrue };
  struct Node {
    Kind kind = Kind::kTrue;
    uint32_t task = 0;  // operand: index into `tasks`
    TaskResult result = TaskResult::kSucceeded;
    bool bare = false;  // "A" alone: Succeeded || Skipped || Daemoned (+ what continueOn adds)
    uint32_t left = 0, right = 0;
  };
  std::vector<std::string> tasks;  // the names mentioned, in order of first mention
  std::vector<Node> nodes;         // empty: no dependencies
};

// Fails on a syntax error or an unknown result name, with the offset in `where.column`.
base::Result<Depends> parse_depends(std::string_view source);
// `dependencies: [A, B]` as Argo reads it: A && B, each bare.
Depends depends_of_dependencies(const std::vector<std::string>& dependencies);

}  // namespace expr
