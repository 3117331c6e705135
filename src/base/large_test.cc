#include "base/large.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <numeric>

namespace base {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

bool is_aligned(const void* at) { return reinterpret_cast<uintptr_t>(at) % kHugePage == 0; }

TEST(Large, MemoryIsAlignedFromTheBorderOn) {
  LargeAllocator<uint64_t> allocator;
  constexpr size_t kBorder = kLargeBytes / sizeof(uint64_t);
  for (const size_t count : {kBorder, kBorder + 1, kBorder + kBorder / 8 + 5}) {
    uint64_t* const at = allocator.allocate(count);
    EXPECT_TRUE(is_aligned(at)) << count;
    at[0] = 1;
    at[count - 1] = 2;
    EXPECT_EQ(at[0] + at[count - 1], 3u);
    allocator.deallocate(at, count);
  }
  // Below it is memory as ever: to be had and given back in any size.
  for (const size_t count : {size_t{0}, size_t{1}, kBorder - 1}) {
    uint64_t* const at = allocator.allocate(count);
    if (count > 0) std::memset(at, 1, count * sizeof *at);
    allocator.deallocate(at, count);
  }
}

TEST(Large, AVectorKeepsItsContentsAcrossTheBorder) {
  LargeVector<uint32_t> grown;
  constexpr uint32_t kCount = kLargeBytes / sizeof(uint32_t) + 3;
  for (uint32_t i = 0; i < kCount; ++i) grown.push_back(i);
  EXPECT_TRUE(is_aligned(grown.data()));
  EXPECT_EQ(std::accumulate(grown.begin(), grown.end(), uint64_t{0}),
            uint64_t{kCount} * (kCount - 1) / 2);
  grown.resize(10);
  grown.shrink_to_fit();
  const LargeVector<uint32_t> copy = grown;
  EXPECT_EQ(copy, (LargeVector<uint32_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

}  // namespace
}  // namespace base
