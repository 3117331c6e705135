// arena.h — memory that only grows, for the many small strings and arrays of a State.
//
// What is kept lives as long as the arena. No destructors run: only trivial types go in.
#pragma once
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

namespace engine {

class Arena {
 public:
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
  char* take(size_t size, size_t align) {
    size_t start = (used_ + align - 1) & ~(align - 1);
    if (chunks_.empty() || start + size > capacity_) {
      // Small workflows stay small; large ones take large chunks.
      const size_t wanted = bytes_ < 4096 ? 4096 : bytes_ < (1u << 20) ? bytes_ : (1u << 20);
      capacity_ = size > wanted ? size : wanted;
      chunks_.push_back(std::make_unique_for_overwrite<char[]>(capacity_));
      bytes_ += capacity_;
      start = 0;
    }
    used_ = start + size;
    return chunks_.back().get() + start;
  }

  std::vector<std::unique_ptr<char[]>> chunks_;
  size_t used_ = 0, capacity_ = 0, bytes_ = 0;
};

}  // namespace engine
