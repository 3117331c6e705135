#include "expr/condition.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "expr/condition_token.h"
#include "expr/number_text.h"
#include "expr/pattern.h"

namespace expr {
namespace {

using Token = ConditionToken;
using Kind = ConditionToken::Kind;

constexpr uint32_t kNone = UINT32_MAX;
constexpr int kDepthMax = 100;

enum class Op : uint8_t {
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

struct Operand {
  enum class Type : uint8_t { kNil, kBool, kNumber, kString, kList };
  Type type = Type::kNil;
  bool boolean = false;
  double number = 0;
  std::string_view text;
  std::vector<Operand> list;

  static Operand of(bool value) { return {.type = Type::kBool, .boolean = value}; }
  static Operand of(double value) { return {.type = Type::kNumber, .number = value}; }
  static Operand of(std::string_view value) { return {.type = Type::kString, .text = value}; }
  bool is(Type t) const { return type == t; }
};
using Type = Operand::Type;

std::string shown(const Operand& value) {
  switch (value.type) {
    case Type::kNil:
      return "<nil>";
    case Type::kBool:
      return value.boolean ? "true" : "false";
    case Type::kNumber:
      return go_float(value.number);
    case Type::kString:
      return std::string(value.text);
    case Type::kList:
      break;
  }
  std::string out = "[";
  for (const Operand& item : value.list) {
    if (out.size() > 1) out += ' ';
    out += shown(item);
  }
  return out + "]";
}

bool equal(const Operand& a, const Operand& b) {
  if (a.type != b.type) return false;
  switch (a.type) {
    case Type::kNil:
      return true;
    case Type::kBool:
      return a.boolean == b.boolean;
    case Type::kNumber:
      return a.number == b.number;
    case Type::kString:
      return a.text == b.text;
    case Type::kList:
      return a.list.size() == b.list.size() &&
             std::equal(a.list.begin(), a.list.end(), b.list.begin(), equal);
  }
  return false;
}

tl::unexpected<base::Error> wrong(const Operand& value, std::string_view use) {
  return base::fail(base::Code::kInvalid,
                    "value \"" + shown(value) + "\" cannot be used with " + std::string(use));
}

}  // namespace

struct ConditionTree {
  struct Link {
    Op op;
    uint32_t node;
  };
  struct Node {
    enum class Kind : uint8_t { kNil, kLiteral, kSlot, kUnary, kChain, kAccessor };
    Kind kind = Kind::kNil;
    Op op = Op::kEq;         // kUnary
    uint32_t child = kNone;  // kUnary: its operand; kChain: the first one; kSlot: its number
    bool quoted = false;     // kSlot
    Operand value;           // kLiteral
    std::vector<Link> rest;  // kChain: the other operands, each with what joins it
    std::string text;        // what a literal's view points at; kAccessor: its words
    std::string_view symbol;
  };
  std::deque<Node> nodes;  // views into `text` stay valid
  uint32_t root = kNone;
  std::vector<std::string> tags;  // of the slots: their names
};

namespace {

using Node = ConditionTree::Node;

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
    if (kept.value.is(Type::kString)) kept.value.text = kept.text;
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
                    .value = {.type = Type::kString},
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

base::Result<std::shared_ptr<ConditionTree>> tree_of(std::string_view text,
                                                     BareWords words = BareWords::kTexts) {
  auto tokens = split_condition(text);
  if (!tokens) return tl::unexpected(tokens.error());
  auto tree = std::make_shared<ConditionTree>();
  if (auto status = Parser(std::move(*tokens), *tree, words).parse(); !status)
    return tl::unexpected(status.error());
  return tree;
}

base::Result<bool> truth(const ConditionTree& tree, std::span<const Operand> slots) {
  Evaluator evaluator(tree, slots);
  auto value = evaluator.value(tree.root);
  if (!value) return tl::unexpected(value.error());
  if (!value->is(Type::kBool))
    return base::fail(base::Code::kInvalid, "expected true or false, got " + shown(*value));
  return value->boolean;
}

base::Error in_when(base::Error error, std::string_view when) {
  error.text = "invalid 'when' expression '" + std::string(when) + "': " + error.text;
  return error;
}

// The operand that a tag's value is when it is one word of its own; false: parse it all again.
bool operand_of(std::string_view text, bool quoted, Operand& out) {
  if (quoted) {
    if (text.find_first_of("'\"\\") != std::string_view::npos) return false;
    double seconds = 0;
    out = condition_time(text, seconds) ? Operand::of(seconds) : Operand::of(text);
    return true;
  }
  if (text.empty()) return false;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (is_digit(text[0])) {
    if (!std::all_of(text.begin(), text.end(), [&](char c) { return is_digit(c) || c == '.'; }))
      return false;
    double number = 0;
    if (!parse_float(text, number)) return false;
    out = Operand::of(number);
    return true;
  }
  const auto is_letter = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
  if (!is_letter(text[0]) || text == "in" || text == "IN") return false;
  if (!std::all_of(text.begin(), text.end(),
                   [&](char c) { return is_letter(c) || is_digit(c) || c == '_'; }))
    return false;
  if (text == "true" || text == "false")
    out = Operand::of(text == "true");
  else
    out = Operand::of(text);
  return true;
}

// A tag is an operand of its own when no word touches it.
bool touches(char c) {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' ||
         c == '.' || c == '\\' || c == '-' || c == '[' || static_cast<unsigned char>(c) >= 0x80;
}

// The tree of a text whose tags are operands, or null when some tag is not.
std::shared_ptr<const ConditionTree> slotted_tree(const TemplateText& text) {
  std::string marked;
  std::vector<std::string> tags;
  for (size_t i = 0; i < text.pieces().size(); ++i) {
    const Piece& piece = text.pieces()[i];
    if (piece.kind == Piece::Kind::kLiteral) {
      if (piece.text.find(kSlotMark) != std::string::npos) return nullptr;
      if (!tags.empty() && touches(piece.text.front())) return nullptr;
      marked += piece.text;
      continue;
    }
    if (piece.kind != Piece::Kind::kTag) return nullptr;
    if (!marked.empty() && (touches(marked.back()) || marked.back() == kSlotMark)) return nullptr;
    marked += kSlotMark;
    tags.push_back(piece.text);
  }
  auto tree = tree_of(marked);
  if (!tree) return nullptr;
  // A mark inside of a longer quoted text was not split off: its slot is missing.
  const auto slots = std::count_if((*tree)->nodes.begin(), (*tree)->nodes.end(),
                                   [](const Node& n) { return n.kind == Node::Kind::kSlot; });
  if (static_cast<size_t>(slots) != tags.size()) return nullptr;
  (*tree)->tags = std::move(tags);
  return *tree;
}

constexpr size_t kTagsMax = 8;

// The value where each tag's is an operand of its own; nothing: parse the rendered text, for its
// value or for the error that shows it.
std::optional<bool> evaluate_direct(const ConditionTree& tree, const TemplateText::Lookup& lookup) {
  if (tree.tags.size() > kTagsMax) return std::nullopt;
  std::string kept;  // the values, for a view is valid only until the next lookup
  std::array<size_t, kTagsMax> ends{};
  for (size_t i = 0; i < tree.tags.size(); ++i) {
    const TagValue value = lookup(tree.tags[i]);
    if (!value.is_known()) return std::nullopt;
    kept += value.text();
    ends[i] = kept.size();
  }
  std::array<Operand, kTagsMax> operands;
  for (const Node& node : tree.nodes) {
    if (node.kind != Node::Kind::kSlot) continue;
    const size_t start = node.child == 0 ? 0 : ends[node.child - 1];
    const std::string_view text(kept.data() + start, ends[node.child] - start);
    if (!operand_of(text, node.quoted, operands[node.child])) return std::nullopt;
  }
  const auto result = truth(tree, operands);
  return result ? std::optional(*result) : std::nullopt;
}

}  // namespace

base::Result<bool> evaluate_when(std::string_view substituted, BareWords words) {
  if (substituted.empty()) return true;
  if (substituted.find(kSlotMark) !=
      std::string_view::npos)  // it stands for tags, and none is left
    return tl::unexpected(in_when({base::Code::kInvalid, "a control character", {}}, substituted));
  auto tree = tree_of(substituted, words);
  if (!tree) return tl::unexpected(in_when(tree.error(), substituted));
  auto result = truth(**tree, {});
  if (!result) return tl::unexpected(in_when(result.error(), substituted));
  return result;
}

base::Result<Condition> Condition::parse(std::string_view when) {
  auto text = TemplateText::parse(when);
  if (!text) return tl::unexpected(text.error());
  Condition condition;
  condition.text_ = std::move(*text);
  if (!when.empty()) condition.tree_ = slotted_tree(condition.text_);
  return condition;
}

base::Result<bool> Condition::evaluate(const TemplateText::Lookup& lookup,
                                       const RenderOptions& options) const {
  if (tree_) {
    if (const auto result = evaluate_direct(*tree_, lookup)) return *result;
  }
  auto rendered = text_.render(lookup, options);
  if (!rendered) return tl::unexpected(rendered.error());
  return evaluate_when(*rendered);
}

}  // namespace expr
