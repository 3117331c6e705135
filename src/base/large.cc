#include "base/large.h"

#include <sys/mman.h>

#include <cstdlib>

namespace base {

void* allocate_large(size_t bytes) {
  constexpr size_t kHugePage = size_t{2} << 20;
  const size_t rounded = (bytes + kHugePage - 1) & ~(kHugePage - 1);
  void* at = std::aligned_alloc(kHugePage, rounded);
  if (at == nullptr) throw std::bad_alloc();
  // A wish: where the kernel has none, small pages do as well.
  (void)madvise(at, rounded, MADV_HUGEPAGE);
  return at;
}

void free_large(void* at) { std::free(at); }

}  // namespace base
