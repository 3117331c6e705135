// store_watch.h — a watch of StoreApi: a store's changes, seen through selectors.
#pragma once
#include <memory>
#include <string_view>

#include "kube/store_api.h"

namespace kube {

base::Result<std::unique_ptr<Watch>> watch_store(StoreApi& api, const Kind& kind,
                                                 std::string_view namespace_,
                                                 const ListOptions& options,
                                                 std::string_view resource_version);

}  // namespace kube
