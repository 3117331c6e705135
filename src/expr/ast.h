// ast.h — the tree of an expression.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "expr/value.h"

namespace re2 {
class RE2;
}

namespace expr {

struct Place {
  uint32_t line = 1, column = 1;  // from 1; columns count code points
  uint32_t offset = 0;            // bytes from the start
};

enum class NodeKind : uint8_t {
  kLiteral,      // `value`
  kIdentifier,   // `text`
  kUnary,        // `op`, one child
  kBinary,       // `op`, two children
  kMember,       // base, property; `optional`: ?.
  kChain,        // the end of a chain with ?.: one child
  kSlice,        // base, from or null, to or null
  kCall,         // callee, arguments
  kBuiltin,      // `text`, arguments
  kPredicate,    // the body
  kPointer,      // `text`: "", "acc", "index"
  kLet,          // `text`, value, body
  kSequence,     // expressions, the last one counts
  kConditional,  // condition, then, else
  kArray,        // items
  kMap,          // key, value, key, value, …
};

enum class Operator : uint8_t {
  kNot,
  kPlus,
  kMinus,
  kOr,
  kAnd,
  kEqual,
  kNotEqual,
  kLess,
  kGreater,
  kLessEqual,
  kGreaterEqual,
  kIn,
  kMatches,
  kContains,
  kStartsWith,
  kEndsWith,
  kRange,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kPower,
  kCoalesce,
  kPipe
};

// Whether a node is a boolean that is known before the expression runs.
enum class Known : uint8_t { kNot, kFalse, kTrue };

struct Node {
  NodeKind kind = NodeKind::kLiteral;
  Operator op = Operator::kNot;
  bool optional = false;
  Known constant = Known::kNot;
  bool method = false;  // kMember that is called
  uint16_t depth = 1;
  Place place;
  uint32_t begin = 0, end = 0;  // the bytes of the source that it was made of
  std::string text;             // an operator as written, a name
  Value value;
  std::shared_ptr<const re2::RE2> pattern;  // of `matches` with a text written out
  std::vector<Node*> children;
};

// Owns its nodes; they point at each other.
struct Tree {
  std::deque<Node> nodes;
  Node* root = nullptr;
};

}  // namespace expr
