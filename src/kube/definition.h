// definition.h — CustomResourceDefinitions: what they must be, what they become, which kinds they
// make.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "kube/kind_registry.h"
#include "kube/store_api.h"

namespace kube {

inline constexpr std::string_view kDefinitions = "customresourcedefinitions.apiextensions.k8s.io";
inline constexpr std::string_view kCleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

// A definition that is built in here is kept and changes nothing: Argo's install manifests have
// those of its own kinds.
bool is_built_in(const text::Value& definition);

// The definition with its names, conditions and finalizer as Kubernetes fills them in, or what is
// wrong with it, a line "path: text" each (kInvalid). `old_object` is null for a new one.
base::Result<text::Value> completed_definition(const text::Value* old_object,
                                               text::Value definition, base::Time now,
                                               const KindRegistry& kinds, Warnings& warnings);

// Each version's kind, served or not. Empty where the definition is not established.
std::vector<std::shared_ptr<const CustomKind>> kinds_of_definition(const text::Value& definition);

}  // namespace kube
