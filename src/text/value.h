// value.h — a JSON or YAML value that knows the line and column it came from.
//
// Maps keep the order of the file. Numbers keep their text, so that nothing is lost on the way
// through. A Value is a plain value: copied, compared (without places), printed.
#pragma once
#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace text {

// Line and column count from 1; 0 means that the value came from no file.
struct Place {
  uint32_t line = 0;
  uint32_t column = 0;
};

class Value;

struct Null {
  friend bool operator==(Null, Null) = default;
};
// A number in JSON's grammar, canonical for its source (YAML's 0x1F becomes "31").
struct Number {
  std::string text;
  friend bool operator==(const Number&, const Number&) = default;
};
using List = std::vector<Value>;
struct Member;
// In the order of the file; keys are unique (the parsers refuse duplicates). A map of more than a
// few members keeps a hash index beside them, so that look-ups stay flat at any size. A member's
// key is not to be changed in place.
class Map {
 public:
  using iterator = std::vector<Member>::iterator;
  using const_iterator = std::vector<Member>::const_iterator;

  // Defined below, where Member is complete.
  Map();
  Map(const Map& other);
  Map(Map&& other) noexcept;
  Map& operator=(const Map& other);
  Map& operator=(Map&& other) noexcept;
  ~Map();
  Value* find(std::string_view key);
  const Value* find(std::string_view key) const;
  Member* find_member(std::string_view key);
  const Member* find_member(std::string_view key) const;
  // Replaces the value of the key, or appends it.
  Value& set(std::string key, Value value, Place key_place = {});
  bool erase(std::string_view key);
  size_t size() const;
  bool empty() const;
  iterator begin();
  iterator end();
  const_iterator begin() const;
  const_iterator end() const;
  // Appends without looking whether the key is there: for parsers that have checked.
  void append_unchecked(Member member);
  // Equal when the same keys have equal values, in any order.
  friend bool operator==(const Map& a, const Map& b);
  void reserve(size_t size);

 private:
  struct Index {                    // open addressing, linear probing
    std::vector<uint32_t> slots{};  // positions in members_ + 1; 0 is free; a power of two
  };
  size_t position(std::string_view key) const;  // members_.size() when absent
  void index_last();
  void rebuild_index();

  std::vector<Member> members_;
  std::unique_ptr<Index> index_;  // absent while the map is small
};

class Value {
 public:
  Value() = default;
  Value(bool v) : body_(v) {}                             // NOLINT(google-explicit-constructor)
  Value(int64_t v) : body_(Number{std::to_string(v)}) {}  // NOLINT
  Value(int v) : Value(static_cast<int64_t>(v)) {}        // NOLINT
  // Shortest text that reads back the same, as Go's JSON writes it; null for NaN and infinities.
  Value(double v);                                      // NOLINT
  Value(std::string v) : body_(std::move(v)) {}         // NOLINT
  Value(std::string_view v) : body_(std::string(v)) {}  // NOLINT
  Value(const char* v) : body_(std::string(v)) {}       // NOLINT
  Value(Number v) : body_(std::move(v)) {}              // NOLINT
  Value(List v) : body_(std::move(v)) {}                // NOLINT
  Value(Map v) : body_(std::move(v)) {}                 // NOLINT

  bool is_null() const { return std::holds_alternative<Null>(body_); }
  bool is_bool() const { return std::holds_alternative<bool>(body_); }
  bool is_number() const { return std::holds_alternative<Number>(body_); }
  bool is_string() const { return std::holds_alternative<std::string>(body_); }
  bool is_list() const { return std::holds_alternative<List>(body_); }
  bool is_map() const { return std::holds_alternative<Map>(body_); }
  // "a map", "a list", "a string", "a number", "a boolean", "null": for messages.
  std::string_view kind_name() const;

  bool as_bool() const { return std::get<bool>(body_); }
  const std::string& as_string() const { return std::get<std::string>(body_); }
  std::string& as_string() { return std::get<std::string>(body_); }
  const Number& as_number() const { return std::get<Number>(body_); }
  const List& as_list() const { return std::get<List>(body_); }
  List& as_list() { return std::get<List>(body_); }
  const Map& as_map() const { return std::get<Map>(body_); }
  Map& as_map() { return std::get<Map>(body_); }

  // The whole number, when this is a number without a fraction that fits.
  std::optional<int64_t> to_int() const;
  std::optional<double> to_double() const;
  // A scalar as Argo's AnyString shows it: strings as they are, numbers and booleans by their
  // text, null as ""; lists and maps as compact JSON.
  std::string to_any_string() const;

  // Member of a map, or null when this is no map or has no such key. `at("a")->...` chains by
  // find_path("a", "b", "c").
  const Value* find(std::string_view key) const { return is_map() ? as_map().find(key) : nullptr; }
  Value* find(std::string_view key) { return is_map() ? as_map().find(key) : nullptr; }
  template <class... Keys>
  const Value* find_path(std::string_view key, Keys... rest) const {
    const Value* inner = find(key);
    if constexpr (sizeof...(rest) == 0)
      return inner;
    else
      return inner ? inner->find_path(rest...) : nullptr;
  }
  // The string at the path, or "" when it is not there or no string.
  template <class... Keys>
  std::string_view string_at(Keys... keys) const {
    const Value* inner = find_path(keys...);
    return inner && inner->is_string() ? std::string_view(inner->as_string()) : std::string_view();
  }
  // Makes this a map when it is null, and gives the member, made null when absent.
  Value& operator[](std::string_view key);

  Place place;  // not compared

  friend bool operator==(const Value& a, const Value& b) { return a.body_ == b.body_; }

 private:
  std::variant<Null, bool, Number, std::string, List, Map> body_;
};

struct Member {
  std::string key;
  Place key_place;
  Value value;
};

inline Map::Map() = default;
inline Map::Map(Map&& other) noexcept = default;
inline Map& Map::operator=(Map&& other) noexcept = default;
inline Map::~Map() = default;
inline size_t Map::size() const { return members_.size(); }
inline bool Map::empty() const { return members_.empty(); }
inline Map::iterator Map::begin() { return members_.begin(); }
inline Map::iterator Map::end() { return members_.end(); }
inline Map::const_iterator Map::begin() const { return members_.begin(); }
inline Map::const_iterator Map::end() const { return members_.end(); }
inline void Map::reserve(size_t size) { members_.reserve(size); }

}  // namespace text
