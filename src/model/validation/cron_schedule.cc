#include "model/validation/cron_schedule.h"

#include <charconv>
#include <span>
#include <vector>

#include "text/quantity.h"

namespace model {

namespace {

struct FieldOfCron {
  std::string_view title;
  unsigned lowest, highest;
  std::string_view names;  // from the lowest on, three letters each
};
constexpr FieldOfCron kFields[] = {{"minute", 0, 59, ""},
                                   {"hour", 0, 23, ""},
                                   {"day of month", 1, 31, ""},
                                   {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
                                   {"day of week", 0, 6, "sunmontuewedthufrisat"}};

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t end = text.find(by);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> out;
  for (const std::string_view part : split(text, ' '))
    if (!part.empty()) out.push_back(part);
  return out;
}

// A number, or a name of the field; false when it is neither.
bool read_value(std::string_view text, const FieldOfCron& field, unsigned& value) {
  std::string small;
  for (const char c : text) small += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (size_t i = 0; small.size() == 3 && i < field.names.size(); i += 3) {
    if (field.names.substr(i, 3) != small) continue;
    value = field.lowest + static_cast<unsigned>(i / 3);
    return true;
  }
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  return end.ec == std::errc() && end.ptr == text.data() + text.size() && !text.empty();
}

std::string range_problem(std::string_view range, const FieldOfCron& field) {
  const auto wrong = [&](std::string_view what) {
    return std::string(field.title) + ": " + std::string(what) + " in \"" + std::string(range) +
           '"';
  };
  const std::vector<std::string_view> step = split(range, '/');
  const std::vector<std::string_view> ends = split(step[0], '-');
  if (step.size() > 2 || ends.size() > 2) return wrong("too many parts");
  unsigned low = field.lowest, high = field.highest, every = 1;
  if (ends[0] == "*" || ends[0] == "?") {
    if (ends.size() > 1) return wrong("a range of *");
  } else {
    if (!read_value(ends[0], field, low)) return wrong("no number");
    high = low;
    if (ends.size() > 1 && !read_value(ends[1], field, high)) return wrong("no number");
    if (ends.size() == 1 && step.size() > 1) high = field.highest;
  }
  if (step.size() > 1 && (!read_value(step[1], {"", 0, 0, ""}, every) || every == 0))
    return wrong("no step");
  if (low < field.lowest) return wrong("less than " + std::to_string(field.lowest));
  if (high > field.highest) return wrong("more than " + std::to_string(field.highest));
  if (low > high) return wrong("the end is before the beginning");
  return {};
}

bool is_word_of(std::string_view word, std::span<const std::string_view> known) {
  for (const std::string_view one : known)
    if (one == word) return true;
  return false;
}

}  // namespace

std::string schedule_problem(std::string_view schedule) {
  if (schedule.empty()) return "it is empty";
  if (schedule.starts_with("TZ=") || schedule.starts_with("CRON_TZ=")) {
    const size_t from = schedule.find('=') + 1, to = schedule.find(' ');
    if (to == std::string_view::npos) return "there is a time zone, and no time";
    if (!is_time_zone_name(schedule.substr(from, to - from))) return "unknown time zone";
    schedule.remove_prefix(std::min(schedule.find_first_not_of(' ', to), schedule.size()));
  }
  if (schedule.starts_with('@')) {
    constexpr std::string_view kKnown[] = {"@yearly", "@annually", "@monthly", "@weekly",
                                           "@daily",  "@midnight", "@hourly"};
    if (is_word_of(schedule, kKnown)) return {};
    if (schedule.starts_with("@every ") && text::parse_duration(schedule.substr(7))) return {};
    return "it is none of @yearly, @monthly, @weekly, @daily, @hourly and @every 5m";
  }
  const std::vector<std::string_view> fields = words(schedule);
  if (fields.size() != 5) return "it has " + std::to_string(fields.size()) + " fields, not five";
  for (size_t i = 0; i < 5; ++i) {
    bool has_range = false;
    for (const std::string_view range : split(fields[i], ',')) {
      if (range.empty()) continue;
      has_range = true;
      if (std::string problem = range_problem(range, kFields[i]); !problem.empty()) return problem;
    }
    if (!has_range) return std::string(kFields[i].title) + " is empty";
  }
  return {};
}

bool is_time_zone_name(std::string_view name) {
  constexpr std::string_view kRegions[] = {
      "Africa", "America", "Antarctica", "Arctic", "Asia",   "Atlantic", "Australia", "Brazil",
      "Canada", "Chile",   "Etc",        "Europe", "Indian", "Mexico",   "Pacific",   "US"};
  constexpr std::string_view kAlone[] = {
      "UTC",  "GMT",     "Local",   "CET",       "CST6CDT",   "EET",     "EST",      "EST5EDT",
      "HST",  "MET",     "MST",     "MST7MDT",   "PST8PDT",   "WET",     "Cuba",     "Egypt",
      "Eire", "GB",      "GB-Eire", "Zulu",      "Hongkong",  "Iceland", "Iran",     "Israel",
      "NZ",   "Jamaica", "Japan",   "Navajo",    "NZ-CHAT",   "Poland",  "Portugal", "PRC",
      "ROC",  "ROK",     "Turkey",  "UCT",       "Universal", "W-SU",    "Libya",    "Singapore",
      "GMT0", "GMT+0",   "GMT-0",   "Greenwich", "Kwajalein"};
  const size_t slash = name.find('/');
  if (slash == std::string_view::npos) return is_word_of(name, kAlone);
  return is_word_of(name.substr(0, slash), kRegions) && slash + 1 < name.size() &&
         name.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/", slash) ==
             std::string_view::npos;
}

}  // namespace model
