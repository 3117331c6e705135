// field_filter.h — the query parameter `fields` of Argo's REST: which parts of an answer to keep.
//
// "metadata.name,items.status.phase" keeps these, "-status.nodes" drops that. A list is passed
// through: its items have the list's path.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "text/value.h"

namespace server {

class FieldFilter {
 public:
  // `prefix` is taken off each field ("result.object." of watches).
  explicit FieldFilter(std::string_view fields, std::string_view prefix = {});

  bool is_empty() const { return fields_.empty(); }
  // Will nothing at or below this path be in the answer?
  bool will_exclude(std::string_view path) const;
  // Will everything at and below this path be in it?
  bool keeps_all(std::string_view path) const;
  void apply(text::Value& value) const;
  // Appends what apply() keeps of `json`, the text of the value at `path`, which is not parsed: for
  // texts that have been written by us.
  void copy(std::string_view json, const std::string& path, std::string& out) const;

 private:
  void clean(text::Value& value, const std::string& path) const;

  std::vector<std::string> fields_;
  bool excludes_ = false;
};

}  // namespace server
