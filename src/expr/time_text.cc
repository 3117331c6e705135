#include "expr/time_text.h"

#include <array>
#include <cctype>
#include <charconv>
#include <utility>

namespace expr {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kWeekdays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};

// Days since 1970-01-01 of a date in the proleptic Gregorian calendar, and back. The months are
// counted from March, so that the leap day comes last.
int64_t days_of(int64_t year, int month, int day) {
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t of_era = year - era * 400;
  const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void date_of(int64_t days, Civil& out) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const int64_t of_era = days - era * 146097;
  const int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted = (5 * of_year + 2) / 153;
  out.day = static_cast<int>(of_year - (153 * shifted + 2) / 5 + 1);
  out.month = static_cast<int>(shifted + (shifted < 10 ? 3 : -9));
  out.year = year_of_era + era * 400 + (out.month <= 2);
}

bool is_leap(int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }
int days_in(int64_t year, int month) {
  if (month == 2) return is_leap(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

enum class Field {
  kLiteral,
  kYear,
  kYear2,
  kMonthName,
  kMonthShort,
  kMonth,
  kMonth2,
  kDay,
  kDaySpace,
  kDay2,
  kYearDay,
  kWeekday,
  kWeekdayShort,
  kHour,
  kHour12,
  kHour12Two,
  kMinute,
  kMinute2,
  kSecond,
  kSecond2,
  kFractionFixed,
  kFractionTrim,
  kPm,
  kPmLower,
  kZoneName,
  kZone
};

struct LayoutItem {
  Field field = Field::kLiteral;
  std::string_view text;  // as it stands in the layout
};

struct LayoutWord {
  std::string_view text;
  Field field;
};

// Longest first where one is the beginning of another. "Z…" prints Z for UTC.
constexpr LayoutWord kWords[] = {
    {"January", Field::kMonthName}, {"Jan", Field::kMonthShort}, {"Monday", Field::kWeekday},
    {"Mon", Field::kWeekdayShort},  {"MST", Field::kZoneName},   {"2006", Field::kYear},
    {"002", Field::kYearDay},       {"01", Field::kMonth2},      {"02", Field::kDay2},
    {"03", Field::kHour12Two},      {"04", Field::kMinute2},     {"05", Field::kSecond2},
    {"06", Field::kYear2},          {"15", Field::kHour},        {"_2", Field::kDaySpace},
    {"1", Field::kMonth},           {"2", Field::kDay},          {"3", Field::kHour12},
    {"4", Field::kMinute},          {"5", Field::kSecond},       {"PM", Field::kPm},
    {"pm", Field::kPmLower},        {"-07:00:00", Field::kZone}, {"-070000", Field::kZone},
    {"-07:00", Field::kZone},       {"-0700", Field::kZone},     {"-07", Field::kZone},
    {"Z07:00:00", Field::kZone},    {"Z070000", Field::kZone},   {"Z07:00", Field::kZone},
    {"Z0700", Field::kZone},        {"Z07", Field::kZone},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// ".000" and ",999": a fraction, when no digit follows.
size_t fraction_length(std::string_view layout) {
  if (layout.size() < 2 || (layout[0] != '.' && layout[0] != ',')) return 0;
  if (layout[1] != '0' && layout[1] != '9') return 0;
  const size_t end = layout.find_first_not_of(layout[1], 1);
  if (end == std::string_view::npos) return layout.size();
  return is_digit(layout[end]) ? 0 : end;
}

// The next field of the layout; what stands before it is a literal of its own.
LayoutItem next_item(std::string_view layout) {
  for (size_t i = 0; i < layout.size(); ++i) {
    const std::string_view rest = layout.substr(i);
    size_t length = fraction_length(rest);
    Field field = length > 0 && rest[1] == '0' ? Field::kFractionFixed : Field::kFractionTrim;
    if (rest.starts_with("_2006")) continue;  // an underscore and a year
    for (const LayoutWord& word : kWords) {
      if (length > 0) break;
      if (!rest.starts_with(word.text)) continue;
      // "Jan" and "Mon" are not fields inside of longer words ("Jannette", "Month").
      const bool short_name =
          word.field == Field::kMonthShort || word.field == Field::kWeekdayShort;
      if (short_name && rest.size() > 3 && rest[3] >= 'a' && rest[3] <= 'z') continue;
      length = word.text.size();
      field = word.field;
    }
    if (length == 0) continue;
    if (i > 0) return {Field::kLiteral, layout.substr(0, i)};
    return {field, layout.substr(0, length)};
  }
  return {Field::kLiteral, layout};
}

void append_padded(std::string& out, int64_t value, size_t width, char pad = '0') {
  const std::string digits = std::to_string(value < 0 ? -value : value);
  if (value < 0) out += '-';
  if (digits.size() < width) out.append(width - digits.size(), pad);
  out += digits;
}

void append_zone(std::string& out, int32_t offset, std::string_view form) {
  if (form[0] == 'Z' && offset == 0) {
    out += 'Z';
    return;
  }
  const int32_t magnitude = offset < 0 ? -offset : offset;
  out += offset < 0 ? '-' : '+';
  append_padded(out, magnitude / 3600, 2);
  const bool colon = form.find(':') != std::string_view::npos;
  if (form.size() == 3) return;
  if (colon) out += ':';
  append_padded(out, magnitude / 60 % 60, 2);
  if (form.size() < 7) return;
  if (colon) out += ':';
  append_padded(out, magnitude % 60, 2);
}

void append_fraction(std::string& out, int32_t nanos, std::string_view form) {
  std::string digits;
  append_padded(digits, nanos, 9);
  digits.resize(std::min<size_t>(form.size() - 1, 9));
  if (form[1] == '9') {
    while (!digits.empty() && digits.back() == '0') digits.pop_back();
    if (digits.empty()) return;
  }
  out += form[0];
  out += digits;
}

// Fields of the date; false: it is none of them.
bool append_date_field(std::string& out, Field field, const Civil& civil) {
  switch (field) {
    case Field::kYear:
      append_padded(out, civil.year, 4);
      return true;
    case Field::kYear2:
      append_padded(out, civil.year % 100, 2);
      return true;
    case Field::kMonthName:
      out += month_name(civil.month);
      return true;
    case Field::kMonthShort:
      out += month_name(civil.month).substr(0, 3);
      return true;
    case Field::kMonth:
    case Field::kMonth2:
      append_padded(out, civil.month, field == Field::kMonth ? 1 : 2);
      return true;
    case Field::kDay:
    case Field::kDay2:
      append_padded(out, civil.day, field == Field::kDay ? 1 : 2);
      return true;
    case Field::kDaySpace:
      append_padded(out, civil.day, 2, ' ');
      return true;
    case Field::kYearDay:
      append_padded(out, civil.year_day, 3);
      return true;
    case Field::kWeekday:
      out += weekday_name(civil.weekday);
      return true;
    case Field::kWeekdayShort:
      out += weekday_name(civil.weekday).substr(0, 3);
      return true;
    default:
      return false;
  }
}

void append_field(std::string& out, const LayoutItem& item, const Instant& instant,
                  const Civil& civil, std::string_view abbreviation) {
  if (append_date_field(out, item.field, civil)) return;
  const int hour12 = civil.hour % 12 == 0 ? 12 : civil.hour % 12;
  switch (item.field) {
    case Field::kHour:
      return append_padded(out, civil.hour, 2);
    case Field::kHour12:
    case Field::kHour12Two:
      return append_padded(out, hour12, item.field == Field::kHour12 ? 1 : 2);
    case Field::kMinute:
    case Field::kMinute2:
      return append_padded(out, civil.minute, item.field == Field::kMinute ? 1 : 2);
    case Field::kSecond:
    case Field::kSecond2:
      return append_padded(out, civil.second, item.field == Field::kSecond ? 1 : 2);
    case Field::kFractionFixed:
    case Field::kFractionTrim:
      return append_fraction(out, instant.nanos, item.text);
    case Field::kPm:
      out += civil.hour >= 12 ? "PM" : "AM";
      return;
    case Field::kPmLower:
      out += civil.hour >= 12 ? "pm" : "am";
      return;
    case Field::kZoneName:
      if (!abbreviation.empty())
        out += abbreviation;
      else if (instant.offset == 0)
        out += "UTC";
      else
        append_zone(out, instant.offset, "-0700");
      return;
    case Field::kZone:
      return append_zone(out, instant.offset, item.text);
    default:
      out += item.text;
  }
}

// Reads fields one after another; every function gives false where the text does not fit.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : text_(text) {}

  std::optional<TimeParts> read(std::string_view layout) {
    while (!layout.empty()) {
      const LayoutItem item = next_item(layout);
      layout.remove_prefix(item.text.size());
      if (!read_field(item, layout)) return std::nullopt;
    }
    if (!text_.empty()) return std::nullopt;
    return finish();
  }

 private:
  bool digits(size_t min, size_t max, int64_t& out) {
    size_t count = 0;
    out = 0;
    while (count < max && count < text_.size() && is_digit(text_[count]))
      out = out * 10 + (text_[count++] - '0');
    if (count < min) return false;
    text_.remove_prefix(count);
    return true;
  }
  bool number(size_t min, size_t max, int low, int high, int& out) {
    int64_t value = 0;
    if (!digits(min, max, value) || value < low || value > high) return false;
    out = static_cast<int>(value);
    return true;
  }
  // A name in any case, whole or its first three letters.
  template <size_t N>
  bool name(const std::array<std::string_view, N>& names, bool whole, int& out) {
    for (size_t i = 0; i < N; ++i) {
      const std::string_view candidate = whole ? names[i] : names[i].substr(0, 3);
      if (text_.size() < candidate.size()) continue;
      bool same = true;
      for (size_t k = 0; k < candidate.size() && same; ++k)
        same = (text_[k] | 0x20) == (candidate[k] | 0x20);
      if (!same) continue;
      text_.remove_prefix(candidate.size());
      out = static_cast<int>(i);
      return true;
    }
    return false;
  }
  bool literal(std::string_view expected) {
    for (const char c : expected) {
      if (c == ' ') {  // any run of spaces, also none at the end
        if (!text_.empty() && text_[0] != ' ') return false;
        while (text_.starts_with(' ')) text_.remove_prefix(1);
        continue;
      }
      if (!text_.starts_with(c)) return false;
      text_.remove_prefix(1);
    }
    return true;
  }
  bool fraction(size_t count) {  // the digits after the point, `count` of them
    int32_t nanos = 0;
    for (size_t i = 0; i < 9; ++i) nanos = nanos * 10 + (i < count ? text_[i] - '0' : 0);
    civil_.nanos = nanos;
    text_.remove_prefix(count);
    return true;
  }
  size_t digits_ahead(size_t from) const {
    size_t end = from;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    return end - from;
  }
  bool zone(std::string_view form) {
    if (form[0] == 'Z' && text_.starts_with('Z')) {
      text_.remove_prefix(1);
      utc_ = true;
      return true;
    }
    if (text_.empty() || (text_[0] != '+' && text_[0] != '-')) return false;
    const int sign = text_[0] == '-' ? -1 : 1;
    text_.remove_prefix(1);
    const bool colon = form.find(':') != std::string_view::npos;
    int hour = 0, minute = 0, second = 0;
    if (!number(2, 2, 0, 24, hour)) return false;
    if (form.size() > 3 && ((colon && !literal(":")) || !number(2, 2, 0, 60, minute))) return false;
    if (form.size() > 6 && ((colon && !literal(":")) || !number(2, 2, 0, 60, second))) return false;
    offset_ = sign * (hour * 3600 + minute * 60 + second);
    return true;
  }
  bool seconds(size_t min, std::string_view rest) {
    if (!number(min, 2, 0, 59, civil_.second)) return false;
    // A fraction in the text is read though the layout has none.
    const bool follows = fraction_length(rest) > 0;
    if (!follows && text_.size() >= 2 && (text_[0] == '.' || text_[0] == ',') &&
        is_digit(text_[1])) {
      const size_t count = digits_ahead(1);
      text_.remove_prefix(1);
      return fraction(count);
    }
    return true;
  }
  bool zone_name() {
    if (text_.starts_with("UTC")) {
      text_.remove_prefix(3);
      utc_ = true;
      return true;
    }
    const size_t count = zone_name_length();
    if (count == 0) return false;
    zone_name_ = text_.substr(0, count);
    text_.remove_prefix(count);
    return true;
  }
  // "+3" or "-11" behind `from`, of 23 hours at most; 0: none.
  size_t hours_length(size_t from) const {
    if (from >= text_.size() || (text_[from] != '+' && text_[from] != '-')) return 0;
    const size_t count = digits_ahead(from + 1);
    int hours = 24;
    if (count > 0 && count < 9)
      std::from_chars(text_.data() + from + 1, text_.data() + from + 1 + count, hours);
    return hours > 23 ? 0 : count + 1;
  }
  // The length of an abbreviation: "CEST", "GMT+3", "+03", "ChST"; 0: none.
  size_t zone_name_length() const {
    if (text_.size() < 3) return 0;
    if (text_.starts_with("ChST") || text_.starts_with("MeST")) return 4;
    if (text_.starts_with("GMT")) return 3 + hours_length(3);
    if (text_[0] == '+' || text_[0] == '-') return hours_length(0);
    size_t count = 0;
    while (count < std::min<size_t>(text_.size(), 6) && text_[count] >= 'A' && text_[count] <= 'Z')
      ++count;
    const bool good = count == 3 ||
                      (count == 4 && (text_[3] == 'T' || text_.starts_with("WITA"))) ||
                      (count == 5 && text_[4] == 'T');
    return good ? count : 0;
  }
  bool pm(std::string_view am_word, std::string_view pm_word) {
    pm_set_ = true;
    pm_ = text_.starts_with(pm_word);
    if (!pm_ && !text_.starts_with(am_word)) return false;
    text_.remove_prefix(2);
    return true;
  }
  bool fraction_field(const LayoutItem& item) {
    const bool fixed = item.field == Field::kFractionFixed;
    const bool here =
        text_.size() > 1 && (text_[0] == '.' || text_[0] == ',') && is_digit(text_[1]);
    if (!here) return !fixed;
    const size_t count = fixed ? item.text.size() - 1 : digits_ahead(1);
    if (fixed && digits_ahead(1) < count) return false;
    text_.remove_prefix(1);
    return fraction(count);
  }
  bool read_field(const LayoutItem& item, std::string_view rest) {
    int64_t year = 0;
    int ignored = 0;
    switch (item.field) {
      case Field::kLiteral:
        return literal(item.text);
      case Field::kYear:
        if (!digits(4, 4, year)) return false;
        civil_.year = year;
        return true;
      case Field::kYear2:
        if (!digits(2, 2, year)) return false;
        civil_.year = year >= 69 ? year + 1900 : year + 2000;
        return true;
      case Field::kMonthName:
      case Field::kMonthShort:
        if (!name(kMonths, item.field == Field::kMonthName, civil_.month)) return false;
        ++civil_.month;
        return true;
      case Field::kMonth:
        return number(1, 2, 1, 12, civil_.month);
      case Field::kMonth2:
        return number(2, 2, 1, 12, civil_.month);
      case Field::kDaySpace:
        if (text_.starts_with(' ')) text_.remove_prefix(1);
        return number(1, 2, 1, 31, civil_.day);
      case Field::kDay:
        return number(1, 2, 1, 31, civil_.day);
      case Field::kDay2:
        return number(2, 2, 1, 31, civil_.day);
      case Field::kYearDay:
        return number(3, 3, 1, 366, year_day_);
      case Field::kWeekday:
        return name(kWeekdays, true, ignored);
      case Field::kWeekdayShort:
        return name(kWeekdays, false, ignored);
      case Field::kHour:
        return number(1, 2, 0, 23, civil_.hour);
      case Field::kHour12:
        return number(1, 2, 0, 12, civil_.hour);
      case Field::kHour12Two:
        return number(2, 2, 0, 12, civil_.hour);
      case Field::kMinute:
        return number(1, 2, 0, 59, civil_.minute);
      case Field::kMinute2:
        return number(2, 2, 0, 59, civil_.minute);
      case Field::kSecond:
        return seconds(1, rest);
      case Field::kSecond2:
        return seconds(2, rest);
      case Field::kFractionFixed:
      case Field::kFractionTrim:
        return fraction_field(item);
      case Field::kPm:
        return pm("AM", "PM");
      case Field::kPmLower:
        return pm("am", "pm");
      case Field::kZoneName:
        return zone_name();
      case Field::kZone:
        return zone(item.text);
    }
    return false;
  }
  std::optional<TimeParts> finish() {
    if (pm_set_) {
      if (pm_ && civil_.hour < 12) civil_.hour += 12;
      if (!pm_ && civil_.hour == 12) civil_.hour = 0;
    }
    if (year_day_ > 0) {
      if (year_day_ > (is_leap(civil_.year) ? 366 : 365)) return std::nullopt;
      civil_.month = 1;
      civil_.day = year_day_;
    } else if (civil_.day > days_in(civil_.year, civil_.month)) {
      return std::nullopt;
    }
    return TimeParts{civil_, utc_, utc_ ? std::nullopt : offset_, std::move(zone_name_)};
  }

  std::string_view text_;
  Civil civil_{.year = 0};
  std::optional<int32_t> offset_;
  std::string zone_name_;
  int year_day_ = 0;
  bool utc_ = false;
  bool pm_set_ = false, pm_ = false;
};

}  // namespace

Civil civil_of(const Instant& instant) {
  const int64_t local = instant.seconds + instant.offset;
  int64_t days = local / 86400, rest = local % 86400;
  if (rest < 0) {
    rest += 86400;
    --days;
  }
  Civil out;
  date_of(days, out);
  out.hour = static_cast<int>(rest / 3600);
  out.minute = static_cast<int>(rest / 60 % 60);
  out.second = static_cast<int>(rest % 60);
  out.nanos = instant.nanos;
  out.weekday = static_cast<int>(((days + 4) % 7 + 7) % 7);
  out.year_day = static_cast<int>(days - days_of(out.year, 1, 1) + 1);
  return out;
}

Instant instant_of(const Civil& civil, int32_t offset) {
  int64_t year = civil.year, month = civil.month - 1;
  year += month >= 0 ? month / 12 : (month - 11) / 12;
  month = ((month % 12) + 12) % 12;
  const int64_t days = days_of(year, static_cast<int>(month) + 1, 1) + civil.day - 1;
  return {
      .seconds = days * 86400 + civil.hour * 3600LL + civil.minute * 60LL + civil.second - offset,
      .nanos = civil.nanos,
      .offset = offset};
}

std::string_view month_name(int month) { return kMonths[static_cast<size_t>(month - 1) % 12]; }
std::string_view weekday_name(int weekday) { return kWeekdays[static_cast<size_t>(weekday) % 7]; }

std::string format_time(const Instant& instant, std::string_view layout,
                        std::string_view abbreviation) {
  const Civil civil = civil_of(instant);
  std::string out;
  while (!layout.empty()) {
    const LayoutItem item = next_item(layout);
    append_field(out, item, instant, civil, abbreviation);
    layout.remove_prefix(item.text.size());
  }
  return out;
}

std::optional<TimeParts> read_time(std::string_view layout, std::string_view text) {
  return TimeReader(text).read(layout);
}

std::optional<Instant> parse_time(std::string_view layout, std::string_view text) {
  const auto parts = read_time(layout, text);
  if (!parts) return std::nullopt;
  return instant_of(parts->civil, parts->offset.value_or(0));
}

}  // namespace expr
