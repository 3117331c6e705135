// power.h — x to the power of y, to the last digit as expr-lang has it.
#pragma once

namespace expr {

// Go's math.Pow: by repeated squaring, so that its last digits are other ones than std::pow's.
double go_power(double x, double y);

}  // namespace expr
