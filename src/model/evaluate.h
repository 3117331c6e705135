// evaluate.h — one expression, text or `when`, evaluated against a workflow as it is: `argo eval`,
// and the evaluator of the UI.
//
// Variables come from the workflow (its metadata, arguments and status), from one of its nodes (its
// inputs and outputs, the steps or tasks beside it), and from the caller, whose win. What Argo
// replaces by values that are known while it runs only (item, retries of a pod) is the caller's.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostic.h"
#include "base/time.h"
#include "text/value.h"

namespace model {

struct EvaluateRequest {
  enum class Form : uint8_t {
    kDetect,      // a text where it holds {{, else an expression
    kExpression,  // without {{= and }}
    kText,        // with {{tags}} and {{=expressions}}
    kWhen         // the condition of a step or task
  };
  std::string source;
  Form form = Form::kDetect;
  const text::Value* workflow = nullptr;  // an object, with or without status; may be null
  std::string node;                       // id, name or display name of a node; or a template
  // Dotted names, as in a tag. Maps are taken apart: {inputs: {parameters: {x: 1}}}.
  std::vector<std::pair<std::string, text::Value>> variables;
  base::Time now = {};
  uint64_t seed = 0;  // for functions of chance
};

struct Evaluated {
  bool good = false;
  text::Value value;  // as JSON has it
  std::string type;   // Go's name: "string", "bool", "int", "[]interface {}"
  // Errors when it is not good, else warnings. Places are lines and columns of the source.
  base::Diagnostics found;
  // Known variables, those that are nearest to the unknown ones first; at most kNamesMost.
  std::vector<std::string> names;
  static constexpr size_t kNamesMost = 20;
};

// Fails with kNotFound when there is no such node; what is wrong with the source is in `found`.
base::Result<Evaluated> evaluate(const EvaluateRequest& request);

// {"good", "value", "type", "findings": [{severity, rule, line, column, message, hint}], "names"}.
text::Value to_value(const Evaluated& result);

// "expression", "text", "when"; "" is kDetect. kInvalid for other words.
base::Result<EvaluateRequest::Form> parse_form(std::string_view word);

}  // namespace model
