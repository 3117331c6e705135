// jq.h — filters of the jq language, as `valueFrom.jqFilter` of a resource's outputs has them.
//
// An evaluator of our own: each evaluation is bounded in steps, depth and memory, sees nothing of
// the machine (no env, no input, no modules), and prints as Argo's evaluator (gojq) does. Not
// there: numbers beyond 64 bits, strptime, localtime, modules, the SQL and streaming words.
// Source: the jq 1.7 manual.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "text/value.h"

namespace expr {

struct JqNode;

// Parsed once; immutable, so safe to share.
class JqFilter {
 public:
  // Errors: kInvalid with line 1 and the column.
  static base::Result<JqFilter> parse(std::string_view source);

  // All results, a line each: strings as they are, others as JSON; white space at both ends is cut.
  // `now` is what the filter's `now` gives. Errors: kInvalid with what the filter says.
  base::Result<std::string> run(const text::Value& input, base::Time now = {}) const;

 private:
  std::shared_ptr<const JqNode> root_;
};

}  // namespace expr
