// contents.h — what goes with a namespace or a CustomResourceDefinition that is deleted.
#pragma once
#include <atomic>

#include "kube/store_api.h"
#include "kube/tombstone.h"

namespace kube {

// Deletes in bounded slices what lies in the namespace, or is of the definition, and then the
// holder itself. True when it is gone; false: something still waits for others (finalizers, pods
// that end): again in a while. Called by the garbage collector for notes of Mode::kContents.
base::Result<bool> remove_contents(StoreApi& api, const Tombstone& note,
                                   const std::atomic<bool>& stopping);

// A namespace that every cluster has.
bool is_protected_namespace(std::string_view name);

}  // namespace kube
