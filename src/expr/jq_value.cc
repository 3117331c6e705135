#include "expr/jq_value.h"

#include <algorithm>
#include <cmath>

#include "expr/number_text.h"

namespace expr {
namespace {

using Op = JqNode::Op;
using VKind = Value::Kind;

constexpr int64_t kIndexMax = 1 << 20;  // an array is not made longer by an index alone
constexpr size_t kTextMax = 16 << 20;

int rank(const Value& value) {
  switch (value.kind()) {
    case VKind::kNil:
      return 0;
    case VKind::kBool:
      return value.as_bool() ? 2 : 1;
    case VKind::kInt:
    case VKind::kFloat:
      return 3;
    case VKind::kString:
      return 4;
    case VKind::kList:
      return 5;
    default:
      return 6;
  }
}

template <class T>
int order(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

int compare_maps(const Map& a, const Map& b) {
  // First the sets of keys, as sorted lists, then the values key by key.
  auto x = a.entries.begin(), y = b.entries.begin();
  for (; x != a.entries.end() && y != b.entries.end(); ++x, ++y)
    if (const int keys = jq_compare(x->first, y->first)) return keys;
  if (const int sizes = order(a.entries.size(), b.entries.size())) return sizes;
  for (x = a.entries.begin(), y = b.entries.begin(); x != a.entries.end(); ++x, ++y)
    if (const int values = jq_compare(x->second, y->second)) return values;
  return 0;
}

tl::unexpected<Value> cannot(std::string_view what, const Value& a, const Value& b) {
  return jq_error("cannot " + std::string(what) + ": " + jq_shown(a) + " and " + jq_shown(b));
}

JqResult numbers(Op op, const Value& a, const Value& b) {
  int64_t out = 0;
  if (a.is(VKind::kInt) && b.is(VKind::kInt)) {
    const int64_t x = a.as_int().value, y = b.as_int().value;
    if (op == Op::kAdd && !__builtin_add_overflow(x, y, &out)) return Value(out);
    if (op == Op::kSub && !__builtin_sub_overflow(x, y, &out)) return Value(out);
    if (op == Op::kMul && !__builtin_mul_overflow(x, y, &out)) return Value(out);
    if (op == Op::kDiv && y != 0 && y != -1 && x % y == 0) return Value(x / y);
    if (op == Op::kMod && y != 0) return Value(y == -1 ? int64_t{0} : x % y);
  }
  const double x = a.number(), y = b.number();
  if (op == Op::kAdd) return Value(x + y);
  if (op == Op::kSub) return Value(x - y);
  if (op == Op::kMul) return Value(x * y);
  if (op == Op::kDiv) return y == 0 ? JqResult(cannot("divide by zero", a, b)) : Value(x / y);
  if (std::isnan(x) || std::isnan(y)) return Value(std::nan(""));
  const int64_t by = to_int64(y);
  if (by == 0) return cannot("take the rest of a division by zero", a, b);
  return Value(by == -1 ? int64_t{0} : to_int64(x) % by);
}

JqResult repeat(const std::string& text, double count) {
  if (!(count >= 0)) return Value();
  const double whole = std::floor(std::min(count, 1e9));
  if (whole * static_cast<double>(text.size()) > static_cast<double>(kTextMax))
    return jq_error("the repeated string is too long");
  std::string out;
  for (int64_t i = 0; i < static_cast<int64_t>(whole) && !text.empty(); ++i) out += text;
  return Value(std::move(out));
}

Value merge(const Value& a, const Value& b) {
  Entries out = a.as_map().entries;
  for (const auto& [key, value] : b.as_map().entries) {
    const auto known = out.find(key);
    if (known != out.end() && known->second.is_map() && value.is_map())
      known->second = merge(known->second, value);
    else
      out.insert_or_assign(key, value);
  }
  return make_map(std::move(out));
}

Value split(const std::string& text, const std::string& by) {
  std::vector<Value> out;
  if (text.empty()) return Value::list({});
  if (by.empty()) {  // by characters
    for (size_t i = 0; i < text.size();) {
      size_t end = i + 1;
      while (end < text.size() && (text[end] & 0xC0) == 0x80) ++end;
      out.emplace_back(text.substr(i, end - i));
      i = end;
    }
    return Value::list(std::move(out));
  }
  for (size_t from = 0;;) {
    const size_t end = text.find(by, from);
    out.emplace_back(text.substr(from, end == std::string::npos ? end : end - from));
    if (end == std::string::npos) return Value::list(std::move(out));
    from = end + by.size();
  }
}

Value without(const Value& a, const Value& b) {
  std::vector<Value> out;
  for (const Value& item : a.items())
    if (std::none_of(b.items().begin(), b.items().end(),
                     [&](const Value& other) { return jq_compare(item, other) == 0; }))
      out.push_back(item);
  return Value::list(std::move(out));
}

JqResult add(const Value& a, const Value& b) {
  if (a.is_nil()) return b;
  if (b.is_nil()) return a;
  if (a.is_string() && b.is_string()) {
    if (a.as_string().size() + b.as_string().size() > kTextMax)
      return jq_error("the string is too long");
    return Value(a.as_string() + b.as_string());
  }
  if (a.is_list() && b.is_list()) {
    std::vector<Value> out = a.items();
    out.insert(out.end(), b.items().begin(), b.items().end());
    return Value::list(std::move(out));
  }
  if (!a.is_map() || !b.is_map()) return cannot("add", a, b);
  Entries out = a.as_map().entries;
  for (const auto& [key, value] : b.as_map().entries) out.insert_or_assign(key, value);
  return make_map(std::move(out));
}

bool is_number(const Value& value) { return value.is(VKind::kInt) || value.is(VKind::kFloat); }

int64_t whole(const Value& number, bool up = false) {
  if (number.is(VKind::kInt)) return number.as_int().value;
  const double value = number.number();
  if (std::isnan(value)) return 0;
  const double limited = std::clamp(value, -1e15, 1e15);
  return static_cast<int64_t>(up ? std::ceil(limited) : std::trunc(limited));
}

// The part of `size` items from `from` to `to`, each null or a number.
struct Range {
  size_t from = 0, to = 0;
};
tl::expected<Range, Value> range_of(const Value& from, const Value& to, size_t size) {
  const auto bound = [&](const Value& given, int64_t otherwise, bool up) {
    int64_t at = given.is_nil() ? otherwise : whole(given, up);
    if (at < 0) at += static_cast<int64_t>(size);
    return std::clamp<int64_t>(at, 0, static_cast<int64_t>(size));
  };
  for (const Value* each : {&from, &to})
    if (!each->is_nil() && !is_number(*each))
      return jq_error("a slice is from a number to a number: " + jq_shown(*each));
  const int64_t start = bound(from, 0, false);
  const int64_t end = std::max(start, bound(to, static_cast<int64_t>(size), true));
  return Range{static_cast<size_t>(start), static_cast<size_t>(end)};
}

// Offsets of the characters, and of the end.
std::vector<size_t> character_offsets(const std::string& text) {
  std::vector<size_t> out;
  for (size_t i = 0; i < text.size(); ++i)
    if ((text[i] & 0xC0) != 0x80) out.push_back(i);
  out.push_back(text.size());
  return out;
}

Value indices(const std::vector<Value>& in, const std::vector<Value>& of) {
  std::vector<Value> out;
  for (size_t i = 0; !of.empty() && i + of.size() <= in.size(); ++i) {
    size_t same = 0;
    while (same < of.size() && jq_compare(in[i + same], of[same]) == 0) ++same;
    if (same == of.size()) out.emplace_back(static_cast<int64_t>(i));
  }
  return Value::list(std::move(out));
}

const Value* member(const Value& map, std::string_view key) { return find(map.as_map(), key); }

// Sets, or with no `to` deletes, at keys[at…]. The delete of what is not there changes nothing.
JqResult change(const Value& value, const JqKeys& keys, size_t at, const Value& to) {
  if (at == keys.size()) return to;
  const Value& key = keys[at];
  if (key.is_string()) {
    if (!value.is_nil() && !value.is_map()) return cannot("set a member", value, key);
    const Value* old = value.is_map() ? member(value, key.as_string()) : nullptr;
    auto inner = change(old ? *old : Value(), keys, at + 1, to);
    if (!inner) return inner;
    Entries out = value.is_map() ? value.as_map().entries : Entries();
    out.insert_or_assign(key, std::move(*inner));
    return make_map(std::move(out));
  }
  if (!value.is_nil() && !value.is_list()) return cannot("set an item", value, key);
  std::vector<Value> items = value.is_list() ? value.items() : std::vector<Value>();
  if (is_number(key)) {
    int64_t index = whole(key);
    if (index < 0) index += static_cast<int64_t>(items.size());
    if (index < 0) return jq_error("the index is out of bounds: " + jq_shown(key));
    if (index >= kIndexMax && index >= static_cast<int64_t>(items.size()))
      return jq_error("the index is too large: " + jq_shown(key));
    const auto place = static_cast<size_t>(index);
    auto inner = change(place < items.size() ? items[place] : Value(), keys, at + 1, to);
    if (!inner) return inner;
    if (place >= items.size()) items.resize(place + 1);
    items[place] = std::move(*inner);
    return Value::list(std::move(items));
  }
  if (!key.is_map() || !member(key, "start") || !member(key, "end"))
    return cannot("use as a key", value, key);
  const auto range = range_of(*member(key, "start"), *member(key, "end"), items.size());
  if (!range) return tl::unexpected(range.error());
  const auto first = items.begin() + static_cast<std::ptrdiff_t>(range->from),
             last = items.begin() + static_cast<std::ptrdiff_t>(range->to);
  auto inner = change(Value::list({first, last}), keys, at + 1, to);
  if (!inner) return inner;
  if (!inner->is_list()) return jq_error("a slice can be set to an array only");
  items.insert(items.erase(first, last), inner->items().begin(), inner->items().end());
  return Value::list(std::move(items));
}

JqResult remove_last(const Value& value, const Value& key) {
  if (value.is_nil()) return value;
  if (value.is_map() && key.is_string()) {
    Entries out = value.as_map().entries;
    out.erase(key);
    return make_map(std::move(out));
  }
  if (!value.is_list() || (!is_number(key) && !key.is_map())) return cannot("delete", value, key);
  std::vector<Value> items = value.items();
  Range range;
  if (is_number(key)) {
    int64_t index = whole(key);
    if (index < 0) index += static_cast<int64_t>(items.size());
    if (index < 0 || index >= static_cast<int64_t>(items.size())) return value;
    range = {static_cast<size_t>(index), static_cast<size_t>(index) + 1};
  } else {
    const Value *start = member(key, "start"), *end = member(key, "end");
    if (!start || !end) return cannot("delete", value, key);
    const auto found = range_of(*start, *end, items.size());
    if (!found) return tl::unexpected(found.error());
    range = *found;
  }
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(range.from),
              items.begin() + static_cast<std::ptrdiff_t>(range.to));
  return Value::list(std::move(items));
}

}  // namespace

tl::unexpected<Value> jq_error(std::string text) { return tl::unexpected(Value(std::move(text))); }

std::string jq_shown(const Value& value) {
  std::string json = jq_json(value);
  if (json.size() > 30) {
    json.resize(27);
    while (!json.empty() && (json.back() & 0xC0) == 0x80) json.pop_back();
    if (!json.empty() && static_cast<unsigned char>(json.back()) >= 0xC0) json.pop_back();
    json += "...";
  }
  return std::string(jq_type(value)) + (value.is_nil() ? "" : " (" + json + ")");
}

bool jq_truth(const Value& value) {
  return !value.is_nil() && !(value.is(VKind::kBool) && !value.as_bool());
}

std::string_view jq_type(const Value& value) {
  constexpr std::string_view kNames[] = {"null",   "boolean", "boolean", "number",
                                         "string", "array",   "object"};
  return kNames[rank(value)];
}

int jq_compare(const Value& a, const Value& b) {
  if (const int ranks = order(rank(a), rank(b))) return ranks;
  switch (a.kind()) {
    case VKind::kInt:
      if (b.is(VKind::kInt)) return order(a.as_int().value, b.as_int().value);
      [[fallthrough]];
    case VKind::kFloat: {
      const double x = a.number(), y = b.number();
      return x < y || std::isnan(x) ? -1 : x == y ? 0 : 1;
    }
    case VKind::kString:
      return order(a.as_string(), b.as_string());
    case VKind::kList: {
      const auto &x = a.items(), &y = b.items();
      for (size_t i = 0; i < std::min(x.size(), y.size()); ++i)
        if (const int items = jq_compare(x[i], y[i])) return items;
      return order(x.size(), y.size());
    }
    case VKind::kMap:
      return compare_maps(a.as_map(), b.as_map());
    default:
      return 0;
  }
}

JqResult jq_binary(Op op, const Value& a, const Value& b) {
  switch (op) {
    case Op::kEq:
      return Value(jq_compare(a, b) == 0);
    case Op::kNe:
      return Value(jq_compare(a, b) != 0);
    case Op::kLt:
      return Value(jq_compare(a, b) < 0);
    case Op::kLe:
      return Value(jq_compare(a, b) <= 0);
    case Op::kGt:
      return Value(jq_compare(a, b) > 0);
    case Op::kGe:
      return Value(jq_compare(a, b) >= 0);
    default:
      break;
  }
  if (is_number(a) && is_number(b)) return numbers(op, a, b);
  if (op == Op::kAdd) return add(a, b);
  if (op == Op::kSub && a.is_list() && b.is_list()) return without(a, b);
  if (op == Op::kMul && a.is_map() && b.is_map()) return merge(a, b);
  if (op == Op::kMul && a.is_string() && is_number(b)) return repeat(a.as_string(), b.number());
  if (op == Op::kMul && is_number(a) && b.is_string()) return repeat(b.as_string(), a.number());
  if (op == Op::kDiv && a.is_string() && b.is_string()) return split(a.as_string(), b.as_string());
  constexpr std::string_view kNames[] = {"",         "add",    "subtract",
                                         "multiply", "divide", "take the rest of a division"};
  return cannot(kNames[static_cast<size_t>(op)], a, b);
}

JqResult jq_index(const Value& value, const Value& key) {
  if (value.is_nil() && (key.is_string() || is_number(key) || key.is_nil())) return Value();
  if (value.is_map() && key.is_string()) {
    const Value* found = member(value, key.as_string());
    return found ? *found : Value();
  }
  if (value.is_list() && key.is_list()) return indices(value.items(), key.items());
  if ((value.is_list() || value.is_nil()) && key.is_map()) {
    const Value *start = member(key, "start"), *end = member(key, "end");
    if (start && end) return jq_slice(value, *start, *end);
  }
  if (value.is_string() && is_number(key)) {
    const auto offsets = character_offsets(value.as_string());
    const auto size = static_cast<int64_t>(offsets.size()) - 1;
    const int64_t at = whole(key) < 0 ? whole(key) + size : whole(key);
    if (at < 0 || at >= size) return Value();
    const auto place = static_cast<size_t>(at);
    return Value(value.as_string().substr(offsets[place], offsets[place + 1] - offsets[place]));
  }
  if (!value.is_list() || !is_number(key)) return cannot("index", value, key);
  if (std::isnan(key.number())) return Value();
  int64_t index = key.is(VKind::kInt)
                      ? key.as_int().value
                      : static_cast<int64_t>(std::floor(std::clamp(key.number(), -1e15, 1e15)));
  if (index < 0) index += static_cast<int64_t>(value.items().size());
  if (index < 0 || index >= static_cast<int64_t>(value.items().size())) return Value();
  return value.items()[static_cast<size_t>(index)];
}

JqResult jq_slice(const Value& value, const Value& from, const Value& to) {
  if (value.is_nil()) return Value();
  if (value.is_string()) {
    const auto offsets = character_offsets(value.as_string());
    const auto range = range_of(from, to, offsets.size() - 1);
    if (!range) return tl::unexpected(range.error());
    const size_t start = offsets[range->from];
    return Value(value.as_string().substr(start, offsets[range->to] - start));
  }
  if (!value.is_list()) return jq_error("cannot slice: " + jq_shown(value));
  const auto range = range_of(from, to, value.items().size());
  if (!range) return tl::unexpected(range.error());
  const auto begin = value.items().begin();
  return Value::list({begin + static_cast<std::ptrdiff_t>(range->from),
                      begin + static_cast<std::ptrdiff_t>(range->to)});
}

JqResult jq_has(const Value& value, const Value& key) {
  if (value.is_map() && key.is_string()) return Value(member(value, key.as_string()) != nullptr);
  if (value.is_list() && is_number(key))
    return Value(key.number() >= 0 && key.number() < static_cast<double>(value.items().size()));
  if (value.is_nil()) return Value(false);
  return cannot("look for a key", value, key);
}

bool jq_contains(const Value& a, const Value& b) {
  if (a.is_map() && b.is_map())
    return std::all_of(b.as_map().entries.begin(), b.as_map().entries.end(), [&](const auto& one) {
      const Value* other = member(a, one.first.as_string());
      return other && jq_contains(*other, one.second);
    });
  if (a.is_list() && b.is_list())
    return std::all_of(b.items().begin(), b.items().end(), [&](const Value& wanted) {
      return std::any_of(a.items().begin(), a.items().end(),
                         [&](const Value& item) { return jq_contains(item, wanted); });
    });
  if (a.is_string() && b.is_string()) return a.as_string().find(b.as_string()) != std::string::npos;
  return rank(a) == rank(b) && jq_compare(a, b) == 0;
}

JqResult jq_get(const Value& value, const JqKeys& keys) {
  Value at = value;
  for (const Value& key : keys) {
    if (at.is_nil()) return Value();
    auto inner = jq_index(at, key);
    if (!inner) return inner;
    at = std::move(*inner);
  }
  return at;
}

JqResult jq_set(const Value& value, const JqKeys& keys, Value to) {
  return change(value, keys, 0, to);
}

JqResult jq_delete(const Value& value, std::vector<JqKeys> paths) {
  // From the last to the first, so that an index still means what it meant.
  const auto less = [](const JqKeys& a, const JqKeys& b) {
    return jq_compare(Value::list(a), Value::list(b)) < 0;
  };
  std::sort(paths.begin(), paths.end(), less);
  Value out = value;
  for (size_t i = paths.size(); i-- > 0;) {
    if (i + 1 < paths.size() && !less(paths[i], paths[i + 1])) continue;
    if (paths[i].empty()) return Value();
    const JqKeys above(paths[i].begin(), paths[i].end() - 1);
    auto holder = jq_get(out, above);
    if (!holder) return holder;
    if (holder->is_nil()) continue;
    auto less_one = remove_last(*holder, paths[i].back());
    if (!less_one) return less_one;
    auto changed = jq_set(out, above, std::move(*less_one));
    if (!changed) return changed;
    out = std::move(*changed);
  }
  return out;
}

size_t jq_size(const Value& value) {
  if (value.is_list()) return value.items().size() + 1;
  if (value.is_map()) return value.as_map().entries.size() + 1;
  return value.is_string() ? value.as_string().size() / 16 + 1 : 1;
}

}  // namespace expr
