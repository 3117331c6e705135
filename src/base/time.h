// time.h — instants and lengths of time as values. Nothing here reads a clock; sys/clock.h does.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace base {

// A length of time in nanoseconds; may be negative.
struct Duration {
  int64_t ns = 0;

  static constexpr Duration seconds(int64_t s) { return {s * 1'000'000'000}; }
  static constexpr Duration millis(int64_t ms) { return {ms * 1'000'000}; }
  constexpr double in_seconds() const { return static_cast<double>(ns) / 1e9; }
  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return {a.ns + b.ns}; }
  friend constexpr Duration operator-(Duration a, Duration b) { return {a.ns - b.ns}; }
};

// An instant: nanoseconds since 1970-01-01T00:00:00Z. The default, 0, means "not set".
struct Time {
  int64_t ns = 0;

  constexpr bool is_set() const { return ns != 0; }
  // The second that it stands in: rounded down, before 1970 too.
  constexpr int64_t unix_seconds() const {
    return ns / 1'000'000'000 - (ns % 1'000'000'000 < 0 ? 1 : 0);
  }
  static constexpr Time from_unix_seconds(int64_t s) { return {s * 1'000'000'000}; }
  friend constexpr auto operator<=>(Time, Time) = default;
  friend constexpr Time operator+(Time t, Duration d) { return {t.ns + d.ns}; }
  friend constexpr Time operator-(Time t, Duration d) { return {t.ns - d.ns}; }
  friend constexpr Duration operator-(Time a, Time b) { return {a.ns - b.ns}; }
};

// "2026-01-02T03:04:05Z": whole seconds, UTC, as Kubernetes writes metav1.Time.
std::string to_rfc3339(Time time);
// "2026-01-02T03:04:05.123456Z", as metav1.MicroTime and log timestamps.
std::string to_rfc3339_nano(Time time);
// Reads RFC 3339 with any offset and any number of fractional digits.
std::optional<Time> parse_rfc3339(std::string_view text);

}  // namespace base
