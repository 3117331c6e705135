// nesting.h — how deep lists and maps may stand inside of each other.
#pragma once

namespace text {

// Destructors, comparisons and printers of values call themselves once a level: what users write,
// and what their expressions make of it, is refused beyond this.
inline constexpr int kNestingMost = 1000;

}  // namespace text
