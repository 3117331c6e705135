// yaml_scalar.h — what a plain YAML 1.1 scalar means to Kubernetes tools.
//
// The rules are those of Go's yaml.v2 under sigs.k8s.io/yaml: y/yes/on/true in three spellings,
// integers with 0x, 0o, 0b, a leading 0 (octal) and underscores, decimal floats, .inf and .nan.
// No base-60 numbers; timestamps are strings. Used by the reader and by the writer (to quote).
#pragma once
#include <string_view>

#include "text/value.h"

namespace text {

enum class ScalarKind { kNull, kBool, kInt, kFloat, kInfinite, kString };

struct PlainScalar {
  ScalarKind kind = ScalarKind::kString;
  // The value; for kInfinite (also NaN), which JSON has no number for, and kString: the text.
  Value value;
};

PlainScalar resolve_plain(std::string_view text);

}  // namespace text
