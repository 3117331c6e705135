// kinds.h — the table of kinds that we keep, and their REST paths.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "kube/api.h"

namespace kube {

// All of them: Argo's and the core ones.
std::span<const Kind> kinds();

// As in a REST path: group "" and version "v1" for the core group. Null when unknown.
const Kind* find_resource(std::string_view group, std::string_view version,
                          std::string_view plural);

// For kinds that the code names itself: must exist.
const Kind& kind_of(std::string_view plural);

// "/api/v1/namespaces/argo/pods/x", "/apis/argoproj.io/v1alpha1/workflows" (empty namespace: all).
// Namespace and name are percent-encoded.
std::string rest_path(const Kind& kind, std::string_view namespace_, std::string_view name = {});

}  // namespace kube
