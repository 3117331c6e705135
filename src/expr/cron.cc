#include "expr/cron.h"

#include <algorithm>
#include <utility>

namespace expr {
namespace {

constexpr int64_t kMinute = 60, kHour = 3600, kDay = 86400;
constexpr int64_t kNs = 1'000'000'000;

bool has(uint64_t bits, int value) { return (bits >> value & 1) != 0; }

int64_t floor_to(int64_t seconds, int64_t unit) {
  const int64_t rest = seconds % unit;
  return seconds - (rest < 0 ? rest + unit : rest);
}

// The first whole second that is after the instant.
int64_t second_after(base::Time time) { return time.unix_seconds() + 1; }

std::optional<base::Time> time_of(int64_t seconds) {
  if (seconds > INT64_MAX / kNs || seconds < INT64_MIN / kNs) return std::nullopt;
  return base::Time::from_unix_seconds(seconds);
}

}  // namespace

// robfig's way to the next slot: each field in turn, from the month to the minute, is moved on
// until it matches; when that wraps around, the larger fields are looked at again.
class Schedule::Search {
 public:
  Search(const Schedule& schedule, int64_t seconds) : schedule_(schedule), at_(seconds) {}

  std::optional<int64_t> run() {
    // A field without a value ("," has none) never matches; so it would search for five years.
    if (!(schedule_.minutes_ & ~kStar) || !(schedule_.hours_ & ~kStar) ||
        !(schedule_.months_ & ~kStar))
      return std::nullopt;
    const int64_t last_year = civil().year + 5;
    while (civil().year <= last_year)
      if (find_month() && find_day() && find_hour() && find_minute() && find_second()) return at_;
    return std::nullopt;
  }

 private:
  Civil civil() const { return civil_of(schedule_.zone_.show({.seconds = at_})); }

  // The first time that a field moves, the smaller ones begin anew.
  void begin(const Civil& start) {
    if (std::exchange(moved_, true)) return;
    at_ = schedule_.zone_.instant_of(start).seconds;
  }
  void begin_unit(int64_t unit) {
    if (!std::exchange(moved_, true)) at_ = floor_to(at_, unit);
  }

  // To the same clock time some months or days on. Where that does not exist, the rule of Go can
  // lead back to where we were, and the original never returns (Samoa had no 30th of December
  // 2011): then a step of the plain length leads over it.
  void advance(Civil to, int64_t plain) {
    const int64_t next = schedule_.zone_.instant_of(to).seconds;
    at_ = next > at_ ? next : at_ + plain;
  }

  // Each gives false when it wrapped around.
  bool find_month() {
    for (Civil now = civil(); !has(schedule_.months_, now.month); now = civil()) {
      begin({.year = now.year, .month = now.month});
      now = civil();
      ++now.month;
      advance(now, 31 * kDay);
      if (civil().month == 1) return false;
    }
    return true;
  }

  bool find_day() {
    for (Civil now = civil(); !matches_day(now); now = civil()) {
      begin({.year = now.year, .month = now.month, .day = now.day});
      now = civil();
      ++now.day;
      const int64_t before = at_;
      advance(now, kDay);
      // Where midnight does not exist, or has moved.
      now = civil();
      if (now.hour != 0) at_ += (now.hour > 12 ? 24 - now.hour : -now.hour) * kHour;
      if (at_ <= before) at_ = before + kDay;
      if (civil().day == 1) return false;
    }
    return true;
  }

  // Both fields must match when one of them is a star, else one of them.
  bool matches_day(const Civil& now) const {
    const bool day = has(schedule_.days_, now.day);
    const bool weekday = has(schedule_.weekdays_, now.weekday);
    const bool star = ((schedule_.days_ | schedule_.weekdays_) & kStar) != 0;
    return star ? day && weekday : day || weekday;
  }

  bool find_hour() {
    for (Civil now = civil(); !has(schedule_.hours_, now.hour); now = civil()) {
      begin({.year = now.year, .month = now.month, .day = now.day, .hour = now.hour});
      at_ += kHour;
      if (civil().hour == 0) return false;
    }
    return true;
  }

  bool find_minute() {
    for (Civil now = civil(); !has(schedule_.minutes_, now.minute); now = civil()) {
      begin_unit(kMinute);
      at_ += kMinute;
      if (civil().minute == 0) return false;
    }
    return true;
  }

  // Second 0 of the zone's clocks, which old offsets set apart from those of UTC.
  bool find_second() {
    for (Civil now = civil(); now.second != 0; now = civil()) {
      moved_ = true;
      at_ += kMinute - now.second;
      if (civil().second == 0) return false;
    }
    return true;
  }

  const Schedule& schedule_;
  int64_t at_;
  bool moved_ = false;
};

std::optional<base::Time> Schedule::next(base::Time after) const {
  if (is_every()) return time_of(after.unix_seconds() + delay_);
  const auto found = Search(*this, second_after(after)).run();
  return found ? time_of(*found) : std::nullopt;
}

std::vector<base::Time> Schedule::next(base::Time after, size_t count) const {
  std::vector<base::Time> out;
  while (out.size() < count) {
    const auto slot = next(after);
    if (!slot) break;
    out.push_back(*slot);
    after = *slot;
  }
  return out;
}

std::optional<base::Time> Schedule::previous(base::Time before) const {
  if (is_every()) return time_of(before.unix_seconds() - delay_);
  constexpr int64_t kFiveYears = 5 * 366 * kDay;
  const auto start = time_of(before.unix_seconds() - kFiveYears);
  return start ? newest_between(*start, before) : std::nullopt;
}

std::optional<base::Time> Schedule::newest_between(base::Time after, base::Time before) const {
  if (before <= after) return std::nullopt;
  if (is_every()) {
    const int64_t first = after.unix_seconds();
    const int64_t last = before.ns % kNs == 0 ? before.unix_seconds() - 1 : before.unix_seconds();
    const int64_t count = (last - first) / delay_;
    return count > 0 ? time_of(first + count * delay_) : std::nullopt;
  }
  // The slots after a later instant are later: half the way each time, until the slot after `low`
  // is the last one before the end.
  std::optional<base::Time> found = next(after);
  if (!found || *found >= before) return std::nullopt;
  int64_t low = found->unix_seconds(), high = before.unix_seconds() + 1;
  while (low + 1 < high) {
    const int64_t middle = low + (high - low) / 2;
    const auto slot = next(base::Time::from_unix_seconds(middle));
    if (slot && *slot < before) {
      found = slot;
      low = std::max(middle, slot->unix_seconds());
    } else {
      high = middle;
    }
  }
  return found;
}

std::string schedule_with_zone(std::string_view schedule, std::string_view zone) {
  if (zone.empty()) return std::string(schedule);
  return "CRON_TZ=" + std::string(zone) + " " + std::string(schedule);
}

}  // namespace expr
