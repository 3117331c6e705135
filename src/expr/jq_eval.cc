#include "expr/jq_eval.h"

#include <algorithm>

#include "expr/jq.h"
#include "expr/json_numbers.h"
#include "text/nesting.h"

namespace expr {
namespace {

using Kind = JqNode::Kind;
using Op = JqNode::Op;

constexpr int kDepthMax = 1000;          // of evaluations inside of each other: the stack's bound
constexpr size_t kOutputMax = 16 << 20;  // bytes

Value slice_key(const Value& from, const Value& to) {
  Entries entries;
  entries.emplace(Value("start"), from);
  entries.emplace(Value("end"), to);
  return make_map(std::move(entries));
}

// A path that outlives the one it was made from.
class KeptPath {
 public:
  explicit KeptPath(const JqKeys& keys) : steps_(keys.size() + 1) {
    steps_[0].kind = JqPath::Kind::kRoot;
    for (size_t i = 0; i < keys.size(); ++i)
      steps_[i + 1] = {&steps_[i], keys[i], JqPath::Kind::kKey};
  }
  const JqPath* get() const { return &steps_.back(); }

 private:
  std::vector<JqPath> steps_;
};

}  // namespace

JqFlow JqEvaluator::fail(Value error) {
  error_ = std::move(error);
  return JqFlow::kError;
}

JqFlow JqEvaluator::fail_for_good(std::string text) {
  for_good_ = true;
  return fail(Value(std::move(text)));
}

bool JqEvaluator::spend(size_t values) {
  if (values > values_left_) {
    values_left_ = 0;
    fail_for_good("the filter makes too many values: more than 2,000,000");
    return false;
  }
  values_left_ -= values;
  return true;
}

JqFlow JqEvaluator::result(const JqResult& result, const JqPath* path, JqEmit emit) {
  if (!result) return fail(result.error());
  if (!spend(jq_size(*result))) return JqFlow::kError;
  if (depth_of(*result) > text::kNestingMost)
    return fail_for_good("the value is nested too deeply");
  return emit(*result, nowhere(path));
}

JqFlow JqEvaluator::eval(const JqNode& node, const JqScope* scope, const Value& in,
                         const JqPath* path, JqEmit emit) {
  if (steps_left_ == 0)
    return fail_for_good("the filter takes too many steps: more than 1,000,000");
  --steps_left_;
  if (depth_ >= kDepthMax) return fail_for_good("the filter is nested too deeply");
  ++depth_;
  const JqFlow flow = dispatch(node, scope, in, path, emit);
  --depth_;
  return flow;
}

JqFlow JqEvaluator::dispatch(const JqNode& node, const JqScope* scope, const Value& in,
                             const JqPath* path, JqEmit emit) {
  switch (node.kind) {
    case Kind::kIdentity:
      return emit(in, path);
    case Kind::kRecurse:
      return recurse(in, path, emit);
    case Kind::kLiteral:
      return emit(node.value, nowhere(path));
    case Kind::kString: {
      std::string text;
      return literal_parts(node, 0, text, scope, in, path, emit);
    }
    case Kind::kHole:
      return eval(*node.children[0], scope, in, path, emit);
    case Kind::kFormat:
      return result(jq_format(node.text, in), path, emit);
    case Kind::kIndex:
      return index(node, scope, in, path, emit);
    case Kind::kSlice:
      return slice(node, scope, in, path, emit);
    case Kind::kIterate:
      return eval(*node.children[0], scope, in, path,
                  [&](const Value& value, const JqPath* at) { return iterate(value, at, emit); });
    case Kind::kArray:
      return array(node, scope, in, path, emit);
    case Kind::kObject: {
      Entries entries;
      return object(node, 0, entries, scope, in, path, emit);
    }
    case Kind::kNegate:
    case Kind::kBinary:
      return binary(node, scope, in, path, emit);
    case Kind::kPipe:
      return eval(*node.children[0], scope, in, path, [&](const Value& value, const JqPath* at) {
        return eval(*node.children[1], scope, value, at, emit);
      });
    case Kind::kComma: {
      const JqFlow flow = eval(*node.children[0], scope, in, path, emit);
      return flow != JqFlow::kGo ? flow : eval(*node.children[1], scope, in, path, emit);
    }
    case Kind::kAnd:
    case Kind::kOr:
      return logic(node, scope, in, path, emit);
    case Kind::kAlternative:
      return alternative(node, scope, in, path, emit);
    case Kind::kAssign:
    case Kind::kUpdate:
    case Kind::kUpdateWith:
      return assign(node, scope, in, path, emit);
    case Kind::kIf:
      return condition(node, scope, in, path, emit);
    case Kind::kOptional:
      return optional(node, scope, in, path, emit);
    case Kind::kTry:
      return attempt(node, scope, in, path, emit);
    case Kind::kReduce:
    case Kind::kForeach:
      return fold(node, scope, in, path, emit);
    default:
      return named(node, scope, in, path, emit);
  }
}

// What names things, and what uses the names.
JqFlow JqEvaluator::named(const JqNode& node, const JqScope* scope, const Value& in,
                          const JqPath* path, JqEmit emit) {
  switch (node.kind) {
    case Kind::kDefine: {
      const JqScope known{.outer = scope,
                          .kind = JqScope::Kind::kFunction,
                          .name = node.definition->name,
                          .definition = node.definition.get()};
      return eval(*node.children[0], &known, in, path, emit);
    }
    case Kind::kCall:
      return call(node, scope, in, path, emit);
    case Kind::kVariable:
      for (const JqScope* at = scope; at; at = at->outer)
        if (at->kind == JqScope::Kind::kValue && at->name == node.text)
          return emit(*at->value, nowhere(path));
      return fail(Value("$" + node.text + " is not defined"));
    case Kind::kLabel: {
      const JqScope known{
          .outer = scope, .kind = JqScope::Kind::kLabel, .name = node.text, .label = ++labels_};
      const JqFlow flow = eval(*node.children[0], &known, in, path, emit);
      return flow == JqFlow::kBreak && label_ == known.label ? JqFlow::kGo : flow;
    }
    case Kind::kBreak:
      for (const JqScope* at = scope; at; at = at->outer)
        if (at->kind == JqScope::Kind::kLabel && at->name == node.text) {
          label_ = at->label;
          return JqFlow::kBreak;
        }
      return fail(Value("the label $" + node.text + " is not defined"));
    case Kind::kBind:
      return bind(node, scope, in, path, emit);
    default:
      break;
  }
  return JqFlow::kGo;
}

// --- values and paths

JqFlow JqEvaluator::step_into(const Value& value, const Value& key, const JqPath* path,
                              JqEmit emit) {
  if (path && path->kind == JqPath::Kind::kNowhere)
    return fail(Value("invalid path: it does not begin at the input but at " + jq_shown(value)));
  auto inner = jq_index(value, key);
  if (!inner) return fail(inner.error());
  if (!path) return emit(*inner, nullptr);
  const JqPath at{path, key, JqPath::Kind::kKey};
  return emit(*inner, &at);
}

bool JqEvaluator::keys_of(const JqPath* path, const Value& value, JqKeys& out) {
  if (path->kind == JqPath::Kind::kNowhere) {
    fail(Value("invalid path: it does not begin at the input but at " + jq_shown(value)));
    return false;
  }
  for (; path->kind == JqPath::Kind::kKey; path = path->above) out.push_back(path->key);
  std::reverse(out.begin(), out.end());
  return spend(out.size());
}

// A string with holes: the last hole is the outermost loop, as the original's.
JqFlow JqEvaluator::literal_parts(const JqNode& node, size_t at, std::string& text,
                                  const JqScope* scope, const Value& in, const JqPath* path,
                                  JqEmit emit) {
  if (at == node.children.size()) return result(Value(text), path, emit);
  const JqNode& part = *node.children[at];
  const size_t size = text.size();
  if (part.kind == Kind::kLiteral) {
    text += part.value.as_string();
    const JqFlow flow = literal_parts(node, at + 1, text, scope, in, path, emit);
    text.resize(size);
    return flow;
  }
  return eval(part, scope, in, nullptr, [&](const Value& value, const JqPath*) {
    const JqResult shown =
        node.text.empty() ? JqResult(Value(jq_string(value))) : jq_format(node.text, value);
    if (!shown) return fail(shown.error());
    text += shown->as_string();
    if (text.size() > kOutputMax) return fail_for_good("the string is too long");
    const JqFlow flow = literal_parts(node, at + 1, text, scope, in, path, emit);
    text.resize(size);
    return flow;
  });
}

JqFlow JqEvaluator::index(const JqNode& node, const JqScope* scope, const Value& in,
                          const JqPath* path, JqEmit emit) {
  const JqNode& key_node = *node.children[1];
  if (key_node.kind == Kind::kLiteral)
    return eval(*node.children[0], scope, in, path, [&](const Value& value, const JqPath* at) {
      return step_into(value, key_node.value, at, emit);
    });
  return eval(key_node, scope, in, nullptr, [&](const Value& key, const JqPath*) {
    return eval(*node.children[0], scope, in, path, [&](const Value& value, const JqPath* at) {
      return step_into(value, key, at, emit);
    });
  });
}

JqFlow JqEvaluator::slice(const JqNode& node, const JqScope* scope, const Value& in,
                          const JqPath* path, JqEmit emit) {
  const auto bound = [&](const JqNodePtr& of, JqEmit use) {
    if (!of) return use(Value(), nullptr);
    return eval(*of, scope, in, nullptr, use);
  };
  return bound(node.children[2], [&](const Value& to, const JqPath*) {
    return bound(node.children[1], [&](const Value& from, const JqPath*) {
      return eval(*node.children[0], scope, in, path, [&](const Value& value, const JqPath* at) {
        if (at) return step_into(value, slice_key(from, to), at, emit);
        return result(jq_slice(value, from, to), nullptr, emit);
      });
    });
  });
}

JqFlow JqEvaluator::iterate(const Value& value, const JqPath* path, JqEmit emit) {
  if (path && path->kind == JqPath::Kind::kNowhere)
    return fail(Value("invalid path: it does not begin at the input but at " + jq_shown(value)));
  const auto one = [&](const Value& item, Value key) {
    if (!path) return emit(item, nullptr);
    const JqPath at{path, std::move(key), JqPath::Kind::kKey};
    return emit(item, &at);
  };
  if (value.is_list()) {
    for (size_t i = 0; i < value.items().size(); ++i)
      if (const JqFlow flow = one(value.items()[i], Value(static_cast<int64_t>(i)));
          flow != JqFlow::kGo)
        return flow;
    return JqFlow::kGo;
  }
  if (!value.is_map()) return fail(Value("cannot iterate over: " + jq_shown(value)));
  for (const auto& [key, item] : value.as_map().entries)
    if (const JqFlow flow = one(item, key); flow != JqFlow::kGo) return flow;
  return JqFlow::kGo;
}

JqFlow JqEvaluator::recurse(const Value& value, const JqPath* path, JqEmit emit) {
  if (!spend(1)) return JqFlow::kError;
  const JqFlow flow = emit(value, path);
  if (flow != JqFlow::kGo || (!value.is_list() && !value.is_map())) return flow;
  return iterate(value, path,
                 [&](const Value& item, const JqPath* at) { return recurse(item, at, emit); });
}

JqFlow JqEvaluator::array(const JqNode& node, const JqScope* scope, const Value& in,
                          const JqPath* path, JqEmit emit) {
  std::vector<Value> items;
  if (!node.children.empty()) {
    const JqFlow flow =
        eval(*node.children[0], scope, in, nullptr, [&](const Value& value, const JqPath*) {
          items.push_back(value);
          return spend(1) ? JqFlow::kGo : JqFlow::kError;
        });
    if (flow != JqFlow::kGo) return flow;
  }
  return result(Value::list(std::move(items)), path, emit);
}

JqFlow JqEvaluator::object(const JqNode& node, size_t at, Entries& entries, const JqScope* scope,
                           const Value& in, const JqPath* path, JqEmit emit) {
  if (at == node.children.size()) return result(make_map(entries), path, emit);
  return eval(*node.children[at], scope, in, nullptr, [&](const Value& key, const JqPath*) {
    if (!key.is_string()) return fail(Value("an object's key is a string, not " + jq_shown(key)));
    return eval(*node.children[at + 1], scope, in, nullptr, [&](const Value& value, const JqPath*) {
      Entries next = entries;
      next.insert_or_assign(key, value);
      return object(node, at + 2, next, scope, in, path, emit);
    });
  });
}

// --- operators

JqFlow JqEvaluator::binary(const JqNode& node, const JqScope* scope, const Value& in,
                           const JqPath* path, JqEmit emit) {
  if (node.kind == Kind::kNegate)
    return eval(*node.children[0], scope, in, nullptr, [&](const Value& value, const JqPath*) {
      if (!value.is_number()) return fail(Value("cannot negate: " + jq_shown(value)));
      if (node.op == Op::kAdd) return emit(value, nowhere(path));
      // A float's zero gets a sign.
      const Value negated =
          value.is_int() ? jq_binary(Op::kSub, Value(0), value).value() : Value(-value.number());
      return emit(negated, nowhere(path));
    });
  return eval(*node.children[1], scope, in, nullptr, [&](const Value& right, const JqPath*) {
    return eval(*node.children[0], scope, in, nullptr, [&](const Value& left, const JqPath*) {
      return result(jq_binary(node.op, left, right), path, emit);
    });
  });
}

JqFlow JqEvaluator::logic(const JqNode& node, const JqScope* scope, const Value& in,
                          const JqPath* path, JqEmit emit) {
  const bool decides = node.kind == Kind::kOr;  // a left side of that truth
  return eval(*node.children[0], scope, in, nullptr, [&](const Value& left, const JqPath*) {
    if (jq_truth(left) == decides) return emit(Value(decides), nowhere(path));
    return eval(*node.children[1], scope, in, nullptr, [&](const Value& right, const JqPath*) {
      return emit(Value(jq_truth(right)), nowhere(path));
    });
  });
}

JqFlow JqEvaluator::alternative(const JqNode& node, const JqScope* scope, const Value& in,
                                const JqPath* path, JqEmit emit) {
  bool any = false;
  const JqFlow flow =
      eval(*node.children[0], scope, in, path, [&](const Value& value, const JqPath* at) {
        if (!jq_truth(value)) return JqFlow::kGo;
        any = true;
        return emit(value, at);
      });
  if (flow != JqFlow::kGo) return flow;
  return any ? JqFlow::kGo : eval(*node.children[1], scope, in, path, emit);
}

JqFlow JqEvaluator::condition(const JqNode& node, const JqScope* scope, const Value& in,
                              const JqPath* path, JqEmit emit) {
  return eval(*node.children[0], scope, in, nullptr, [&](const Value& value, const JqPath*) {
    const JqNodePtr& branch = node.children[jq_truth(value) ? 1 : 2];
    return branch ? eval(*branch, scope, in, path, emit) : emit(in, path);
  });
}

// An index, slice or iteration of a value that is there already.
JqFlow JqEvaluator::suffix(const JqNode& node, const JqScope* scope, const Value& in,
                           const Value& of, const JqPath* path, JqEmit emit) {
  const auto each = [&](const JqNodePtr& bound, JqEmit use) {
    if (!bound) return use(Value(), nullptr);
    return eval(*bound, scope, in, nullptr, use);
  };
  if (node.kind == Kind::kIterate) return iterate(of, path, emit);
  if (node.kind == Kind::kIndex)
    return each(node.children[1],
                [&](const Value& key, const JqPath*) { return step_into(of, key, path, emit); });
  return each(node.children[2], [&](const Value& to, const JqPath*) {
    return each(node.children[1], [&](const Value& from, const JqPath*) {
      if (path) return step_into(of, slice_key(from, to), path, emit);
      return result(jq_slice(of, from, to), nullptr, emit);
    });
  });
}

JqFlow JqEvaluator::optional(const JqNode& node, const JqScope* scope, const Value& in,
                             const JqPath* path, JqEmit emit) {
  const JqNode& inner = *node.children[0];
  return eval(*inner.children[0], scope, in, path, [&](const Value& of, const JqPath* at) {
    bool passed_on = false;
    const JqFlow flow =
        suffix(inner, scope, in, of, at, [&](const Value& value, const JqPath* place) {
          const JqFlow next = emit(value, place);
          passed_on = next != JqFlow::kGo;
          return next;
        });
    return flow != JqFlow::kError || passed_on || for_good_ ? flow : JqFlow::kGo;
  });
}

JqFlow JqEvaluator::attempt(const JqNode& node, const JqScope* scope, const Value& in,
                            const JqPath* path, JqEmit emit) {
  bool passed_on = false;
  const JqFlow flow =
      eval(*node.children[0], scope, in, path, [&](const Value& value, const JqPath* at) {
        const JqFlow inner = emit(value, at);
        passed_on = inner != JqFlow::kGo;
        return inner;
      });
  if (flow != JqFlow::kError || passed_on || for_good_) return flow;
  if (!node.children[1]) return JqFlow::kGo;
  const Value error = error_;
  return eval(*node.children[1], scope, error, nowhere(path), emit);
}

JqFlow JqEvaluator::update(const JqNode& target, const JqScope* scope, const Value& in,
                           JqEmit change, Value& out) {
  std::vector<JqKeys> paths, gone;
  const JqPath root{nullptr, {}, JqPath::Kind::kRoot};
  const JqFlow found = eval(target, scope, in, &root, [&](const Value& value, const JqPath* at) {
    return keys_of(at, value, paths.emplace_back()) ? JqFlow::kGo : JqFlow::kError;
  });
  if (found != JqFlow::kGo) return found;
  out = in;
  for (const JqKeys& keys : paths) {
    const auto old = jq_get(out, keys);
    if (!old) return fail(old.error());
    if (!spend(jq_size(out) + keys.size())) return JqFlow::kError;
    bool any = false;
    Value next;
    const uint64_t label = ++labels_;  // the first result counts
    const auto changed = [&](const Value& value, const JqPath*) {
      any = true;
      next = value;
      label_ = label;
      return JqFlow::kBreak;
    };
    const JqEmit take(changed);
    bound_take_ = &take;
    const JqFlow flow = change(*old, nullptr);
    if (flow == JqFlow::kError || (flow == JqFlow::kBreak && label_ != label)) return flow;
    if (!any) {
      gone.push_back(keys);
      continue;
    }
    auto set = jq_set(out, keys, std::move(next));
    if (!set) return fail(set.error());
    if (depth_of(*set) > text::kNestingMost) return fail_for_good("the value is nested too deeply");
    out = std::move(*set);
  }
  if (gone.empty()) return JqFlow::kGo;
  auto left = jq_delete(out, std::move(gone));
  if (!left) return fail(left.error());
  out = std::move(*left);
  return JqFlow::kGo;
}

JqFlow JqEvaluator::assign(const JqNode& node, const JqScope* scope, const Value& in,
                           const JqPath* path, JqEmit emit) {
  const JqNode &target = *node.children[0], &source = *node.children[1];
  const auto updated = [&](JqEmit change) {
    Value out;
    const JqFlow flow = update(target, scope, in, change, out);
    return flow == JqFlow::kGo ? emit(out, nowhere(path)) : flow;
  };
  if (node.kind == Kind::kUpdate)
    return updated([&](const Value& old, const JqPath*) {
      const JqEmit take = *bound_take_;
      return eval(source, scope, old, nullptr, take);
    });
  return eval(source, scope, in, nullptr, [&](const Value& value, const JqPath*) {
    return updated([&](const Value& old, const JqPath*) {
      const JqEmit take = *bound_take_;
      if (node.kind == Kind::kAssign) return take(value, nullptr);
      if (node.op == Op::kNone) return take(jq_truth(old) ? old : value, nullptr);
      return result(jq_binary(node.op, old, value), nullptr, take);
    });
  });
}

// --- reduce, foreach, as

JqFlow JqEvaluator::fold(const JqNode& node, const JqScope* scope, const Value& in,
                         const JqPath* path, JqEmit emit) {
  const bool is_reduce = node.kind == Kind::kReduce;
  const JqPattern* const pattern = &node.patterns[0];
  return eval(*node.children[1], scope, in, path, [&](const Value& init, const JqPath* init_path) {
    Value state = init;
    JqKeys keys;
    if (init_path && init_path->kind != JqPath::Kind::kNowhere && !keys_of(init_path, init, keys))
      return JqFlow::kError;
    bool has_path = init_path && init_path->kind != JqPath::Kind::kNowhere;
    const auto one = [&](const Value& item, const JqPath*) {
      const auto body = [&](const Value&, const JqPath*) {
        const JqScope* known = bound_;
        const Value before = state;
        const KeptPath kept(keys);
        const JqPath* at = !path ? nullptr : has_path ? kept.get() : &nowhere_;
        if (is_reduce) state = Value();
        return eval(*node.children[2], known, before, at,
                    [&](const Value& value, const JqPath* value_path) {
                      state = value;
                      keys.clear();
                      has_path = value_path && value_path->kind != JqPath::Kind::kNowhere;
                      if (has_path && !keys_of(value_path, value, keys)) return JqFlow::kError;
                      if (is_reduce) return JqFlow::kGo;
                      if (!node.children[3]) return emit(value, value_path);
                      return eval(*node.children[3], known, value, value_path, emit);
                    });
      };
      return destructure({&pattern, 1}, {&item, 1}, scope, in, body);
    };
    const JqFlow flow = eval(*node.children[0], scope, in, nullptr, one);
    if (flow != JqFlow::kGo || !is_reduce) return flow;
    const KeptPath kept(keys);
    return emit(state, !path ? nullptr : has_path ? kept.get() : &nowhere_);
  });
}

JqFlow JqEvaluator::destructure(std::span<const JqPattern* const> patterns,
                                std::span<const Value> values, const JqScope* scope,
                                const Value& in, Inner body) {
  if (patterns.empty()) {
    bound_ = scope;
    return body(in, nullptr);
  }
  const JqPattern& pattern = *patterns[0];
  const Value& value = values[0];
  const JqScope named{.outer = scope, .name = pattern.name, .value = &value};
  const JqScope* known = pattern.name.empty() ? scope : &named;
  if (pattern.kind == JqPattern::Kind::kVariable)
    return destructure(patterns.subspan(1), values.subspan(1), known, in, body);
  // The members come in the place of the pattern; a key's query may use what is bound before it.
  std::vector<const JqPattern*> rest_patterns(patterns.begin() + 1, patterns.end());
  std::vector<Value> rest_values(values.begin() + 1, values.end());
  const auto with_member = [&](auto&& self, size_t i, const JqScope* at) -> JqFlow {
    if (i == pattern.items.size()) return destructure(rest_patterns, rest_values, at, in, body);
    const auto take = [&](const Value& key, const JqPath*) {
      const auto inner = jq_index(value, key);
      if (!inner) return fail(inner.error());
      const JqPattern* const item = &pattern.items[i];
      return destructure({&item, 1}, {&*inner, 1}, at, in,
                         [&](const Value&, const JqPath*) { return self(self, i + 1, bound_); });
    };
    if (pattern.kind == JqPattern::Kind::kArray) {
      if (!value.is_list() && !value.is_nil())
        return fail(Value("cannot take apart as an array: " + jq_shown(value)));
      return take(Value(static_cast<int64_t>(i)), nullptr);
    }
    return eval(*pattern.keys[i], at, in, nullptr, take);
  };
  return with_member(with_member, 0, known);
}

namespace {

void names_of(const JqPattern& pattern, std::vector<std::string_view>& out) {
  if (!pattern.name.empty()) out.push_back(pattern.name);
  for (const JqPattern& item : pattern.items) names_of(item, out);
}

}  // namespace

JqFlow JqEvaluator::bind(const JqNode& node, const JqScope* scope, const Value& in,
                         const JqPath* path, JqEmit emit) {
  // With alternatives (?//) all their variables are known in the body, null where not bound.
  std::vector<std::string_view> names;
  if (node.patterns.size() > 1)
    for (const JqPattern& pattern : node.patterns) names_of(pattern, names);
  const Value null;
  std::vector<JqScope> nulls(names.size());
  for (size_t i = 0; i < names.size(); ++i)
    nulls[i] = {.outer = i == 0 ? scope : &nulls[i - 1], .name = names[i], .value = &null};
  const JqScope* outer = nulls.empty() ? scope : &nulls.back();
  return eval(*node.children[0], scope, in, nullptr, [&](const Value& value, const JqPath*) {
    for (size_t i = 0;; ++i) {
      bool passed_on = false;
      const JqPattern* const pattern = &node.patterns[i];
      const JqFlow flow =
          destructure({&pattern, 1}, {&value, 1}, outer, in, [&](const Value&, const JqPath*) {
            return eval(*node.children[1], bound_, in, path,
                        [&](const Value& inner, const JqPath* at) {
                          const JqFlow more = emit(inner, at);
                          passed_on = more != JqFlow::kGo;
                          return more;
                        });
          });
      const bool tries_next = flow == JqFlow::kError && !passed_on && !for_good_;
      if (!tries_next || i + 1 == node.patterns.size()) return flow;
    }
  });
}

// --- calls

JqFlow JqEvaluator::call(const JqNode& node, const JqScope* scope, const Value& in,
                         const JqPath* path, JqEmit emit) {
  const size_t count = node.children.size();
  for (const JqScope* at = scope; at; at = at->outer) {
    if (at->name != node.text) continue;
    if (at->kind == JqScope::Kind::kFilter && count == 0)
      return eval(*at->filter, at->filter_scope, in, path, emit);
    if (at->kind == JqScope::Kind::kValue && at->callable && count == 0)
      return emit(*at->value, nowhere(path));
    if (at->kind == JqScope::Kind::kFunction && at->definition->parameters.size() == count)
      return call_definition(*at->definition, at, 0, at, node, scope, in, path, emit);
  }
  bool known = true;
  const JqFlow flow = call_special(node, scope, in, path, emit, known);
  if (known) return flow;
  if (const JqDefinition* definition = find_jq_definition(node.text, count)) {
    const JqScope self{
        .kind = JqScope::Kind::kFunction, .name = definition->name, .definition = definition};
    return call_definition(*definition, &self, 0, &self, node, scope, in, path, emit);
  }
  std::vector<Value> arguments(count);
  return call_values(node, count, arguments, scope, in, path, emit);
}

// Binds the parameters from `parameter` on: filters as they are, values one after another.
JqFlow JqEvaluator::call_definition(const JqDefinition& definition, const JqScope* known,
                                    size_t parameter, const JqScope* inner, const JqNode& node,
                                    const JqScope* scope, const Value& in, const JqPath* path,
                                    JqEmit emit) {
  if (parameter == definition.parameters.size())
    return eval(*definition.body, inner, in, path, emit);
  const std::string_view name = definition.parameters[parameter];
  const JqNode& argument = *node.children[parameter];
  if (name[0] != '$') {
    const JqScope bound{.outer = inner,
                        .kind = JqScope::Kind::kFilter,
                        .name = name,
                        .filter = &argument,
                        .filter_scope = scope};
    return call_definition(definition, known, parameter + 1, &bound, node, scope, in, path, emit);
  }
  return eval(argument, scope, in, nullptr, [&](const Value& value, const JqPath*) {
    const JqScope bound{.outer = inner, .name = name.substr(1), .value = &value, .callable = true};
    return call_definition(definition, known, parameter + 1, &bound, node, scope, in, path, emit);
  });
}

// The last argument is the outermost loop.
JqFlow JqEvaluator::call_values(const JqNode& node, size_t left, std::vector<Value>& arguments,
                                const JqScope* scope, const Value& in, const JqPath* path,
                                JqEmit emit) {
  if (left == 0) {
    const JqFunction function = find_jq_function(node.text, arguments.size());
    if (!function) return fail(Value("the function " + node.text + " is not defined"));
    return result(function(*this, in, arguments), path, emit);
  }
  return eval(*node.children[left - 1], scope, in, nullptr, [&](const Value& value, const JqPath*) {
    arguments[left - 1] = value;
    return call_values(node, left - 1, arguments, scope, in, path, emit);
  });
}

// --- the filter as a whole

base::Result<JqFilter> JqFilter::parse(std::string_view source) {
  auto root = parse_jq(source);
  if (!root) return tl::unexpected(root.error());
  JqFilter out;
  out.root_ = std::shared_ptr<const JqNode>(std::move(*root));
  return out;
}

base::Result<std::string> JqFilter::run(const text::Value& input, base::Time now) const {
  std::string out;
  JqEvaluator evaluator(now);
  std::string failure;
  const Value in = from_json(input, JsonNumbers::kFloats);
  const JqFlow flow =
      evaluator.eval(*root_, nullptr, in, nullptr, [&](const Value& value, const JqPath*) {
        auto json =
            value.is_string() ? base::Result<std::string>(value.as_string()) : to_json(value);
        if (json && out.size() + json->size() <= kOutputMax) {
          out += *json + "\n";
          return JqFlow::kGo;
        }
        failure = json ? "the output is too long" : json.error().text;
        return JqFlow::kError;
      });
  if (flow != JqFlow::kGo) {
    if (failure.empty())
      failure = evaluator.error().is_string() ? evaluator.error().as_string()
                                              : jq_json(evaluator.error());
    return base::fail(base::Code::kInvalid, "jq: " + failure);
  }
  constexpr std::string_view kSpace = " \t\n\v\f\r";
  const size_t from = out.find_first_not_of(kSpace);
  if (from == std::string::npos) return "";
  return out.substr(from, out.find_last_not_of(kSpace) - from + 1);
}

}  // namespace expr
