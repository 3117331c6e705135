// chunks.h — a vector that never moves its elements: chunks of a fixed size, found by shifting.
//
// References stay valid while it grows, growing copies nothing, and no room for half of the
// elements is kept in reserve.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace engine {

template <class T>
class Chunks {
 public:
  T& operator[](size_t index) { return chunks_[index >> kShift][index & kMask]; }
  const T& operator[](size_t index) const { return chunks_[index >> kShift][index & kMask]; }
  size_t size() const { return size_; }
  T& back() { return (*this)[size_ - 1]; }
  void push_back(const T& item) {
    if ((size_ & kMask) == 0) chunks_.push_back(std::make_unique<T[]>(kMask + 1));
    (*this)[size_++] = item;
  }

 private:
  static constexpr size_t kShift = 6, kMask = (size_t{1} << kShift) - 1;
  std::vector<std::unique_ptr<T[]>> chunks_;
  size_t size_ = 0;
};

}  // namespace engine
