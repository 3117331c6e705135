// cron.h — schedules as robfig/cron v3 reads them with its standard parser, which Argo uses.
//
// Five fields (minute, hour, day of month, month, day of week), @yearly … @hourly, @every DURATION,
// with TZ=ZONE or CRON_TZ=ZONE in front. A Schedule is an immutable value, safe to share. Slots are
// whole seconds. Around a change of the clocks they are those of robfig's search: a skipped hour's
// slots are passed over, those of an hour that comes twice come twice.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "expr/zone.h"

namespace expr {

class Schedule {
 public:
  // A text without a zone of its own is read in `local`. Errors: kInvalid (kNotFound for a zone
  // that the database does not have) with line 1 and the column of the field.
  static base::Result<Schedule> parse(std::string_view source, TimeZone local = {});

  // The first slot after an instant; none: there is none within five years, or it is beyond the
  // instants that base::Time can hold. Its cost is bounded whatever the schedule.
  std::optional<base::Time> next(base::Time after) const;
  // The first `count` slots after an instant; fewer when there are no more within five years.
  std::vector<base::Time> next(base::Time after, size_t count) const;
  // The last slot before an instant; none: there was none in the five years before. The slots of
  // @every have no anchor of their own: it is one delay before.
  std::optional<base::Time> previous(base::Time before) const;
  // The last of the slots that follow one another from `after` on that is before `before`: of the
  // slots missed in between, the newest.
  std::optional<base::Time> newest_between(base::Time after, base::Time before) const;

  bool is_every() const { return delay_ != 0; }
  const TimeZone& zone() const { return zone_; }

 private:
  class Search;
  class Parser;
  static constexpr uint64_t kStar = uint64_t{1} << 63;  // the field was * or ?

  // Bit n: the value n.
  uint64_t minutes_ = 0, hours_ = 0, days_ = 0, months_ = 0, weekdays_ = 0;
  int64_t delay_ = 0;  // of @every, in seconds; 0: not one
  TimeZone zone_;
};

// The text that Argo gives to the parser: the zone of the CronWorkflow in front, when it has one.
std::string schedule_with_zone(std::string_view schedule, std::string_view zone);

}  // namespace expr
