// expr-lang's functions on numbers, and what converts to them.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "expr/builtins.h"
#include "expr/number_text.h"
#include "expr/operators.h"

namespace expr {
namespace {

using Result = base::Result<Value>;
using Kind = Value::Kind;

constexpr int kDepthMax = 1000;

Result to_int(CallContext&, Arguments a) {
  const Value& v = a[0];
  if (v.is(Kind::kInt)) return v.as_int().value;
  if (v.is(Kind::kLength)) return v.as_length().ns;
  if (v.is(Kind::kFloat)) return to_int64(v.as_float());
  if (!v.is_string()) return call_error("invalid operation: int(" + go_type_name(v) + ")");
  std::string_view text = v.as_string();
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  int64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size())
    return call_error("invalid operation: int(" + v.as_string() + ")");
  return value;
}
Result to_float(CallContext&, Arguments a) {
  const Value& v = a[0];
  if (v.is_number()) return v.number();
  double value = 0;
  if (v.is_string() && parse_float(v.as_string(), value)) return value;
  return call_error("invalid operation: float(" +
                    (v.is_string() ? v.as_string() : go_type_name(v)) + ")");
}

Result absolute(CallContext&, Arguments a) {
  const bool negative = a[0].is_int() ? a[0].as_int().value < 0 : a[0].number() < 0;
  return negative ? negate(a[0]) : Result(a[0]);
}
Result ceil(CallContext&, Arguments a) { return std::ceil(a[0].number()); }
Result floor(CallContext&, Arguments a) { return std::floor(a[0].number()); }
Result round(CallContext&, Arguments a) { return std::round(a[0].number()); }

// Months and lengths of time are whole numbers too.
bool counts(const Value& value) {
  return value.is_number() || value.is(Kind::kInt) || value.is(Kind::kLength);
}
double number_of(const Value& value) {
  return value.is(Kind::kLength) ? static_cast<double>(value.as_length().ns) : value.number();
}

// Calls `use` with each number, in lists inside of lists too.
template <class Use>
base::Status each_number(std::string_view name, Arguments values, Use use, int depth = 0) {
  if (depth > kDepthMax) return call_error("recursion depth exceeded");
  for (const Value& value : values) {
    if (value.is_list()) {
      if (auto status = each_number(name, value.items(), use, depth + 1); !status) return status;
    } else if (counts(value)) {
      use(value);
    } else {
      return call_error("invalid argument for " + std::string(name) + " (type " +
                        go_type_name(value) + ")");
    }
  }
  return {};
}

Result extreme(std::string_view name, Arguments a, bool largest) {
  if (a.size() == 1 && !a[0].is_list() && !a[0].is_number()) return a[0];
  Value best;
  base::Status compared;
  auto status = each_number(name, a, [&](const Value& value) {
    const auto is_better = best.is_nil() ? base::Result<bool>(true)
                           : largest     ? less(best, value)
                                         : less(value, best);
    if (!is_better && compared) compared = tl::unexpected(is_better.error());
    if (is_better.value_or(false)) best = value;
  });
  if (status) status = compared;
  if (!status) return tl::unexpected(status.error());
  return best;
}
Result max(CallContext&, Arguments a) { return extreme("max", a, true); }
Result min(CallContext&, Arguments a) { return extreme("min", a, false); }

Result mean(CallContext&, Arguments a) {
  double total = 0;
  int64_t count = 0;
  auto status = each_number("mean", a, [&](const Value& value) {
    total += number_of(value);
    ++count;
  });
  if (!status) return tl::unexpected(status.error());
  return count == 0 ? 0.0 : total / static_cast<double>(count);
}
Result median(CallContext&, Arguments a) {
  std::vector<double> values;
  auto status = each_number("median", a, [&](const Value& v) { values.push_back(number_of(v)); });
  if (!status) return tl::unexpected(status.error());
  if (values.empty()) return 0.0;
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

uint64_t bits(Arguments a, size_t at) { return static_cast<uint64_t>(a[at].as_int().value); }
Result of_bits(uint64_t value) { return static_cast<int64_t>(value); }
Result bit_and(CallContext&, Arguments a) { return of_bits(bits(a, 0) & bits(a, 1)); }
Result bit_or(CallContext&, Arguments a) { return of_bits(bits(a, 0) | bits(a, 1)); }
Result bit_xor(CallContext&, Arguments a) { return of_bits(bits(a, 0) ^ bits(a, 1)); }
Result bit_nand(CallContext&, Arguments a) { return of_bits(bits(a, 0) & ~bits(a, 1)); }
Result bit_not(CallContext&, Arguments a) { return of_bits(~bits(a, 0)); }

template <class Shift>
Result shifted(Arguments a, Shift shift) {
  const int64_t count = a[1].as_int().value;
  if (count < 0)
    return call_error("invalid operation: negative shift count " + std::to_string(count) +
                      " (type int)");
  return shift(a[0].as_int().value, count);
}
Result shift_left(CallContext&, Arguments a) {
  return shifted(a, [](int64_t x, int64_t n) {
    return n > 63 ? int64_t{0} : static_cast<int64_t>(static_cast<uint64_t>(x) << n);
  });
}
Result shift_right(CallContext&, Arguments a) {
  return shifted(a, [](int64_t x, int64_t n) { return x >> std::min<int64_t>(n, 63); });
}
Result shift_right_unsigned(CallContext&, Arguments a) {
  return shifted(a, [](int64_t x, int64_t n) {
    return n > 63 ? int64_t{0} : static_cast<int64_t>(static_cast<uint64_t>(x) >> n);
  });
}

constexpr Function kTable[] = {
    {"int", "N", 'i', to_int},          {"float", "N", 'f', to_float},
    {"asInt", "$a", 'a', to_int},       {"asFloat", "$a", 'a', to_float},
    {"abs", "n", '0', absolute},        {"ceil", "n", 'f', ceil},
    {"floor", "n", 'f', floor},         {"round", "n", 'f', round},
    {"max", "AA*", 'A', max},           {"min", "AA*", 'A', min},
    {"mean", "AA*", 'A', mean},         {"median", "AA*", 'A', median},
    {"bitand", "ii", 'i', bit_and},     {"bitor", "ii", 'i', bit_or},
    {"bitxor", "ii", 'i', bit_xor},     {"bitnand", "ii", 'i', bit_nand},
    {"bitnot", "i", 'i', bit_not},      {"bitshl", "ii", 'i', shift_left},
    {"bitshr", "ii", 'i', shift_right}, {"bitushr", "ii", 'i', shift_right_unsigned},
};

}  // namespace

std::span<const Function> number_builtins() { return kTable; }

}  // namespace expr
