// jq_node.h — a jq filter as it was parsed; used by jq*.cc alone.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "expr/value.h"

namespace expr {

struct JqNode;
using JqNodePtr = std::unique_ptr<JqNode>;

// What `as` binds: a variable, or a shape with patterns inside.
struct JqPattern {
  enum class Kind : uint8_t { kVariable, kArray, kObject };
  Kind kind = Kind::kVariable;
  std::string name = {};              // kVariable; in an object: also bind the value to it
  std::vector<JqPattern> items = {};  // kArray, kObject: one a member
  std::vector<JqNodePtr> keys = {};   // kObject
  std::vector<uint8_t> is_bare = {};  // kObject: the member is "$name" without a pattern
};

struct JqDefinition {
  std::string name;
  std::vector<std::string> parameters;  // "$x" for values, "f" for filters
  JqNodePtr body;
};

struct JqNode {
  enum class Kind : uint8_t {
    kIdentity,
    kRecurse,  // ..
    kLiteral,  // value
    kString,   // children: literals and kHole; text: the format, or ""
    kHole,     // \(children[0])
    kFormat,   // @text
    kIndex,    // children: term, key
    kSlice,    // children: term, from or null, to or null
    kIterate,  // children: term
    kArray,    // children: none or one
    kObject,   // children: key, value, key, value, …
    kNegate,
    kPipe,
    kComma,
    kBinary,  // op
    kAnd,
    kOr,
    kAlternative,  // //
    kAssign,       // =
    kUpdate,       // |=
    kUpdateWith,   // op and =; kNone: //=
    kIf,           // children: condition, then, else or null
    kTry,          // children: body, handler or null
    kOptional,     // children: an index, slice or iteration whose own errors count for nothing
    kReduce,       // children: source, init, update; patterns[0]
    kForeach,      // children: source, init, update, extract or null; patterns[0]
    kDefine,       // definition; children: what it is known in
    kCall,         // text, children: arguments
    kVariable,     // text
    kLabel,        // text, children: body
    kBreak,        // text
    kBind,         // children: source, body; patterns: alternatives
  };
  enum class Op : uint8_t { kNone, kAdd, kSub, kMul, kDiv, kMod, kEq, kNe, kLt, kLe, kGt, kGe };

  Kind kind = Kind::kIdentity;
  Op op = Op::kNone;
  uint32_t column = 0;
  std::string text = {};
  Value value = {};
  std::vector<JqNodePtr> children = {};
  std::vector<JqPattern> patterns = {};
  std::unique_ptr<JqDefinition> definition = nullptr;
};

// Whether the functions that are written in jq themselves are known: not to their own text.
enum class JqNames : uint8_t { kAll, kNative };

// Errors: kInvalid with line 1 and the column.
base::Result<JqNodePtr> parse_jq(std::string_view source, JqNames names = JqNames::kAll);

// Whether a function of that many arguments is built in.
bool is_jq_builtin(std::string_view name, size_t arguments, JqNames names);

}  // namespace expr
