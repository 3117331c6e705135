// kube_lists.h — Kubernetes' lists over HTTP: selectors, pages, how new they must be, and the forms
// in which they are shown.
#pragma once
#include <string>

#include "kube/store_api.h"
#include "server/call.h"
#include "server/view.h"

namespace server {

// labelSelector, fieldSelector, limit, continue.
kube::ListOptions list_options(const Call& call);

// kInvalid (400) where the call's field selector names a field by which this kind is not selected.
base::Status check_field_selector(const kube::Kind& kind, const Call& call);

// A list of what is there, in the form that Accept asks for. resourceVersionMatch: NotOlderThan
// always holds for a revision that there has been; Exact for one since which nothing of this kind
// has changed, else 410 as of a compacted history. Pages show what is there when they are made;
// all of them carry the revision of the first, from which a watch misses nothing.
void answer_list(kube::StoreApi& api, const kube::Kind& kind, const std::string& namespace_,
                 const View& view, Call& call);

// Kubernetes' 504 for a revision that is still to come.
void refuse_future(uint64_t wanted, uint64_t present, const Call& call);

}  // namespace server
