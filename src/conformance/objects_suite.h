// objects_suite.h — what an API server and its clients do to objects: patches, defaults, applies.
#pragma once
#include "conformance/suite.h"

namespace conformance {

// three_way_patch.json: what `kubectl apply` sends, and what comes of it.
base::Status run_three_way_patch(const std::string& folder, const Report& report);
// k8s_defaults.json: what is filled in.
base::Status run_k8s_defaults(const std::string& folder, const Report& report);
// diff_structured_merge.json: what server-side apply makes of a live object.
base::Status run_diff_structured_merge(const std::string& folder, const Report& report);

}  // namespace conformance
