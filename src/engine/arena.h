// arena.h — memory that only grows, for the many small strings and arrays of a State.
//
// What is kept lives as long as the arena. No destructors run: only trivial types go in.
#pragma once
#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/large.h"

namespace engine {

class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() {
    for (void* chunk : large_) base::free_large(chunk);
  }

  std::string_view keep(std::string_view text) {
    if (text.empty()) return std::string_view("", 0);
    char* at = take(text.size(), 1);
    std::memcpy(at, text.data(), text.size());
    return {at, text.size()};
  }
  template <class T>
  T* array(size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    T* at = reinterpret_cast<T*>(take(sizeof(T) * count, alignof(T)));
    for (size_t i = 0; i < count; ++i) new (at + i) T();
    return at;
  }
  size_t bytes() const { return bytes_; }

 private:
  static constexpr size_t kLargeChunk = size_t{2} << 20;  // a huge page

  char* take(size_t size, size_t align) {
    size_t start = (used_ + align - 1) & ~(align - 1);
    if (at_ == nullptr || start + size > capacity_) {
      grow(size);
      start = 0;
    }
    used_ = start + size;
    return at_ + start;
  }
  // Small workflows stay small; large ones take large chunks.
  void grow(size_t size) {
    if (bytes_ >= 4 * kLargeChunk && size <= kLargeChunk) {
      capacity_ = kLargeChunk;
      large_.push_back(base::allocate_large(capacity_));
      at_ = static_cast<char*>(large_.back());
    } else {
      capacity_ = std::max(size, std::clamp<size_t>(bytes_ / 8, 2048, size_t{1} << 20));
      chunks_.push_back(std::make_unique_for_overwrite<char[]>(capacity_));
      at_ = chunks_.back().get();
    }
    bytes_ += capacity_;
  }

  std::vector<std::unique_ptr<char[]>> chunks_;
  std::vector<void*> large_;
  char* at_ = nullptr;
  size_t used_ = 0, capacity_ = 0, bytes_ = 0;
};

}  // namespace engine
