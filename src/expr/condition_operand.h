// condition_operand.h — the values of a `when`; used by condition*.cc alone.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace expr {

struct ConditionOperand {
  enum class Type : uint8_t { kNil, kBool, kNumber, kString, kList };
  Type type = Type::kNil;
  bool boolean = false;
  double number = 0;
  std::string_view text = {};
  std::vector<ConditionOperand> list = {};

  static ConditionOperand of(bool value) { return {.type = Type::kBool, .boolean = value}; }
  static ConditionOperand of(double value) { return {.type = Type::kNumber, .number = value}; }
  static ConditionOperand of(std::string_view value) {
    return {.type = Type::kString, .text = value};
  }
  bool is(Type t) const { return type == t; }
};

// As messages and sums of texts have it.
std::string shown(const ConditionOperand& value);
bool equal(const ConditionOperand& a, const ConditionOperand& b);

}  // namespace expr
