#include "expr/operators.h"

#include <cmath>

#include "expr/number_text.h"
#include "expr/pattern.h"
#include "expr/power.h"

namespace expr {
namespace {

using Kind = Value::Kind;

tl::unexpected<base::Error> fail(std::string text) {
  return base::fail(base::Code::kInvalid, std::move(text));
}
tl::unexpected<base::Error> mismatch(const Value& a, std::string_view op, const Value& b) {
  return fail("invalid operation: " + go_type_name(a) + " " + std::string(op) + " " +
              go_type_name(b));
}

bool ints(const Value& a, const Value& b) { return a.is_int() && b.is_int(); }
bool numbers(const Value& a, const Value& b) { return a.is_number() && b.is_number(); }
bool strings(const Value& a, const Value& b) { return a.is_string() && b.is_string(); }
bool lengths(const Value& a, const Value& b) { return a.is(Kind::kLength) && b.is(Kind::kLength); }
bool is_time(const Value& a) { return a.is(Kind::kTime); }
bool is_length(const Value& a) { return a.is(Kind::kLength); }

// Whole numbers wrap around, as Go's do.
template <class Join>
Value wrapped(const Value& a, const Value& b, Join join) {
  return static_cast<int64_t>(
      join(static_cast<uint64_t>(a.as_int().value), static_cast<uint64_t>(b.as_int().value)));
}

ZonedTime moved(ZonedTime time, int64_t ns) {
  int64_t nanos = time.nanos + ns % 1'000'000'000;
  time.seconds += ns / 1'000'000'000;
  if (nanos < 0) {
    nanos += 1'000'000'000;
    --time.seconds;
  }
  time.seconds += nanos / 1'000'000'000;
  time.nanos = static_cast<int32_t>(nanos % 1'000'000'000);
  return time.zone ? in_zone(time, *time.zone) : time;
}

int64_t between(const Instant& a, const Instant& b) {
  int64_t ns = 0;
  const int64_t seconds = a.seconds - b.seconds;
  if (__builtin_mul_overflow(seconds, 1'000'000'000, &ns) ||
      __builtin_add_overflow(ns, a.nanos - b.nanos, &ns))
    return seconds < 0 ? INT64_MIN : INT64_MAX;
  return ns;
}

base::Result<Value> add(const Value& a, const Value& b, Budget& budget) {
  if (ints(a, b)) return wrapped(a, b, [](uint64_t x, uint64_t y) { return x + y; });
  if (numbers(a, b)) return a.number() + b.number();
  if (strings(a, b)) {
    if (auto status = budget.bytes(a.as_string().size() + b.as_string().size()); !status)
      return tl::unexpected(status.error());
    return a.as_string() + b.as_string();
  }
  if (lengths(a, b)) return Length{a.as_length().ns + b.as_length().ns};
  if (is_time(a) && is_length(b)) return moved(a.as_time(), b.as_length().ns);
  if (is_length(a) && is_time(b)) return moved(b.as_time(), a.as_length().ns);
  return mismatch(a, "+", b);
}

base::Result<Value> subtract(const Value& a, const Value& b) {
  if (ints(a, b)) return wrapped(a, b, [](uint64_t x, uint64_t y) { return x - y; });
  if (numbers(a, b)) return a.number() - b.number();
  if (lengths(a, b)) return Length{a.as_length().ns - b.as_length().ns};
  if (is_time(a) && is_time(b)) return Length{between(a.as_time(), b.as_time())};
  if (is_time(a) && is_length(b)) return moved(a.as_time(), -b.as_length().ns);
  return mismatch(a, "-", b);
}

base::Result<Value> multiply(const Value& a, const Value& b) {
  if (ints(a, b)) return wrapped(a, b, [](uint64_t x, uint64_t y) { return x * y; });
  if (numbers(a, b)) return a.number() * b.number();
  const bool left = is_length(a) && b.is_number(), right = a.is_number() && is_length(b);
  if (lengths(a, b) || left || right) {
    const auto factor = [](const Value& v) {
      return is_length(v) ? static_cast<double>(v.as_length().ns) : v.number();
    };
    return Length{to_int64(factor(a) * factor(b))};
  }
  return mismatch(a, "*", b);
}

base::Result<Value> modulo(const Value& a, const Value& b) {
  if (!ints(a, b)) return mismatch(a, "%", b);
  const int64_t x = a.as_int().value, y = b.as_int().value;
  if (y == 0) return fail("integer divide by zero");
  return y == -1 ? int64_t{0} : x % y;
}

base::Result<Value> range(const Value& a, const Value& b, Budget& budget) {
  if (!ints(a, b)) {
    // Floats count by their whole part, as in the original.
    if (!numbers(a, b)) return mismatch(a, "..", b);
    return range(Value(to_int64(a.number())), Value(to_int64(b.number())), budget);
  }
  const int64_t from = a.as_int().value, to = b.as_int().value;
  std::vector<Value> items;
  if (to >= from) {
    const uint64_t count = static_cast<uint64_t>(to) - static_cast<uint64_t>(from) + 1;
    if (auto status = budget.items(count == 0 ? UINT64_MAX : count); !status)
      return tl::unexpected(status.error());
    items.reserve(count);
    for (uint64_t i = 0; i < count; ++i) items.emplace_back(from + static_cast<int64_t>(i));
  }
  return Value::list(std::move(items), ListType::kInt);
}

base::Result<Value> in(const Value& needle, const Value& hay) {
  switch (hay.kind()) {
    case Kind::kNil:
      return false;
    case Kind::kList:
      for (const Value& item : hay.items())
        if (equal(item, needle)) return true;
      return false;
    case Kind::kMap: {
      const auto found = find_key(hay.as_map(), needle);
      if (!found) return tl::unexpected(found.error());
      return *found != nullptr;
    }
    default:
      return fail("operator \"in\" not defined on " + go_type_name(hay));
  }
}

base::Result<Value> text_test(Operator op, const Value& a, const Value& b, Budget& budget) {
  if (a.is_nil() || b.is_nil()) return false;
  if (!strings(a, b)) {
    const Value& wrong = a.is_string() ? b : a;
    return fail("a text is needed, not " + go_type_name(wrong));
  }
  const std::string &text = a.as_string(), &part = b.as_string();
  switch (op) {
    case Operator::kContains:
      return text.find(part) != std::string::npos;
    case Operator::kStartsWith:
      return text.starts_with(part);
    case Operator::kEndsWith:
      return text.ends_with(part);
    default:
      break;
  }
  const auto pattern = compile_pattern(part);
  if (!pattern) return tl::unexpected(pattern.error());
  const int program = (*pattern)->ProgramSize();
  auto status = budget.compiled(program);
  if (status) status = budget.searched(text.size(), program);
  if (!status) return tl::unexpected(status.error());
  return RE2::PartialMatch(text, **pattern);
}

base::Result<Value> ordered(Operator op, const Value& a, const Value& b) {
  const bool not_a_number = numbers(a, b) && (std::isnan(a.number()) || std::isnan(b.number()));
  if (not_a_number) return false;
  const bool swapped = op == Operator::kGreater || op == Operator::kLessEqual;
  auto result = swapped ? less(b, a) : less(a, b);
  if (!result) return tl::unexpected(result.error());
  const bool inverted = op == Operator::kGreaterEqual || op == Operator::kLessEqual;
  return *result != inverted;
}

}  // namespace

base::Result<const Value*> find_key(const Map& map, const Value& key) {
  const bool texts = map.type == MapType::kStringAny || map.type == MapType::kStringString;
  // nil stands for the zero value of the key's type.
  const bool fits = texts ? key.is_string() || key.is_nil() : !key.is_list() && !key.is_map();
  if (!fits) return fail("cannot use " + go_type_name(key) + " as a map key");
  const auto it = map.entries.find(texts && key.is_nil() ? Value("") : key);
  return it == map.entries.end() ? nullptr : &it->second;
}

base::Result<bool> less(const Value& a, const Value& b) {
  if (ints(a, b)) return a.as_int().value < b.as_int().value;
  if (numbers(a, b)) return a.number() < b.number();
  if (strings(a, b)) return a.as_string() < b.as_string();
  if (is_time(a) && is_time(b)) return a.as_time() < b.as_time();
  if (lengths(a, b)) return a.as_length().ns < b.as_length().ns;
  return mismatch(a, "<", b);
}

base::Result<Value> negate(const Value& value) {
  if (value.is_int() && value.as_int().type == IntType::kUint8)
    return Value(Int{static_cast<uint8_t>(-value.as_int().value), IntType::kUint8});
  if (value.is_int())
    return Value(Int{static_cast<int64_t>(-static_cast<uint64_t>(value.as_int().value)),
                     value.as_int().type});
  if (value.is_number()) return -value.number();
  return fail("invalid operation: - " + go_type_name(value));
}

base::Result<Value> apply(Operator op, const Value& a, const Value& b, Budget& budget) {
  switch (op) {
    case Operator::kEqual:
      return equal(a, b);
    case Operator::kNotEqual:
      return !equal(a, b);
    case Operator::kLess:
    case Operator::kGreater:
    case Operator::kLessEqual:
    case Operator::kGreaterEqual:
      return ordered(op, a, b);
    case Operator::kIn:
      return in(a, b);
    case Operator::kMatches:
    case Operator::kContains:
    case Operator::kStartsWith:
    case Operator::kEndsWith:
      return text_test(op, a, b, budget);
    case Operator::kRange:
      return range(a, b, budget);
    case Operator::kAdd:
      return add(a, b, budget);
    case Operator::kSubtract:
      return subtract(a, b);
    case Operator::kMultiply:
      return multiply(a, b);
    case Operator::kModulo:
      return modulo(a, b);
    case Operator::kDivide:
      if (!numbers(a, b)) return mismatch(a, "/", b);
      return a.number() / b.number();
    case Operator::kPower:
      if (!numbers(a, b)) return mismatch(a, "**", b);
      return go_power(a.number(), b.number());
    default:
      return mismatch(a, "?", b);
  }
}

base::Result<Value> fetch(const Value& base, const Value& key) {
  if (base.is_nil()) return fail("cannot fetch " + go_text(key) + " from <nil>");
  if (key.is_string()) {
    if (const Function* method = find_method(base, key.as_string()))
      return Value(FunctionRef{method, std::make_shared<const Value>(base)});
  }
  if (base.is_map()) {
    const auto found = find_key(base.as_map(), key);
    if (!found) return tl::unexpected(found.error());
    if (*found) return **found;
    if (base.as_map().type == MapType::kStringString) return Value("");
    if (base.as_map().type == MapType::kAnyLists) return Value::nil_list(ListType::kAny);
    return Value();
  }
  if (base.is(Kind::kStruct) && key.is_string()) {
    if (const Value* field = base.as_struct().find(key.as_string())) return *field;
  }
  if (!base.is_list() && !base.is_string())
    return fail("cannot fetch " + go_text(key) + " from " + go_type_name(base));
  if (!key.is_number()) return fail("invalid operation: int(" + go_type_name(key) + ")");
  const auto size =
      static_cast<int64_t>(base.is_list() ? base.items().size() : base.as_string().size());
  int64_t index = key.is_int() ? key.as_int().value : to_int64(key.number());
  if (index < 0) index += size;
  if (index < 0 || index >= size)
    return fail("index out of range: " + std::to_string(index) + " (array length is " +
                std::to_string(size) + ")");
  if (base.is_list()) return base.items()[static_cast<size_t>(index)];
  const char byte = base.as_string()[static_cast<size_t>(index)];
  return Value(Int{static_cast<unsigned char>(byte), IntType::kUint8});
}

base::Result<Value> slice(const Value& base, const Value* from, const Value* to, Budget& budget) {
  if (!base.is_list() && !base.is_string()) return fail("cannot slice " + go_type_name(base));
  const auto size =
      static_cast<int64_t>(base.is_list() ? base.items().size() : base.as_string().size());
  int64_t a = 0, b = size;
  for (const auto& [value, out] : {std::pair{from, &a}, std::pair{to, &b}}) {
    if (!value) continue;
    if (!value->is_number()) return fail("invalid operation: int(" + go_type_name(*value) + ")");
    *out = value->is_int() ? value->as_int().value : to_int64(value->number());
    if (*out < 0) *out = std::max<int64_t>(*out + size, 0);
  }
  b = std::min(b, size);
  a = std::min(a, b);
  if (base.is_list() && base.as_list().is_nil) return base;
  if (base.is_string()) {
    if (auto status = budget.bytes(static_cast<uint64_t>(b - a)); !status)
      return tl::unexpected(status.error());
    return base.as_string().substr(static_cast<size_t>(a), static_cast<size_t>(b - a));
  }
  if (auto status = budget.items(static_cast<uint64_t>(b - a)); !status)
    return tl::unexpected(status.error());
  return Value::list({base.items().begin() + a, base.items().begin() + b}, base.as_list().type);
}

}  // namespace expr
