// expression.h — expr-lang with Argo's additions: compiled once, evaluated against an environment.
//
// What is not supported yet is refused by compile() with its place, never evaluated to something.
// Types are expr-lang's: numbers of the environment are floats, literals are ints or floats.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "text/value.h"

namespace expr {

class Value;  // typed values of the language: value.h

// Gives the value of a top-level name ("inputs", "steps", "item", …) or nothing.
class Environment {
 public:
  virtual ~Environment() = default;
  // A null Value is a variable that is known to be absent (the output of a skipped node).
  virtual std::optional<text::Value> find(std::string_view name) const = 0;
  // The same with a type that JSON does not have (a time, an int); false: as find() has it. Whether
  // a variable exists is asked of find() alone.
  virtual bool find_typed(std::string_view /*name*/, Value& /*out*/) const { return false; }
  // The top-level names; only `$env` as a whole asks for them.
  virtual std::vector<std::string> names() const { return {}; }
  // Whether Argo's additions are there beside the variables: sprig, asInt, jsonpath and the like.
  virtual bool has_argo_functions() const { return true; }
  // Whether some value is one of validation's placeholders: then what fails may stay unresolved.
  virtual bool has_placeholder() const { return false; }
};

// A flat map of dotted variables as an Environment; what most callers need. Dotted names become
// nested maps: where both "a" and "a.b" are set, "a" is dropped (util/expand in Argo).
class FlatEnvironment : public Environment {
 public:
  // `name` as in a tag: "inputs.parameters.x".
  void set(std::string name, text::Value value);
  std::optional<text::Value> find(std::string_view name) const override;
  std::vector<std::string> names() const override;
  bool has_placeholder() const override;

 private:
  std::map<std::string, text::Value, std::less<>> variables_;
};

// What one evaluation may use; more is an error.
struct EvalLimits {
  uint64_t items = 1'000'000;  // of lists and maps in all, as in expr-lang
  uint64_t bytes = 64 << 20;   // of texts in all
  int64_t steps = 20'000'000;  // evaluated nodes and calls
  uint32_t slow_ms = 4000;     // about, in functions that are slow by their nature (keys)
};

// What makes an evaluation repeatable: time and chance come from the caller.
struct EvalContext {
  base::Time now;
  uint64_t random_seed = 0;
  EvalLimits limits = {};
};

// Where an evaluation failed: in the checks before it ran (unknown names, types), or on its way.
enum class Stage : uint8_t { kCompile, kRun };

struct Tree;  // ast.h

class Expression {
 public:
  // Errors are kInvalid (kUnsupported for a function that is not there yet); `where.line` and
  // `where.column` are the place in the source, from 1.
  static base::Result<std::shared_ptr<const Expression>> compile(std::string_view source);
  virtual ~Expression() = default;
  // The result as JSON would have it.
  virtual base::Result<text::Value> evaluate(const Environment& environment,
                                             const EvalContext& context) const = 0;
  // The result with its type; `stage`, when given, is set where an Error is returned.
  virtual base::Result<Value> run(const Environment& environment, const EvalContext& context,
                                  Stage* stage) const = 0;
  // What Argo counts as the variables it needs: identifiers and member paths ("steps",
  // "steps.a", …), children first, without members guarded by ?? and ?.
  virtual const std::vector<std::string>& names() const = 0;
  virtual const Tree& tree() const = 0;
};

// Whether `name` ("inputs.parameters.x", as in names()) has a value in the environment, null too.
bool has_variable(const Environment& environment, std::string_view name);

}  // namespace expr
