// Which operator binds how, and the tree that this makes.
#include <utility>

#include "expr/condition_token.h"
#include "expr/condition_tree.h"

namespace expr {
namespace {

using Token = ConditionToken;
using Kind = ConditionToken::Kind;
using Op = ConditionOp;
using Operand = ConditionOperand;
using Node = ConditionTree::Node;

constexpr int kDepthMax = 100;

struct Symbol {
  Kind kind;
  std::string_view text;
  int level;
  Op op;
};
// The levels bind less the lower they are; each is read from left to right.
constexpr int kLevels = 10;
constexpr Symbol kSymbols[] = {
    {Kind::kSeparator, ",", 0, Op::kSeparate}, {Kind::kTernary, "?", 1, Op::kIf},
    {Kind::kTernary, ":", 1, Op::kElse},       {Kind::kTernary, "??", 1, Op::kElse},
    {Kind::kLogical, "||", 2, Op::kOr},        {Kind::kLogical, "&&", 3, Op::kAnd},
    {Kind::kComparator, "==", 4, Op::kEq},     {Kind::kComparator, "!=", 4, Op::kNe},
    {Kind::kComparator, ">", 4, Op::kGt},      {Kind::kComparator, "<", 4, Op::kLt},
    {Kind::kComparator, ">=", 4, Op::kGe},     {Kind::kComparator, "<=", 4, Op::kLe},
    {Kind::kComparator, "=~", 4, Op::kMatch},  {Kind::kComparator, "!~", 4, Op::kNotMatch},
    {Kind::kComparator, "in", 4, Op::kIn},     {Kind::kModifier, "&", 5, Op::kBitAnd},
    {Kind::kModifier, "|", 5, Op::kBitOr},     {Kind::kModifier, "^", 5, Op::kBitXor},
    {Kind::kModifier, "<<", 6, Op::kShl},      {Kind::kModifier, ">>", 6, Op::kShr},
    {Kind::kModifier, "+", 7, Op::kAdd},       {Kind::kModifier, "-", 7, Op::kSub},
    {Kind::kModifier, "*", 8, Op::kMul},       {Kind::kModifier, "/", 8, Op::kDiv},
    {Kind::kModifier, "%", 8, Op::kMod},       {Kind::kModifier, "**", 9, Op::kPow},
};

class Parser {
 public:
  Parser(std::vector<Token> tokens, ConditionTree& tree, BareWords words)
      : tokens_(std::move(tokens)), tree_(tree), words_(words) {}

  base::Status parse() {
    auto root = level(0);
    if (!root) return tl::unexpected(root.error());
    tree_.root = *root;
    return {};
  }

 private:
  bool more() const { return at_ < tokens_.size(); }
  uint32_t add(Node node) {
    tree_.nodes.push_back(std::move(node));
    Node& kept = tree_.nodes.back();
    if (kept.value.is(Operand::Type::kString)) kept.value.text = kept.text;
    return static_cast<uint32_t>(tree_.nodes.size() - 1);
  }

  const Symbol* symbol_at(int wanted) const {
    if (!more()) return nullptr;
    const Token& token = tokens_[at_];
    for (const Symbol& symbol : kSymbols)
      if (symbol.level == wanted && symbol.kind == token.kind && symbol.text == token.text)
        return &symbol;
    return nullptr;
  }

  base::Result<uint32_t> level(int wanted) {
    if (wanted == kLevels) return operand();
    auto first = level(wanted + 1);
    if (!first) return first;
    const Symbol* symbol = symbol_at(wanted);
    if (!symbol) return first;
    Node chain{.kind = Node::Kind::kChain, .child = *first};
    for (; symbol; symbol = symbol_at(wanted)) {
      ++at_;
      auto next = level(wanted + 1);
      if (!next) return next;
      chain.rest.push_back({symbol->op, *next});
      chain.symbol = symbol->text;
    }
    return add(std::move(chain));
  }

  base::Result<uint32_t> operand() {
    if (!more() || tokens_[at_].kind == Kind::kClauseClose) return add({});
    Token& token = tokens_[at_++];
    switch (token.kind) {
      case Kind::kClause:
        return clause();
      case Kind::kPrefix:
        return prefix(token);
      case Kind::kNumber:
      case Kind::kTime:
        return add({.kind = Node::Kind::kLiteral, .value = Operand::of(token.number)});
      case Kind::kBool:
        return add({.kind = Node::Kind::kLiteral, .value = Operand::of(token.number != 0)});
      case Kind::kSlot:
        return add({.kind = Node::Kind::kSlot, .child = token.slot, .quoted = !token.text.empty()});
      case Kind::kAccessor:
        return add({.kind = Node::Kind::kAccessor, .text = token.text});
      case Kind::kVariable:
        if (words_ == BareWords::kRefused)
          return add({.kind = Node::Kind::kAccessor, .text = token.text});
        [[fallthrough]];
      default:
        return add({.kind = Node::Kind::kLiteral,
                    .value = {.type = Operand::Type::kString},
                    .text = std::move(token.text)});
    }
  }

  base::Result<uint32_t> clause() {
    if (++depth_ > kDepthMax)
      return base::fail(base::Code::kInvalid, "more than 100 parentheses inside each other");
    auto inner = level(0);
    --depth_;
    // What stands between the end of the inner expression and the parenthesis is dropped, as in
    // the original: one token.
    if (inner && more()) ++at_;
    return inner;
  }

  base::Result<uint32_t> prefix(const Token& token) {
    const Op op = token.text == "-" ? Op::kNegate : token.text == "!" ? Op::kInvert : Op::kBitNot;
    const std::string_view symbol = op == Op::kNegate ? "-" : op == Op::kInvert ? "!" : "~";
    auto inner = operand();
    if (!inner) return inner;
    return add({.kind = Node::Kind::kUnary, .op = op, .child = *inner, .symbol = symbol});
  }

  std::vector<Token> tokens_;
  ConditionTree& tree_;
  size_t at_ = 0;
  int depth_ = 0;
  BareWords words_;
};

}  // namespace

base::Result<std::shared_ptr<ConditionTree>> parse_condition(std::string_view text,
                                                             BareWords words) {
  auto tokens = split_condition(text);
  if (!tokens) return tl::unexpected(tokens.error());
  auto tree = std::make_shared<ConditionTree>();
  if (auto status = Parser(std::move(*tokens), *tree, words).parse(); !status)
    return tl::unexpected(status.error());
  return tree;
}

}  // namespace expr
