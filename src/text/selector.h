// selector.h — label and field selectors of Kubernetes.
//
// Labels: "a=b,c!=d,e in (f,g),h notin (i),j,!k". Fields: "metadata.name=x,status.phase!=Running".
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace text {

struct Requirement {
  enum class Operator {
    kEquals,
    kNotEquals,
    kIn,
    kNotIn,
    kExists,
    kDoesNotExist,
    kGreaterThan,
    kLessThan
  };
  std::string key;
  Operator op = Operator::kEquals;
  std::vector<std::string> values;

  // `value` is absent when the object has no such label or field.
  bool matches(std::optional<std::string_view> value) const;
};

// All requirements must match; no requirements match everything.
class Selector {
 public:
  Selector() = default;
  explicit Selector(std::vector<Requirement> requirements)
      : requirements_(std::move(requirements)) {}
  static base::Result<Selector> parse_labels(std::string_view text);
  static base::Result<Selector> parse_fields(std::string_view text);

  // Gives the value of a key, or nothing.
  using Lookup = std::function<std::optional<std::string_view>(std::string_view key)>;
  bool matches(const Lookup& lookup) const;
  bool empty() const { return requirements_.empty(); }
  const std::vector<Requirement>& requirements() const { return requirements_; }

 private:
  std::vector<Requirement> requirements_;
};

}  // namespace text
