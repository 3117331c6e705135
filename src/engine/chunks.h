// chunks.h — a vector that never moves its elements: chunks of a fixed size, found by shifting.
//
// References stay valid while it grows, growing copies nothing, and little room is kept in
// reserve. Chunks come from slabs that grow with the vector: of a large one each is a huge page.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

#include "base/large.h"

namespace engine {

template <class T>
class Chunks {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  Chunks() = default;
  Chunks(const Chunks&) = delete;
  Chunks& operator=(const Chunks&) = delete;
  ~Chunks() {
    for (void* slab : large_slabs_) base::free_large(slab);
  }

  T& operator[](size_t index) { return chunks_[index >> kShift][index & kMask]; }
  const T& operator[](size_t index) const { return chunks_[index >> kShift][index & kMask]; }
  size_t size() const { return size_; }
  T& back() { return (*this)[size_ - 1]; }
  void push_back(const T& item) {
    if (size_ >> kShift == chunks_.size()) grow();
    new (&(*this)[size_]) T(item);
    ++size_;
  }
  // The element is touched soon. Any index will do.
  void fetch(size_t index) const {
    if (index >= size_) return;
    const char* at = reinterpret_cast<const char*>(&(*this)[index]);
    for (size_t line = 0; line < sizeof(T); line += 64) __builtin_prefetch(at + line, 1);
  }

 private:
  static constexpr size_t kShift = 4, kChunk = size_t{1} << kShift, kMask = kChunk - 1;
  static constexpr size_t kHugePage = size_t{2} << 20;
  static constexpr size_t kChunksOfHugePage = kHugePage / (kChunk * sizeof(T));

  void grow() {
    const size_t wanted = chunks_.size() / 8 + 1;
    T* at;
    if (wanted < kChunksOfHugePage) {
      slabs_.push_back(std::make_unique_for_overwrite<std::byte[]>(wanted * kChunk * sizeof(T)));
      at = reinterpret_cast<T*>(slabs_.back().get());
    } else {
      large_slabs_.push_back(base::allocate_large(kHugePage));
      at = static_cast<T*>(large_slabs_.back());
    }
    for (size_t i = 0; i < std::min(wanted, kChunksOfHugePage); ++i)
      chunks_.push_back(at + i * kChunk);
  }

  std::vector<T*> chunks_;
  std::vector<std::unique_ptr<std::byte[]>> slabs_;
  std::vector<void*> large_slabs_;
  size_t size_ = 0;
};

}  // namespace engine
