// Parses jq filters. Names of functions and variables are checked here, so that a filter that
// calls what is not there fails before it runs.
#include <algorithm>
#include <cmath>
#include <utility>

#include "expr/jq_lexer.h"
#include "expr/jq_node.h"
#include "expr/number_text.h"

namespace expr {
namespace {

using Node = JqNode;
using Kind = JqNode::Kind;
using Op = JqNode::Op;
using Parsed = base::Result<JqNodePtr>;

constexpr int kDepthMax = 150;
constexpr std::string_view kKeywords[] = {
    "def", "as",    "label",  "if",      "then",   "elif",    "else", "end",
    "try", "catch", "reduce", "foreach", "import", "include", "and",  "or"};

JqNodePtr make(Kind kind, size_t at) {
  auto node = std::make_unique<Node>();
  node->kind = kind;
  node->column = static_cast<uint32_t>(at + 1);
  return node;
}
template <class... Children>
JqNodePtr make(Kind kind, size_t at, Children... children) {
  auto node = make(kind, at);
  (node->children.push_back(std::move(children)), ...);
  return node;
}
JqNodePtr literal(Value value, size_t at) {
  auto node = make(Kind::kLiteral, at);
  node->value = std::move(value);
  return node;
}

struct Operator {
  std::string_view text;
  int level;
  bool associates;  // to the left
  Kind kind;
  Op op = Op::kNone;
};
// A higher level binds more.
constexpr Operator kOperators[] = {{"//", 1, true, Kind::kAlternative},
                                   {"=", 2, false, Kind::kAssign},
                                   {"|=", 2, false, Kind::kUpdate},
                                   {"//=", 2, false, Kind::kUpdateWith},
                                   {"+=", 2, false, Kind::kUpdateWith, Op::kAdd},
                                   {"-=", 2, false, Kind::kUpdateWith, Op::kSub},
                                   {"*=", 2, false, Kind::kUpdateWith, Op::kMul},
                                   {"/=", 2, false, Kind::kUpdateWith, Op::kDiv},
                                   {"%=", 2, false, Kind::kUpdateWith, Op::kMod},
                                   {"or", 3, true, Kind::kOr},
                                   {"and", 4, true, Kind::kAnd},
                                   {"==", 5, false, Kind::kBinary, Op::kEq},
                                   {"!=", 5, false, Kind::kBinary, Op::kNe},
                                   {"<", 5, false, Kind::kBinary, Op::kLt},
                                   {"<=", 5, false, Kind::kBinary, Op::kLe},
                                   {">", 5, false, Kind::kBinary, Op::kGt},
                                   {">=", 5, false, Kind::kBinary, Op::kGe},
                                   {"+", 6, true, Kind::kBinary, Op::kAdd},
                                   {"-", 6, true, Kind::kBinary, Op::kSub},
                                   {"*", 7, true, Kind::kBinary, Op::kMul},
                                   {"/", 7, true, Kind::kBinary, Op::kDiv},
                                   {"%", 7, true, Kind::kBinary, Op::kMod}};

class Parser {
 public:
  Parser(std::string_view source, JqNames names) : lexer_(source), names_(names) {}

  Parsed parse() {
    if (auto status = advance(); !status) return tl::unexpected(status.error());
    if (token_.kind == JqToken::Kind::kEnd) return make(Kind::kIdentity, 0);
    auto root = query();
    if (root && token_.kind != JqToken::Kind::kEnd) return unexpected();
    return root;
  }

 private:
  // --- words

  base::Status advance() {
    auto token = lexer_.next();
    if (!token) return tl::unexpected(token.error());
    token_ = *token;
    return {};
  }
  tl::unexpected<base::Error> unexpected() const {
    if (token_.kind == JqToken::Kind::kEnd) return lexer_.fail("unexpected end", token_.at);
    return lexer_.fail("unexpected \"" + std::string(token_.text) + '"', token_.at);
  }
  bool at_keyword() const {
    return token_.kind == JqToken::Kind::kName &&
           std::find(std::begin(kKeywords), std::end(kKeywords), token_.text) !=
               std::end(kKeywords);
  }
  // True and past it, when it is there. An error of the lexer shows at the next word.
  base::Result<bool> take(std::string_view symbol) {
    if (!token_.is(symbol) && !token_.is_word(symbol)) return false;
    if (auto status = advance(); !status) return tl::unexpected(status.error());
    return true;
  }
  base::Status expect(std::string_view symbol) {
    auto taken = take(symbol);
    if (!taken) return tl::unexpected(taken.error());
    if (!*taken) return unexpected();
    return {};
  }

  // --- queries

  struct Depth {
    explicit Depth(int& depth) : depth_(depth) { ++depth_; }
    ~Depth() { --depth_; }
    int& depth_;
  };

  Parsed query() {
    const Depth guard(depth_);
    if (depth_ > kDepthMax) return lexer_.fail("nested too deeply", token_.at);
    if (token_.is_word("def")) return definition();
    if (token_.is_word("label")) return label();
    auto left = expression(0);
    for (;;) {
      if (!left) return left;
      const size_t at = token_.at;
      if (token_.is_word("as")) return bind(std::move(*left), at);
      if (token_.is("|")) {
        if (auto status = advance(); !status) return tl::unexpected(status.error());
        auto right = query();
        if (!right) return right;
        return make(Kind::kPipe, at, std::move(*left), std::move(*right));
      }
      if (!token_.is(",")) return left;
      if (auto status = advance(); !status) return tl::unexpected(status.error());
      if (token_.is_word("def") || token_.is_word("label")) {
        auto rest = query();
        if (!rest) return rest;
        return make(Kind::kComma, at, std::move(*left), std::move(*rest));
      }
      auto right = expression(0);
      if (right && token_.is_word("as")) right = bind(std::move(*right), token_.at);
      if (!right) return right;
      left = make(Kind::kComma, at, std::move(*left), std::move(*right));
    }
  }

  Parsed definition() {
    const size_t at = token_.at;
    auto definition = std::make_unique<JqDefinition>();
    if (auto status = expect("def"); !status) return tl::unexpected(status.error());
    if (token_.kind != JqToken::Kind::kName) return unexpected();
    definition->name = token_.text;
    if (auto status = advance(); !status) return tl::unexpected(status.error());
    if (auto status = parameters(*definition); !status) return tl::unexpected(status.error());
    if (auto status = expect(":"); !status) return tl::unexpected(status.error());
    const size_t known = known_.size();
    known_.push_back({definition->name, definition->parameters.size(), false});
    for (const std::string& parameter : definition->parameters) {
      const bool is_value = parameter[0] == '$';
      known_.push_back({is_value ? parameter.substr(1) : parameter, 0, is_value});
      if (is_value) known_.push_back({parameter.substr(1), 0, false});
    }
    auto body = query();
    if (!body) return body;
    if (auto status = expect(";"); !status) return tl::unexpected(status.error());
    known_.resize(known + 1);
    definition->body = std::move(*body);
    auto rest = query();
    known_.resize(known);
    if (!rest) return rest;
    auto node = make(Kind::kDefine, at, std::move(*rest));
    node->definition = std::move(definition);
    return node;
  }

  base::Status parameters(JqDefinition& into) {
    if (!token_.is("(")) return {};
    do {
      if (auto status = advance(); !status) return status;
      const bool is_value = token_.kind == JqToken::Kind::kVariable;
      if (!is_value && token_.kind != JqToken::Kind::kName) return unexpected();
      into.parameters.push_back((is_value ? "$" : "") + std::string(token_.text));
      if (auto status = advance(); !status) return status;
    } while (token_.is(";"));
    return expect(")");
  }

  Parsed label() {
    auto node = make(Kind::kLabel, token_.at);
    if (auto status = advance(); !status) return tl::unexpected(status.error());
    if (token_.kind != JqToken::Kind::kVariable) return unexpected();
    node->text = token_.text;
    if (auto status = advance(); !status) return tl::unexpected(status.error());
    if (auto status = expect("|"); !status) return tl::unexpected(status.error());
    known_.push_back({"*" + node->text, 0, true});
    auto body = query();
    known_.pop_back();
    if (!body) return body;
    node->children.push_back(std::move(*body));
    return node;
  }

  Parsed bind(JqNodePtr source, size_t at) {
    auto node = make(Kind::kBind, at, std::move(source));
    const size_t known = known_.size();
    do {
      if (auto status = advance(); !status) return tl::unexpected(status.error());
      auto one = pattern();
      if (!one) return tl::unexpected(one.error());
      node->patterns.push_back(std::move(*one));
    } while (token_.is("?//"));
    if (auto status = expect("|"); !status) return tl::unexpected(status.error());
    auto body = query();
    known_.resize(known);
    if (!body) return body;
    node->children.push_back(std::move(*body));
    return node;
  }

  base::Result<JqPattern> pattern() {
    const Depth guard(depth_);
    if (depth_ > kDepthMax) return lexer_.fail("nested too deeply", token_.at);
    JqPattern out;
    if (token_.kind == JqToken::Kind::kVariable) {
      out.name = token_.text;
      known_.push_back({out.name, 0, true});
      if (auto status = advance(); !status) return tl::unexpected(status.error());
      return out;
    }
    const bool is_array = token_.is("[");
    if (!is_array && !token_.is("{")) return unexpected();
    out.kind = is_array ? JqPattern::Kind::kArray : JqPattern::Kind::kObject;
    do {
      if (auto status = advance(); !status) return tl::unexpected(status.error());
      auto status = is_array ? item(out) : member(out);
      if (!status) return tl::unexpected(status.error());
    } while (token_.is(","));
    if (auto status = expect(is_array ? "]" : "}"); !status) return tl::unexpected(status.error());
    return out;
  }

  base::Status item(JqPattern& into) {
    auto one = pattern();
    if (!one) return tl::unexpected(one.error());
    into.items.push_back(std::move(*one));
    return {};
  }

  // $name, $name: pattern, key: pattern, "key": pattern, (query): pattern
  base::Status member(JqPattern& into) {
    Parsed key = literal(Value(token_.text), token_.at);
    JqPattern value;
    if (token_.kind == JqToken::Kind::kVariable) {
      value.name = token_.text;
      known_.push_back({value.name, 0, true});
      if (auto status = advance(); !status) return status;
      into.is_bare.push_back(!token_.is(":"));
    } else {
      key = object_key();
      into.is_bare.push_back(false);
    }
    if (!key) return tl::unexpected(key.error());
    into.keys.push_back(std::move(*key));
    if (!into.is_bare.back()) {
      if (auto status = expect(":"); !status) return status;
      auto inner = pattern();
      if (!inner) return tl::unexpected(inner.error());
      if (!value.name.empty() && inner->kind != JqPattern::Kind::kVariable)
        inner->name = value.name;
      value = std::move(*inner);
    }
    into.items.push_back(std::move(value));
    return {};
  }

  // --- expressions

  const Operator* operator_here(int level) const {
    if (token_.kind != JqToken::Kind::kSymbol && token_.kind != JqToken::Kind::kName)
      return nullptr;
    for (const Operator& one : kOperators)
      if (one.text == token_.text && one.level >= level) return &one;
    return nullptr;
  }

  Parsed expression(int level) {
    const Depth guard(depth_);
    if (depth_ > kDepthMax) return lexer_.fail("nested too deeply", token_.at);
    auto left = postfix();
    while (left) {
      const Operator* found = operator_here(level);
      if (!found) break;
      const size_t at = token_.at;
      if (auto status = advance(); !status) return tl::unexpected(status.error());
      // "//" binds its right side first.
      auto right = expression(found->text == "//" ? found->level : found->level + 1);
      if (!right) return right;
      left = make(found->kind, at, std::move(*left), std::move(*right));
      (*left)->op = found->op;
      if (const Operator* next = operator_here(level);
          !found->associates && next && next->level == found->level)
        return unexpected();
    }
    return left;
  }

  Parsed postfix() {
    auto node = term();
    bool is_suffix = false;  // the last thing that was read
    while (node) {
      const size_t at = token_.at;
      const bool was_suffix = std::exchange(is_suffix, true);
      if (token_.kind == JqToken::Kind::kField) {
        node = make(Kind::kIndex, at, std::move(*node), literal(Value(token_.text), at));
        if (auto status = advance(); !status) return tl::unexpected(status.error());
      } else if (token_.is("[")) {
        node = bracket(std::move(*node));
      } else if (token_.is("?")) {
        // Behind a suffix it is about that alone: ".a.b?" fails where .a does.
        node = make(was_suffix ? Kind::kOptional : Kind::kTry, at, std::move(*node), JqNodePtr());
        is_suffix = false;
        if (auto status = advance(); !status) return tl::unexpected(status.error());
      } else if (token_.is(".")) {
        if (auto status = advance(); !status) return tl::unexpected(status.error());
        if (token_.is("[")) {
          node = bracket(std::move(*node));
        } else if (token_.kind == JqToken::Kind::kQuote) {
          auto key = string("");
          if (!key) return key;
          node = make(Kind::kIndex, at, std::move(*node), std::move(*key));
        } else {
          return unexpected();
        }
      } else {
        break;
      }
    }
    return node;
  }

  // [], [x], [a:b], [a:], [:b]
  Parsed bracket(JqNodePtr of) {
    const size_t at = token_.at;
    if (auto status = advance(); !status) return tl::unexpected(status.error());
    auto closed = take("]");
    if (!closed) return tl::unexpected(closed.error());
    if (*closed) return make(Kind::kIterate, at, std::move(of));
    JqNodePtr from, to;
    if (!token_.is(":")) {
      auto parsed = query();
      if (!parsed) return parsed;
      from = std::move(*parsed);
    }
    const bool slice = token_.is(":");
    if (slice) {
      if (auto status = advance(); !status) return tl::unexpected(status.error());
      if (!token_.is("]")) {
        auto parsed = query();
        if (!parsed) return parsed;
        to = std::move(*parsed);
      }
      if (!from && !to) return unexpected();
    }
    if (auto status = expect("]"); !status) return tl::unexpected(status.error());
    if (slice) return make(Kind::kSlice, at, std::move(of), std::move(from), std::move(to));
    return make(Kind::kIndex, at, std::move(of), std::move(from));
  }

  Parsed term() {
    const JqToken token = token_;
    switch (token.kind) {
      case JqToken::Kind::kQuote:
        return string("");
      case JqToken::Kind::kFormat:
        return format();
      case JqToken::Kind::kNumber:
        return number();
      case JqToken::Kind::kVariable:
        return variable();
      case JqToken::Kind::kName:
        return word();
      case JqToken::Kind::kField: {
        if (auto status = advance(); !status) return tl::unexpected(status.error());
        return make(Kind::kIndex, token.at, make(Kind::kIdentity, token.at),
                    literal(Value(token.text), token.at));
      }
      case JqToken::Kind::kSymbol:
        return symbol();
      case JqToken::Kind::kEnd:
        break;
    }
    return unexpected();
  }

  Parsed symbol() {
    const JqToken token = token_;
    if (token.is("{")) return object();
    if (!token.is(".") && !token.is("..") && !token.is("(") && !token.is("[") && !token.is("-") &&
        !token.is("+"))
      return unexpected();
    if (auto status = advance(); !status) return tl::unexpected(status.error());
    if (token.is("..")) return make(Kind::kRecurse, token.at);
    if (token.is(".")) {
      if (token_.kind != JqToken::Kind::kQuote) return make(Kind::kIdentity, token.at);
      auto key = string("");
      if (!key) return key;
      return make(Kind::kIndex, token.at, make(Kind::kIdentity, token.at), std::move(*key));
    }
    if (token.is("-") || token.is("+")) {
      const Depth guard(depth_);
      if (depth_ > kDepthMax) return lexer_.fail("nested too deeply", token.at);
      auto inner = postfix();
      if (!inner) return inner;
      auto node = make(Kind::kNegate, token.at, std::move(*inner));
      node->op = token.is("-") ? Op::kSub : Op::kAdd;
      return node;
    }
    const bool is_array = token.is("[");
    if (is_array && token_.is("]")) {
      if (auto status = advance(); !status) return tl::unexpected(status.error());
      return make(Kind::kArray, token.at);
    }
    auto inner = query();
    if (!inner) return inner;
    if (auto status = expect(is_array ? "]" : ")"); !status) return tl::unexpected(status.error());
    if (!is_array) return inner;
    return make(Kind::kArray, token.at, std::move(*inner));
  }

  Parsed number() {
    const JqToken token = token_;
    if (auto status = advance(); !status) return tl::unexpected(status.error());
    double real = 0;
    if (!parse_float(token.text, real)) real = HUGE_VAL;  // too large for a float
    const bool whole = token.text.find_first_of(".eE") == std::string_view::npos && real < 9e18;
    return literal(
        whole ? Value(static_cast<int64_t>(std::stoll(std::string(token.text)))) : Value(real),
        token.at);
  }

  Parsed string(std::string_view format_name) {
    auto node = make(Kind::kString, token_.at);
    node->text = format_name;
    for (;;) {
      bool hole = false;
      auto part = lexer_.string_part(hole);
      if (!part) return tl::unexpected(part.error());
      if (!part->empty() || (!hole && node->children.empty()))
        node->children.push_back(literal(Value(std::move(*part)), token_.at));
      if (!hole) break;
      if (auto status = advance(); !status) return tl::unexpected(status.error());
      auto inner = query();
      if (!inner) return inner;
      if (!token_.is(")")) return unexpected();
      node->children.push_back(make(Kind::kHole, token_.at, std::move(*inner)));
    }
    if (auto status = advance(); !status) return tl::unexpected(status.error());
    const bool plain = node->children.size() == 1 && node->children[0]->kind == Kind::kLiteral;
    if (plain) return std::move(node->children[0]);
    return node;
  }

  Parsed format() {
    constexpr std::string_view kKnown[] = {"@text", "@json", "@html", "@uri",    "@urid",
                                           "@csv",  "@tsv",  "@sh",   "@base64", "@base64d"};
    const JqToken token = token_;
    if (std::find(std::begin(kKnown), std::end(kKnown), token.text) == std::end(kKnown))
      return lexer_.fail("unknown format " + std::string(token.text), token.at);
    if (auto status = advance(); !status) return tl::unexpected(status.error());
    if (token_.kind == JqToken::Kind::kQuote) return string(token.text);
    auto node = make(Kind::kFormat, token.at);
    node->text = token.text;
    return node;
  }

  Parsed variable() {
    const JqToken token = token_;
    if (auto status = advance(); !status) return tl::unexpected(status.error());
    const std::string name(token.text);
    if (name == "ENV") return literal(make_map({}), token.at);
    if (!is_known(name, 0, true))
      return lexer_.fail("the variable $" + name + " is not defined", token.at);
    auto node = make(Kind::kVariable, token.at);
    node->text = name;
    return node;
  }

  bool is_known(std::string_view name, size_t arguments, bool is_value) const {
    return std::any_of(known_.begin(), known_.end(), [&](const Known& one) {
      return one.name == name && one.arguments == arguments && one.is_value == is_value;
    });
  }

  Parsed word() {
    const JqToken token = token_;
    const std::string_view name = token.text;
    if (name == "if") return condition();
    if (name == "try") return attempt();
    if (name == "reduce" || name == "foreach") return fold();
    if (name == "break") return leave();
    if (at_keyword()) return unexpected();
    if (auto status = advance(); !status) return tl::unexpected(status.error());
    if (name == "null") return literal(Value(), token.at);
    if (name == "true" || name == "false") return literal(Value(name == "true"), token.at);
    auto node = make(Kind::kCall, token.at);
    node->text = name;
    if (token_.is("(")) {
      do {
        if (auto status = advance(); !status) return tl::unexpected(status.error());
        auto argument = query();
        if (!argument) return argument;
        node->children.push_back(std::move(*argument));
      } while (token_.is(";"));
      if (auto status = expect(")"); !status) return tl::unexpected(status.error());
    }
    const size_t count = node->children.size();
    if (!is_known(name, count, false) && !is_jq_builtin(name, count, names_))
      return lexer_.fail(
          "the function " + node->text + "/" + std::to_string(count) + " is not defined", token.at);
    return node;
  }

  Parsed condition() {
    auto node = make(Kind::kIf, token_.at);
    if (auto status = advance(); !status) return tl::unexpected(status.error());
    for (const std::string_view next : {"then", ""}) {
      auto part = query();
      if (!part) return part;
      node->children.push_back(std::move(*part));
      if (next.empty()) break;
      if (auto status = expect(next); !status) return tl::unexpected(status.error());
    }
    JqNodePtr otherwise;
    if (token_.is_word("elif")) {  // an if of its own, which takes the "end"
      const Depth guard(depth_);
      if (depth_ > kDepthMax) return lexer_.fail("nested too deeply", token_.at);
      auto inner = condition();
      if (!inner) return inner;
      node->children.push_back(std::move(*inner));
      return node;
    }
    if (token_.is_word("else")) {
      if (auto status = advance(); !status) return tl::unexpected(status.error());
      auto part = query();
      if (!part) return part;
      otherwise = std::move(*part);
    }
    node->children.push_back(std::move(otherwise));
    if (auto status = expect("end"); !status) return tl::unexpected(status.error());
    return node;
  }

  Parsed attempt() {
    const Depth guard(depth_);
    if (depth_ > kDepthMax) return lexer_.fail("nested too deeply", token_.at);
    auto node = make(Kind::kTry, token_.at);
    if (auto status = advance(); !status) return tl::unexpected(status.error());
    auto body = postfix();
    if (!body) return body;
    node->children.push_back(std::move(*body));
    node->children.emplace_back();
    if (token_.is_word("catch")) {
      if (auto status = advance(); !status) return tl::unexpected(status.error());
      auto handler = postfix();
      if (!handler) return handler;
      node->children[1] = std::move(*handler);
    }
    return node;
  }

  // reduce SOURCE as PATTERN (INIT; UPDATE), foreach … (INIT; UPDATE; EXTRACT)
  Parsed fold() {
    const bool is_reduce = token_.text == "reduce";
    auto node = make(is_reduce ? Kind::kReduce : Kind::kForeach, token_.at);
    if (auto status = advance(); !status) return tl::unexpected(status.error());
    auto source = expression(0);
    if (!source) return source;
    node->children.push_back(std::move(*source));
    if (auto status = expect("as"); !status) return tl::unexpected(status.error());
    const size_t known = known_.size();
    auto bound = pattern();
    if (!bound) return tl::unexpected(bound.error());
    node->patterns.push_back(std::move(*bound));
    if (!token_.is("(")) return unexpected();
    do {
      if (auto status = advance(); !status) return tl::unexpected(status.error());
      auto part = query();
      if (!part) return part;
      node->children.push_back(std::move(*part));
    } while (token_.is(";"));
    known_.resize(known);
    const size_t count = node->children.size();
    if (count != 3 && (is_reduce || count != 4)) return unexpected();
    if (!is_reduce && count == 3) node->children.emplace_back();
    if (auto status = expect(")"); !status) return tl::unexpected(status.error());
    return node;
  }

  Parsed leave() {
    auto node = make(Kind::kBreak, token_.at);
    if (auto status = advance(); !status) return tl::unexpected(status.error());
    if (token_.kind != JqToken::Kind::kVariable) return unexpected();
    node->text = token_.text;
    if (!is_known("*" + node->text, 0, true))
      return lexer_.fail("the label $" + node->text + " is not defined", token_.at);
    if (auto status = advance(); !status) return tl::unexpected(status.error());
    return node;
  }

  // name, $name, "text", (query): what stands before the colon.
  Parsed object_key() {
    const JqToken token = token_;
    if (token.kind == JqToken::Kind::kQuote) return string("");
    if (token.kind == JqToken::Kind::kName || token.kind == JqToken::Kind::kNumber) {
      if (auto status = advance(); !status) return tl::unexpected(status.error());
      return literal(Value(token.text), token.at);
    }
    if (auto status = expect("("); !status) return tl::unexpected(status.error());
    auto key = query();
    if (!key) return key;
    if (auto status = expect(")"); !status) return tl::unexpected(status.error());
    return key;
  }

  Parsed object() {
    auto node = make(Kind::kObject, token_.at);
    do {
      if (auto status = advance(); !status) return tl::unexpected(status.error());
      if (token_.is("}")) break;
      if (auto status = entry(*node); !status) return tl::unexpected(status.error());
    } while (token_.is(","));
    if (auto status = expect("}"); !status) return tl::unexpected(status.error());
    return node;
  }

  base::Status entry(JqNode& into) {
    const JqToken first = token_;
    Parsed key = JqNodePtr(), value = JqNodePtr();
    if (first.kind == JqToken::Kind::kVariable) {
      key = literal(Value(first.text), first.at);
      value = variable();
    } else {
      key = object_key();
      if (!key) return tl::unexpected(key.error());
      const bool short_form = !token_.is(":");
      if (short_form && first.is("(")) return unexpected();
      if (short_form) {  // {a} is {a: .a}
        auto copy = clone_key(**key, first.at);
        value = make(Kind::kIndex, first.at, make(Kind::kIdentity, first.at), std::move(copy));
      } else {
        value = object_value();
      }
    }
    if (!value) return tl::unexpected(value.error());
    into.children.push_back(std::move(*key));
    into.children.push_back(std::move(*value));
    return {};
  }

  // A short key is a text without holes.
  static JqNodePtr clone_key(const JqNode& key, size_t at) { return literal(key.value, at); }

  Parsed object_value() {
    if (auto status = expect(":"); !status) return tl::unexpected(status.error());
    auto value = expression(0);
    while (value && token_.is("|")) {
      const size_t at = token_.at;
      if (auto status = advance(); !status) return tl::unexpected(status.error());
      auto right = expression(0);
      if (!right) return right;
      value = make(Kind::kPipe, at, std::move(*value), std::move(*right));
    }
    return value;
  }

  // A function or a variable ("is_value") that is defined here; labels begin with a star.
  struct Known {
    std::string name;
    size_t arguments = 0;
    bool is_value = false;
  };
  JqLexer lexer_;
  JqNames names_;
  JqToken token_;
  std::vector<Known> known_;
  int depth_ = 0;
};

}  // namespace

base::Result<JqNodePtr> parse_jq(std::string_view source, JqNames names) {
  return Parser(source, names).parse();
}

}  // namespace expr
