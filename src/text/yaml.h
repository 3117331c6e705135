// yaml.h — YAML text to Values and back, as Kubernetes tools read it.
//
// YAML 1.1 scalars as Go's yaml.v2/sigs.k8s.io/yaml resolve them (yes/on/0x1F/1_000/~/…, dates stay
// strings), anchors, aliases and merge keys, block scalars, several documents. A duplicate key, a
// tab in the indentation, an alias bomb are errors with their place. Limits: depth 1,000; expansion
// of aliases at most 10 MB beyond the source.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "text/value.h"

namespace text {

// All documents of the text; empty documents are left out. JSON is YAML, so JSON is accepted too
// (a text that starts with '{' goes through the faster JSON reader). `file` goes into the errors.
base::Result<std::vector<Value>> parse_yaml(std::string_view source, std::string_view file);
// The same, but a duplicate key is no reason to stop: it is told in `duplicates`, and its last
// value counts, as where Go's readers are not strict.
base::Result<std::vector<Value>> parse_yaml(std::string_view source, std::string_view file,
                                            std::vector<base::Error>& duplicates);

// Block style, two spaces, keys in the map's order, as `kubectl -o yaml` lays it out; strings are
// quoted just when they would be read as something else.
std::string to_yaml(const Value& value);

}  // namespace text
