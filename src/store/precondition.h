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

// What must hold for every put, whatever its precondition: it has a name and a uid, and does not
// turn a stored object into another one.
base::Status check_put(const PutObject& put, const Present* present);

// Does `labels` satisfy the selector?
bool matches(const text::Selector& selector, const Labels& labels);

}  // namespace store
