// memory.h — the store without a disk: for tests and simulations. The same semantics as sqlite.h.
#pragma once
#include <memory>

#include "store/store.h"

namespace store {

std::unique_ptr<Store> make_memory_store();

}  // namespace store
