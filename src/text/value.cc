#include "text/value.h"

#include <array>
#include <charconv>
#include <cmath>
#include <functional>

#include "text/json.h"

namespace text {
namespace {

// Up to here a walk over the members is faster than hashing the key.
constexpr size_t kSmallMap = 16;

size_t hash_of(std::string_view key) { return std::hash<std::string_view>{}(key); }

// The shortest digits that read back the same, and the power of ten of the first one.
struct Shortest {
  bool negative = false;
  std::string digits;
  int exponent = 0;
};

Shortest shortest(double v) {
  std::array<char, 40> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::fabs(v),
                                 std::chars_format::scientific)
                       .ptr;
  const std::string_view text(buffer.data(), static_cast<size_t>(end - buffer.data()));
  const size_t e = text.find('e');
  Shortest out{std::signbit(v), std::string(text.substr(0, e)), 0};
  std::erase(out.digits, '.');
  const size_t from = text[e + 1] == '+' ? e + 2 : e + 1;
  std::from_chars(text.data() + from, text.data() + text.size(), out.exponent);
  return out;
}

// As Go's strconv 'f' with precision -1: zeros fill up what the shortest digits leave open.
std::string fixed_text(double v) {
  Shortest number = shortest(v);
  std::string& digits = number.digits;
  if (number.exponent < 0) {
    digits.insert(0, static_cast<size_t>(-number.exponent), '0');
    digits.insert(1, ".");
  } else {
    const auto whole = static_cast<size_t>(number.exponent) + 1;
    if (digits.size() < whole) digits.append(whole - digits.size(), '0');
    if (digits.size() > whole) digits.insert(whole, ".");
  }
  return number.negative ? "-" + digits : digits;
}

// As Go's encoding/json: plain digits between 1e-6 and 1e21, else an exponent without zeros.
std::string number_text(double v) {
  const double size = std::fabs(v);
  if (size == 0 || (size >= 1e-6 && size < 1e21)) return fixed_text(v);
  Shortest number = shortest(v);
  if (number.digits.size() > 1) number.digits.insert(1, ".");
  return (number.negative ? "-" : "") + number.digits + (number.exponent < 0 ? "e" : "e+") +
         std::to_string(number.exponent);
}

bool is_whole(std::string_view digits) {
  return digits.find_first_of(".eE") == std::string_view::npos;
}

}  // namespace

Map::Map(const Map& other)
    : members_(other.members_),
      index_(other.index_ ? std::make_unique<Index>(*other.index_) : nullptr) {}

Map& Map::operator=(const Map& other) {
  if (this != &other) *this = Map(other);
  return *this;
}

size_t Map::position(std::string_view key) const {
  if (!index_) {
    for (size_t i = 0; i < members_.size(); ++i)
      if (members_[i].key == key) return i;
    return members_.size();
  }
  const size_t mask = index_->slots.size() - 1;
  for (size_t slot = hash_of(key) & mask;; slot = (slot + 1) & mask) {
    const uint32_t found = index_->slots[slot];
    if (found == 0) return members_.size();
    if (members_[found - 1].key == key) return found - 1;
  }
}

void Map::rebuild_index() {
  index_.reset();
  if (members_.size() <= kSmallMap) return;
  size_t slots = 64;
  while (slots < members_.size() * 4) slots *= 2;
  index_ = std::make_unique<Index>();
  index_->slots.resize(slots);
  for (size_t i = 0; i < members_.size(); ++i) {
    size_t slot = hash_of(members_[i].key) & (slots - 1);
    while (index_->slots[slot] != 0) slot = (slot + 1) & (slots - 1);
    index_->slots[slot] = static_cast<uint32_t>(i + 1);
  }
}

void Map::index_last() {
  if (members_.size() <= kSmallMap) return;
  if (!index_ || index_->slots.size() < members_.size() * 2) return rebuild_index();
  const size_t mask = index_->slots.size() - 1;
  size_t slot = hash_of(members_.back().key) & mask;
  while (index_->slots[slot] != 0) slot = (slot + 1) & mask;
  index_->slots[slot] = static_cast<uint32_t>(members_.size());
}

const Member* Map::find_member(std::string_view key) const {
  const size_t at = position(key);
  return at < members_.size() ? &members_[at] : nullptr;
}

Member* Map::find_member(std::string_view key) {
  const size_t at = position(key);
  return at < members_.size() ? &members_[at] : nullptr;
}

const Value* Map::find(std::string_view key) const {
  const Member* member = find_member(key);
  return member ? &member->value : nullptr;
}

Value* Map::find(std::string_view key) {
  Member* member = find_member(key);
  return member ? &member->value : nullptr;
}

Value& Map::set(std::string key, Value value, Place key_place) {
  if (Member* member = find_member(key)) {
    member->value = std::move(value);
    if (key_place.line != 0) member->key_place = key_place;
    return member->value;
  }
  append_unchecked({std::move(key), key_place, std::move(value)});
  return members_.back().value;
}

bool Map::erase(std::string_view key) {
  const size_t at = position(key);
  if (at == members_.size()) return false;
  members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(at));
  rebuild_index();  // no dearer than the move of the members behind
  return true;
}

void Map::append_unchecked(Member member) {
  members_.push_back(std::move(member));
  index_last();
}

bool operator==(const Map& a, const Map& b) {
  if (a.size() != b.size()) return false;
  for (const Member& member : a) {
    const Value* other = b.find(member.key);
    if (!other || !(member.value == *other)) return false;
  }
  return true;
}

Value::Value(double v) {
  if (std::isfinite(v)) body_ = Number{number_text(v)};
}

std::string_view Value::kind_name() const {
  static constexpr std::string_view kNames[] = {"null",     "a boolean", "a number",
                                                "a string", "a list",    "a map"};
  return kNames[body_.index()];
}

std::optional<int64_t> Value::to_int() const {
  if (!is_number()) return std::nullopt;
  const std::string& digits = as_number().text;
  int64_t whole = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, whole);
  if (error == std::errc() && stop == end) return whole;
  if (is_whole(digits)) return std::nullopt;
  // "1e3" and "2.0" are whole numbers too.
  const std::optional<double> v = to_double();
  if (!v || std::trunc(*v) != *v || std::fabs(*v) >= 9.2e18) return std::nullopt;
  return static_cast<int64_t>(*v);
}

std::optional<double> Value::to_double() const {
  if (!is_number()) return std::nullopt;
  const std::string& digits = as_number().text;
  double v = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, v);
  if (error != std::errc() || stop != end) return std::nullopt;
  return v;
}

std::string Value::to_any_string() const {
  if (is_null()) return {};
  if (is_bool()) return as_bool() ? "true" : "false";
  if (is_string()) return as_string();
  if (!is_number()) return to_json(*this);
  if (is_whole(as_number().text)) return as_number().text;
  const std::optional<double> v = to_double();
  return v ? fixed_text(*v) : as_number().text;
}

Value& Value::operator[](std::string_view key) {
  if (is_null()) body_ = Map();
  Map& map = as_map();
  if (Value* found = map.find(key)) return *found;
  return map.set(std::string(key), Value());
}

}  // namespace text
