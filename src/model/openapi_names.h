// openapi_names.h — what types are called in OpenAPI documents: as Kubernetes and Argo call them.
#pragma once
#include <string>
#include <string_view>

#include "model/schema.h"

namespace model {

// "io.k8s.api.core.v1.Pod", "io.argoproj.workflow.v1alpha1.Template".
std::string definition_name(const SchemaType& type);

// Of a kind that no table has: "io.argoproj.v1alpha1.Sensor".
std::string definition_name(std::string_view group, std::string_view version,
                            std::string_view kind);

}  // namespace model
