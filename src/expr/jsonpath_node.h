// jsonpath_node.h — a JSONPath template as it was parsed; used by resource_jsonpath*.cc alone.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace expr {

struct JsonPathNode {
  enum class Kind : uint8_t {
    kList,        // one {action}: `lists[0]`, each step applied to what the one before gave
    kText,        // `text`
    kField,       // `text`
    kSlice,       // `bounds`: [a:b:step]
    kFilter,      // [?(lists[0] text lists[1])]; `text` is the operator or "exists"
    kWhole,       // `whole`
    kFloat,       // `real`
    kBool,        // `whole`
    kWildcard,    // .*
    kRecursive,   // ..
    kUnion,       // [a,b]: `lists`
    kIdentifier,  // range, end: `text`
  };
  struct Bound {
    int64_t value = 0;
    bool known = false;
    bool derived = false;  // the end of a single index
  };
  Kind kind = Kind::kText;
  std::string text = {};
  int64_t whole = 0;
  double real = 0;
  std::array<Bound, 3> bounds = {};
  std::vector<std::vector<JsonPathNode>> lists = {};
};

// Top-level nodes are texts and lists. Errors: kInvalid with line 1 and the column.
base::Result<std::vector<JsonPathNode>> parse_jsonpath(std::string_view source);

}  // namespace expr
