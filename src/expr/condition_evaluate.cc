// What the tree of a condition comes to.
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "expr/condition_tree.h"
#include "expr/number_text.h"
#include "expr/pattern.h"

namespace expr {
namespace {

using Op = ConditionOp;
using Operand = ConditionOperand;
using Type = ConditionOperand::Type;
using Node = ConditionTree::Node;

tl::unexpected<base::Error> wrong(const Operand& value, std::string_view use) {
  return base::fail(base::Code::kInvalid,
                    "value \"" + shown(value) + "\" cannot be used with " + std::string(use));
}

class Evaluator {
 public:
  Evaluator(const ConditionTree& tree, std::span<const Operand> slots)
      : tree_(tree), slots_(slots) {}

  base::Result<Operand> value(uint32_t index) {
    const Node& node = tree_.nodes[index];
    switch (node.kind) {
      case Node::Kind::kNil:
        return Operand{};
      case Node::Kind::kLiteral:
        return node.value;
      case Node::Kind::kSlot:
        return slots_[node.child];
      case Node::Kind::kAccessor:
        return base::fail(base::Code::kInvalid, "no parameter \"" + node.text + "\" found", {},
                          "put it in quotes, if it is a text");
      case Node::Kind::kUnary:
        return unary(node);
      case Node::Kind::kChain:
        return chain(node);
    }
    return Operand{};
  }

 private:
  base::Result<Operand> unary(const Node& node) {
    auto inner = value(node.child);
    if (!inner) return inner;
    const std::string use = "the prefix \"" + std::string(node.symbol) + "\"";
    if (node.op == Op::kInvert) {
      if (!inner->is(Type::kBool)) return wrong(*inner, use);
      return Operand::of(!inner->boolean);
    }
    if (!inner->is(Type::kNumber)) return wrong(*inner, use);
    if (node.op == Op::kNegate) return Operand::of(-inner->number);
    return Operand::of(static_cast<double>(~to_int64(inner->number)));
  }

  // A literal's or a tag's value as it is, or null.
  const Operand* leaf(uint32_t index) const {
    const Node& node = tree_.nodes[index];
    if (node.kind == Node::Kind::kLiteral) return &node.value;
    return node.kind == Node::Kind::kSlot ? &slots_[node.child] : nullptr;
  }

  base::Result<Operand> chain(const Node& node) {
    // Most conditions are one comparison of two words.
    if (node.rest.size() == 1 && (node.rest[0].op == Op::kEq || node.rest[0].op == Op::kNe)) {
      const Operand *a = leaf(node.child), *b = leaf(node.rest[0].node);
      if (a && b) return Operand::of(equal(*a, *b) == (node.rest[0].op == Op::kEq));
    }
    auto left = value(node.child);
    for (const ConditionTree::Link& link : node.rest) {
      if (!left) return left;
      if (const auto known = known_from_left(link.op, *left)) {
        if (!*known) left = Operand{};
        continue;
      }
      auto right = value(link.node);
      if (!right) return right;
      left = join(link.op, std::move(*left), std::move(*right), node.symbol);
    }
    return left;
  }

  // Whether the left side decides: true, it is the result; false, nil is; nothing: go on.
  static std::optional<bool> known_from_left(Op op, const Operand& left) {
    if (op == Op::kAnd && left.is(Type::kBool) && !left.boolean) return true;
    if (op == Op::kOr && left.is(Type::kBool) && left.boolean) return true;
    if (op == Op::kElse && !left.is(Type::kNil)) return true;
    if (op == Op::kIf && left.is(Type::kBool) && !left.boolean) return false;
    return std::nullopt;
  }

  base::Result<Operand> join(Op op, Operand left, Operand right, std::string_view symbol) {
    switch (op) {
      case Op::kEq:
        return Operand::of(equal(left, right));
      case Op::kNe:
        return Operand::of(!equal(left, right));
      case Op::kGt:
      case Op::kLt:
      case Op::kGe:
      case Op::kLe:
        return compare(op, left, right, symbol);
      case Op::kMatch:
      case Op::kNotMatch:
        return match(op, left, right, symbol);
      case Op::kIn:
        return in(left, right);
      case Op::kAnd:
      case Op::kOr:
        if (!left.is(Type::kBool)) return wrong(left, "a logical operator, it is not a bool");
        if (!right.is(Type::kBool)) return wrong(right, "a logical operator, it is not a bool");
        return right;  // the left side did not decide
      case Op::kIf:
        if (!left.is(Type::kBool)) return wrong(left, "the ternary operator, it is not a bool");
        return right;
      case Op::kElse:
        return right;
      case Op::kSeparate:
        return separate(std::move(left), std::move(right));
      case Op::kAdd:
        if (left.is(Type::kString) || right.is(Type::kString)) {
          made_.push_back(std::make_unique<std::string>(shown(left) + shown(right)));
          return Operand::of(std::string_view(*made_.back()));
        }
        [[fallthrough]];
      default:
        return arithmetic(op, left, right);
    }
  }

  static base::Result<Operand> compare(Op op, const Operand& left, const Operand& right,
                                       std::string_view symbol) {
    const bool numbers = left.is(Type::kNumber) && right.is(Type::kNumber);
    const bool texts = left.is(Type::kString) && right.is(Type::kString);
    if (!numbers && !texts)
      return wrong(left, "the comparator \"" + std::string(symbol) + "\", it is not a number");
    const auto order =
        numbers ? left.number <=> right.number : std::partial_ordering(left.text <=> right.text);
    return Operand::of(op == Op::kGt   ? order > 0
                       : op == Op::kLt ? order < 0
                       : op == Op::kGe ? order >= 0
                                       : order <= 0);
  }

  static base::Result<Operand> match(Op op, const Operand& left, const Operand& right,
                                     std::string_view symbol) {
    for (const Operand* side : {&left, &right})
      if (!side->is(Type::kString))
        return wrong(*side, "the comparator \"" + std::string(symbol) + "\", it is not a text");
    const auto pattern = compile_pattern(right.text);
    if (!pattern)
      return base::fail(
          base::Code::kInvalid,
          "unable to compile pattern \"" + std::string(right.text) + "\": " + pattern.error().text);
    return Operand::of(RE2::PartialMatch(left.text, **pattern) == (op == Op::kMatch));
  }

  static base::Result<Operand> in(const Operand& left, const Operand& right) {
    if (!right.is(Type::kList)) return wrong(right, "the comparator \"in\", it is not an array");
    return Operand::of(std::any_of(right.list.begin(), right.list.end(),
                                   [&](const Operand& item) { return equal(left, item); }));
  }

  static Operand separate(Operand left, Operand right) {
    if (!left.is(Type::kList)) {
      Operand list{.type = Type::kList};
      list.list.push_back(std::move(left));
      left = std::move(list);
    }
    left.list.push_back(std::move(right));
    return left;
  }

  static base::Result<Operand> arithmetic(Op op, const Operand& left, const Operand& right) {
    for (const Operand* side : {&left, &right})
      if (!side->is(Type::kNumber)) return wrong(*side, "arithmetic, it is not a number");
    const double a = left.number, b = right.number;
    const auto shift = [&](bool to_left) {
      const auto value = static_cast<uint64_t>(to_int64(a));
      const auto count = static_cast<uint64_t>(to_int64(b));
      return static_cast<double>(count > 63 ? 0 : to_left ? value << count : value >> count);
    };
    switch (op) {
      case Op::kAdd:
        return Operand::of(a + b);
      case Op::kSub:
        return Operand::of(a - b);
      case Op::kMul:
        return Operand::of(a * b);
      case Op::kDiv:
        return Operand::of(a / b);
      case Op::kMod:
        return Operand::of(std::fmod(a, b));
      case Op::kPow:
        return Operand::of(std::pow(a, b));
      case Op::kBitAnd:
        return Operand::of(static_cast<double>(to_int64(a) & to_int64(b)));
      case Op::kBitOr:
        return Operand::of(static_cast<double>(to_int64(a) | to_int64(b)));
      case Op::kBitXor:
        return Operand::of(static_cast<double>(to_int64(a) ^ to_int64(b)));
      default:
        return Operand::of(shift(op == Op::kShl));
    }
  }

  const ConditionTree& tree_;
  std::span<const Operand> slots_;
  std::vector<std::unique_ptr<std::string>> made_;  // texts that the evaluation made
};

}  // namespace

base::Result<bool> evaluate_condition(const ConditionTree& tree,
                                      std::span<const ConditionOperand> slots) {
  Evaluator evaluator(tree, slots);
  auto value = evaluator.value(tree.root);
  if (!value) return tl::unexpected(value.error());
  if (!value->is(Type::kBool))
    return base::fail(base::Code::kInvalid, "expected true or false, got " + shown(*value));
  return value->boolean;
}

}  // namespace expr
