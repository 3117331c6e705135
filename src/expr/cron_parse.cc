// Reads schedules: the syntax and the refusals of robfig/cron v3's standard parser.
#include <array>
#include <charconv>
#include <utility>

#include "expr/cron.h"
#include "text/quantity.h"

namespace expr {
namespace {

struct Bounds {
  std::string_view title;
  uint64_t min, max;
  std::string_view names;  // of the values from `min` on, three letters each
};
constexpr Bounds kMinutes{"minute", 0, 59, ""};
constexpr Bounds kHours{"hour", 0, 23, ""};
constexpr Bounds kDays{"day of month", 1, 31, ""};
constexpr Bounds kMonths{"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"};
constexpr Bounds kWeekdays{"day of week", 0, 6, "sunmontuewedthufrisat"};

// Without the seconds, which are 0.
struct Descriptor {
  std::string_view name, fields;
};
constexpr Descriptor kDescriptors[] = {{"@yearly", "0 0 1 1 *"},  {"@annually", "0 0 1 1 *"},
                                       {"@monthly", "0 0 1 * *"}, {"@weekly", "0 0 * * 0"},
                                       {"@daily", "0 0 * * *"},   {"@midnight", "0 0 * * *"},
                                       {"@hourly", "0 * * * *"}};

struct Field {
  std::string_view text;
  size_t column = 0;  // from 0
};

// The length of the white space (unicode.IsSpace) that begins at `at`, or 0.
size_t space_length(std::string_view text, size_t at) {
  constexpr std::string_view kWide[] = {"\u0085", "\u00a0", "\u1680", "\u2000", "\u2001",
                                        "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
                                        "\u2007", "\u2008", "\u2009", "\u200a", "\u2028",
                                        "\u2029", "\u202f", "\u205f", "\u3000"};
  const char c = text[at];
  if (c == ' ' || (c >= '\t' && c <= '\r')) return 1;
  for (const std::string_view wide : kWide)
    if (text.substr(at).starts_with(wide)) return wide.size();
  return 0;
}

std::vector<Field> fields_of(std::string_view text, size_t column) {
  std::vector<Field> out;
  bool inside = false;
  for (size_t at = 0; at < text.size();) {
    if (const size_t space = space_length(text, at); space > 0) {
      inside = false;
      at += space;
      continue;
    }
    if (!std::exchange(inside, true)) out.push_back({text.substr(at, 0), column + at});
    ++at;
    Field& field = out.back();
    field.text = std::string_view(field.text.data(), field.text.size() + 1);
  }
  return out;
}

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t end = text.find(by);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

tl::unexpected<base::Error> error_at(size_t column, std::string text, std::string hint = {}) {
  return base::fail(base::Code::kInvalid, std::move(text),
                    {.file = {}, .line = 1, .column = static_cast<uint32_t>(column + 1)},
                    std::move(hint));
}

// One field: a list of ranges, each of them a bit set.
class FieldReader {
 public:
  FieldReader(const Field& field, const Bounds& bounds) : field_(field), bounds_(bounds) {}

  base::Result<uint64_t> read(uint64_t star) {
    uint64_t bits = 0;
    for (const std::string_view range : split(field_.text, ',')) {
      if (range.empty()) continue;
      auto some = read_range(range, star);
      if (!some) return some;
      bits |= *some;
    }
    return bits;
  }

 private:
  tl::unexpected<base::Error> wrong(std::string_view what, std::string_view where,
                                    std::string hint = {}) const {
    return error_at(
        field_.column,
        std::string(bounds_.title) + ": " + std::string(what) + ": \"" + std::string(where) + '"',
        std::move(hint));
  }

  base::Result<uint64_t> number(std::string_view text) const {
    std::string_view digits = text;
    if (digits.starts_with('+')) digits.remove_prefix(1);
    int64_t value = 0;
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool whole = end.ec == std::errc() && end.ptr == digits.data() + digits.size();
    if (digits.empty() || digits[0] == '-' || !whole)
      return wrong("not a number", text,
                   text == "H" ? "Jenkins' H is not known: give a number" : "");
    return static_cast<uint64_t>(value);
  }

  base::Result<uint64_t> number_or_name(std::string_view text) const {
    std::string small;
    for (const char c : text) small += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    for (size_t i = 0; small.size() == 3 && i < bounds_.names.size(); i += 3)
      if (bounds_.names.substr(i, 3) == small) return bounds_.min + i / 3;
    return number(text);
  }

  // N, N-M, *, ?, each with /STEP; "N/STEP" goes on to the end. What follows a star before a slash
  // ("*-5") is not looked at, as in the original.
  base::Result<uint64_t> read_range(std::string_view range, uint64_t star) const {
    const auto range_and_step = split(range, '/');
    const auto ends = split(range_and_step[0], '-');
    uint64_t start = bounds_.min, end = bounds_.max, step = 1;
    const bool is_star = ends[0] == "*" || ends[0] == "?";
    if (!is_star) {
      const auto first = number_or_name(ends[0]);
      if (!first) return first;
      if (ends.size() > 2) return wrong("too many hyphens", range);
      const auto last = ends.size() == 2 ? number_or_name(ends[1]) : first;
      if (!last) return last;
      start = *first;
      end = *last;
    }
    if (range_and_step.size() > 2) return wrong("too many slashes", range);
    if (range_and_step.size() == 2) {
      const auto given = number(range_and_step[1]);
      if (!given) return given;
      step = *given;
      if (ends.size() == 1) end = bounds_.max;
    }
    if (auto status = check(start, end, step, range); !status)
      return tl::unexpected(status.error());
    uint64_t bits = is_star && step == 1 ? star : 0;
    for (uint64_t value = start; value <= end; value += step) bits |= uint64_t{1} << value;
    return bits;
  }

  base::Status check(uint64_t start, uint64_t end, uint64_t step, std::string_view range) const {
    if (start < bounds_.min) return wrong("less than " + std::to_string(bounds_.min), range);
    if (end > bounds_.max)
      return wrong("more than " + std::to_string(bounds_.max), range,
                   bounds_.names.starts_with("sun") && end == 7 ? "Sunday is 0" : "");
    if (start > end) return wrong("the end is before the beginning", range);
    if (step == 0) return wrong("the step must be at least 1", range);
    return {};
  }

  const Field& field_;
  const Bounds& bounds_;
};

std::string_view trim(std::string_view text, size_t& column) {
  const auto fields = fields_of(text, 0);
  if (fields.empty()) return {};
  const size_t start = fields.front().column;
  const size_t end = fields.back().column + fields.back().text.size();
  column += start;
  return text.substr(start, end - start);
}

}  // namespace

class Schedule::Parser {
 public:
  explicit Parser(TimeZone local) { schedule_.zone_ = std::move(local); }

  base::Result<Schedule> parse(std::string_view source) {
    if (source.empty()) return error_at(0, "the schedule is empty");
    size_t column = 0;
    if (source.starts_with("TZ=") || source.starts_with("CRON_TZ=")) {
      const size_t name = source.find('=') + 1, end = source.find(' ');
      if (end == std::string_view::npos)
        return error_at(source.size(), "there is a time zone, but no schedule");
      auto zone = TimeZone::load(source.substr(name, end - name));
      if (!zone) {
        base::Error error = zone.error();
        error.where = {.file = {}, .line = 1, .column = static_cast<uint32_t>(name + 1)};
        return tl::unexpected(std::move(error));
      }
      schedule_.zone_ = std::move(*zone);
      column = end;
      source = trim(source.substr(end), column);
    }
    if (source.starts_with('@')) return descriptor(source, column);
    return fields(fields_of(source, column), column);
  }

 private:
  base::Result<Schedule> descriptor(std::string_view word, size_t column) {
    for (const Descriptor& known : kDescriptors)
      if (known.name == word) return fields(fields_of(known.fields, 0), 0);
    constexpr std::string_view kEvery = "@every ";
    if (!word.starts_with(kEvery))
      return error_at(column, "unknown descriptor \"" + std::string(word) + '"',
                      "there are @yearly, @monthly, @weekly, @daily, @hourly and @every 5m");
    const auto delay = text::parse_duration(word.substr(kEvery.size()));
    if (!delay) return error_at(column + kEvery.size(), delay.error().text);
    // Whole seconds, and one at least.
    schedule_.delay_ = std::max<int64_t>(1, delay->ns / 1'000'000'000);
    return schedule_;
  }

  base::Result<Schedule> fields(const std::vector<Field>& given, size_t column) {
    if (given.size() != 5)
      return error_at(column, "a schedule has five fields, not " + std::to_string(given.size()),
                      "minute, hour, day of month, month, day of week");
    const std::array<const Bounds*, 5> bounds = {&kMinutes, &kHours, &kDays, &kMonths, &kWeekdays};
    const std::array<uint64_t*, 5> targets = {&schedule_.minutes_, &schedule_.hours_,
                                              &schedule_.days_, &schedule_.months_,
                                              &schedule_.weekdays_};
    for (size_t i = 0; i < given.size(); ++i) {
      const auto bits = FieldReader(given[i], *bounds[i]).read(kStar);
      if (!bits) return tl::unexpected(bits.error());
      *targets[i] = *bits;
    }
    return schedule_;
  }

  Schedule schedule_;
};

base::Result<Schedule> Schedule::parse(std::string_view source, TimeZone local) {
  return Parser(std::move(local)).parse(source);
}

}  // namespace expr
