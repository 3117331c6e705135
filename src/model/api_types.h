// api_types.h — which type of the field tables an object of Kubernetes has.
#pragma once
#include <string_view>

#include "model/schema.h"

namespace model {

// By apiVersion and kind, as ("apps/v1", "Deployment"). Null for what is not built into Kubernetes,
// Argo's kinds too: they are merged and applied like custom resources there.
const SchemaType* find_api_type(std::string_view api_version, std::string_view kind);

}  // namespace model
