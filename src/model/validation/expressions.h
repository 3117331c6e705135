// expressions.h — {{=expressions}}, conditions and the fields that hold an expression alone.
//
// Argo's validation does not look at them: what is wrong is told as a warning, with the place in
// the text. Their variables are those of the scope in which the value stands.
#pragma once
#include <string>

#include "model/validation/validator.h"

namespace model {

// Looks at every string in the value: the expressions in its tags, and the fields that are
// expressions by their name (when, expression, fromExpression). `below` is its path in the site.
void check_expressions(Validator& run, const text::Value& value, const Scope& scope,
                       const Site& site, const std::string& below);

// The conditions of a CronWorkflow: `when` and `stopStrategy.expression` of its spec. Which
// variables they have is not asked.
void check_cron_conditions(Validator& run, const text::Value& spec, const Site& site);

}  // namespace model
