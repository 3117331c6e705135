#include "expr/value.h"

#include <algorithm>
#include <array>

#include "expr/function.h"
#include "expr/number_text.h"
#include "text/json.h"
#include "text/quantity.h"

namespace expr {
namespace {

using Kind = Value::Kind;

constexpr uint64_t kWeightMost = UINT64_MAX / 2;

std::string length_text(Length length) { return text::to_go_string(base::Duration{length.ns}); }

std::string int_text(const Int& value) {
  if (value.type == IntType::kMonth) return std::string(month_name(static_cast<int>(value.value)));
  if (value.type == IntType::kWeekday)
    return std::string(weekday_name(static_cast<int>(value.value)));
  if (value.type == IntType::kUint64) return std::to_string(static_cast<uint64_t>(value.value));
  return std::to_string(value.value);
}

}  // namespace

Value Value::list(std::vector<Value> items, ListType type) {
  uint32_t depth = 0;
  uint64_t weight = 0;
  for (const Value& item : items) {
    depth = std::max(depth, depth_of(item));
    weight = std::min(weight + weight_of(item), kWeightMost);
  }
  return Value(
      std::make_shared<const List>(List{std::move(items), type, false, depth + 1, weight}));
}
Value Value::nil_list(ListType type) {
  return Value(std::make_shared<const List>(List{{}, type, true}));
}
Value make_map(Entries entries, MapType type) {
  uint32_t depth = 0;
  uint64_t weight = 0;
  for (const auto& [key, value] : entries) {
    depth = std::max(depth, depth_of(value));
    weight = std::min(weight + weight_of(key) + weight_of(value), kWeightMost);
  }
  return Value(std::make_shared<const Map>(Map{std::move(entries), type, depth + 1, weight}));
}
uint64_t weight_of(const Value& value) {
  constexpr uint64_t kOne = 16;
  if (value.is_string()) return kOne + value.as_string().size();
  if (value.is_list()) return kOne + value.as_list().weight;
  return kOne + (value.is_map() ? value.as_map().weight : 0);
}
uint64_t text_bytes_of(const Value& value) {
  uint64_t bytes = 0;
  const auto add = [&](const Value& item) {
    if (item.is_string()) bytes += item.as_string().size();
  };
  if (value.is_list()) std::for_each(value.items().begin(), value.items().end(), add);
  if (value.is_map())
    for (const auto& [key, item] : value.as_map().entries) add(key), add(item);
  return bytes;
}
uint32_t depth_of(const Value& value) {
  if (value.is_list()) return value.as_list().depth;
  return value.is_map() ? value.as_map().depth : 0;
}

Value bytes_value(std::string_view bytes) {
  std::vector<Value> items;
  items.reserve(bytes.size());
  for (const char c : bytes)
    items.emplace_back(Int{static_cast<unsigned char>(c), IntType::kUint8});
  return Value::list(std::move(items), ListType::kBytes);
}
std::string bytes_of(const List& list) {
  std::string out;
  for (const Value& item : list.items) out += static_cast<char>(item.as_int().value);
  return out;
}

const Value* Struct::find(std::string_view name) const {
  const auto it = std::find(type->fields.begin(), type->fields.end(), name);
  return it == type->fields.end() ? nullptr
                                  : &fields[static_cast<size_t>(it - type->fields.begin())];
}
const std::string& Struct::text() const { return fields[type->fields.size()].as_string(); }

bool Value::is_int() const {
  return is(Kind::kInt) && as_int().type != IntType::kMonth && as_int().type != IntType::kWeekday;
}
bool Value::is_number() const { return is(Kind::kFloat) || is_int(); }
const std::vector<Value>& Value::items() const { return as_list().items; }

bool Value::is_sole() const {
  if (is_list()) return std::get<std::shared_ptr<const List>>(body_).use_count() == 1;
  return is_map() && std::get<std::shared_ptr<const Map>>(body_).use_count() == 1;
}
double Value::number() const {
  if (is(Kind::kFloat)) return as_float();
  if (as_int().type == IntType::kUint64)
    return static_cast<double>(static_cast<uint64_t>(as_int().value));
  return static_cast<double>(as_int().value);
}

bool KeyLess::operator()(const Value& a, const Value& b) const {
  if (a.kind() != b.kind()) return a.kind() < b.kind();
  switch (a.kind()) {
    case Kind::kBool:
      return a.as_bool() < b.as_bool();
    case Kind::kInt:
      return a.as_int().value < b.as_int().value;
    case Kind::kFloat:
      return a.as_float() < b.as_float();
    case Kind::kString:
      return a.as_string() < b.as_string();
    case Kind::kTime:
      return a.as_time() < b.as_time();
    case Kind::kLength:
      return a.as_length().ns < b.as_length().ns;
    default:
      return false;
  }
}

const Value* find(const Map& map, std::string_view key) {
  const auto it = map.entries.find(Value(key));
  return it == map.entries.end() ? nullptr : &it->second;
}

std::string go_type_name(const Value& value) {
  constexpr std::array<std::string_view, 6> kInts = {"int",        "int64",        "uint64",
                                                     "time.Month", "time.Weekday", "uint8"};
  constexpr std::array<std::string_view, 7> kLists = {
      "[]interface {}",    "[]int",   "[]string",       "[][]interface {}",
      "[][2]interface {}", "[]uint8", "[2]interface {}"};
  constexpr std::array<std::string_view, 4> kMaps = {"map[string]interface {}", "map[string]string",
                                                     "map[interface {}]interface {}",
                                                     "map[interface {}][]interface {}"};
  switch (value.kind()) {
    case Kind::kNil:
      return "<nil>";
    case Kind::kBool:
      return "bool";
    case Kind::kInt:
      return std::string(kInts[static_cast<size_t>(value.as_int().type)]);
    case Kind::kFloat:
      return "float64";
    case Kind::kString:
      return "string";
    case Kind::kList:
      return std::string(kLists[static_cast<size_t>(value.as_list().type)]);
    case Kind::kMap:
      return std::string(kMaps[static_cast<size_t>(value.as_map().type)]);
    case Kind::kTime:
      return "time.Time";
    case Kind::kLength:
      return "time.Duration";
    case Kind::kZone:
      return "*time.Location";
    case Kind::kFunction:
      return "func";
    case Kind::kStruct:
      return std::string(value.as_struct().type->name);
  }
  return {};
}

std::string_view go_kind_name(const Value& value) {
  switch (value.kind()) {
    case Kind::kNil:
      return "invalid";
    case Kind::kBool:
      return "bool";
    case Kind::kInt:
      return value.as_int().type == IntType::kInt64    ? "int64"
             : value.as_int().type == IntType::kUint64 ? "uint64"
             : value.as_int().type == IntType::kUint8  ? "uint8"
                                                       : "int";
    case Kind::kFloat:
      return "float64";
    case Kind::kString:
      return "string";
    case Kind::kList:
      return value.as_list().type == ListType::kPair ? "array" : "slice";
    case Kind::kMap:
      return "map";
    case Kind::kTime:
      return "struct";
    case Kind::kLength:
      return "int64";
    case Kind::kZone:
      return "ptr";
    case Kind::kFunction:
      return "func";
    case Kind::kStruct:
      return value.as_struct().type->name.starts_with('*') ? "ptr" : "struct";
  }
  return {};
}

std::string go_text(const Value& value) {
  switch (value.kind()) {
    case Kind::kNil:
      return "<nil>";
    case Kind::kBool:
      return value.as_bool() ? "true" : "false";
    case Kind::kInt:
      return int_text(value.as_int());
    case Kind::kFloat:
      return go_float(value.as_float());
    case Kind::kString:
      return value.as_string();
    case Kind::kTime:
      return format_time(value.as_time(), "2006-01-02 15:04:05.999999999 -0700 MST");
    case Kind::kLength:
      return length_text(value.as_length());
    case Kind::kZone:
      return value.as_zone().name();
    case Kind::kFunction:
      return "func " + std::string(value.as_function().function->name);
    case Kind::kStruct:
    case Kind::kList:
    case Kind::kMap:
      break;
  }
  std::string out;
  if (value.is(Kind::kStruct)) {
    if (value.as_struct().type->stringer) return value.as_struct().text();
    for (const Value& field : value.as_struct().fields)
      out += (out.empty() ? "" : " ") + go_text(field);
    return "{" + out + "}";
  }
  if (value.is_list()) {
    for (const Value& item : value.items()) out += (out.empty() ? "" : " ") + go_text(item);
    return "[" + out + "]";
  }
  for (const auto& [key, item] : value.as_map().entries)
    out += (out.empty() ? "" : " ") + go_text(key) + ":" + go_text(item);
  return "map[" + out + "]";
}

bool deep_equal(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::kNil:
      return true;
    case Kind::kInt:
      return a.as_int().type == b.as_int().type && a.as_int().value == b.as_int().value;
    case Kind::kFloat:
      return a.as_float() == b.as_float();
    case Kind::kList:
      return a.as_list().type == b.as_list().type && a.items().size() == b.items().size() &&
             std::equal(a.items().begin(), a.items().end(), b.items().begin(), deep_equal);
    case Kind::kMap: {
      if (&a.as_map() == &b.as_map()) return true;
      const Entries &x = a.as_map().entries, &y = b.as_map().entries;
      if (a.as_map().type != b.as_map().type || x.size() != y.size()) return false;
      return std::equal(x.begin(), x.end(), y.begin(), [](const auto& p, const auto& q) {
        return deep_equal(p.first, q.first) && deep_equal(p.second, q.second);
      });
    }
    case Kind::kZone:
      return a.as_zone().name() == b.as_zone().name();
    case Kind::kStruct: {
      const Struct &x = a.as_struct(), &y = b.as_struct();
      return x.type == y.type &&
             std::equal(x.fields.begin(), x.fields.end(), y.fields.begin(), deep_equal);
    }
    case Kind::kFunction:
      return false;
    default:
      return !KeyLess()(a, b) && !KeyLess()(b, a);
  }
}

bool equal(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) {
    if (a.is(Kind::kInt) && b.is(Kind::kInt)) return a.as_int().value == b.as_int().value;
    return a.number() == b.number();
  }
  if (a.is_list() && b.is_list()) {
    // Lists of one sort are compared item by item; of two only when the items are comparable.
    const bool plain =
        a.as_list().type <= ListType::kString && b.as_list().type <= ListType::kString;
    if (plain && a.items().size() == b.items().size())
      return std::equal(a.items().begin(), a.items().end(), b.items().begin(), equal);
    return deep_equal(a, b);
  }
  // A nil slice is nil.
  if (a.is_nil() && b.is_list()) return b.as_list().is_nil;
  if (b.is_nil() && a.is_list()) return a.as_list().is_nil;
  return deep_equal(a, b);
}

Value from_text(const text::Value& value) {
  if (value.is_bool()) return value.as_bool();
  if (value.is_number()) return value.to_double().value_or(0);
  if (value.is_string()) return value.as_string();
  if (value.is_list()) {
    std::vector<Value> items;
    items.reserve(value.as_list().size());
    for (const text::Value& item : value.as_list()) items.push_back(from_text(item));
    return Value::list(std::move(items));
  }
  if (value.is_map()) {
    Entries entries;
    for (const text::Member& member : value.as_map())
      entries.insert_or_assign(Value(member.key), from_text(member.value));
    return make_map(std::move(entries));
  }
  return {};
}

}  // namespace expr
