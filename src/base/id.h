// id.h — ids that cannot be mixed up, and the vector that only the right id may index.
#pragma once
#include <cassert>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

namespace base {

// A dense index into a table of its own; Tag makes each table's ids a type of their own.
template <class Tag>
struct Id {
  static constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();
  uint32_t value = kNone;

  bool valid() const { return value != kNone; }
  friend auto operator<=>(Id, Id) = default;
};

// A vector that is indexed by one kind of Id. References are invalidated by push_back.
template <class Key, class T>
class DenseMap {
 public:
  DenseMap() = default;
  explicit DenseMap(size_t size, T initial = {}) : items_(size, initial) {}

  T& operator[](Key key) {
    assert(key.value < items_.size());
    return items_[key.value];
  }
  const T& operator[](Key key) const {
    assert(key.value < items_.size());
    return items_[key.value];
  }
  Key push_back(T item) {
    items_.push_back(std::move(item));
    return Key{static_cast<uint32_t>(items_.size() - 1)};
  }
  bool contains(Key key) const { return key.value < items_.size(); }
  size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  void resize(size_t size) { items_.resize(size); }
  void reserve(size_t size) { items_.reserve(size); }
  auto begin() { return items_.begin(); }
  auto end() { return items_.end(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }

 private:
  std::vector<T> items_;
};

}  // namespace base

template <class Tag>
struct std::hash<base::Id<Tag>> {
  size_t operator()(base::Id<Tag> id) const { return id.value * 0x9E3779B97F4A7C15ull; }
};
