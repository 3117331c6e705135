// stored_templates.h — the templates of a store, for model::StoredTemplates.
#pragma once
#include <string>

#include "kube/api.h"
#include "model/stored_templates.h"

namespace kube {

// Reads WorkflowTemplates of that namespace, and ClusterWorkflowTemplates. `api` must live as long.
model::StoredTemplates::Source stored_templates(Api& api, std::string namespace_);

}  // namespace kube
