// workflow_view.h — a Workflow as clients read it: the stored object with status.nodes assembled
// from its rows.
//
// Up to kNodesInline nodes stand in every answer. Above that a list or a watch leaves them out and
// sets status.offloadNodeStatusVersion, as Argo does with nodes in its database; a get streams
// them.
#pragma once
#include <optional>
#include <string>

#include "base/error.h"
#include "kube/store_api.h"
#include "server/call.h"
#include "server/field_filter.h"

namespace server {

inline constexpr size_t kNodesInline = 2000;

// {"<id>": {…}, …}; nothing when there are more than kNodesInline.
base::Result<std::optional<std::string>> small_nodes_json(kube::StoreApi& api,
                                                          const std::string& uid);

// For lists and watches. Rows are read only when the filter keeps nodes. When
// `is_large` is given it is what an earlier call found out: rows are not counted again.
base::Result<std::string> view_json(kube::StoreApi& api, const store::Object& object,
                                    const FieldFilter& filter, bool* is_large = nullptr);

// For a get: answers the call, streaming when there are many nodes.
void answer_workflow(kube::StoreApi& api, const store::Object& object, const FieldFilter& filter,
                     const Call& call);

}  // namespace server
