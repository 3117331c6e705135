#include "expr/checker.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "expr/pattern.h"
#include "expr/signature.h"

namespace expr {
namespace {

using Kind = Type::Kind;
using Result = base::Result<Type>;

Type of(Kind kind) {
  Type type;
  type.kind = kind;
  return type;
}
Type of(const Function* function) {
  Type type = of(Kind::kFunction);
  type.function = function;
  return type;
}
Type list_of(const Type& element) {
  Type type = of(Kind::kList);
  if (!element.unknown()) type.element = std::make_shared<const Type>(element);
  return type;
}
Type element_of(const Type& type) { return type.element ? *type.element : Type{}; }

// As Go's reflection has it: the elements of a []interface {} are unknown, whatever is known of
// them here.
Type slice_element_of(const Type& type) { return type.typed ? element_of(type) : Type{}; }

bool same(const Type& a, const Type& b) {
  if (a.kind != b.kind || a.any_keys != b.any_keys) return false;
  if (a.kind == Kind::kList) return same(element_of(a), element_of(b));
  return true;
}

// Whether Go would take a value of type a for one of type b.
bool assignable(const Type& a, const Type& b) {
  if (b.unknown()) return true;
  if (a.kind != b.kind || a.any_keys != b.any_keys || a.typed != b.typed) return false;
  return !a.typed || same(a, b);
}

bool comparable(const Type& a, const Type& b) {
  if (a.unknown() || b.unknown() || a.is(Kind::kNil) || b.is(Kind::kNil)) return true;
  if (a.number() && b.number()) return true;
  return a.kind == b.kind;
}

using Test = bool (*)(const Type&);
bool is_bool(const Type& t) { return t.is(Kind::kBool); }
bool is_number(const Type& t) { return t.number(); }
bool is_int(const Type& t) { return t.is(Kind::kInt); }
bool is_string(const Type& t) { return t.is(Kind::kString); }
bool is_time(const Type& t) { return t.is(Kind::kTime); }
bool is_length(const Type& t) { return t.is(Kind::kLength); }

// Both fit one of the tests, or one is unknown and the other fits, or both are unknown.
bool both(const Type& a, const Type& b, std::initializer_list<Test> tests, bool* exact = nullptr) {
  for (const Test test : tests) {
    if (test(a) && test(b)) {
      if (exact) *exact = true;
      return true;
    }
  }
  const auto fits = [&](const Type& t) {
    return t.unknown() || std::any_of(tests.begin(), tests.end(), [&](Test f) { return f(t); });
  };
  return (a.unknown() || b.unknown()) && fits(a) && fits(b);
}

struct Scope {
  Type element;
  bool has_index = false, has_acc = false;
};

class Checker {
 public:
  explicit Checker(const Typing& typing) : typing_(typing) {}

  Result visit(const Node* node) {
    switch (node->kind) {
      case NodeKind::kLiteral:
        return type_of(node->value);
      case NodeKind::kIdentifier:
        return identifier(node);
      case NodeKind::kUnary:
        return unary(node);
      case NodeKind::kBinary:
        return binary(node);
      case NodeKind::kMember:
        return member(node);
      case NodeKind::kChain:
        return visit(node->children[0]);
      case NodeKind::kSlice:
        return slice(node);
      case NodeKind::kCall:
        return call(node);
      case NodeKind::kBuiltin:
        return builtin(node);
      case NodeKind::kPredicate:
        return visit(node->children[0]);
      case NodeKind::kPointer:
        return pointer(node);
      case NodeKind::kLet:
        return let(node);
      case NodeKind::kSequence:
        return sequence(node);
      case NodeKind::kConditional:
        return conditional(node);
      case NodeKind::kArray:
        return array(node);
      case NodeKind::kMap:
        for (const Node* child : node->children)
          if (auto type = visit(child); !type) return type;
        return of(Kind::kMap);
    }
    return Type{};
  }

 private:
  static tl::unexpected<base::Error> fail(const Node* node, std::string text) {
    return base::fail(base::Code::kInvalid, std::move(text),
                      {.file = {}, .line = node->place.line, .column = node->place.column});
  }

  Result identifier(const Node* node) {
    for (auto it = variables_.rbegin(); it != variables_.rend(); ++it)
      if (it->first == node->text) return it->second;
    if (node->text == "$env") return Type{};
    if (auto type = typing_.variable(node->text)) return *type;
    const Function* function = find_builtin(node->text);
    if (function && (typing_.argo_functions || !function->takes.starts_with('$')))
      return of(function);
    if (typing_.lenient) return Type{};
    return fail(node, "unknown name " + node->text);
  }

  // Whether a path begins with a name that a `let` made.
  bool is_local(std::string_view path) const {
    const std::string_view top = path.substr(0, path.find('.'));
    return std::any_of(variables_.begin(), variables_.end(),
                       [&](const auto& variable) { return variable.first == top; });
  }

  Result unary(const Node* node) {
    auto inner = visit(node->children[0]);
    if (!inner) return inner;
    if (node->op == Operator::kNot) {
      if (inner->unknown() || inner->is(Kind::kBool)) return of(Kind::kBool);
    } else if (inner->unknown() || inner->number()) {
      return inner;
    }
    return fail(node,
                "invalid operation: " + node->text + " (mismatched type " + name_of(*inner) + ")");
  }

  Result binary(const Node* node) {
    auto left = visit(node->children[0]);
    if (!left) return left;
    auto right = visit(node->children[1]);
    if (!right) return right;
    std::optional<Type> type;
    if (node->op == Operator::kMatches) {
      if (auto status = pattern(node); !status) return tl::unexpected(status.error());
    }
    if (node->op == Operator::kIn) {
      auto found = membership(node, *left, *right);
      if (!found) return tl::unexpected(found.error());
      type = *found;
    } else if (node->op == Operator::kModulo && zero_divisor(node)) {
      return fail(node, "integer divide by zero");
    } else {
      type = joined(node->op, *left, *right);
    }
    if (type) return *type;
    return fail(node, "invalid operation: " + node->text + " (mismatched types " + name_of(*left) +
                          " and " + name_of(*right) + ")");
  }

  // Constants are computed before the expression runs, so that this fails then.
  static bool zero_divisor(const Node* node) {
    const Node *left = node->children[0], *right = node->children[1];
    return left->kind == NodeKind::kLiteral && right->kind == NodeKind::kLiteral &&
           left->value.is_int() && right->value.is_int() && right->value.as_int().value == 0;
  }

  base::Status pattern(const Node* node) {
    if (node->pattern) return {};
    const Node* right = node->children[1];
    if (right->kind != NodeKind::kLiteral || !right->value.is_string()) return {};
    const auto compiled = compile_pattern(right->value.as_string());
    if (compiled) return {};
    return fail(node, compiled.error().text);
  }

  // The type of the result, or nothing when the operator does not take these types.
  static std::optional<Type> joined(Operator op, const Type& l, const Type& r) {
    const auto when = [](bool holds, Kind kind) {
      return holds ? std::optional(of(kind)) : std::nullopt;
    };
    switch (op) {
      case Operator::kEqual:
      case Operator::kNotEqual:
        return when(comparable(l, r), Kind::kBool);
      case Operator::kOr:
      case Operator::kAnd:
        return when(both(l, r, {is_bool}), Kind::kBool);
      case Operator::kLess:
      case Operator::kGreater:
      case Operator::kLessEqual:
      case Operator::kGreaterEqual:
        return when(both(l, r, {is_number, is_string, is_time, is_length}), Kind::kBool);
      case Operator::kContains:
      case Operator::kStartsWith:
      case Operator::kEndsWith:
      case Operator::kMatches:
        return when(both(l, r, {is_string}), Kind::kBool);
      case Operator::kDivide:
      case Operator::kPower:
        return when(both(l, r, {is_number}), Kind::kFloat);
      case Operator::kModulo:
        return when(both(l, r, {is_int}), Kind::kInt);
      case Operator::kRange:
        if (!both(l, r, {is_int})) return std::nullopt;
        return list_of(of(Kind::kInt));
      case Operator::kCoalesce:
        if (l.is(Kind::kNil)) return r;
        if (r.is(Kind::kNil) || assignable(r, l)) return l;
        return Type{};
      default:
        return arithmetic(op, l, r);
    }
  }

  static std::optional<Type> arithmetic(Operator op, const Type& l, const Type& r) {
    if (l.number() && r.number())
      return of(l.is(Kind::kFloat) || r.is(Kind::kFloat) ? Kind::kFloat : Kind::kInt);
    const bool lengths = is_length(l) && is_length(r);
    switch (op) {
      case Operator::kAdd:
        if (is_string(l) && is_string(r)) return l;
        if ((is_time(l) && is_length(r)) || (is_length(l) && is_time(r))) return of(Kind::kTime);
        if (lengths) return l;
        if (both(l, r, {is_number, is_string, is_time, is_length})) return Type{};
        break;
      case Operator::kSubtract:
        if (is_time(l) && is_time(r)) return of(Kind::kLength);
        if (is_time(l) && is_length(r)) return l;
        if (lengths) return l;
        if (both(l, r, {is_number, is_time, is_length})) return Type{};
        break;
      case Operator::kMultiply:
        if (lengths || (is_length(l) && r.number()) || (l.number() && is_length(r)))
          return of(Kind::kLength);
        if (both(l, r, {is_number, is_length})) return Type{};
        break;
      default:
        break;
    }
    return std::nullopt;
  }

  base::Result<std::optional<Type>> membership(const Node* node, const Type& l, const Type& r) {
    if (r.is(Kind::kMap)) {
      if (!r.any_keys && !l.unknown() && !is_string(l))
        return fail(node, "cannot use " + name_of(l) + " as type string in map key");
      return of(Kind::kBool);
    }
    if (r.is(Kind::kList)) {
      if (!comparable(l, element_of(r)))
        return fail(
            node, "cannot use " + name_of(l) + " as type " + name_of(element_of(r)) + " in array");
      return of(Kind::kBool);
    }
    if (r.unknown() || (l.unknown() && is_string(r))) return of(Kind::kBool);
    return std::optional<Type>();
  }

  Result member(const Node* node) {
    const Node* property = node->children[1];
    const bool named = property->kind == NodeKind::kLiteral && property->value.is_string();
    if (node->children[0]->kind == NodeKind::kIdentifier && node->children[0]->text == "$env") {
      if (!named) return Type{};
      if (auto type = typing_.variable(property->value.as_string())) return *type;
      if (node->optional) return Type{};
      return fail(node, "unknown name " + property->value.as_string());
    }
    auto base = visit(node->children[0]);
    if (!base) return base;
    auto key = visit(property);
    if (!key || base->unknown()) return key ? Result(Type{}) : key;
    if (named) {
      const std::string& name = property->value.as_string();
      if (base->is(Kind::kNil)) return fail(node, "type nil has no field " + name);
      if (const Function* method = find_method_of(letter_of(*base), name)) return of(method);
    }
    if (base->is(Kind::kMap)) {
      if (!base->any_keys && !key->unknown() && !is_string(*key))
        return fail(property,
                    "cannot use " + name_of(*key) + " to get an element from " + name_of(*base));
      if (named && typing_.path) {
        if (const std::string path = path_of(node); !path.empty() && !is_local(path))
          return typing_.path(path);
      }
      return element_of(*base);
    }
    if (base->is(Kind::kList)) {
      if (!key->unknown() && !is_int(*key))
        return fail(property, "array elements can only be selected using an integer (got " +
                                  name_of(*key) + ")");
      return element_of(*base);
    }
    if (named)
      return fail(node, "type " + name_of(*base) + " has no " +
                            (node->method ? "method " : "field ") + property->value.as_string());
    return fail(node, "type " + name_of(*base) + "[" + name_of(*key) + "] is undefined");
  }

  Result slice(const Node* node) {
    auto base = visit(node->children[0]);
    if (!base || base->unknown()) return base;
    if (!is_string(*base) && !base->is(Kind::kList))
      return fail(node, "cannot slice " + name_of(*base));
    for (size_t i = 1; i < 3; ++i) {
      if (!node->children[i]) continue;
      auto index = visit(node->children[i]);
      if (!index) return index;
      if (!index->unknown() && !is_int(*index))
        return fail(node->children[i], "non-integer slice index " + name_of(*index));
    }
    return base;
  }

  base::Result<std::vector<Type>> types_of(std::span<Node* const> nodes) {
    std::vector<Type> types;
    for (const Node* node : nodes) {
      auto type = visit(node);
      if (!type) return tl::unexpected(type.error());
      types.push_back(std::move(*type));
    }
    return types;
  }

  Result call(const Node* node) {
    auto callee = visit(node->children[0]);
    if (!callee) return callee;
    // What is called on an unknown type is not looked at, as in the original.
    if (callee->unknown()) return callee;
    if (callee->is(Kind::kNil)) return fail(node, "cannot call nil as function");
    if (!callee->is(Kind::kFunction)) return fail(node, name_of(*callee) + " is not callable");
    auto types = types_of(std::span(node->children).subspan(1));
    if (!types) return tl::unexpected(types.error());
    auto type = check_call(*callee->function, *types);
    if (!type) return fail(node, type.error().text);
    return type;
  }

  Result builtin(const Node* node) {
    const Function* function = find_builtin(node->text);
    if (!function) return with_predicate(node);
    if (node->text == "get" && node->children.size() == 2 &&
        node->children[0]->kind == NodeKind::kIdentifier && node->children[0]->text == "$env") {
      const Node* key = node->children[1];
      if (key->kind == NodeKind::kLiteral && key->value.is_string())
        if (auto type = typing_.variable(key->value.as_string())) return *type;
      return Type{};
    }
    auto types = types_of(node->children);
    if (!types) return tl::unexpected(types.error());
    if (node->text == "get" && types->size() == 2) {
      if (auto status = key_of_get(node, (*types)[0], (*types)[1]); !status)
        return tl::unexpected(status.error());
    }
    auto type = check_call(*function, *types);
    if (!type) return fail(node, type.error().text);
    if (types->empty()) return type;
    // "get" knows what a list was made of; the others look at its Go type alone.
    const Type& first = types->front();
    if (node->text == "get") return element_of(first);
    if (node->text == "first" || node->text == "last") return slice_element_of(first);
    if (node->text == "take" && first.is(Kind::kList)) return first.typed ? first : of(Kind::kList);
    return type;
  }

  base::Status key_of_get(const Node* node, const Type& from, const Type& key) {
    if (from.unknown() || key.unknown()) return {};
    if (from.is(Kind::kList) && !is_int(key))
      return fail(node->children[1], "non-integer slice index " + name_of(key));
    if (from.is(Kind::kMap) && !from.any_keys && !is_string(key))
      return fail(node->children[1],
                  "cannot use " + name_of(key) + " to get an element from " + name_of(from));
    return {};
  }

  Result with_predicate(const Node* node) {
    const std::string& name = node->text;
    auto collection = visit(node->children[0]);
    if (!collection) return collection;
    if (!collection->unknown() && !collection->is(Kind::kList))
      return fail(node->children[0],
                  "builtin " + name + " takes only array (got " + name_of(*collection) + ")");
    const Type element = element_of(*collection);
    if (node->children.size() == 1)
      return name == "count" ? Result(of(Kind::kInt)) : Result(element);
    const bool reduces = name == "reduce";
    scopes_.push_back({element, reduces || name == "map", reduces});
    auto result = visit(node->children[1]);
    scopes_.pop_back();
    if (!result) return result;
    if (node->children.size() == 3) {
      auto third = visit(node->children[2]);
      if (!third) return third;
      if (name == "sortBy" && !third->unknown() && !is_string(*third))
        return fail(node->children[2],
                    "sortBy order argument must be a string (got " + name_of(*third) + ")");
    }
    if (result->is(Kind::kNil))
      return fail(node->children[1], "predicate should have a value, not nil");
    if (name == "map") return list_of(*result);
    if (name == "sum" || reduces) return result;
    if (name == "sortBy") return collection;
    if (name == "groupBy") {
      Type groups = of(Kind::kMap);
      groups.element = std::make_shared<const Type>(of(Kind::kList));
      groups.any_keys = true;
      return groups;
    }
    if (!result->unknown() && !is_bool(*result))
      return fail(node->children[1],
                  "predicate should return boolean (got " + name_of(*result) + ")");
    if (name == "filter") return list_of(element);
    if (name == "find" || name == "findLast") return element;
    return of(name == "count" || name.starts_with("find") ? Kind::kInt : Kind::kBool);
  }

  Result pointer(const Node* node) {
    if (scopes_.empty()) return fail(node, "cannot use pointer accessor outside predicate");
    const Scope& scope = scopes_.back();
    if (node->text.empty()) return scope.element;
    if (node->text == "index" && scope.has_index) return of(Kind::kInt);
    if (node->text == "acc" && scope.has_acc) return Type{};
    return fail(node, "unknown pointer #" + node->text);
  }

  Result let(const Node* node) {
    if (typing_.variable(node->text)) return fail(node, "cannot redeclare " + node->text);
    if (find_builtin(node->text)) return fail(node, "cannot redeclare builtin " + node->text);
    for (const auto& [name, type] : variables_)
      if (name == node->text) return fail(node, "cannot redeclare variable " + node->text);
    auto value = visit(node->children[0]);
    if (!value) return value;
    variables_.emplace_back(node->text, *value);
    auto body = visit(node->children[1]);
    variables_.pop_back();
    return body;
  }

  Result sequence(const Node* node) {
    Result last = Type{};
    for (const Node* child : node->children) {
      last = visit(child);
      if (!last) return last;
    }
    return last;
  }

  Result conditional(const Node* node) {
    auto condition = visit(node->children[0]);
    if (!condition) return condition;
    if (!condition->unknown() && !is_bool(*condition))
      return fail(node->children[0],
                  "non-bool expression (type " + name_of(*condition) + ") used as condition");
    auto yes = visit(node->children[1]);
    if (!yes) return yes;
    auto no = visit(node->children[2]);
    if (!no) return no;
    if (yes->is(Kind::kNil)) return no;
    if (no->is(Kind::kNil)) return yes;
    if (same(*yes, *no)) return yes;
    if (yes->is(Kind::kList) && no->is(Kind::kList)) return of(Kind::kList);
    return Type{};
  }

  Result array(const Node* node) {
    auto types = types_of(node->children);
    if (!types) return tl::unexpected(types.error());
    const bool uniform = !types->empty() &&
                         std::all_of(types->begin(), types->end(),
                                     [&](const Type& t) { return t.kind == types->front().kind; });
    return uniform ? list_of(types->back()) : of(Kind::kList);
  }

  const Typing& typing_;
  std::vector<std::pair<std::string_view, Type>> variables_;
  std::vector<Scope> scopes_;
};

}  // namespace

std::string name_of(const Type& type) {
  switch (type.kind) {
    case Kind::kUnknown:
    case Kind::kNil:
      return "unknown";
    case Kind::kBool:
      return "bool";
    case Kind::kInt:
    case Kind::kNamedInt:
      return "int";
    case Kind::kFloat:
      return "float64";
    case Kind::kString:
      return "string";
    case Kind::kList:
      return "[]" + (type.element ? name_of(*type.element) : std::string("interface {}"));
    case Kind::kMap:
      return type.any_keys ? "map[interface {}]interface {}" : "map[string]interface {}";
    case Kind::kTime:
      return "time.Time";
    case Kind::kLength:
      return "time.Duration";
    case Kind::kZone:
      return "*time.Location";
    case Kind::kFunction:
      return "func";
  }
  return {};
}

Type type_of(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kNil:
      return of(Kind::kNil);
    case Value::Kind::kBool:
      return of(Kind::kBool);
    case Value::Kind::kInt:
      return of(value.is_int() ? Kind::kInt : Kind::kNamedInt);
    case Value::Kind::kFloat:
      return of(Kind::kFloat);
    case Value::Kind::kString:
      return of(Kind::kString);
    case Value::Kind::kList:
      if (value.as_list().type == ListType::kBytes || value.as_list().type == ListType::kInt)
        return list_of(of(Kind::kInt));
      if (value.as_list().type == ListType::kString) return list_of(of(Kind::kString));
      return of(Kind::kList);
    case Value::Kind::kMap:
      return of(Kind::kMap);
    case Value::Kind::kTime:
      return of(Kind::kTime);
    case Value::Kind::kLength:
      return of(Kind::kLength);
    case Value::Kind::kZone:
      return of(Kind::kZone);
    case Value::Kind::kFunction:
      return of(value.as_function().function);
    case Value::Kind::kStruct:
      return {};
  }
  return {};
}

base::Result<Type> check(const Tree& tree, const Typing& typing) {
  return Checker(typing).visit(tree.root);
}

base::Status check(const Tree& tree, const FindVariable& find, bool argo_functions) {
  const Typing typing{.variable = [&](std::string_view name) -> std::optional<Type> {
                        if (argo_functions && name == "sprig") return of(Kind::kMap);
                        const Value* value = find(name);
                        return value ? std::optional(type_of(*value)) : std::nullopt;
                      },
                      .argo_functions = argo_functions};
  auto type = check(tree, typing);
  if (!type) return tl::unexpected(type.error());
  return {};
}

}  // namespace expr
