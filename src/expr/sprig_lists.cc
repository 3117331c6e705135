// sprig's functions on lists.
#include <algorithm>

#include "expr/builtins.h"
#include "expr/sprig.h"

namespace expr {
namespace {

using Result = base::Result<Value>;

tl::unexpected<base::Error> no_list(std::string_view verb, const Value& value) {
  return call_error("cannot " + std::string(verb) + " on type " + std::string(go_kind_name(value)));
}
Result counted(CallContext& context, std::vector<Value> items) {
  if (auto status = context.budget.items(items.size()); !status)
    return tl::unexpected(status.error());
  return Value::list(std::move(items));
}
bool holds(const std::vector<Value>& items, const Value& value) {
  return std::any_of(items.begin(), items.end(),
                     [&](const Value& item) { return deep_equal(item, value); });
}

Result list(CallContext& context, Arguments a) { return counted(context, {a.begin(), a.end()}); }

Result append(CallContext& context, Arguments a) {
  if (!a[0].is_list()) return no_list("push", a[0]);
  std::vector<Value> items = a[0].items();
  items.push_back(a[1]);
  return counted(context, std::move(items));
}
Result prepend(CallContext& context, Arguments a) {
  if (!a[0].is_list()) return no_list("prepend", a[0]);
  std::vector<Value> items = {a[1]};
  items.insert(items.end(), a[0].items().begin(), a[0].items().end());
  return counted(context, std::move(items));
}
Result concat(CallContext& context, Arguments a) {
  if (a.empty()) return Value::nil_list(ListType::kAny);
  std::vector<Value> items;
  for (const Value& list : a) {
    if (!list.is_list()) return no_list("concat", list);
    items.insert(items.end(), list.items().begin(), list.items().end());
  }
  return counted(context, std::move(items));
}
Result first(CallContext&, Arguments a) {
  if (!a[0].is_list()) return no_list("find first", a[0]);
  return a[0].items().empty() ? Value() : a[0].items().front();
}
Result last(CallContext&, Arguments a) {
  if (!a[0].is_list()) return no_list("find last", a[0]);
  return a[0].items().empty() ? Value() : a[0].items().back();
}
Result rest(CallContext& context, Arguments a) {
  if (!a[0].is_list()) return no_list("find rest", a[0]);
  if (a[0].items().empty()) return Value::nil_list(ListType::kAny);
  return counted(context, {a[0].items().begin() + 1, a[0].items().end()});
}
Result initial(CallContext& context, Arguments a) {
  if (!a[0].is_list()) return no_list("find initial", a[0]);
  if (a[0].items().empty()) return Value::nil_list(ListType::kAny);
  return counted(context, {a[0].items().begin(), a[0].items().end() - 1});
}
Result reverse(CallContext& context, Arguments a) {
  if (!a[0].is_list()) return no_list("find reverse", a[0]);
  return counted(context, {a[0].items().rbegin(), a[0].items().rend()});
}

// Keeps what `keep` says; each look through a list counts as work done.
template <class Keep>
Result filtered(CallContext& context, Arguments a, std::string_view verb, Keep keep) {
  if (!a[0].is_list()) return no_list(verb, a[0]);
  std::vector<Value> out;
  for (const Value& item : a[0].items()) {
    if (auto status = context.budget.steps(1 + out.size() / 8); !status)
      return tl::unexpected(status.error());
    if (keep(out, item)) out.push_back(item);
  }
  return counted(context, std::move(out));
}
Result uniq(CallContext& context, Arguments a) {
  return filtered(context, a, "find uniq", [](const std::vector<Value>& seen, const Value& item) {
    return !holds(seen, item);
  });
}
Result without(CallContext& context, Arguments a) {
  const std::vector<Value> left_out(a.begin() + 1, a.end());
  return filtered(context, a, "find without", [&](const std::vector<Value>&, const Value& item) {
    return !holds(left_out, item);
  });
}
Result compact(CallContext& context, Arguments a) {
  return filtered(context, a, "compact",
                  [](const std::vector<Value>&, const Value& item) { return !is_empty(item); });
}
Result has(CallContext&, Arguments a) {
  if (a[1].is_nil()) return false;
  if (!a[1].is_list()) return no_list("find has", a[1]);
  return holds(a[1].items(), a[0]);
}
Result slice(CallContext& context, Arguments a) {
  if (!a[0].is_list())
    return call_error("list should be type of slice or array but " +
                      std::string(go_kind_name(a[0])));
  const auto size = static_cast<int64_t>(a[0].items().size());
  if (size == 0) return Value();
  const int64_t from = a.size() > 1 ? sprig_int(a[1]) : 0;
  const int64_t to = a.size() > 2 ? sprig_int(a[2]) : size;
  if (from < 0 || to > size || from > to) return call_error("slice index out of bounds");
  return counted(context, {a[0].items().begin() + from, a[0].items().begin() + to});
}
Result chunk(CallContext& context, Arguments a) {
  if (!a[1].is_list()) return no_list("chunk", a[1]);
  const std::vector<Value>& items = a[1].items();
  // A negative size gives no chunk to what is not longer than it, but one item is a chunk.
  if (const int64_t given = a[0].as_int().value; given < 0) {
    if (items.size() == 1 && given < -1) return Value::list({a[1]}, ListType::kLists);
    if (items.size() > 1 && items.size() - 1 <= 0 - static_cast<uint64_t>(given))
      return Value::list({}, ListType::kLists);
  }
  const auto size = static_cast<size_t>(std::max<int64_t>(a[0].as_int().value, 0));
  if (size == 0) return call_error("a chunk needs a positive size");
  std::vector<Value> out;
  for (size_t i = 0; i < items.size(); i += size)
    out.push_back(
        Value::list({items.begin() + static_cast<int64_t>(i),
                     items.begin() + static_cast<int64_t>(std::min(i + size, items.size()))}));
  if (auto status = context.budget.items(items.size()); !status)
    return tl::unexpected(status.error());
  return Value::list(std::move(out), ListType::kLists);
}

constexpr Function kTable[] = {
    {"list", "?a*", 'a', list},
    {"tuple", "?a*", 'a', list},
    {"append", "?aa", 'a', append},
    {"push", "?aa", 'a', append},
    {"mustAppend", "?aa", 'a', append},
    {"mustPush", "?aa", 'a', append},
    {"prepend", "?aa", 'a', prepend},
    {"mustPrepend", "?aa", 'a', prepend},
    {"concat", "?a*", 'a', concat},
    {"first", "?a", 'a', first},
    {"mustFirst", "?a", 'a', first},
    {"last", "?a", 'a', last},
    {"mustLast", "?a", 'a', last},
    {"rest", "?a", 'a', rest},
    {"mustRest", "?a", 'a', rest},
    {"initial", "?a", 'a', initial},
    {"mustInitial", "?a", 'a', initial},
    {"reverse", "?a", 'a', reverse},
    {"mustReverse", "?a", 'a', reverse},
    {"uniq", "?a", 'a', uniq},
    {"mustUniq", "?a", 'a', uniq},
    {"without", "?aa*", 'a', without},
    {"mustWithout", "?aa*", 'a', without},
    {"compact", "?a", 'a', compact},
    {"mustCompact", "?a", 'a', compact},
    {"has", "?aa", 'a', has},
    {"mustHas", "?aa", 'a', has},
    {"slice", "?aa*", 'a', slice},
    {"mustSlice", "?aa*", 'a', slice},
    {"chunk", "?ia", 'a', chunk},
    {"mustChunk", "?ia", 'a', chunk},
};

}  // namespace

std::span<const Function> sprig_lists() { return kTable; }

}  // namespace expr
