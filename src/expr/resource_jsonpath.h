// resource_jsonpath.h — JSONPath templates as `kubectl get -o jsonpath=` fills them.
//
// `valueFrom.jsonPath` of a resource's outputs: "{.status.phase}", "{range .items[*]}{.x},{end}",
// filters, slices, unions, "..". Keys that are not there give nothing. Not the jsonpath() function
// of expressions, which has another syntax. Source: Kubernetes docs "JSONPath Support".
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "expr/json_numbers.h"
#include "text/value.h"

namespace expr {

struct JsonPathNode;

// Parsed once; immutable, so safe to share.
class ResourceJsonPath {
 public:
  // Errors: kInvalid with line 1 and the column.
  static base::Result<ResourceJsonPath> parse(std::string_view source);

  // The filled template. Errors: kInvalid; an index out of bounds, a comparison of different types,
  // more than a million values or 64 MiB of text.
  base::Result<std::string> fill(const text::Value& object,
                                 JsonNumbers numbers = JsonNumbers::kWhole) const;

 private:
  std::shared_ptr<const std::vector<JsonPathNode>> nodes_;
};

}  // namespace expr
