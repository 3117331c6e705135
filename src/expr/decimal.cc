#include "expr/decimal.h"

#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <string>

#include "expr/number_text.h"

namespace expr {
namespace {

using Integer = boost::multiprecision::cpp_int;
using Result = base::Result<double>;

constexpr int kPlaces = 16;              // of a quotient
constexpr unsigned kBitsMost = 200'000;  // of what is between the steps

// mantissa × 10^exponent
struct Decimal {
  Integer mantissa = 0;
  int exponent = 0;
};

tl::unexpected<base::Error> fail(std::string text) {
  return base::fail(base::Code::kInvalid, std::move(text));
}

Decimal of(double value) {
  Decimal out;
  std::string text = json_float(value);
  const size_t e = text.find('e');
  if (e != std::string::npos) {
    out.exponent = std::stoi(text.substr(e + 1));
    text.resize(e);
  }
  bool fraction = false;
  for (const char c : text) {
    if (c == '.') fraction = true;
    if (c < '0' || c > '9') continue;
    out.mantissa = out.mantissa * 10 + (c - '0');
    out.exponent -= fraction;
  }
  if (text.starts_with('-')) out.mantissa = -out.mantissa;
  return out;
}

Integer power_of_ten(int exponent) {
  return boost::multiprecision::pow(Integer(10), static_cast<unsigned>(exponent));
}

// The nearest float: the digits are read as a text, which rounds once.
double to_double(const Decimal& value) {
  if (value.mantissa == 0) return 0;
  constexpr int kExponentMost = 308;
  const std::string digits = value.mantissa.str();
  double out = 0;
  if (parse_float(digits + "e" + std::to_string(value.exponent), out)) return out;
  const bool is_small = static_cast<int>(digits.size()) + value.exponent < -kExponentMost;
  return is_small ? 0.0 : std::copysign(HUGE_VAL, value.mantissa.sign());
}

Decimal sum(const Decimal& a, const Decimal& b) {
  const int lower = std::min(a.exponent, b.exponent);
  return {
      a.mantissa * power_of_ten(a.exponent - lower) + b.mantissa * power_of_ten(b.exponent - lower),
      lower};
}

Decimal quotient(const Decimal& a, const Decimal& b) {
  Integer above = a.mantissa, below = b.mantissa;
  const int shift = a.exponent - b.exponent + kPlaces;
  if (shift >= 0)
    above *= power_of_ten(shift);
  else
    below *= power_of_ten(-shift);
  Integer whole, rest;
  divide_qr(above, below, whole, rest);
  if (abs(rest) * 2 >= abs(below)) whole += (above < 0) == (below < 0) ? 1 : -1;
  return {std::move(whole), -kPlaces};
}

Decimal joined(DecimalOperator op, const Decimal& a, const Decimal& b) {
  switch (op) {
    case DecimalOperator::kAdd:
      return sum(a, b);
    case DecimalOperator::kSubtract:
      return sum(a, {-b.mantissa, b.exponent});
    case DecimalOperator::kMultiply:
      return {a.mantissa * b.mantissa, a.exponent + b.exponent};
    case DecimalOperator::kDivide:
      return quotient(a, b);
  }
  return {};
}

}  // namespace

Result decimal_fold(DecimalOperator op, std::span<const double> values) {
  Decimal total;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i]))
      return fail("cannot create a decimal from " + go_float(values[i]));
    if (op == DecimalOperator::kDivide && i > 0 && values[i] == 0)
      return fail("decimal division by 0");
    total = i == 0 ? of(values[i]) : joined(op, total, of(values[i]));
    if (total.mantissa != 0 && msb(abs(total.mantissa)) > kBitsMost)
      return fail("the number has too many digits");
  }
  return to_double(total);
}

}  // namespace expr
