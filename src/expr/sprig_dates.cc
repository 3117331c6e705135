// sprig's functions on dates.
#include <cmath>

#include "expr/builtins.h"
#include "expr/operators.h"
#include "expr/sprig.h"
#include "text/quantity.h"

namespace expr {
namespace {

using Result = base::Result<Value>;

const std::string& text_at(Arguments a, size_t at) { return a[at].as_string(); }

Instant now_of(const CallContext& context) {
  const int64_t seconds = context.eval.now.unix_seconds();
  return {.seconds = seconds,
          .nanos = static_cast<int32_t>(context.eval.now.ns - seconds * 1'000'000'000)};
}
// A time, or a number of seconds; anything else is now.
Instant instant_from(const CallContext& context, const Value& value) {
  if (value.is(Value::Kind::kTime)) return value.as_time();
  if (value.is_int()) return {.seconds = value.as_int().value};
  return now_of(context);
}
Result now(CallContext& context, Arguments) { return now_of(context); }
Result ago(CallContext& context, Arguments a) {
  const Instant then = instant_from(context, a[0]), time = now_of(context);
  const double seconds = std::round(static_cast<double>(time.seconds - then.seconds) +
                                    (time.nanos - then.nanos) / 1e9);
  return text::to_go_string(base::Duration::seconds(static_cast<int64_t>(seconds)));
}
Result date(CallContext& context, Arguments a) {
  return format_time(in_zone(instant_from(context, a[1]), TimeZone()), text_at(a, 0));
}
// A name that is no zone counts as UTC.
ZonedTime shown_in(const CallContext& context, const Value& value, const std::string& name) {
  return in_zone(instant_from(context, value), load_zone(name).value_or(TimeZone()));
}
Result date_in_zone(CallContext& context, Arguments a) {
  return format_time(shown_in(context, a[1], text_at(a, 2)), text_at(a, 0));
}
Result html_date(CallContext& context, Arguments a) {
  return format_time(in_zone(instant_from(context, a[0]), TimeZone()), "2006-01-02");
}
Result html_date_in_zone(CallContext& context, Arguments a) {
  return format_time(shown_in(context, a[0], text_at(a, 1)), "2006-01-02");
}
Result must_modify(CallContext& context, Arguments a) {
  const auto length = text::parse_duration(text_at(a, 0));
  if (!length) return call_error("time: invalid duration \"" + text_at(a, 0) + "\"");
  return apply(Operator::kAdd, a[1], Value(Length{length->ns}), context.budget);
}
Result modify(CallContext& context, Arguments a) { return must_modify(context, a).value_or(a[1]); }
Result must_to_date(CallContext&, Arguments a) {
  const auto time = parse_time_in(text_at(a, 0), text_at(a, 1), TimeZone());
  if (!time)
    return call_error("parsing time \"" + text_at(a, 1) + "\" as \"" + text_at(a, 0) + "\"");
  return *time;
}
Result to_date(CallContext& context, Arguments a) {
  return must_to_date(context, a).value_or(Value(kZeroInstant));
}
Result unix_epoch(CallContext& context, Arguments a) {
  return std::to_string(instant_from(context, a[0]).seconds);
}
Result duration(CallContext&, Arguments a) {
  const bool counts = a[0].is_string() || (a[0].is_int() && a[0].as_int().type == IntType::kInt64);
  const int64_t seconds = counts ? sprig_int(a[0]) : 0;
  // Wraps around where it is too long, as Go's does.
  const uint64_t ns = static_cast<uint64_t>(seconds) * 1'000'000'000;
  return text::to_go_string(base::Duration{static_cast<int64_t>(ns)});
}

// The largest whole unit: "3d", "2mo"; more than one of it is needed for the next smaller one.
Result duration_round(CallContext& context, Arguments a) {
  constexpr uint64_t kSecond = 1'000'000'000, kDay = 86'400 * kSecond;
  int64_t ns = 0;
  if (a[0].is_string()) {
    const auto parsed = text::parse_duration(text_at(a, 0));
    if (parsed) ns = parsed->ns;
  } else if (a[0].is_int() && a[0].as_int().type == IntType::kInt64) {
    ns = a[0].as_int().value;
  } else if (a[0].is(Value::Kind::kTime)) {
    const auto since = apply(Operator::kSubtract, Value(now_of(context)), a[0], context.budget);
    if (since) ns = since->as_length().ns;
  }
  const uint64_t size = ns < 0 ? 0 - static_cast<uint64_t>(ns) : static_cast<uint64_t>(ns);
  constexpr std::pair<uint64_t, std::string_view> kUnits[] = {
      {365 * kDay, "y"},     {30 * kDay, "mo"},   {kDay, "d"},
      {3600 * kSecond, "h"}, {60 * kSecond, "m"}, {kSecond, "s"}};
  for (const auto& [unit, letter] : kUnits)
    if (size > unit) return std::to_string(size / unit) + std::string(letter);
  return "0s";
}

constexpr Function kTable[] = {
    {"now", "?", 'a', now},
    {"ago", "?a", 'a', ago},
    {"date", "?sa", 'a', date},
    {"date_in_zone", "?sas", 'a', date_in_zone},
    {"dateInZone", "?sas", 'a', date_in_zone},
    {"htmlDate", "?a", 'a', html_date},
    {"htmlDateInZone", "?as", 'a', html_date_in_zone},
    {"date_modify", "?st", 'a', modify},
    {"dateModify", "?st", 'a', modify},
    {"must_date_modify", "?st", 'a', must_modify},
    {"mustDateModify", "?st", 'a', must_modify},
    {"toDate", "?ss", 'a', to_date},
    {"mustToDate", "?ss", 'a', must_to_date},
    {"unixEpoch", "?t", 'a', unix_epoch},
    {"duration", "?a", 'a', duration},
    {"durationRound", "?a", 'a', duration_round},
};

}  // namespace

std::span<const Function> sprig_dates() { return kTable; }

}  // namespace expr
