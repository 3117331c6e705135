// decimal.h — sums and products of floats as people write them: 0.1 + 0.2 is 0.3.
#pragma once
#include "base/error.h"

namespace expr {

// The result of the decimal arithmetic on the shortest digits of both; division to 16 places.
double decimal_add(double a, double b);
double decimal_subtract(double a, double b);
double decimal_multiply(double a, double b);
base::Result<double> decimal_divide(double a, double b);

}  // namespace expr
