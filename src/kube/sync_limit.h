// sync_limit.h — the limits of database semaphores: the rows of Argo's table sync_limit, in the
// store. Set by `argo sync`, read and watched by control.
//
// A row has Argo's name, "<namespace>/<key>", and its columns; the namespace need not exist. No
// Kubernetes object: nothing of it is seen under /api or /apis.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "store/store.h"

namespace kube {

inline constexpr std::string_view kSyncLimits = "synclimits";  // the store's resource

struct SyncLimit {
  std::string namespace_, key;
  int64_t limit = 0;
};

// kNotFound when nobody has set it.
base::Result<SyncLimit> get_sync_limit(const store::Store& store, const std::string& namespace_,
                                       const std::string& key);
// Empty namespace: all.
base::Result<std::vector<SyncLimit>> list_sync_limits(const store::Store& store,
                                                      const std::string& namespace_);
// kAlreadyExists, kNotFound: as the row must not, or must, be there.
base::Status create_sync_limit(store::Store& store, const SyncLimit& limit);
base::Status update_sync_limit(store::Store& store, const SyncLimit& limit);
base::Status remove_sync_limit(store::Store& store, const std::string& namespace_,
                               const std::string& key);

}  // namespace kube
