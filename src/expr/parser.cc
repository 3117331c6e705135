#include "expr/parser.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "expr/function.h"
#include "expr/lexer.h"
#include "expr/number_text.h"
#include "expr/pattern.h"

namespace expr {
namespace {

using Kind = Token::Kind;

constexpr size_t kNodesMax = 10'000;
constexpr int kDepthMax = 400;

struct BinaryRow {
  std::string_view text;
  Operator op;
  int precedence;
  bool right = false;
};
constexpr BinaryRow kBinaries[] = {
    {"|", Operator::kPipe, 0},
    {"or", Operator::kOr, 10},
    {"||", Operator::kOr, 10},
    {"and", Operator::kAnd, 15},
    {"&&", Operator::kAnd, 15},
    {"==", Operator::kEqual, 20},
    {"!=", Operator::kNotEqual, 20},
    {"<", Operator::kLess, 20},
    {">", Operator::kGreater, 20},
    {">=", Operator::kGreaterEqual, 20},
    {"<=", Operator::kLessEqual, 20},
    {"in", Operator::kIn, 20},
    {"matches", Operator::kMatches, 20},
    {"contains", Operator::kContains, 20},
    {"startsWith", Operator::kStartsWith, 20},
    {"endsWith", Operator::kEndsWith, 20},
    {"..", Operator::kRange, 25},
    {"+", Operator::kAdd, 30},
    {"-", Operator::kSubtract, 30},
    {"*", Operator::kMultiply, 60},
    {"/", Operator::kDivide, 60},
    {"%", Operator::kModulo, 60},
    {"**", Operator::kPower, 100, true},
    {"^", Operator::kPower, 100, true},
    {"??", Operator::kCoalesce, 500},
};
struct UnaryRow {
  std::string_view text;
  Operator op;
  int precedence;
};
constexpr UnaryRow kUnaries[] = {{"not", Operator::kNot, 50},
                                 {"!", Operator::kNot, 50},
                                 {"-", Operator::kMinus, 90},
                                 {"+", Operator::kPlus, 90}};

// Functions that take a predicate: the fewest and the most arguments.
struct PredicateRow {
  std::string_view name;
  size_t min, max;
};
constexpr PredicateRow kPredicates[] = {
    {"all", 2, 2},     {"none", 2, 2},      {"any", 2, 2},      {"one", 2, 2},
    {"filter", 2, 2},  {"map", 2, 2},       {"count", 1, 2},    {"sum", 1, 2},
    {"find", 2, 2},    {"findIndex", 2, 2}, {"findLast", 2, 2}, {"findLastIndex", 2, 2},
    {"groupBy", 2, 2}, {"sortBy", 2, 3},    {"reduce", 2, 3},
};

const BinaryRow* binary_row(const Token& token) {
  if (token.kind != Kind::kOperator) return nullptr;
  for (const BinaryRow& row : kBinaries)
    if (row.text == token.text) return &row;
  return nullptr;
}
bool is_order(Operator op) {
  return op == Operator::kLess || op == Operator::kGreater || op == Operator::kLessEqual ||
         op == Operator::kGreaterEqual;
}
bool may_be_negated(Operator op) {
  return op == Operator::kIn || op == Operator::kMatches || op == Operator::kContains ||
         op == Operator::kStartsWith || op == Operator::kEndsWith;
}
const PredicateRow* predicate_row(std::string_view name) {
  for (const PredicateRow& row : kPredicates)
    if (row.name == name) return &row;
  return nullptr;
}

// The rules give null after an error; the first one is kept.
class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  base::Result<Tree> parse() {
    tree_.root = sequence();
    if (!error_ && current().kind != Kind::kEnd) unexpected();
    if (error_) return tl::unexpected(*error_);
    return std::move(tree_);
  }

 private:
  const Token& current() const { return tokens_[at_]; }
  bool at(Kind kind, std::string_view text) const { return current().is(kind, text); }
  bool at_operator(std::string_view text) const { return at(Kind::kOperator, text); }
  bool at_bracket(std::string_view text) const { return at(Kind::kBracket, text); }
  void next() {
    if (at_ + 1 < tokens_.size()) ++at_;
  }

  Node* fail(std::string text, const Token& token) {
    if (!error_)
      error_ = base::Error{base::Code::kInvalid,
                           std::move(text),
                           {.file = {}, .line = token.place.line, .column = token.place.column}};
    return nullptr;
  }
  Node* unexpected() {
    return fail(current().kind == Kind::kEnd ? "unexpected end of the expression"
                                             : "unexpected token \"" + current().text + "\"",
                current());
  }
  bool expect(Kind kind, std::string_view text) {
    if (error_) return false;
    if (!at(kind, text)) {
      unexpected();
      return false;
    }
    next();
    return true;
  }

  Node* make(NodeKind kind, Place place, std::vector<Node*> children = {}, std::string text = {}) {
    if (error_) return nullptr;
    uint16_t depth = 0;
    uint32_t begin = place.offset;
    for (const Node* child : children) {
      if (!child) continue;
      depth = std::max(depth, child->depth);
      begin = std::min(begin, child->begin);
    }
    if (tree_.nodes.size() >= kNodesMax)
      return fail("the expression has more than 10,000 parts", current());
    if (depth >= kDepthMax)
      return fail(
          "the expression is nested too deeply: more than " + std::to_string(kDepthMax) + " levels",
          current());
    Node& node = tree_.nodes.emplace_back();
    node.kind = kind;
    node.place = place;
    node.begin = begin;
    node.end = at_ > 0 ? tokens_[at_ - 1].end : 0;
    node.children = std::move(children);
    node.text = std::move(text);
    node.depth = static_cast<uint16_t>(depth + 1);
    return &node;
  }
  static Known known(bool value) { return value ? Known::kTrue : Known::kFalse; }
  // What is known of a && b, a || b and a == b.
  static Known known_of(Operator op, const Node* a, const Node* b) {
    const Known deciding = op == Operator::kOr ? Known::kTrue : Known::kFalse;
    if (op == Operator::kAnd || op == Operator::kOr) {
      if (a->constant == deciding || b->constant == deciding) return deciding;
      return a->constant != Known::kNot && b->constant != Known::kNot ? a->constant : Known::kNot;
    }
    if (op != Operator::kEqual) return Known::kNot;
    if (a->constant != Known::kNot && b->constant != Known::kNot)
      return known(a->constant == b->constant);
    const bool literals = a->kind == NodeKind::kLiteral && b->kind == NodeKind::kLiteral &&
                          a->value.kind() == b->value.kind();
    if (!literals || !(a->value.is_string() || a->value.is_int())) return Known::kNot;
    return known(deep_equal(a->value, b->value));
  }
  Node* literal(Place place, Value value) {
    Node* node = make(NodeKind::kLiteral, place);
    if (!node) return nullptr;
    node->value = std::move(value);
    if (node->value.is(Value::Kind::kBool)) node->constant = known(node->value.as_bool());
    return node;
  }
  Node* binary(Operator op, const Token& token, Node* left, Node* right) {
    Node* node = make(NodeKind::kBinary, token.place, {left, right}, token.text);
    if (!node) return nullptr;
    node->op = op;
    node->constant = known_of(op, left, right);
    if (op == Operator::kMatches && right->kind == NodeKind::kLiteral && right->value.is_string())
      if (auto compiled = compile_pattern(right->value.as_string()))
        node->pattern = std::move(*compiled);
    return node;
  }

  Node* sequence() {
    Node* first = expression(0);
    if (error_ || !at_operator(";")) return first;
    std::vector<Node*> nodes = {first};
    while (!error_ && at_operator(";")) {
      next();
      if (current().kind == Kind::kEnd) break;
      nodes.push_back(expression(0));
    }
    if (nodes.size() == 1) return first;
    const Place place = first ? first->place : Place{};
    return make(NodeKind::kSequence, place, std::move(nodes));
  }

  Node* expression(int precedence) {
    if (error_) return nullptr;
    if (++nesting_ > kDepthMax)
      return fail(
          "the expression is nested too deeply: more than " + std::to_string(kDepthMax) + " levels",
          current());
    Node* node = nullptr;
    if (precedence == 0 && at_operator("let"))
      node = let();
    else if (precedence == 0 && at_operator("if"))
      node = conditional_if();
    else
      node = operators(precedence);
    --nesting_;
    return node;
  }

  Node* operators(int precedence) {
    Node* left = primary();
    std::string previous;
    while (!error_ && current().kind == Kind::kOperator) {
      bool negate = false;
      const size_t before = at_;
      if (at_operator("not")) {
        next();
        const BinaryRow* row = binary_row(current());
        if (!row || !may_be_negated(row->op)) return unexpected();
        negate = true;
      }
      const BinaryRow* row = binary_row(current());
      if (!row || row->precedence < precedence) {
        at_ = before;
        break;
      }
      const Token token = current();
      if (previous == "??" && token.text != "??" && row->op != Operator::kPipe)
        return fail("operator (" + token.text +
                        ") and coalesce expressions (?\?) cannot be mixed; wrap either by "
                        "parentheses",
                    token);
      next();
      left = operation(*row, token, left);
      if (negate) {
        left = make(NodeKind::kUnary, token.place, {left}, "not");
        if (left) left->op = Operator::kNot;
      }
      previous = token.text;
    }
    return precedence == 0 ? ternary(left) : left;
  }

  Node* operation(const BinaryRow& row, const Token& token, Node* left) {
    if (row.op == Operator::kPipe) {
      const Token name = current();
      if (name.kind != Kind::kIdentifier) return unexpected();
      next();
      return call(name, {left});  // nothing may follow its brackets: .x, [0]
    }
    if (is_order(row.op)) return comparison(row, token, left);
    return binary(row.op, token, left, expression(row.right ? row.precedence : row.precedence + 1));
  }

  // 1 < 2 < 3 is 1 < 2 && 2 < 3.
  Node* comparison(BinaryRow row, Token token, Node* left) {
    Node* all = nullptr;
    for (;;) {
      Node* right = expression(row.precedence + 1);
      Node* one = binary(row.op, token, left, right);
      all = all ? binary(Operator::kAnd, Token{Kind::kOperator, "&&", token.place, token.end}, all,
                         one)
                : one;
      left = right;
      const BinaryRow* again = error_ ? nullptr : binary_row(current());
      if (!again || !is_order(again->op)) return all;
      row = *again;
      token = current();
      next();
    }
  }

  Node* let() {
    next();
    const Token name = current();
    if (name.kind != Kind::kIdentifier) return unexpected();
    next();
    if (!expect(Kind::kOperator, "=")) return nullptr;
    Node* value = expression(0);
    if (!expect(Kind::kOperator, ";")) return nullptr;
    return make(NodeKind::kLet, name.place, {value, sequence()}, name.text);
  }

  Node* block() {
    if (!expect(Kind::kBracket, "{")) return nullptr;
    Node* node = sequence();
    expect(Kind::kBracket, "}");
    return node;
  }

  Node* conditional_if() {
    if (++nesting_ > kDepthMax)
      return fail(
          "the expression is nested too deeply: more than " + std::to_string(kDepthMax) + " levels",
          current());
    const Place place = current().place;
    next();
    Node* condition = expression(0);
    Node* yes = block();
    if (!expect(Kind::kOperator, "else")) return nullptr;
    Node* no = at_operator("if") ? conditional_if() : block();
    --nesting_;
    return make(NodeKind::kConditional, place, {condition, yes, no});
  }

  Node* ternary(Node* node) {
    while (!error_ && at_operator("?")) {
      next();
      Node* yes = node;
      if (at_operator(":")) {
        next();
      } else {
        yes = expression(0);
        if (!expect(Kind::kOperator, ":")) return nullptr;
      }
      Node* no = expression(0);
      node = make(NodeKind::kConditional, current().place, {node, yes, no});
    }
    return node;
  }

  Node* primary() {
    const Token token = current();
    if (token.kind == Kind::kOperator) {
      for (const UnaryRow& row : kUnaries) {
        if (row.text != token.text) continue;
        next();
        Node* node = make(NodeKind::kUnary, token.place, {expression(row.precedence)}, token.text);
        if (node) node->op = row.op;
        if (node && row.op == Operator::kNot && node->children[0]->constant != Known::kNot)
          node->constant = known(node->children[0]->constant == Known::kFalse);
        return postfix(node);
      }
    }
    if (token.is(Kind::kBracket, "(")) {
      next();
      Node* node = sequence();
      if (!expect(Kind::kBracket, ")")) return nullptr;
      return postfix(node);
    }
    if (predicates_ > 0 && (at_operator("#") || at_operator("."))) {
      std::string name;
      if (at_operator("#")) {
        next();
        if (current().kind == Kind::kIdentifier) {
          name = current().text;
          next();
        }
      }
      return postfix(make(NodeKind::kPointer, token.place, {}, name));
    }
    if (at_operator("::")) {
      next();
      const Token name = current();
      if (name.kind != Kind::kIdentifier) return unexpected();
      next();
      return postfix(call(name, {}));
    }
    return secondary();
  }

  Node* secondary() {
    const Token token = current();
    switch (token.kind) {
      case Kind::kIdentifier:
        next();
        if (token.text == "true") return literal(token.place, true);
        if (token.text == "false") return literal(token.place, false);
        if (token.text == "nil") return literal(token.place, Value());
        if (at_bracket("(")) return postfix(call(token, {}));
        return postfix(make(NodeKind::kIdentifier, token.place, {}, token.text));
      case Kind::kNumber:
        next();
        return number(token);
      case Kind::kString:
        next();
        return postfix(literal(token.place, token.text));
      case Kind::kBytes:
        next();
        return postfix(literal(token.place, bytes_value(token.text)));
      default:
        if (token.is(Kind::kBracket, "[")) return postfix(array());
        if (token.is(Kind::kBracket, "{")) return postfix(map());
        return unexpected();
    }
  }

  Node* number(const Token& token) {
    std::string text;
    for (const char c : token.text)
      if (c != '_') text += static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    const auto whole = [&](size_t from, int base) -> Node* {
      int64_t value = 0;
      const char* end = text.data() + text.size();
      const auto result = std::from_chars(text.data() + from, end, value, base);
      if (result.ec != std::errc() || result.ptr != end)
        return fail("invalid number \"" + token.text + "\"", token);
      return literal(token.place, value);
    };
    if (text.starts_with("0x")) return whole(2, 16);
    if (text.find_first_of(".e") != std::string::npos) {
      double value = 0;
      if (!parse_float(text, value)) return fail("invalid number \"" + token.text + "\"", token);
      return literal(token.place, value);
    }
    if (text.starts_with("0b")) return whole(2, 2);
    if (text.starts_with("0o")) return whole(2, 8);
    return whole(0, 10);
  }

  Node* call(const Token& name, std::vector<Node*> arguments) {
    if (const PredicateRow* row = predicate_row(name.text))
      return predicate_call(*row, name, std::move(arguments));
    const Function* builtin = find_builtin(name.text);
    // asInt, asFloat, jsonpath and toJson are variables of Argo's environment.
    const bool variable = builtin && builtin->takes.starts_with('$');
    if (!builtin || variable) {
      Node* callee = make(NodeKind::kIdentifier, name.place, {}, name.text);
      std::vector<Node*> children = {callee};
      for (Node* argument : arguments) children.push_back(argument);
      parse_arguments(children, children.size());
      return make(NodeKind::kCall, name.place, std::move(children));
    }
    parse_arguments(arguments, arguments.size());
    return make(NodeKind::kBuiltin, name.place, std::move(arguments), name.text);
  }

  void parse_arguments(std::vector<Node*>& arguments, size_t given) {
    if (!expect(Kind::kBracket, "(")) return;
    while (!error_ && !at_bracket(")")) {
      if (arguments.size() > given && !expect(Kind::kOperator, ",")) return;
      if (at_bracket(")")) break;
      arguments.push_back(expression(0));
    }
    expect(Kind::kBracket, ")");
  }

  Node* predicate_call(const PredicateRow& row, const Token& name, std::vector<Node*> arguments) {
    if (!expect(Kind::kBracket, "(")) return nullptr;
    for (size_t i = arguments.size(), first = i; i < row.max && !error_; ++i) {
      if (at_bracket(")")) {
        if (i >= row.min) break;
        return fail("expected at least " + std::to_string(row.min) + " arguments", current());
      }
      // The first argument of a pipe stands before it, and no comma follows it.
      if (i > first && !expect(Kind::kOperator, ",")) return nullptr;
      if (at_bracket(")")) break;
      arguments.push_back(i == 1 ? predicate() : expression(0));
    }
    if (at_operator(",")) next();
    if (!expect(Kind::kBracket, ")")) return nullptr;
    if (arguments.size() < row.min)
      return fail("expected at least " + std::to_string(row.min) + " arguments", name);
    return make(NodeKind::kBuiltin, name.place, std::move(arguments), name.text);
  }

  Node* predicate() {
    const Place place = current().place;
    const bool brackets = at_bracket("{");
    if (brackets) next();
    ++predicates_;
    Node* body = brackets ? sequence() : expression(0);
    if (!error_ && !brackets && at_operator(";"))
      return fail("wrap predicate with brackets { and }", current());
    --predicates_;
    if (brackets && !expect(Kind::kBracket, "}")) return nullptr;
    return make(NodeKind::kPredicate, place, {body});
  }

  Node* array() {
    const Place place = current().place;
    next();
    std::vector<Node*> items;
    while (!error_ && !at_bracket("]")) {
      if (!items.empty() && !expect(Kind::kOperator, ",")) return nullptr;
      if (at_bracket("]")) break;
      items.push_back(expression(0));
    }
    if (!expect(Kind::kBracket, "]")) return nullptr;
    return make(NodeKind::kArray, place, std::move(items));
  }

  Node* map() {
    const Place place = current().place;
    next();
    std::vector<Node*> pairs;
    while (!error_ && !at_bracket("}")) {
      if (!pairs.empty() && !expect(Kind::kOperator, ",")) return nullptr;
      if (at_bracket("}")) break;
      const Token key = current();
      if (key.kind == Kind::kNumber || key.kind == Kind::kString || key.kind == Kind::kIdentifier) {
        next();
        pairs.push_back(literal(key.place, key.text));
      } else if (at_bracket("(")) {
        pairs.push_back(expression(0));
      } else {
        return fail(
            "a map key must be a quoted string, a number, an identifier, or an expression "
            "enclosed in parentheses",
            key);
      }
      if (!expect(Kind::kOperator, ":")) return nullptr;
      pairs.push_back(expression(0));
    }
    if (!expect(Kind::kBracket, "}")) return nullptr;
    return make(NodeKind::kMap, place, std::move(pairs));
  }

  Node* postfix(Node* node) {
    while (!error_) {
      const Token token = current();
      if (token.is(Kind::kOperator, ".") || token.is(Kind::kOperator, "?.")) {
        next();
        const bool optional = token.text == "?.";
        node = optional && at_bracket("[") ? index(node, true) : member(node, optional);
      } else if (token.is(Kind::kBracket, "[")) {
        node = index(node, false);
      } else {
        break;
      }
    }
    return node;
  }

  Node* member(Node* base, bool optional) {
    const Token name = current();
    const bool word = name.kind == Kind::kIdentifier ||
                      (name.kind == Kind::kOperator && !name.text.empty() &&
                       ((name.text[0] | 0x20) >= 'a' && (name.text[0] | 0x20) <= 'z'));
    if (!word) return fail("expected name", name);
    next();
    const bool chain = base && base->kind == NodeKind::kChain;
    if (chain) base = base->children[0];
    Node* node = make(NodeKind::kMember, name.place, {base, literal(name.place, name.text)});
    if (!node) return nullptr;
    node->optional = optional;
    if (at_bracket("(")) {
      node->method = true;
      std::vector<Node*> children = {node};
      parse_arguments(children, 1);
      node = make(NodeKind::kCall, name.place, std::move(children));
    }
    return chain || optional ? make(NodeKind::kChain, name.place, {node}) : node;
  }

  Node* index(Node* base, bool optional) {
    const Place place = current().place;
    next();
    Node* from = at_operator(":") ? nullptr : expression(0);
    if (error_) return nullptr;
    if (at_operator(":")) {
      next();
      Node* to = at_bracket("]") ? nullptr : expression(0);
      if (!expect(Kind::kBracket, "]")) return nullptr;
      return make(NodeKind::kSlice, place, {base, from, to});
    }
    if (!expect(Kind::kBracket, "]")) return nullptr;
    Node* node = make(NodeKind::kMember, place, {base, from});
    if (!node) return nullptr;
    node->optional = optional;
    return optional ? make(NodeKind::kChain, place, {node}) : node;
  }

  std::vector<Token> tokens_;
  size_t at_ = 0;
  int nesting_ = 0;
  int predicates_ = 0;
  Tree tree_;
  std::optional<base::Error> error_;
};

}  // namespace

std::vector<std::string_view> language_functions() {
  std::vector<std::string_view> names;
  for (const PredicateRow& row : kPredicates) names.push_back(row.name);
  for_each_builtin([&](const Function& function) { names.push_back(function.name); });
  return names;
}

base::Result<Tree> parse_expression(std::string_view source) {
  auto tokens = split_expression(source);
  if (!tokens) return tl::unexpected(tokens.error());
  return Parser(std::move(*tokens)).parse();
}

}  // namespace expr
