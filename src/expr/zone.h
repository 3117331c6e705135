// zone.h — time zones of the IANA database, as Go's time package answers for them.
//
// A TimeZone is a cheap value: zones of the database are loaded once (by cctz, from
// /usr/share/zoneinfo) and shared; safe to use from any thread. Rules for times that do not exist
// or exist twice are those of Go's time.Date.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "expr/time_text.h"

namespace expr {

class TimeZone {
 public:
  TimeZone();  // UTC
  // The machine's zone: $TZ, or /etc/localtime.
  static TimeZone local();
  // A zone of one offset, in seconds east of UTC, of any size; `name` is its abbreviation too.
  static TimeZone fixed(std::string name, int32_t offset);
  // What time.LoadLocation takes: "" and "UTC", "Local", else a name of the database. kInvalid: a
  // name with "..", or that begins with a slash; kNotFound: the database has no such zone, or there
  // is no database.
  static base::Result<TimeZone> load(std::string_view name);

  // "UTC", "Local", "Europe/Berlin"; of a fixed zone as it was given.
  const std::string& name() const;

  struct Period {
    int32_t offset = 0;  // seconds east of UTC
    std::string abbreviation;
    bool daylight_saving = false;
  };
  // What holds at an instant.
  Period at(int64_t unix_seconds) const;
  int32_t offset_at(int64_t unix_seconds) const;

  // The same moment, shown in this zone.
  Instant show(Instant instant) const;
  // The moment at which clocks of this zone show it. Fields beyond their range carry over. A time
  // that was skipped, or that came twice, is read with the offset of one side of the change: which
  // one is Go's choice.
  Instant instant_of(const Civil& civil) const;

  // The offset that an abbreviation ("CEST") stands for in a time text of this zone: the one for
  // which clocks that show `civil_seconds` (as if they were UTC) had it, else any that ever had it.
  std::optional<int32_t> offset_of(std::string_view abbreviation, int64_t civil_seconds) const;

  // The first change of the zone's clocks after an instant; none: it does not change any more.
  std::optional<int64_t> next_change(int64_t unix_seconds) const;

 private:
  struct Body;
  explicit TimeZone(std::shared_ptr<const Body> body) : body_(std::move(body)) {}
  std::shared_ptr<const Body> body_;
};

}  // namespace expr
