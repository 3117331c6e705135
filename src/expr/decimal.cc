#include "expr/decimal.h"

#include <cmath>
#include <string>

#include "expr/number_text.h"

namespace expr {
namespace {

__extension__ using Wide = __int128;

// mantissa × 10^exponent
struct Decimal {
  Wide mantissa = 0;
  int exponent = 0;
};

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
  while (out.mantissa != 0 && out.mantissa % 10 == 0) {
    out.mantissa /= 10;
    ++out.exponent;
  }
  return out;
}

double to_double(const Decimal& value) {
  std::string digits;
  Wide rest = value.mantissa < 0 ? -value.mantissa : value.mantissa;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
    rest /= 10;
  } while (rest != 0);
  double out = 0;
  parse_float((value.mantissa < 0 ? "-" : "") + digits + "e" + std::to_string(value.exponent), out);
  return out;
}

// Brings both to one exponent; false where the digits would not fit.
bool align(Decimal& a, Decimal& b) {
  Decimal& higher = a.exponent > b.exponent ? a : b;
  const int lower = std::min(a.exponent, b.exponent);
  if (higher.mantissa == 0) higher.exponent = lower;
  if (higher.exponent - lower > 19) return false;
  for (; higher.exponent > lower; --higher.exponent) higher.mantissa *= 10;
  return true;
}

}  // namespace

double decimal_add(double a, double b) {
  if (!std::isfinite(a) || !std::isfinite(b)) return a + b;
  Decimal x = of(a), y = of(b);
  if (!align(x, y)) return a + b;
  return to_double({x.mantissa + y.mantissa, x.exponent});
}

double decimal_subtract(double a, double b) { return decimal_add(a, -b); }

double decimal_multiply(double a, double b) {
  if (!std::isfinite(a) || !std::isfinite(b)) return a * b;
  const Decimal x = of(a), y = of(b);
  return to_double({x.mantissa * y.mantissa, x.exponent + y.exponent});
}

base::Result<double> decimal_divide(double a, double b) {
  if (b == 0) return base::fail(base::Code::kInvalid, "decimal division by 0");
  if (!std::isfinite(a) || !std::isfinite(b)) return a / b;
  const Decimal x = of(a), y = of(b);
  // The quotient to 16 places, rounded half away from zero.
  const int shift = x.exponent - y.exponent + 16;
  if (shift < 0 || shift > 20) return a / b;
  Wide above = x.mantissa;
  for (int i = 0; i < shift; ++i) above *= 10;
  Wide quotient = above / y.mantissa;
  const Wide rest = above % y.mantissa;
  const Wide twice = (rest < 0 ? -rest : rest) * 2,
             whole = y.mantissa < 0 ? -y.mantissa : y.mantissa;
  if (twice >= whole) quotient += (above < 0) == (y.mantissa < 0) ? 1 : -1;
  return to_double({quotient, -16});
}

}  // namespace expr
