// value.h — a value of the expression language, with the Go type that expr-lang would give it.
//
// Ints and floats are apart, times and lengths of time are their own kinds. Lists and maps are
// shared and never changed once made. At the room's border text::Value is used instead.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "expr/zoned_time.h"
#include "text/value.h"

namespace expr {

class Value;
struct Function;

enum class IntType : uint8_t { kInt, kInt64, kUint64, kMonth, kWeekday, kUint8 };
// []interface {}, []int, []string, [][]interface {}, [][2]interface {}, []uint8, [2]interface {}
enum class ListType : uint8_t { kAny, kInt, kString, kLists, kPairs, kBytes, kPair };
// map[string]interface {}, map[string]string, map[interface {}]interface {} and …[]interface {}
enum class MapType : uint8_t { kStringAny, kStringString, kAnyAny, kAnyLists };

struct Int {
  int64_t value = 0;
  IntType type = IntType::kInt;
};
struct Length {  // time.Duration
  int64_t ns = 0;
};
// *time.Location is a TimeZone.
// A function as a value; a method has its receiver.
struct FunctionRef {
  const Function* function = nullptr;
  std::shared_ptr<const Value> receiver;
};

struct List;
struct Map;
struct Struct;

class Value {
 public:
  enum class Kind : uint8_t {
    kNil,
    kBool,
    kInt,
    kFloat,
    kString,
    kList,
    kMap,
    kTime,
    kLength,
    kZone,
    kFunction,
    kStruct
  };

  Value() = default;
  Value(bool v) : body_(v) {}                           // NOLINT(google-explicit-constructor)
  Value(int v) : body_(Int{v, IntType::kInt}) {}        // NOLINT
  Value(int64_t v) : body_(Int{v, IntType::kInt}) {}    // NOLINT
  Value(Int v) : body_(v) {}                            // NOLINT
  Value(double v) : body_(v) {}                         // NOLINT
  Value(std::string v) : body_(std::move(v)) {}         // NOLINT
  Value(std::string_view v) : body_(std::string(v)) {}  // NOLINT
  Value(const char* v) : body_(std::string(v)) {}       // NOLINT
  Value(std::shared_ptr<const List> v) : body_(std::move(v)) {}    // NOLINT
  Value(std::shared_ptr<const Map> v) : body_(std::move(v)) {}     // NOLINT
  Value(std::shared_ptr<const Struct> v) : body_(std::move(v)) {}  // NOLINT
  Value(Instant v) : body_(ZonedTime{v, std::nullopt}) {}          // NOLINT
  Value(ZonedTime v) : body_(std::move(v)) {}                      // NOLINT
  Value(Length v) : body_(v) {}                                    // NOLINT
  Value(TimeZone v) : body_(std::move(v)) {}                       // NOLINT
  Value(FunctionRef v) : body_(std::move(v)) {}                    // NOLINT
  static Value list(std::vector<Value> items, ListType type = ListType::kAny);
  static Value nil_list(ListType type);  // a nil slice: empty, "null" in JSON

  Kind kind() const { return static_cast<Kind>(body_.index()); }
  bool is(Kind k) const { return kind() == k; }
  bool is_nil() const { return is(Kind::kNil); }
  bool is_string() const { return is(Kind::kString); }
  bool is_list() const { return is(Kind::kList); }
  bool is_map() const { return is(Kind::kMap); }
  bool is_int() const;     // of a plain integer type, so no month
  bool is_number() const;  // is_int or a float

  bool as_bool() const { return std::get<bool>(body_); }
  const Int& as_int() const { return std::get<Int>(body_); }
  double as_float() const { return std::get<double>(body_); }
  const std::string& as_string() const { return std::get<std::string>(body_); }
  const List& as_list() const { return *std::get<std::shared_ptr<const List>>(body_); }
  const Map& as_map() const { return *std::get<std::shared_ptr<const Map>>(body_); }
  const std::vector<Value>& items() const;
  const ZonedTime& as_time() const { return std::get<ZonedTime>(body_); }
  Length as_length() const { return std::get<Length>(body_); }
  const TimeZone& as_zone() const { return std::get<TimeZone>(body_); }
  const FunctionRef& as_function() const { return std::get<FunctionRef>(body_); }
  const Struct& as_struct() const { return *std::get<std::shared_ptr<const Struct>>(body_); }
  double number() const;  // of an int or a float
  // A list or a map that no other value shares: one that was just made.
  bool is_sole() const;

 private:
  std::variant<std::monostate, bool, Int, double, std::string, std::shared_ptr<const List>,
               std::shared_ptr<const Map>, ZonedTime, Length, TimeZone, FunctionRef,
               std::shared_ptr<const Struct>>
      body_;
};

// The order of a map's keys: by kind, then by value. Lists and maps are no keys.
struct KeyLess {
  bool operator()(const Value& a, const Value& b) const;
};

// `depth`: how many lists and maps are inside of each other, 1 when it holds none. `weight`: about
// the bytes of all that it holds, what is shared counted at each place; at most UINT64_MAX / 2.
struct List {
  std::vector<Value> items;
  ListType type = ListType::kAny;
  bool is_nil = false;
  uint32_t depth = 1;
  uint64_t weight = 0;
};
using Entries = std::map<Value, Value, KeyLess>;
struct Map {
  Entries entries;
  MapType type = MapType::kStringAny;
  uint32_t depth = 1;
  uint64_t weight = 0;
};
Value make_map(Entries entries, MapType type = MapType::kStringAny);
// 0 for what is neither list nor map.
uint32_t depth_of(const Value& value);
// Of any value.
uint64_t weight_of(const Value& value);
// The bytes of the texts that a list or map holds itself; those of lists and maps in it are shared.
uint64_t text_bytes_of(const Value& value);

// Values with fields and methods of their own, that sprig's functions give.
struct StructType {
  std::string_view name;                     // as %T has it: "sprig.certificate", "*semver.Version"
  std::string_view package;                  // "github.com/Masterminds/sprig/v3"
  std::span<const std::string_view> fields;  // the visible ones, in their order
  std::span<const Function> (*methods)() = nullptr;
  bool stringer = false;  // shown, and in JSON, as its first hidden field is
};
// The visible fields of the type come first, hidden ones behind them.
struct Struct {
  const StructType* type = nullptr;
  std::vector<Value> fields;
  const Value* find(std::string_view name) const;
  const std::string& text() const;  // of a stringer
};

// Bytes as a []uint8.
Value bytes_value(std::string_view bytes);
std::string bytes_of(const List& list);

// The value of a map's key, or null. A string key.
const Value* find(const Map& map, std::string_view key);

// Go's name of the dynamic type: "int", "[]interface {}", "time.Time", "<nil>".
std::string go_type_name(const Value& value);
// reflect.Kind's word: "slice", "map", "invalid" for nil.
std::string_view go_kind_name(const Value& value);

// As fmt prints it with %v: "[1 2]", "map[a:1]", "<nil>".
std::string go_text(const Value& value);

struct JsonOptions {
  bool escape_html = true;
  int indent = 0;  // spaces a level; 0: one line
};
// As encoding/json writes it, keys sorted. Errors: what has no JSON form (NaN, keys of any type).
base::Result<std::string> to_json(const Value& value, JsonOptions options = {});
// What {{=expression}} becomes in a text: strings as they are, others as JSON.
base::Result<std::string> to_template_text(const Value& value);

// A JSON value as Go reads it: each number is a float.
Value from_text(const text::Value& value);
base::Result<text::Value> to_text(const Value& value);

// expr-lang's ==: numbers by value, lists item by item, what cannot be compared is different.
bool equal(const Value& a, const Value& b);
// reflect.DeepEqual: 1 and 1.0 differ.
bool deep_equal(const Value& a, const Value& b);

}  // namespace expr
