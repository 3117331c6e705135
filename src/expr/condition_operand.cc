#include "expr/condition_operand.h"

#include <algorithm>

#include "expr/number_text.h"

namespace expr {

using Type = ConditionOperand::Type;

std::string shown(const ConditionOperand& value) {
  switch (value.type) {
    case Type::kNil:
      return "<nil>";
    case Type::kBool:
      return value.boolean ? "true" : "false";
    case Type::kNumber:
      return go_float(value.number);
    case Type::kString:
      return std::string(value.text);
    case Type::kList:
      break;
  }
  std::string out = "[";
  for (const ConditionOperand& item : value.list) {
    if (out.size() > 1) out += ' ';
    out += shown(item);
  }
  return out + "]";
}

bool equal(const ConditionOperand& a, const ConditionOperand& b) {
  if (a.type != b.type) return false;
  switch (a.type) {
    case Type::kNil:
      return true;
    case Type::kBool:
      return a.boolean == b.boolean;
    case Type::kNumber:
      return a.number == b.number;
    case Type::kString:
      return a.text == b.text;
    case Type::kList:
      return a.list.size() == b.list.size() &&
             std::equal(a.list.begin(), a.list.end(), b.list.begin(), equal);
  }
  return false;
}

}  // namespace expr
