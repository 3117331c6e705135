// The functions that take filters and run them: what is neither jq text nor a function of values.
#include <algorithm>
#include <cmath>

#include "expr/jq_eval.h"

namespace expr {
namespace {

enum class Special : uint8_t {
  kEmpty,
  kPath,
  kSelect,
  kRecurse,
  kRecurseBy,
  kFirst,
  kLast,
  kLimit,
  kIsEmpty,
  kRange,
  kUntil,
  kWhile,
  kRepeat,
  kGetPath
};

struct Row {
  std::string_view name;
  size_t arguments;
  Special what;
};
constexpr Row kRows[] = {
    {"empty", 0, Special::kEmpty},       {"path", 1, Special::kPath},
    {"select", 1, Special::kSelect},     {"recurse", 0, Special::kRecurse},
    {"recurse", 1, Special::kRecurseBy}, {"first", 1, Special::kFirst},
    {"last", 1, Special::kLast},         {"limit", 2, Special::kLimit},
    {"isempty", 1, Special::kIsEmpty},   {"range", 1, Special::kRange},
    {"range", 2, Special::kRange},       {"range", 3, Special::kRange},
    {"until", 2, Special::kUntil},       {"while", 2, Special::kWhile},
    {"repeat", 1, Special::kRepeat},     {"getpath", 1, Special::kGetPath},
};

const Row* find_row(std::string_view name, size_t arguments) {
  for (const Row& row : kRows)
    if (row.name == name && row.arguments == arguments) return &row;
  return nullptr;
}

}  // namespace

bool is_jq_special(std::string_view name, size_t arguments) {
  return find_row(name, arguments) != nullptr;
}

// Runs the filter until it has given `count` results.
JqFlow JqEvaluator::some_of(const JqNode& filter, const JqScope* scope, const Value& in,
                            const JqPath* path, double count, JqEmit emit) {
  const uint64_t label = ++labels_;
  const JqFlow flow = eval(filter, scope, in, path, [&](const Value& value, const JqPath* at) {
    count -= 1;
    const JqFlow inner = emit(value, at);
    if (inner != JqFlow::kGo || count > 0) return inner;
    label_ = label;
    return JqFlow::kBreak;
  });
  return flow == JqFlow::kBreak && label_ == label ? JqFlow::kGo : flow;
}

JqFlow JqEvaluator::last_of(const JqNode& filter, const JqScope* scope, const Value& in,
                            const JqPath* path, JqEmit emit) {
  Value last;
  JqKeys keys;
  bool any = false, has_path = false;
  const JqFlow flow = eval(filter, scope, in, path, [&](const Value& value, const JqPath* at) {
    any = true;
    last = value;
    keys.clear();
    has_path = at && at->kind != JqPath::Kind::kNowhere;
    return !has_path || keys_of(at, value, keys) ? JqFlow::kGo : JqFlow::kError;
  });
  if (flow != JqFlow::kGo || !any) return flow;
  if (!has_path) return emit(last, nowhere(path));
  return along(in, keys, path, emit);
}

// The value at the keys below a place, with its path.
JqFlow JqEvaluator::along(const Value& value, std::span<const Value> keys, const JqPath* path,
                          JqEmit emit) {
  if (keys.empty()) return emit(value, path);
  const auto inner = value.is_nil() ? JqResult(Value()) : jq_index(value, keys[0]);
  if (!inner) return fail(inner.error());
  if (path && path->kind == JqPath::Kind::kNowhere)
    return fail(Value("invalid path: it does not begin at the input but at " + jq_shown(value)));
  const JqPath at{path, keys[0], JqPath::Kind::kKey};
  return along(*inner, keys.subspan(1), path ? &at : nullptr, emit);
}

JqFlow JqEvaluator::range(double from, double to, double by, const JqPath* path, JqEmit emit) {
  const bool whole = from == std::trunc(from) && by == std::trunc(by) && std::abs(from) < 1e15;
  for (double at = from; by > 0 ? at < to : by < 0 ? at > to : at < to; at += by) {
    if (!spend(1)) return JqFlow::kError;
    const Value value = whole ? Value(static_cast<int64_t>(at)) : Value(at);
    if (const JqFlow flow = emit(value, nowhere(path)); flow != JqFlow::kGo) return flow;
  }
  return JqFlow::kGo;
}

JqFlow JqEvaluator::call_range(const JqNode& node, const JqScope* scope, const Value& in,
                               const JqPath* path, JqEmit emit) {
  const size_t count = node.children.size();
  const auto number = [&](size_t i, JqEmit use) {
    return eval(*node.children[i], scope, in, nullptr, [&](const Value& value, const JqPath*) {
      if (!value.is_number()) return fail(Value("a range is of numbers, not " + jq_shown(value)));
      return use(value, nullptr);
    });
  };
  if (count == 1)
    return number(
        0, [&](const Value& to, const JqPath*) { return range(0, to.number(), 1, path, emit); });
  return number(0, [&](const Value& from, const JqPath*) {
    return number(1, [&](const Value& to, const JqPath*) {
      if (count == 2) return range(from.number(), to.number(), 1, path, emit);
      return number(2, [&](const Value& by, const JqPath*) {
        return range(from.number(), to.number(), by.number(), path, emit);
      });
    });
  });
}

// until, while and recurse(f): a state that is made anew again and again. While each step
// gives one result they are a loop; where it gives several, each has a loop of its own.
JqFlow JqEvaluator::iterate_state(const JqNode& node, const JqScope* scope, Value state,
                                  JqEmit emit) {
  const bool has_condition = node.children.size() == 2, is_until = node.text == "until";
  const JqNode& step = *node.children.back();
  for (;;) {
    if (!spend(1)) return JqFlow::kError;
    if (node.text == "repeat") {  // gojq gives the same again and again
      if (const JqFlow flow = eval(step, scope, state, nullptr, emit); flow != JqFlow::kGo)
        return flow;
      continue;
    }
    std::vector<Value> conditions{Value(true)};
    if (has_condition) {
      conditions.clear();
      if (const JqFlow flow = collect(*node.children[0], scope, state, conditions);
          flow != JqFlow::kGo)
        return flow;
    }
    std::vector<Value> next;
    for (const Value& condition : conditions) {
      const bool holds = jq_truth(condition);
      if (holds)
        if (const JqFlow flow = emit(state, nullptr); flow != JqFlow::kGo) return flow;
      if (is_until ? holds : !holds) continue;
      if (const JqFlow flow = collect(step, scope, state, next); flow != JqFlow::kGo) return flow;
    }
    if (next.empty()) return JqFlow::kGo;
    if (next.size() == 1) {
      state = std::move(next[0]);
      continue;
    }
    if (depth_ >= 1000) return fail_for_good("the filter is nested too deeply");
    for (Value& each : next) {
      ++depth_;
      const JqFlow flow = iterate_state(node, scope, std::move(each), emit);
      --depth_;
      if (flow != JqFlow::kGo) return flow;
    }
    return JqFlow::kGo;
  }
}

JqFlow JqEvaluator::collect(const JqNode& filter, const JqScope* scope, const Value& in,
                            std::vector<Value>& out) {
  return eval(filter, scope, in, nullptr, [&](const Value& value, const JqPath*) {
    out.push_back(value);
    return spend(1) ? JqFlow::kGo : JqFlow::kError;
  });
}

// recurse(f) where paths are asked for.
JqFlow JqEvaluator::recurse_by(const JqNode& filter, const JqScope* scope, const Value& in,
                               const JqPath* path, JqEmit emit) {
  const JqFlow flow = emit(in, path);
  if (flow != JqFlow::kGo) return flow;
  return eval(filter, scope, in, path, [&](const Value& value, const JqPath* at) {
    return recurse_by(filter, scope, value, at, emit);
  });
}

JqFlow JqEvaluator::call_special(const JqNode& node, const JqScope* scope, const Value& in,
                                 const JqPath* path, JqEmit emit, bool& known) {
  const Row* row = find_row(node.text, node.children.size());
  known = row != nullptr;
  if (!known) return JqFlow::kGo;
  const auto argument = [&](size_t i) -> const JqNode& { return *node.children[i]; };
  switch (row->what) {
    case Special::kEmpty:
      return JqFlow::kGo;
    case Special::kPath: {
      const JqPath root{nullptr, {}, JqPath::Kind::kRoot};
      return eval(argument(0), scope, in, &root, [&](const Value& value, const JqPath* at) {
        JqKeys keys;
        if (!keys_of(at, value, keys)) return JqFlow::kError;
        return emit(Value::list(std::move(keys)), nowhere(path));
      });
    }
    case Special::kSelect:
      return eval(argument(0), scope, in, nullptr, [&](const Value& value, const JqPath*) {
        return jq_truth(value) ? emit(in, path) : JqFlow::kGo;
      });
    case Special::kRecurse:
      return recurse(in, path, emit);
    case Special::kRecurseBy:
      if (path) return recurse_by(argument(0), scope, in, path, emit);
      return iterate_state(node, scope, in, emit);
    case Special::kFirst:
      return some_of(argument(0), scope, in, path, 1, emit);
    case Special::kLast:
      return last_of(argument(0), scope, in, path, emit);
    case Special::kLimit:
      return eval(argument(0), scope, in, nullptr, [&](const Value& count, const JqPath*) {
        if (!count.is_number() || count.number() < 0)
          return fail(Value("limit needs a number of at least 0, not " + jq_shown(count)));
        if (count.number() == 0) return JqFlow::kGo;
        return some_of(argument(1), scope, in, path, count.number(), emit);
      });
    case Special::kIsEmpty: {
      bool any = false;
      const JqFlow flow =
          some_of(argument(0), scope, in, nullptr, 1, [&](const Value&, const JqPath*) {
            any = true;
            return JqFlow::kGo;
          });
      return flow == JqFlow::kGo ? emit(Value(!any), nowhere(path)) : flow;
    }
    case Special::kRange:
      return call_range(node, scope, in, path, emit);
    case Special::kUntil:
    case Special::kWhile:
    case Special::kRepeat:
      return iterate_state(node, scope, in, [&](const Value& value, const JqPath*) {
        return emit(value, nowhere(path));
      });
    case Special::kGetPath:
      return eval(argument(0), scope, in, nullptr, [&](const Value& keys, const JqPath*) {
        if (!keys.is_list()) return fail(Value("a path is an array, not " + jq_shown(keys)));
        return along(in, keys.items(), path, emit);
      });
  }
  return JqFlow::kGo;
}

}  // namespace expr
