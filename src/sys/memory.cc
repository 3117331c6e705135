#include "sys/memory.h"

#include <malloc.h>

// Of tcmalloc, in the programs that are linked with it.
extern "C" __attribute__((weak)) void MallocExtension_ReleaseFreeMemory();

namespace sys {

void release_free_memory() {
  if (MallocExtension_ReleaseFreeMemory != nullptr)
    MallocExtension_ReleaseFreeMemory();
  else
    malloc_trim(0);
}

}  // namespace sys
