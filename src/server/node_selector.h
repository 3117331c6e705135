// node_selector.h — which nodes of a workflow a person means: nodeFieldSelector of Argo's REST.
//
// Keys: displayName, templateName, phase, name, id, templateRef.name, templateRef.template,
// inputs.parameters.<name>.value.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/event.h"
#include "kube/store_api.h"

namespace server {

// kInvalid unless `selector` can say which nodes shall not begin: one of `phase` cannot.
base::Status check_hold(std::string_view selector);

// Those that `resume` lets go on: Suspend nodes that wait, and nodes that a person holds back. None
// is no error.
base::Result<std::vector<std::string>> find_resumable(kube::StoreApi& api, const std::string& uid,
                                                      std::string_view selector,
                                                      const std::vector<std::string>& output_names);

// Ids of the running Suspend nodes that match. `output_names` must be outputs that each of them
// waits for. Errors are worded as Argo's.
base::Result<std::vector<std::string>> find_suspended(kube::StoreApi& api, const std::string& uid,
                                                      std::string_view selector,
                                                      const std::vector<std::string>& output_names);

// What `node set` means in a workflow that runs: the Suspend nodes that wait and match, as in Argo;
// where there are none, the other nodes that match and are open or have failed. Whether they can be
// set is for the engine to say.
base::Result<std::vector<std::string>> find_settable(kube::StoreApi& api, const std::string& uid,
                                                     std::string_view selector,
                                                     const std::vector<std::string>& output_names);

// The same of nodes of all kinds, by their rows, which are given in order. Empty: none matches.
base::Result<std::vector<engine::NodeId>> find_nodes(const std::vector<std::string>& rows,
                                                     std::string_view selector);

}  // namespace server
