// expr-lang's times and lengths of time, and their methods.
#include <array>
#include <cmath>

#include "expr/builtins.h"
#include "expr/number_text.h"
#include "expr/operators.h"
#include "text/quantity.h"

namespace expr {
namespace {

using Result = base::Result<Value>;

constexpr int64_t kSecond = 1'000'000'000;
__extension__ using Wide = __int128;

Instant of_time(base::Time time) {
  const int64_t seconds = time.unix_seconds();
  return {.seconds = seconds, .nanos = static_cast<int32_t>(time.ns - seconds * kSecond)};
}

Result now(CallContext& context, Arguments a) {
  const Instant time = of_time(context.eval.now);
  return in_zone(time, a.empty() ? TimeZone() : a[0].as_zone());
}
Result duration(CallContext&, Arguments a) {
  const auto value = text::parse_duration(a[0].as_string());
  if (!value) return call_error("time: invalid duration \"" + a[0].as_string() + "\"");
  return Length{value->ns};
}
Result timezone(CallContext&, Arguments a) {
  auto zone = load_zone(a[0].as_string());
  if (!zone) return tl::unexpected(zone.error());
  return std::move(*zone);
}

Result date(CallContext&, Arguments a) {
  TimeZone zone;
  if (a[0].is(Value::Kind::kZone)) {
    zone = a[0].as_zone();
    a = a.subspan(1);
  }
  if (a.empty() || !a[0].is_string()) return call_error("date takes a text");
  for (const Value& argument : a)
    if (!argument.is_string()) return call_error("date takes texts, not " + go_type_name(argument));
  const std::string& text = a[0].as_string();
  if (a.size() == 3) {
    auto named = load_zone(a[2].as_string());
    if (!named) return tl::unexpected(named.error());
    zone = std::move(*named);
  }
  if (a.size() >= 2) {
    const auto time = parse_time_in(a[1].as_string(), text, zone);
    if (!time) return call_error("parsing time \"" + text + "\" as \"" + a[1].as_string() + "\"");
    return *time;
  }
  constexpr std::array<std::string_view, 7> kLayouts = {"2006-01-02",
                                                        "15:04:05",
                                                        "2006-01-02 15:04:05",
                                                        "2006-01-02T15:04:05Z07:00",
                                                        "02 Jan 06 15:04 MST",
                                                        "Monday, 02-Jan-06 15:04:05 MST",
                                                        "Mon, 02 Jan 2006 15:04:05 MST"};
  for (const std::string_view layout : kLayouts)
    if (const auto time = parse_time_in(layout, text, zone)) return *time;
  return call_error("invalid date " + text);
}

// The methods get the time itself as the first argument.
const ZonedTime& self(Arguments a) { return a[0].as_time(); }
template <int Civil::*Field>
Result field(CallContext&, Arguments a) {
  return static_cast<int64_t>(civil_of(self(a)).*Field);
}
Result year(CallContext&, Arguments a) { return civil_of(self(a)).year; }
Result nanosecond(CallContext&, Arguments a) { return static_cast<int64_t>(self(a).nanos); }
Result month(CallContext&, Arguments a) { return Int{civil_of(self(a)).month, IntType::kMonth}; }
Result weekday(CallContext&, Arguments a) {
  return Int{civil_of(self(a)).weekday, IntType::kWeekday};
}
template <int64_t PerSecond>
Result unix_time(CallContext&, Arguments a) {
  return Int{self(a).seconds * PerSecond + self(a).nanos / (kSecond / PerSecond), IntType::kInt64};
}
Result format(CallContext&, Arguments a) { return format_time(self(a), a[1].as_string()); }
Result text_of(CallContext&, Arguments a) { return go_text(a[0]); }
Result in_utc(CallContext&, Arguments a) { return in_zone(self(a), TimeZone()); }
Result in_given_zone(CallContext&, Arguments a) { return in_zone(self(a), a[1].as_zone()); }
Result location(CallContext&, Arguments a) { return zone_of(self(a)); }
Result zone_name(CallContext&, Arguments a) { return abbreviation_of(self(a)); }
Result is_daylight_saving(CallContext&, Arguments a) {
  return zone_of(self(a)).at(self(a).seconds).daylight_saving;
}
Result iso_year(CallContext&, Arguments a) {
  // The year that the Thursday of the week is in.
  Civil civil = civil_of(self(a));
  civil.day += 4 - (civil.weekday == 0 ? 7 : civil.weekday);
  return civil_of(instant_of(civil, 0)).year;
}
Result compare(CallContext&, Arguments a) {
  const auto order = self(a) <=> a[1].as_time();
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}
Result add(CallContext& context, Arguments a) {
  return apply(Operator::kAdd, a[0], a[1], context.budget);
}
Result subtract(CallContext& context, Arguments a) {
  return apply(Operator::kSubtract, a[0], a[1], context.budget);
}
Result add_date(CallContext&, Arguments a) {
  constexpr int64_t kMost = 1'000'000;
  for (size_t i = 1; i < 4; ++i)
    if (std::abs(a[i].as_int().value) > kMost) return call_error("a date so far is not supported");
  Civil civil = civil_of(self(a));
  civil.year += a[1].as_int().value;
  civil.month += static_cast<int>(a[2].as_int().value);
  civil.day += static_cast<int>(a[3].as_int().value);
  const TimeZone zone = zone_of(self(a));
  return in_zone(zone.instant_of(civil), zone);
}
// A time cut to a multiple of a length since the zero time.
Result cut(CallContext& context, Arguments a, bool to_nearest) {
  const int64_t unit = a[1].as_length().ns;
  if (unit <= 0) return a[0];
  const Wide since_zero = Wide{self(a).seconds - kZeroInstant.seconds} * kSecond + self(a).nanos;
  Wide rest = since_zero % unit;
  if (rest < 0) rest += unit;
  Wide move = -rest;
  if (to_nearest && rest + rest >= unit) move += unit;
  return apply(Operator::kAdd, a[0], Value(Length{static_cast<int64_t>(move)}), context.budget);
}
Result cut_time(CallContext& context, Arguments a) { return cut(context, a, false); }
Result round_time(CallContext& context, Arguments a) { return cut(context, a, true); }
Result json_bytes(CallContext&, Arguments a) {
  auto json = to_json(a[0]);
  if (!json) return tl::unexpected(json.error());
  return bytes_value(*json);
}
Result text_bytes(CallContext&, Arguments a) {
  return bytes_value(format_time(self(a), kRfc3339Nano));
}
Result before(CallContext&, Arguments a) { return self(a) < a[1].as_time(); }
Result after(CallContext&, Arguments a) { return self(a) > a[1].as_time(); }
Result same(CallContext&, Arguments a) { return self(a) == a[1].as_time(); }
Result is_zero(CallContext&, Arguments a) { return self(a) == kZeroInstant; }

template <int64_t Unit>
Result in_units(CallContext&, Arguments a) {
  return static_cast<double>(a[0].as_length().ns) / static_cast<double>(Unit);
}
template <int64_t Unit>
Result whole_units(CallContext&, Arguments a) {
  return Int{a[0].as_length().ns / Unit, IntType::kInt64};
}
Result magnitude(CallContext&, Arguments a) {
  const int64_t ns = a[0].as_length().ns;
  return Length{ns == INT64_MIN ? INT64_MAX : std::abs(ns)};
}
Result truncate(CallContext&, Arguments a) {
  const int64_t ns = a[0].as_length().ns, unit = a[1].as_length().ns;
  return Length{unit <= 0 ? ns : ns - ns % unit};
}
Result rounded(CallContext&, Arguments a) {
  const int64_t ns = a[0].as_length().ns, unit = a[1].as_length().ns;
  if (unit <= 0) return Length{ns};
  const int64_t rest = std::abs(ns % unit);
  const int64_t whole = ns - ns % unit;
  return Length{rest * 2 >= unit ? whole + (ns < 0 ? -unit : unit) : whole};
}

constexpr Function kTable[] = {
    {"now", "|z", 't', now},
    {"duration", "s", 'd', duration},
    {"date", "a|aa|aaa|aaaa", 't', date},
    {"timezone", "s", 'z', timezone},
};

constexpr Function kTimeMethods[] = {
    {"Year", "", 'i', year},
    {"Month", "", 'm', month},
    {"Day", "", 'i', field<&Civil::day>},
    {"Hour", "", 'i', field<&Civil::hour>},
    {"Minute", "", 'i', field<&Civil::minute>},
    {"Second", "", 'i', field<&Civil::second>},
    {"Nanosecond", "", 'i', nanosecond},
    {"Weekday", "", 'm', weekday},
    {"YearDay", "", 'i', field<&Civil::year_day>},
    {"Unix", "", 'i', unix_time<1>},
    {"UnixMilli", "", 'i', unix_time<1000>},
    {"UnixMicro", "", 'i', unix_time<1'000'000>},
    {"UnixNano", "", 'i', unix_time<kSecond>},
    {"Format", "s", 's', format},
    {"String", "", 's', text_of},
    {"UTC", "", 't', in_utc},
    {"Local", "", 't', in_utc},
    {"In", "z", 't', in_given_zone},
    {"Location", "", 'z', location},
    {"Zone", "", 's', zone_name},
    {"IsDST", "", 'b', is_daylight_saving},
    {"ISOWeek", "", 'i', iso_year},
    {"Compare", "t", 'i', compare},
    {"Truncate", "d", 't', cut_time},
    {"Round", "d", 't', round_time},
    {"MarshalJSON", "", 'a', json_bytes},
    {"MarshalText", "", 'a', text_bytes},
    {"Add", "d", 't', add},
    {"Sub", "t", 'd', subtract},
    {"AddDate", "iii", 't', add_date},
    {"Before", "t", 'b', before},
    {"After", "t", 'b', after},
    {"Equal", "t", 'b', same},
    {"IsZero", "", 'b', is_zero},
};

constexpr Function kLengthMethods[] = {
    {"Hours", "", 'f', in_units<3600 * kSecond>},
    {"Minutes", "", 'f', in_units<60 * kSecond>},
    {"Seconds", "", 'f', in_units<kSecond>},
    {"Milliseconds", "", 'i', whole_units<1'000'000>},
    {"Microseconds", "", 'i', whole_units<1000>},
    {"Nanoseconds", "", 'i', whole_units<1>},
    {"String", "", 's', text_of},
    {"Abs", "", 'd', magnitude},
    {"Truncate", "d", 'd', truncate},
    {"Round", "d", 'd', rounded},
};

constexpr Function kNameMethods[] = {{"String", "", 's', text_of}};

}  // namespace

base::Result<TimeZone> load_zone(const std::string& name) {
  // The zone of the machine is none of a workflow's business: Argo's controller runs in UTC.
  if (name == "Local") return TimeZone();
  auto zone = TimeZone::load(name);
  if (!zone) return call_error("unknown time zone " + name);
  return zone;
}

std::span<const Function> time_builtins() { return kTable; }
std::span<const Function> time_methods() { return kTimeMethods; }
std::span<const Function> length_methods() { return kLengthMethods; }
std::span<const Function> name_methods() { return kNameMethods; }

}  // namespace expr
