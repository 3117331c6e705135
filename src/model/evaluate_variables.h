// evaluate_variables.h — the variables of a workflow, as `argo eval` sees them. Internal to model/.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "text/value.h"

namespace model {

// By their dotted names. A null is a variable that is known to be absent.
using Variables = std::map<std::string, text::Value, std::less<>>;

// Takes maps apart: "a" of {b: 1} becomes "a.b".
void add_variable(Variables& variables, const std::string& name, const text::Value& value);
// What every template sees, and what its root sees of its steps or tasks.
void add_workflow_variables(const text::Value& workflow, Variables& variables);
// What a node (by id, name or display name), or a template that has not run, sees besides. Fails
// with kNotFound.
base::Status add_node_variables(const text::Value& workflow, std::string_view node,
                                Variables& variables);

}  // namespace model
