#include "expr/power.h"

#include <cmath>
#include <cstdint>

namespace expr {
namespace {

// The cases that are known without computing are those of C's pow.
bool is_special(double x, double y) {
  return y == 0 || x == 1 || x == 0 || !std::isfinite(x) || !std::isfinite(y);
}

}  // namespace

double go_power(double x, double y) {
  if (is_special(x, y)) return std::pow(x, y);
  if (y == 1) return x;
  if (y == 0.5) return std::sqrt(x);
  if (y == -0.5) return 1 / std::sqrt(x);
  double whole = 0, fraction = std::modf(std::abs(y), &whole);
  constexpr double kInt64End = 9223372036854775808.0;
  if ((fraction != 0 && x < 0) || whole >= kInt64End) return std::pow(x, y);
  double result = 1;
  if (fraction != 0) {
    if (fraction > 0.5) {
      --fraction;
      ++whole;
    }
    result = std::exp(fraction * std::log(x));
  }
  // The power of two is counted apart, the square stays in [0.5, 1).
  constexpr int kExponentMost = 1 << 12;  // beyond it the result is 0 or infinite in any case
  int exponent = 0, two = 0;
  double square = std::frexp(x, &two);
  for (auto left = static_cast<int64_t>(whole); left != 0; left >>= 1) {
    if (two < -kExponentMost || two > kExponentMost) {
      exponent += two;
      break;
    }
    if (left & 1) {
      result *= square;
      exponent += two;
    }
    square *= square;
    two *= 2;
    if (square < 0.5) {
      square += square;
      --two;
    }
  }
  if (y > 0) return std::ldexp(result, exponent);
  return std::ldexp(1 / result, -exponent);
}

}  // namespace expr
