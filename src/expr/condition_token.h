// condition_token.h — the words of a `when`; used by condition.cc alone.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace expr {

struct ConditionToken {
  enum class Kind : uint8_t {
    kStart,
    kClause,
    kClauseClose,
    kNumber,
    kBool,
    kString,
    kTime,
    kPattern,
    kVariable,
    kAccessor,
    kModifier,
    kComparator,
    kLogical,
    kPrefix,
    kTernary,
    kSeparator,
    kSlot,  // the place of a tag: a variable, or a quoted string
  };
  Kind kind = Kind::kStart;
  std::string text;   // operators by their symbol
  double number = 0;  // kNumber; kTime: Unix seconds; kBool: 0 or 1
  uint32_t slot = 0;  // kSlot: which one
};

// A character that stands for a tag's value in the text to be split: it is one no text has, for
// the slots' order says which tag it is.
inline constexpr char kSlotMark = '\x01';

// Splits the text and checks that each token may follow the one before. Errors are kInvalid.
base::Result<std::vector<ConditionToken>> split_condition(std::string_view text);

// The number of a quoted text that looks like a date, as Unix seconds; false: it does not.
bool condition_time(std::string_view text, double& seconds);

}  // namespace expr
