// expr-lang's functions on lists and maps.
#include <algorithm>

#include "expr/builtins.h"
#include "expr/number_text.h"
#include "expr/operators.h"

namespace expr {
namespace {

using Result = base::Result<Value>;
using Kind = Value::Kind;

constexpr int kDepthMax = 1000;

Result counted(CallContext& context, std::vector<Value> items) {
  if (auto status = context.budget.items(items.size()); !status)
    return tl::unexpected(status.error());
  return Value::list(std::move(items));
}

Result length(CallContext&, Arguments a) {
  if (a[0].is_list()) return static_cast<int64_t>(a[0].items().size());
  if (a[0].is_map()) return static_cast<int64_t>(a[0].as_map().entries.size());
  return static_cast<int64_t>(count_runes(a[0].as_string()));
}

Result type(CallContext&, Arguments a) {
  switch (a[0].kind()) {
    case Kind::kNil:
      return "nil";
    case Kind::kInt:
      if (!a[0].is_int()) return go_type_name(a[0]);
      return a[0].as_int().type == IntType::kUint64 ? "uint" : "int";
    case Kind::kFloat:
      return "float";
    case Kind::kList:
      return "array";
    case Kind::kMap:
      return "map";
    case Kind::kZone:
      return "time.Location";
    case Kind::kStruct: {
      // A pointer counts as what it points at.
      const std::string_view name = a[0].as_struct().type->name;
      return std::string(a[0].as_struct().type->package) + "." +
             std::string(name.substr(name.find('.') + 1));
    }
    default:
      return go_type_name(a[0]);
  }
}

// What has no such element has nil. A text's are bytes.
Result element(const Value& from, int64_t at) {
  if (from.is_string()) {
    const std::string& text = from.as_string();
    if (text.empty()) return Value();
    return Int{static_cast<unsigned char>(at == 0 ? text.front() : text.back()), IntType::kUint8};
  }
  if (!from.is_list() && !from.is_map()) return Value();
  return fetch(from, Value(at)).value_or(Value());
}
Result first(CallContext&, Arguments a) { return element(a[0], 0); }
Result last(CallContext&, Arguments a) { return element(a[0], -1); }

Result get(CallContext&, Arguments a) {
  if (a[0].is_list() && !a[1].is_number())
    return call_error("invalid operation: int(" + go_type_name(a[1]) + ")");
  if (a[0].is_map()) {
    const auto found = find_key(a[0].as_map(), a[1]);
    if (!found) return tl::unexpected(found.error());
    return *found ? **found : Value();
  }
  if (!a[0].is_list() && !a[0].is_string()) return Value();
  return fetch(a[0], a[1]).value_or(Value());
}

Result take(CallContext& context, Arguments a) {
  const auto size = static_cast<int64_t>(a[0].items().size());
  const int64_t count = std::min(a[1].as_int().value, size);
  if (count < 0) return call_error("slice index out of bounds");
  const Value zero = 0, end = count;
  return slice(a[0], &zero, &end, context.budget);
}

Result keys(CallContext& context, Arguments a) {
  std::vector<Value> out;
  for (const auto& [key, value] : a[0].as_map().entries) out.push_back(key);
  return counted(context, std::move(out));
}
Result values(CallContext& context, Arguments a) {
  std::vector<Value> out;
  for (const auto& [key, value] : a[0].as_map().entries) out.push_back(value);
  return counted(context, std::move(out));
}
Result to_pairs(CallContext& context, Arguments a) {
  std::vector<Value> out;
  for (const auto& [key, value] : a[0].as_map().entries)
    out.push_back(Value::list({key, value}, ListType::kPair));
  if (auto status = context.budget.items(out.size() * 2); !status)
    return tl::unexpected(status.error());
  return Value::list(std::move(out), ListType::kPairs);
}
Result from_pairs(CallContext& context, Arguments a) {
  Entries entries;
  for (const Value& pair : a[0].items()) {
    if (!pair.is_list()) return call_error("invalid pair " + go_text(pair));
    if (pair.items().size() != 2) return call_error("invalid pair length " + go_text(pair));
    const Value& key = pair.items()[0];
    if (key.is_list() || key.is_map())
      return call_error("hash of unhashable type: " + go_type_name(key));
    entries.insert_or_assign(key, pair.items()[1]);
  }
  if (auto status = context.budget.items(entries.size()); !status)
    return tl::unexpected(status.error());
  return make_map(std::move(entries), MapType::kAnyAny);
}

Result reverse(CallContext& context, Arguments a) {
  return counted(context, {a[0].items().rbegin(), a[0].items().rend()});
}
Result uniq(CallContext& context, Arguments a) {
  std::vector<Value> out;
  for (const Value& item : a[0].items()) {
    if (auto status = context.budget.steps(1 + out.size() / 8); !status)
      return tl::unexpected(status.error());
    if (std::none_of(out.begin(), out.end(), [&](const Value& seen) { return equal(item, seen); }))
      out.push_back(item);
  }
  return counted(context, std::move(out));
}
Result concat(CallContext& context, Arguments a) {
  std::vector<Value> out;
  for (const Value& list : a) out.insert(out.end(), list.items().begin(), list.items().end());
  if (out.empty()) return Value::nil_list(ListType::kAny);
  return counted(context, std::move(out));
}

base::Status flatten_into(const Value& list, std::vector<Value>& out, int depth) {
  if (depth > kDepthMax) return call_error("recursion depth exceeded");
  for (const Value& item : list.items()) {
    if (!item.is_list())
      out.push_back(item);
    else if (auto status = flatten_into(item, out, depth + 1); !status)
      return status;
  }
  return {};
}
Result flatten(CallContext& context, Arguments a) {
  std::vector<Value> out;
  if (auto status = flatten_into(a[0], out, 0); !status) return tl::unexpected(status.error());
  return counted(context, std::move(out));
}

Result sort(CallContext& context, Arguments a) {
  bool descending = false;
  if (a.size() == 2) {
    const std::string& order = a[1].as_string();
    if (order != "asc" && order != "desc")
      return call_error("invalid order " + order + ", expected asc or desc");
    descending = order == "desc";
  }
  // What is no plain list counts as an empty one.
  if (!a[0].is_list() || a[0].as_list().type > ListType::kString)
    return Value::nil_list(ListType::kAny);
  std::vector<Value> out = a[0].items();
  base::Status status;
  std::stable_sort(out.begin(), out.end(), [&](const Value& x, const Value& y) {
    if (!status) return false;
    const auto result = descending ? less(y, x) : less(x, y);
    if (!result) status = tl::unexpected(result.error());
    return result.value_or(false);
  });
  if (!status) return tl::unexpected(status.error());
  return counted(context, std::move(out));
}

constexpr Function kTable[] = {
    {"len", "l", 'i', length},       {"type", "a", 's', type},
    {"first", "X", 'a', first},      {"last", "X", 'a', last},
    {"get", "ga", 'a', get},         {"take", "Li", '0', take},
    {"keys", "M", 'L', keys},        {"values", "M", 'L', values},
    {"toPairs", "M", 'L', to_pairs}, {"fromPairs", "L", 'K', from_pairs},
    {"reverse", "L", 'L', reverse},  {"uniq", "L", 'L', uniq},
    {"concat", "LL*", 'L', concat},  {"flatten", "L", 'L', flatten},
    {"sort", "X|Xs", 'L', sort},
};

}  // namespace

std::span<const Function> list_builtins() { return kTable; }

}  // namespace expr
