// cron_schedule.h — is this text a schedule that cron understands? Nothing about times themselves.
#pragma once
#include <string>
#include <string_view>

namespace model {

// "" when it is one, else what is wrong. Five fields of numbers, names, ranges, steps and lists;
// @yearly to @hourly, @every with a Go duration; TZ= or CRON_TZ= in front.
std::string schedule_problem(std::string_view schedule);

// The form of an IANA time zone name: "UTC", "Europe/Berlin". Whether the machine has it is not
// asked.
bool is_time_zone_name(std::string_view name);

}  // namespace model
