// sprig's functions on numbers.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "expr/builtins.h"
#include "expr/decimal.h"
#include "expr/number_text.h"
#include "expr/sprig.h"

namespace expr {
namespace {

using Result = base::Result<Value>;

Result int64_value(int64_t value) { return Int{value, IntType::kInt64}; }
int64_t plain_int(Arguments a, size_t at) { return a[at].as_int().value; }

// strconv.ParseInt with base 0: 0x, 0o, 0b and a leading 0 (octal); false: no whole number.
bool parse_int(std::string_view text, int base, int64_t& out) {
  bool negative = false;
  if (text.starts_with('-') || text.starts_with('+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (base == 0) {
    base = 10;
    const char mark = text.size() > 1 && text[0] == '0' ? static_cast<char>(text[1] | 0x20) : '\0';
    if (mark == 'x' || mark == 'o' || mark == 'b') {
      base = mark == 'x' ? 16 : mark == 'o' ? 8 : 2;
      text.remove_prefix(2);
    } else if (mark != '\0') {
      base = 8;
      text.remove_prefix(1);
    }
  }
  if (text.empty() || text[0] == '-') return false;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), out, base);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return false;
  if (negative) out = -out;
  return true;
}

Result atoi(CallContext&, Arguments a) {
  int64_t value = 0;
  const std::string& text = a[0].as_string();
  if (parse_int(text, 10, value)) return value;
  // What is too large counts as the largest one, as strconv.Atoi gives it beside its error.
  const size_t sign = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  const bool digits =
      text.size() > sign && text.find_first_not_of("0123456789", sign) == std::string::npos;
  if (!digits) return 0;
  return text[0] == '-' ? INT64_MIN : INT64_MAX;
}
Result to_int64_value(CallContext&, Arguments a) { return int64_value(sprig_int(a[0])); }
Result to_int(CallContext&, Arguments a) { return sprig_int(a[0]); }
Result to_float(CallContext&, Arguments a) { return sprig_float(a[0]); }
Result to_decimal(CallContext&, Arguments a) {
  int64_t value = 0;
  return int64_value(parse_int(go_text(a[0]), 8, value) ? value : 0);
}

Result steps(CallContext& context, int64_t start, int64_t stop, int64_t step) {
  std::vector<Value> out;
  if ((stop < start && step < 0) || (stop >= start && step > 0)) {
    const uint64_t distance = static_cast<uint64_t>(stop) - static_cast<uint64_t>(start);
    const uint64_t count =
        (step > 0 ? distance : 0 - distance) / static_cast<uint64_t>(std::abs(step));
    if (auto status = context.budget.items(count); !status) return tl::unexpected(status.error());
    for (int64_t i = start; step > 0 ? i < stop : i > stop; i += step) out.emplace_back(i);
  }
  return Value::list(std::move(out), ListType::kInt);
}
Result until(CallContext& context, Arguments a) {
  return steps(context, 0, plain_int(a, 0), plain_int(a, 0) < 0 ? -1 : 1);
}
Result until_step(CallContext& context, Arguments a) {
  if (plain_int(a, 2) == INT64_MIN) return call_error("the step is too large");
  return steps(context, plain_int(a, 0), plain_int(a, 1), plain_int(a, 2));
}
Result seq(CallContext& context, Arguments a) {
  if (a.empty() || a.size() > 3) return "";
  const int64_t start = a.size() == 1 ? 1 : plain_int(a, 0);
  const int64_t end = plain_int(a, a.size() - 1);
  const int64_t way = end < start ? -1 : 1;
  const int64_t step = a.size() == 3 ? plain_int(a, 1) : way;
  if (std::abs(end) > INT64_MAX - 1 || step == INT64_MIN)
    return call_error("the sequence is too long");
  if (way < 0 && step > 0) return "";
  auto numbers = steps(context, start, end + way, step);
  if (!numbers) return numbers;
  std::string out;
  for (const Value& number : numbers->items()) out += (out.empty() ? "" : " ") + go_text(number);
  return out;
}

template <class Join>
Result folded(Arguments a, Join join) {
  int64_t total = a.empty() ? 0 : sprig_int(a[0]);
  for (size_t i = 1; i < a.size(); ++i)
    total = static_cast<int64_t>(
        join(static_cast<uint64_t>(total), static_cast<uint64_t>(sprig_int(a[i]))));
  return int64_value(total);
}
Result add(CallContext&, Arguments a) {
  return folded(a, [](uint64_t x, uint64_t y) { return x + y; });
}
Result add_one(CallContext&, Arguments a) {
  return int64_value(static_cast<int64_t>(static_cast<uint64_t>(sprig_int(a[0])) + 1));
}
Result subtract(CallContext&, Arguments a) {
  return folded(a, [](uint64_t x, uint64_t y) { return x - y; });
}
Result multiply(CallContext&, Arguments a) {
  return folded(a, [](uint64_t x, uint64_t y) { return x * y; });
}
Result divide(CallContext&, Arguments a) {
  const int64_t x = sprig_int(a[0]), y = sprig_int(a[1]);
  if (y == 0) return call_error("integer divide by zero");
  return int64_value(y == -1 ? static_cast<int64_t>(-static_cast<uint64_t>(x)) : x / y);
}
Result modulo(CallContext&, Arguments a) {
  const int64_t x = sprig_int(a[0]), y = sprig_int(a[1]);
  if (y == 0) return call_error("integer divide by zero");
  return int64_value(y == -1 ? 0 : x % y);
}
Result largest(CallContext&, Arguments a) {
  int64_t best = sprig_int(a[0]);
  for (const Value& value : a) best = std::max(best, sprig_int(value));
  return int64_value(best);
}
Result smallest(CallContext&, Arguments a) {
  int64_t best = sprig_int(a[0]);
  for (const Value& value : a) best = std::min(best, sprig_int(value));
  return int64_value(best);
}
// Of 0 and -0 the latter is the smaller one, and what is no number wins.
bool is_below(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return false;
  return a < b || (a == b && std::signbit(a) && !std::signbit(b));
}
Result largest_float(CallContext&, Arguments a) {
  double best = sprig_float(a[0]);
  for (const Value& value : a) {
    const double next = sprig_float(value);
    if (is_below(best, next) || std::isnan(next)) best = next;
  }
  return best;
}
Result smallest_float(CallContext&, Arguments a) {
  double best = sprig_float(a[0]);
  for (const Value& value : a) {
    const double next = sprig_float(value);
    if (is_below(next, best) || std::isnan(next)) best = next;
  }
  return best;
}

Result decimals(Arguments a, DecimalOperator op) {
  std::vector<double> values;
  values.reserve(a.size());
  for (const Value& value : a) values.push_back(sprig_float(value));
  const auto result = decimal_fold(op, values);
  if (!result) return tl::unexpected(result.error());
  return *result;
}
Result add_float(CallContext&, Arguments a) { return decimals(a, DecimalOperator::kAdd); }
Result add_one_float(CallContext&, Arguments a) {
  const Value both[] = {a[0], Value(1)};
  return decimals(both, DecimalOperator::kAdd);
}
Result subtract_float(CallContext&, Arguments a) { return decimals(a, DecimalOperator::kSubtract); }
Result multiply_float(CallContext&, Arguments a) { return decimals(a, DecimalOperator::kMultiply); }
Result divide_float(CallContext&, Arguments a) { return decimals(a, DecimalOperator::kDivide); }

Result ceil(CallContext&, Arguments a) { return std::ceil(sprig_float(a[0])); }
Result floor(CallContext&, Arguments a) { return std::floor(sprig_float(a[0])); }
Result round(CallContext&, Arguments a) {
  const double up_from = a.size() > 2 ? a[2].as_float() : 0.5;
  const double power = std::pow(10, static_cast<double>(plain_int(a, 1)));
  const double scaled = power * sprig_float(a[0]);
  double whole = 0;
  const double rest = std::modf(scaled, &whole);
  return (rest >= up_from ? std::ceil(scaled) : std::floor(scaled)) / power;
}
Result rand_int(CallContext& context, Arguments a) {
  const int64_t low = plain_int(a, 0), high = plain_int(a, 1);
  if (high <= low) return call_error("invalid argument to randInt: the range is empty");
  const uint64_t width = static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
  return static_cast<int64_t>(static_cast<uint64_t>(low) + next_random(context) % width);
}

constexpr Function kTable[] = {
    {"atoi", "?s", 'a', atoi},
    {"int64", "?a", 'a', to_int64_value},
    {"int", "?a", 'a', to_int},
    {"float64", "?a", 'a', to_float},
    {"toDecimal", "?a", 'a', to_decimal},
    {"until", "?i", 'a', until},
    {"untilStep", "?iii", 'a', until_step},
    {"seq", "?i*", 'a', seq},
    {"add", "?a*", 'a', add},
    {"add1", "?a", 'a', add_one},
    {"sub", "?aa", 'a', subtract},
    {"mul", "?aa*", 'a', multiply},
    {"div", "?aa", 'a', divide},
    {"mod", "?aa", 'a', modulo},
    {"biggest", "?aa*", 'a', largest},
    {"max", "?aa*", 'a', largest},
    {"min", "?aa*", 'a', smallest},
    {"maxf", "?aa*", 'a', largest_float},
    {"minf", "?aa*", 'a', smallest_float},
    {"addf", "?a*", 'a', add_float},
    {"add1f", "?a", 'a', add_one_float},
    {"subf", "?aa*", 'a', subtract_float},
    {"mulf", "?aa*", 'a', multiply_float},
    {"divf", "?aa*", 'a', divide_float},
    {"ceil", "?a", 'a', ceil},
    {"floor", "?a", 'a', floor},
    {"round", "?ai|aiff*", 'a', round},
    {"randInt", "?ii", 'a', rand_int},
};

}  // namespace

int64_t sprig_int(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kBool:
      return value.as_bool();
    case Value::Kind::kInt:
      return value.as_int().value;
    case Value::Kind::kFloat:
      return to_int64(value.as_float());
    case Value::Kind::kLength:
      return value.as_length().ns;
    case Value::Kind::kString: {
      std::string_view text = value.as_string();
      int64_t out = 0;
      // A fraction of digits is cut off: "1.5" is 1.
      const size_t dot = text.find('.');
      const size_t sign = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
      const bool decimal = dot != std::string_view::npos &&
                           text.find_first_not_of("0123456789.", sign) == text.npos &&
                           text.find('.', dot + 1) == text.npos;
      if (decimal) text = text.substr(0, dot);
      std::string plain(text);
      if (plain.find('_') != std::string::npos && separates_digits(plain)) std::erase(plain, '_');
      return parse_int(plain, 0, out) ? out : 0;
    }
    default:
      return 0;
  }
}

double sprig_float(const Value& value) {
  if (value.is_number()) return value.number();
  if (value.is(Value::Kind::kBool)) return value.as_bool() ? 1 : 0;
  if (value.is(Value::Kind::kInt)) return static_cast<double>(value.as_int().value);
  if (value.is(Value::Kind::kLength)) return static_cast<double>(value.as_length().ns);
  double out = 0;
  return value.is_string() && parse_float(value.as_string(), out) ? out : 0;
}

std::span<const Function> sprig_numbers() { return kTable; }

}  // namespace expr
