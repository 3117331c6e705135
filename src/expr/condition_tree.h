// condition_tree.h — a `when` parsed; used by condition*.cc alone.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "expr/condition.h"
#include "expr/condition_operand.h"

namespace expr {

// The symbols of each: condition_parse.cc.
enum class ConditionOp : uint8_t {
  kEq,
  kNe,
  kGt,
  kLt,
  kGe,
  kLe,
  kMatch,
  kNotMatch,
  kIn,
  kAnd,
  kOr,
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMod,
  kPow,
  kBitAnd,
  kBitOr,
  kBitXor,
  kShl,
  kShr,
  kNegate,
  kInvert,
  kBitNot,
  kIf,
  kElse,
  kSeparate
};

struct ConditionTree {
  struct Link {
    ConditionOp op;
    uint32_t node;
  };
  struct Node {
    enum class Kind : uint8_t { kNil, kLiteral, kSlot, kUnary, kChain, kAccessor };
    Kind kind = Kind::kNil;
    ConditionOp op = ConditionOp::kEq;  // kUnary
    uint32_t child = 0;           // kUnary: its operand; kChain: the first one; kSlot: its number
    bool quoted = false;          // kSlot
    ConditionOperand value = {};  // kLiteral
    std::vector<Link> rest = {};  // kChain: the other operands, each with what joins it
    std::string text = {};        // what a literal's view points at; kAccessor: its words
    std::string_view symbol = {};
  };
  std::deque<Node> nodes;  // views into `text` stay valid
  uint32_t root = 0;
  std::vector<std::string> tags;  // of the slots: their names
};

// Errors are kInvalid, without the text.
base::Result<std::shared_ptr<ConditionTree>> parse_condition(std::string_view text,
                                                             BareWords words);

// `slots`: the tags' values, by their number. Errors are kInvalid, without the text.
base::Result<bool> evaluate_condition(const ConditionTree& tree,
                                      std::span<const ConditionOperand> slots);

}  // namespace expr
