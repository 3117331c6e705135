// name_table.h — from a name to its index: open addressing, four bytes an entry.
//
// The names themselves lie elsewhere: `name_of(index)` gives one. Of equal names the first one
// that was added is found.
#pragma once
#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/large.h"

namespace engine {

class NameTable {
 public:
  // Empties the table and makes room for `count` names; no more may be added.
  void start(size_t count) {
    entries_.clear();
    if (count != 0) entries_.resize(std::bit_ceil(count + count / 4 + 1), kNone);
  }
  template <class NameOf>
  void add(std::string_view name, uint32_t index, const NameOf& name_of) {
    size_t at = home_of(name);
    for (; entries_[at] != kNone; at = next(at))
      if (name_of(entries_[at]) == name) return;
    entries_[at] = index;
  }
  template <class NameOf>
  std::optional<uint32_t> find(std::string_view name, const NameOf& name_of) const {
    if (entries_.empty()) return std::nullopt;
    for (size_t at = home_of(name); entries_[at] != kNone; at = next(at))
      if (name_of(entries_[at]) == name) return entries_[at];
    return std::nullopt;
  }
  // The names have moved: `place[index]` is where that of `index` lies now.
  void renumber(const std::vector<uint32_t>& place) {
    for (uint32_t& entry : entries_)
      if (entry != kNone) entry = place[entry];
  }
  // Of names that are looked up soon: fetches where the search starts, and says what stands there.
  size_t home_of(std::string_view name) const {
    uint64_t hash = 14695981039346656037ull;
    for (const char c : name) hash = (hash ^ static_cast<uint8_t>(c)) * 1099511628211ull;
    return (hash * 0x9E3779B97F4A7C15ull) >> (64 - std::countr_zero(entries_.size()));
  }
  void fetch(size_t home) const { __builtin_prefetch(&entries_[home]); }
  // Whatever stands there, or none.
  std::optional<uint32_t> peek(size_t home) const {
    return entries_[home] == kNone ? std::nullopt : std::optional(entries_[home]);
  }

 private:
  static constexpr uint32_t kNone = 0xffffffffu;
  size_t next(size_t at) const { return (at + 1) & (entries_.size() - 1); }

  base::LargeVector<uint32_t> entries_;
};

}  // namespace engine
