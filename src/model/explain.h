// explain.h — `argo explain workflow.spec.templates.retryStrategy`: the field tables, to read.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "model/field.h"

namespace model {

// `path` begins with a kind ("workflow", "wf", "pod", …) or any type of the tables
// ("RetryStrategy"); then fields, with dots. Lists and maps are passed through. The layout is that
// of `kubectl explain`; `recursive` lists the names of all fields below instead of their help.
// Fails with kNotFound and a hint of the nearest name.
base::Result<std::string> explain(std::string_view path, bool recursive = false);

// What is said of a field that does not act: "not supported yet". "" for those that do.
std::string_view treatment_note(Treatment treatment);

}  // namespace model
