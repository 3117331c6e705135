// json_scan.h — walks the members of JSON text without making Values of it. For texts that have
// been parsed and written before: strings and brackets are looked at, nothing is checked.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace text {

// The members of a map (or, with empty keys, the items of a list), one after the other.
class JsonScan {
 public:
  // `source`: one value, compact or not. What is no map or list has no members.
  explicit JsonScan(std::string_view source);

  bool is_map() const { return close_ == '}'; }
  bool is_list() const { return close_ == ']'; }
  // False behind the last one, or where the text is broken off. `key` as it is written, between its
  // quotes; both borrow from `source`.
  bool next(std::string_view& key, std::string_view& value);

 private:
  void skip_blanks();
  bool skip_string();
  bool skip_value();

  std::string_view source_;
  size_t at_ = 0;
  char close_ = 0;
};

// The member of a map as it is written; empty where it is not there.
std::string_view json_member(std::string_view source, std::string_view key);
// The map with other members, each as its key and the JSON of its value, in place of those it has
// of these names or behind all; the rest as it is written. For large texts of which little changes.
std::string with_json_members(
    std::string_view source,
    std::initializer_list<std::pair<std::string_view, std::string_view>> members);
// What is between the quotes of a string, as it is written; empty for all else.
std::string_view json_string(std::string_view value);

}  // namespace text
