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
// A text with all its mistakes, read on behind each of them where that can be done.
struct Reading {
  std::vector<Value> documents;  // of a key that is there twice the last value counts
  std::vector<base::Error>
      duplicates;                     // keys; Go's readers let them pass where they are not strict
  std::vector<base::Error> mistakes;  // all others; behind the last one nothing may be read
  bool sound() const { return duplicates.empty() && mistakes.empty(); }
};
// A tab in the indentation counts as the blanks that fit there best; places are those of the text
// as it stands. A value that is none (an unknown anchor, a bad tag) is null. At most 1,000
// mistakes.
Reading read_yaml(std::string_view source, std::string_view file);

// Block style, two spaces, keys in the map's order, as `kubectl -o yaml` lays it out; strings are
// quoted just when they would be read as something else.
std::string to_yaml(const Value& value);

}  // namespace text
