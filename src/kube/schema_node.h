// schema_node.h — a structural schema taken apart. Internal to kube/structural_schema.cc and
// kube/schema_check.cc.
#pragma once
#include <re2/re2.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kube/structural_schema.h"

namespace kube {

struct StructuralSchema::Node {
  enum class ListType : uint8_t { kAtomic, kSet, kMap };

  std::string type;  // "": any
  std::string format;
  std::map<std::string, std::unique_ptr<Node>, std::less<>> properties;
  std::unique_ptr<Node> items, additional;  // of a list, of a map's free members
  bool allows_additional = false;           // additionalProperties: true
  bool preserves_unknown = false, is_int_or_string = false, is_resource = false;
  bool nullable = false;
  std::optional<text::Value> default_value;
  std::vector<std::string> required;
  std::vector<text::Value> words;  // enum
  std::optional<double> minimum, maximum, multiple_of;
  bool above_minimum = false, below_maximum = false;  // the limits themselves are out
  std::optional<int64_t> length_min, length_max, items_min, items_max, members_min, members_max;
  bool unique_items = false;
  std::unique_ptr<const re2::RE2> pattern;
  std::vector<std::unique_ptr<Node>> all_of, any_of, one_of;
  std::unique_ptr<Node> none_of;  // not
  ListType list_type = ListType::kAtomic;
  std::vector<std::string> list_keys;
};

// Appends what is wrong with the value at `path` ("" for the whole object).
void check_against(const StructuralSchema::Node& node, const text::Value& value,
                   const std::string& path, std::vector<Cause>& out);

}  // namespace kube
