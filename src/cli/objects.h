// objects.h — objects that are kept, by Kubernetes REST: apply, get and delete. ConfigMaps,
// Secrets, templates and the like; not workflows.
#pragma once
#include <string>
#include <vector>

#include "cli/session.h"

namespace cli {

// Whether the arguments name such objects: "configmap/x", "secrets/y", or "configmap x y".
bool names_objects(const std::vector<std::string>& arguments);
// Of --filename, or of the arguments.
base::Result<int> apply_objects(Session& session);
base::Result<int> get_objects(Session& session);
base::Result<int> delete_objects(Session& session);

}  // namespace cli
