#include "text/human_duration.h"

#include <cstdint>

namespace text {
namespace {

constexpr int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour, kYear = 365 * kDay;

std::string one(int64_t count, char unit) { return std::to_string(count) + unit; }

std::string two(int64_t count, char unit, int64_t rest, char rest_unit) {
  return rest == 0 ? one(count, unit) : one(count, unit) + one(rest, rest_unit);
}

}  // namespace

std::string human_duration(base::Duration length) {
  const int64_t s = length.ns / 1'000'000'000;
  if (s < -1) return "<invalid>";
  if (s < 0) return "0s";
  if (s < 2 * kMinute) return one(s, 's');
  if (s < 10 * kMinute) return two(s / kMinute, 'm', s % kMinute, 's');
  if (s < 3 * kHour) return one(s / kMinute, 'm');
  if (s < 8 * kHour) return two(s / kHour, 'h', s % kHour / kMinute, 'm');
  if (s < 2 * kDay) return one(s / kHour, 'h');
  if (s < 8 * kDay) return two(s / kDay, 'd', s % kDay / kHour, 'h');
  if (s < 2 * kYear) return one(s / kDay, 'd');
  if (s < 8 * kYear) return two(s / kYear, 'y', s % kYear / kDay, 'd');
  return one(s / kYear, 'y');
}

}  // namespace text
