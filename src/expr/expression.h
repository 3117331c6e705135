// expression.h — expr-lang with Argo's additions: compiled once, evaluated against an environment.
//
// What is not supported yet is refused by compile() with its place, never evaluated to something.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "text/value.h"

namespace expr {

// Gives the value of a top-level name ("inputs", "steps", "item", …) or nothing. Dotted variables
// of Argo's flat map become nested maps: where both "a" and "a.b" exist, "a" is dropped.
class Environment {
 public:
  virtual ~Environment() = default;
  virtual std::optional<text::Value> find(std::string_view name) const = 0;
};

// What makes an evaluation repeatable: time and chance come from the caller.
struct EvalContext {
  base::Time now;
  uint64_t random_seed = 0;
};

class Expression {
 public:
  // Errors are kInvalid; `where.column` is the offset in the source, from 1.
  static base::Result<std::shared_ptr<const Expression>> compile(std::string_view source);
  virtual ~Expression() = default;
  virtual base::Result<text::Value> evaluate(const Environment& environment, const EvalContext& context) const = 0;
  // Top-level and dotted names it reads ("steps.a.outputs.result", "item"), for lint and ordering.
  virtual const std::vector<std::string>& names() const = 0;
};

// A flat map of dotted variables as an Environment; what most callers need.
class FlatEnvironment;

}  // namespace expr
