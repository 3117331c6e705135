// large.h — vectors that may become hundreds of megabytes and are read at random places.
//
// Their memory asks the kernel for huge pages once it is large: of a gigabyte in small pages nearly
// each access at a random place must also look up where its page is. Small ones are as ever.
#pragma once
#include <cstddef>
#include <new>
#include <vector>

namespace base {

// From here on memory is aligned to, and asks for, huge pages.
inline constexpr size_t kLargeBytes = size_t{8} << 20;

// At least `bytes`, which is kLargeBytes or more; given back by free_large().
void* allocate_large(size_t bytes);
void free_large(void* at);

template <class T>
struct LargeAllocator {
  using value_type = T;
  LargeAllocator() = default;
  template <class U>
  LargeAllocator(const LargeAllocator<U>&) {}  // NOLINT: allocators convert

  T* allocate(size_t count) {
    const size_t bytes = count * sizeof(T);
    return static_cast<T*>(bytes < kLargeBytes ? ::operator new(bytes) : allocate_large(bytes));
  }
  void deallocate(T* at, size_t count) {
    if (count * sizeof(T) < kLargeBytes)
      ::operator delete(at);
    else
      free_large(at);
  }
  bool operator==(const LargeAllocator&) const = default;
};

template <class T>
using LargeVector = std::vector<T, LargeAllocator<T>>;

}  // namespace base
