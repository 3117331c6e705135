// decimal.h — arithmetic on floats as people write them: 0.1 + 0.2 is 0.3.
#pragma once
#include <span>

#include "base/error.h"

namespace expr {

enum class DecimalOperator { kAdd, kSubtract, kMultiply, kDivide };

// The values joined from left to right, each by its shortest decimal digits; sums and products are
// exact, a quotient has 16 places, rounded half away from zero. Errors: no finite number, division
// by zero, digits without end.
base::Result<double> decimal_fold(DecimalOperator op, std::span<const double> values);

}  // namespace expr
