#include "expr/evaluator.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "expr/operators.h"
#include "text/nesting.h"

namespace expr {
namespace {

using Kind = Value::Kind;
using Result = base::Result<Value>;

struct Scope {
  const Value* item = nullptr;
  int64_t index = 0;
  const Value* accumulator = nullptr;
};

// Sorts by keys that may not be comparable: the first error is kept.
template <class Less>
base::Status stable_sort(std::vector<size_t>& order, Less less_of) {
  base::Status status;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    if (!status) return false;
    const base::Result<bool> result = less_of(a, b);
    if (!result) status = tl::unexpected(result.error());
    return result.value_or(false);
  });
  return status;
}

// What is shared costs little until it is printed or compared: [x, x] forty times over.
constexpr uint64_t kWeightMost = 64 << 20;
// A text is copied at each place: so many bytes cost less than a step.
constexpr size_t kCopyFree = 256;

class Evaluator {
 public:
  Evaluator(const FindVariable& find, const std::function<Value()>& all, const EvalContext& context)
      : find_(find),
        all_(all),
        budget_(context.limits),
        random_(context.random_seed),
        context_{context, budget_, random_} {}

  Result visit(const Node* node) {
    if (auto status = budget_.step(); !status) return tl::unexpected(status.error());
    Result value = value_of(node);
    if (value && value->is_string() && value->as_string().size() > kCopyFree)
      if (auto status = budget_.steps(value->as_string().size() / kCopyFree); !status)
        return placed(node, tl::unexpected(status.error()));
    return value;
  }

 private:
  Result value_of(const Node* node) {
    switch (node->kind) {
      case NodeKind::kLiteral:
        return node->value;
      case NodeKind::kIdentifier:
        return identifier(node);
      case NodeKind::kUnary:
        return unary(node);
      case NodeKind::kBinary:
        return binary(node);
      case NodeKind::kMember:
        return member(node);
      case NodeKind::kChain: {
        auto value = visit(node->children[0]);
        stopped_ = false;
        if (value && value->is_list() && value->as_list().is_nil) return Value();
        return value;
      }
      case NodeKind::kSlice:
        return slice_of(node);
      case NodeKind::kCall:
        return bounded(node, call_of(node));
      case NodeKind::kBuiltin:
        return bounded(node, builtin(node));
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
        return bounded(node, array(node));
      case NodeKind::kMap:
        return bounded(node, map(node));
    }
    return Value();
  }

  static tl::unexpected<base::Error> fail(const Node* node, std::string text) {
    return base::fail(base::Code::kInvalid, std::move(text),
                      {.file = {}, .line = node->place.line, .column = node->place.column});
  }
  static Result placed(const Node* node, Result result) {
    if (!result && result.error().where.line == 0)
      result.error().where = {.file = {}, .line = node->place.line, .column = node->place.column};
    return result;
  }

  Result identifier(const Node* node) {
    for (auto it = variables_.rbegin(); it != variables_.rend(); ++it)
      if (it->first == node->text) return it->second;
    if (node->text == "$env") return all_();
    if (const Value* value = find_(node->text)) return *value;
    // The checker let it pass: the name of a function, or a key of $env that is not looked at.
    return Value();
  }

  Result unary(const Node* node) {
    auto inner = visit(node->children[0]);
    if (!inner) return inner;
    if (node->op == Operator::kNot) {
      if (inner->is_nil()) return true;
      if (!inner->is(Kind::kBool))
        return fail(node, "invalid operation: bool(" + go_type_name(*inner) + ")");
      return !inner->as_bool();
    }
    if (node->op == Operator::kMinus) return placed(node, negate(*inner));
    return inner;
  }

  // With a side that is known before it runs the other one decides, whatever it is; an "and" with
  // false and an "or" with true do not look at it.
  Result known_side(const Node* node) {
    const bool deciding = node->op == Operator::kOr;
    const Node *left = node->children[0], *right = node->children[1];
    if (left->constant == (deciding ? Known::kFalse : Known::kTrue)) return visit(right);
    if (right->constant == (deciding ? Known::kFalse : Known::kTrue)) return visit(left);
    return deciding;
  }

  Result binary(const Node* node) {
    if (node->constant != Known::kNot) return node->constant == Known::kTrue;
    if ((node->op == Operator::kAnd || node->op == Operator::kOr) &&
        (node->children[0]->constant != Known::kNot || node->children[1]->constant != Known::kNot))
      return known_side(node);
    auto left = visit(node->children[0]);
    if (!left) return left;
    switch (node->op) {
      case Operator::kAnd:
      case Operator::kOr:
        if (!left->is(Kind::kBool))
          return fail(node, "a boolean is needed, not " + go_type_name(*left));
        if (left->as_bool() == (node->op == Operator::kOr)) return left;
        break;
      case Operator::kCoalesce:
        return equal(*left, Value()) ? visit(node->children[1]) : left;
      default:
        break;
    }
    if (node->pattern && left->is_string()) {
      auto status = budget_.searched(left->as_string().size(), node->pattern->ProgramSize());
      if (!status) return placed(node, tl::unexpected(status.error()));
      return RE2::PartialMatch(left->as_string(), *node->pattern);
    }
    auto right = visit(node->children[1]);
    if (!right || node->op == Operator::kAnd || node->op == Operator::kOr) return right;
    if (node->op == Operator::kIn && !left->is_string() && !left->is_nil() &&
        is_set_of_texts(node->children[1]))
      return fail(node, "cannot use " + go_type_name(*left) + " in a set of texts");
    // Only == and its like look at all of a list.
    if (auto status = pay_for(*right); !status) return placed(node, tl::unexpected(status.error()));
    return placed(node, apply(node->op, *left, *right, budget_));
  }

  // Written out texts are a set, which only texts can be looked up in.
  static bool is_set_of_texts(const Node* node) {
    return node->kind == NodeKind::kArray && !node->children.empty() &&
           std::all_of(node->children.begin(), node->children.end(), [](const Node* item) {
             return item->kind == NodeKind::kLiteral && item->value.is_string();
           });
  }

  // sprig.NAME, without making the map that `sprig` is.
  static const Function* sprig_function(const Node* node) {
    const Node *base = node->children[0], *key = node->children[1];
    if (base->kind != NodeKind::kIdentifier || base->text != "sprig") return nullptr;
    if (key->kind != NodeKind::kLiteral || !key->value.is_string()) return nullptr;
    return find_sprig(key->value.as_string());
  }

  Result member(const Node* node) {
    if (const Function* function = sprig_function(node))
      return Value(FunctionRef{function, nullptr});
    auto base = visit(node->children[0]);
    if (!base || stopped_) return base;
    if (node->optional && (base->is_nil() || (base->is_list() && base->as_list().is_nil))) {
      stopped_ = true;  // until the end of the chain
      return Value();
    }
    const bool outer = std::exchange(stopped_, false);
    auto key = visit(node->children[1]);
    stopped_ = outer;
    if (!key) return key;
    return placed(node, fetch(*base, *key));
  }

  Result slice_of(const Node* node) {
    auto base = visit(node->children[0]);
    if (!base || stopped_) return base;
    Value bounds[2];
    const Value* given[2] = {nullptr, nullptr};
    for (size_t i = 0; i < 2; ++i) {
      if (!node->children[i + 1]) continue;
      auto value = visit(node->children[i + 1]);
      if (!value) return value;
      bounds[i] = std::move(*value);
      given[i] = &bounds[i];
    }
    return placed(node, slice(*base, given[0], given[1], budget_));
  }

  base::Result<std::vector<Value>> values_of(std::span<Node* const> nodes) {
    std::vector<Value> values;
    values.reserve(nodes.size());
    for (const Node* node : nodes) {
      auto value = visit(node);
      if (!value) return tl::unexpected(value.error());
      values.push_back(std::move(*value));
    }
    return values;
  }

  // Functions and operators that look at all of a value take steps for it.
  base::Status pay_for(const Value& value) {
    return value.is_list() || value.is_map() ? budget_.steps(weight_of(value) / 64)
                                             : base::Status();
  }
  base::Status pay_for(std::string_view function, const std::vector<Value>& arguments) {
    constexpr std::string_view kQuick[] = {"len", "first", "last", "get", "type"};
    if (std::find(std::begin(kQuick), std::end(kQuick), function) != std::end(kQuick)) return {};
    for (const Value& argument : arguments)
      if (auto status = pay_for(argument); !status) return status;
    return {};
  }
  static Result light(const Node* node, Result result) {
    if (result && weight_of(*result) > kWeightMost)
      return fail(node, "memory budget exceeded: the value has more than " +
                            std::to_string(kWeightMost >> 20) + " MiB");
    return result;
  }
  // What was just made holds texts of its own.
  Result bounded(const Node* node, Result result) {
    if (result && result->is_sole())
      if (auto status = budget_.bytes(text_bytes_of(*result)); !status)
        return placed(node, tl::unexpected(status.error()));
    return light(node, std::move(result));
  }

  // A long text among the many values of a predicate.
  base::Status keep(const Value& value) {
    return value.is_string() && value.as_string().size() > kCopyFree
               ? budget_.bytes(value.as_string().size())
               : base::Status();
  }

  Result call_of(const Node* node) {
    // The arguments come first: they are looked at even where a ?. leaves out the call.
    const bool outer = std::exchange(stopped_, false);
    auto arguments = values_of(std::span(node->children).subspan(1));
    stopped_ = outer;
    if (!arguments) return tl::unexpected(arguments.error());
    auto callee = visit(node->children[0]);
    if (!callee || stopped_) return callee;
    if (callee->is_nil()) return fail(node, "invalid operation: cannot call nil");
    if (!callee->is(Kind::kFunction))
      return fail(node, "invalid operation: cannot call " + go_type_name(*callee));
    const FunctionRef& target = callee->as_function();
    if (auto status = pay_for(target.function->name, *arguments); !status)
      return placed(node, tl::unexpected(status.error()));
    return placed(node, call(*target.function, context_, *arguments, target.receiver.get()));
  }

  Result builtin(const Node* node) {
    const Function* function = find_builtin(node->text);
    if (!function) return with_predicate(node);
    auto arguments = values_of(node->children);
    if (!arguments) return tl::unexpected(arguments.error());
    if (auto status = pay_for(function->name, *arguments); !status)
      return placed(node, tl::unexpected(status.error()));
    return placed(node, call(*function, context_, *arguments));
  }

  // The value of the predicate for each item, in order, until `use` gives false.
  template <class Use>
  base::Status each(const Node* predicate, const std::vector<Value>& items, bool backwards,
                    Use use) {
    for (size_t i = 0; i < items.size(); ++i) {
      const size_t at = backwards ? items.size() - 1 - i : i;
      if (!predicate && is_no_item(items[at])) return unreadable();
      Result result = items[at];
      if (predicate) {
        scopes_.push_back({&items[at], static_cast<int64_t>(at), nullptr});
        result = visit(predicate);
        scopes_.pop_back();
      }
      if (!result) return tl::unexpected(result.error());
      base::Result<bool> more = use(at, std::move(*result));
      if (!more) return tl::unexpected(more.error());
      if (!*more) break;
    }
    return {};
  }

  Result with_predicate(const Node* node) {
    const std::string& name = node->text;
    if (name == "sum" && node->children.size() == 1 && is_sum_of_terms(node->children[0]))
      return placed(node, sum_of_terms(node->children[0]));
    auto collection = visit(node->children[0]);
    if (!collection) return collection;
    // A text has its bytes for items; a map has as many items as keys, but none can be looked at.
    Value kept = *collection;
    const bool map_given = kept.is_map();
    if (kept.is_string()) kept = bytes_value(kept.as_string());
    if (map_given) kept = Value::list(std::vector<Value>(kept.as_map().entries.size(), no_item()));
    if (!kept.is_list())
      return fail(node,
                  "builtin " + name + " takes only array (got " + go_type_name(*collection) + ")");
    const std::vector<Value>& items = kept.items();
    const Node* predicate = node->children.size() > 1 ? node->children[1] : nullptr;
    if (name == "map" || name == "filter")
      return placed(node, mapped(name == "map", predicate, items));
    if (name == "sum") return placed(node, sum(predicate, items));
    if (name == "reduce") return placed(node, reduce(node, items));
    if (name == "groupBy") return placed(node, group(predicate, items));
    if (name == "sortBy") return placed(node, sorted(node, items));
    return placed(node, counted(name, predicate, items));
  }

  // What stands for the item of a map; no expression has such a value.
  static Value no_item() { return Value(FunctionRef{nullptr, nullptr}); }
  static bool is_no_item(const Value& value) {
    return value.is(Kind::kFunction) && !value.as_function().function;
  }

  static tl::unexpected<base::Error> unreadable() {
    return base::fail(base::Code::kInvalid, "a map has no items to look at");
  }

  static base::Result<bool> truth(const Value& value) {
    if (value.is(Kind::kBool)) return value.as_bool();
    return base::fail(base::Code::kInvalid, "a boolean is needed, not " + go_type_name(value));
  }

  // all, none, any, one, count and the finds.
  Result counted(const std::string& name, const Node* predicate, const std::vector<Value>& items) {
    const bool find = name.starts_with("find"), last = name.starts_with("findLast");
    const bool stops_at_true = find || name == "any" || name == "none";
    int64_t count = 0, found = -1, seen = 0;
    auto status = each(predicate, items, last, [&](size_t at, Value result) -> base::Result<bool> {
      const auto holds = truth(result);
      if (!holds) return holds;
      ++seen;
      count += *holds;
      if (*holds) found = static_cast<int64_t>(at);
      return *holds ? !stops_at_true : name != "all";
    });
    if (!status) return tl::unexpected(status.error());
    if (find) {
      if (found < 0) return Value();
      if (name.ends_with("Index")) return found;
      const Value& item = items[static_cast<size_t>(found)];
      if (is_no_item(item)) return unreadable();
      return item;
    }
    if (name == "count") return count;
    if (name == "all") return count == seen;
    if (name == "any") return count > 0;
    return name == "none" ? count == 0 : count == 1;
  }

  Result mapped(bool map, const Node* predicate, const std::vector<Value>& items) {
    std::vector<Value> out;
    auto status = each(predicate, items, false, [&](size_t at, Value result) -> base::Result<bool> {
      if (map) {
        if (auto kept = keep(result); !kept) return tl::unexpected(kept.error());
        out.push_back(std::move(result));
        return true;
      }
      const auto holds = truth(result);
      if (holds && *holds && is_no_item(items[at])) return unreadable();
      if (holds && *holds) out.push_back(items[at]);
      return holds ? base::Result<bool>(true) : holds;
    });
    if (status) status = budget_.items(out.size());
    if (!status) return tl::unexpected(status.error());
    return Value::list(std::move(out));
  }

  // sum([a, b]) is a + b, so that it takes texts too; but for arrays of literals alone.
  static bool is_sum_of_terms(const Node* array) {
    if (array->kind != NodeKind::kArray || array->children.size() < 2) return false;
    return !std::all_of(array->children.begin(), array->children.end(), [](const Node* node) {
      return node->kind == NodeKind::kLiteral && !node->value.is_nil();
    });
  }
  Result sum_of_terms(const Node* array) {
    auto total = visit(array->children.back());
    for (size_t i = array->children.size() - 1; total && i-- > 0;) {
      auto term = visit(array->children[i]);
      if (!term) return term;
      total = apply(Operator::kAdd, *term, *total, budget_);
    }
    return total;
  }

  Result sum(const Node* predicate, const std::vector<Value>& items) {
    Value total = 0;
    auto status = each(predicate, items, false, [&](size_t, Value result) -> base::Result<bool> {
      auto next = apply(Operator::kAdd, total, result, budget_);
      if (!next) return tl::unexpected(next.error());
      total = std::move(*next);
      return true;
    });
    if (!status) return tl::unexpected(status.error());
    return total;
  }

  Result reduce(const Node* node, const std::vector<Value>& items) {
    size_t first = 0;
    Value accumulator;
    if (node->children.size() == 3) {
      auto start = visit(node->children[2]);
      if (!start) return start;
      accumulator = std::move(*start);
    } else if (items.empty()) {
      return fail(node, "reduce of empty array with no initial value");
    } else {
      if (is_no_item(items[0])) return unreadable();
      accumulator = items[first++];
    }
    for (size_t i = first; i < items.size(); ++i) {
      scopes_.push_back({&items[i], static_cast<int64_t>(i), &accumulator});
      auto next = visit(node->children[1]);
      scopes_.pop_back();
      if (!next) return next;
      // The only way by which values get deeper than the expression is.
      if (depth_of(*next) > text::kNestingMost)
        return fail(node, "the value is nested too deeply: more than " +
                              std::to_string(text::kNestingMost) + " levels");
      next = light(node, std::move(next));
      if (!next) return next;
      accumulator = std::move(*next);
    }
    return accumulator;
  }

  Result group(const Node* predicate, const std::vector<Value>& items) {
    std::map<Value, std::vector<Value>, KeyLess> groups;
    auto status = each(predicate, items, false, [&](size_t at, Value key) -> base::Result<bool> {
      if (key.is_list() || key.is_map())
        return base::fail(base::Code::kInvalid, "hash of unhashable type: " + go_type_name(key));
      if (is_no_item(items[at])) return unreadable();
      groups[std::move(key)].push_back(items[at]);
      return true;
    });
    if (status) status = budget_.items(items.size());
    if (!status) return tl::unexpected(status.error());
    Entries entries;
    for (auto& [key, group] : groups) entries.emplace(key, Value::list(std::move(group)));
    return make_map(std::move(entries), MapType::kAnyLists);
  }

  Result sorted(const Node* node, const std::vector<Value>& items) {
    if (!items.empty() && is_no_item(items[0])) return unreadable();
    bool descending = false;
    std::vector<Value> keys;
    auto status =
        each(node->children[1], items, false, [&](size_t, Value key) -> base::Result<bool> {
          if (auto kept = keep(key); !kept) return tl::unexpected(kept.error());
          keys.push_back(std::move(key));
          return true;
        });
    if (status) status = budget_.items(items.size());
    if (!status) return tl::unexpected(status.error());
    if (node->children.size() == 3) {
      auto order = visit(node->children[2]);
      if (!order) return order;
      const bool known =
          order->is_string() && (order->as_string() == "asc" || order->as_string() == "desc");
      if (!known) return fail(node, "unknown order, use asc or desc");
      descending = order->as_string() == "desc";
    }
    std::vector<size_t> order(items.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    status = stable_sort(order, [&](size_t a, size_t b) {
      return descending ? less(keys[b], keys[a]) : less(keys[a], keys[b]);
    });
    if (!status) return tl::unexpected(status.error());
    std::vector<Value> out;
    for (const size_t at : order) out.push_back(items[at]);
    return Value::list(std::move(out));
  }

  Result pointer(const Node* node) {
    if (scopes_.empty()) return fail(node, "cannot use pointer accessor outside predicate");
    const Scope& scope = scopes_.back();
    if (node->text == "index") return scope.index;
    if (node->text == "acc") return scope.accumulator ? *scope.accumulator : Value();
    if (is_no_item(*scope.item)) return placed(node, unreadable());
    return *scope.item;
  }

  Result let(const Node* node) {
    auto value = visit(node->children[0]);
    if (!value) return value;
    variables_.emplace_back(node->text, std::move(*value));
    auto body = visit(node->children[1]);
    variables_.pop_back();
    return body;
  }

  Result sequence(const Node* node) {
    Result last = Value();
    for (const Node* child : node->children) {
      last = visit(child);
      if (!last) return last;
    }
    return last;
  }

  Result conditional(const Node* node) {
    auto condition = visit(node->children[0]);
    if (!condition) return condition;
    if (!condition->is(Kind::kBool))
      return fail(node->children[0], "a boolean is needed, not " + go_type_name(*condition));
    return visit(node->children[condition->as_bool() ? 1 : 2]);
  }

  Result array(const Node* node) {
    auto values = values_of(node->children);
    if (!values) return tl::unexpected(values.error());
    if (auto status = budget_.items(values->size()); !status) return tl::unexpected(status.error());
    return Value::list(std::move(*values));
  }

  Result map(const Node* node) {
    auto values = values_of(node->children);
    if (!values) return tl::unexpected(values.error());
    if (auto status = budget_.items(values->size() / 2); !status)
      return tl::unexpected(status.error());
    Entries entries;
    for (size_t i = 0; i < values->size(); i += 2) {
      const Value& key = (*values)[i];
      if (!key.is_string())
        return fail(node, "a map key must be a string, not " + go_type_name(key));
      entries.emplace(key, std::move((*values)[i + 1]));  // the first of two stays
    }
    return make_map(std::move(entries));
  }

  const FindVariable& find_;
  const std::function<Value()>& all_;
  Budget budget_;
  uint64_t random_;
  CallContext context_;
  std::vector<std::pair<std::string_view, Value>> variables_;
  std::vector<Scope> scopes_;
  bool stopped_ = false;  // a ?. met nil: the rest of its chain is left out
};

}  // namespace

base::Result<Value> evaluate(const Tree& tree, const FindVariable& find,
                             const std::function<Value()>& all, const EvalContext& context) {
  return Evaluator(find, all, context).visit(tree.root);
}

}  // namespace expr
