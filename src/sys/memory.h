// memory.h — what the allocator keeps for later.
#pragma once

namespace sys {

// Gives free memory back to the system. Takes milliseconds: for when nothing is to be done.
void release_free_memory();

}  // namespace sys
