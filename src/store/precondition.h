// precondition.h — the rule of Precondition, shared by the bodies of the store.
#pragma once
#include <cstdint>
#include <string>

#include "store/store.h"

namespace store {

// What is stored under a key now.
struct Present {
  uint64_t revision = 0;
  std::string uid;
};

// `present` is null when there is no such object.
base::Status check(const Precondition& precondition, const Key& key, const Present* present);

// The same for a put, which also may not turn a stored object into another one.
base::Status check_put(const Key& key, const std::string& uid, const Precondition& precondition,
                       const Present* present);

// What must hold whatever is stored: objects have a name and a uid, nothing holds a NUL where a
// text is looked up, no key is put or deleted twice. kInvalid else.
base::Status check_shape(const Batch& batch);

base::Error row_owner_not_found(const std::string& uid);

}  // namespace store
