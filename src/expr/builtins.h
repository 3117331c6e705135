// builtins.h — the tables of functions, one a file; used by functions.cc alone.
#pragma once
#include <span>

#include "expr/function.h"

namespace expr {

std::span<const Function> text_builtins();
std::span<const Function> number_builtins();
std::span<const Function> list_builtins();
std::span<const Function> time_builtins();
std::span<const Function> time_methods();
std::span<const Function> length_methods();
std::span<const Function> name_methods();  // of months and weekdays

std::span<const Function> sprig_texts();
std::span<const Function> sprig_numbers();
std::span<const Function> sprig_lists();
std::span<const Function> sprig_maps();
std::span<const Function> sprig_others();
std::span<const Function> sprig_dates();
std::span<const Function> sprig_crypto();
std::span<const Function> sprig_keys();
std::span<const Function> sprig_versions();
std::span<const Function> sprig_urls();

inline tl::unexpected<base::Error> call_error(std::string text) {
  return base::fail(base::Code::kInvalid, std::move(text));
}

// time.LoadLocation, where "Local" is UTC.
base::Result<TimeZone> load_zone(const std::string& name);

// Texts as Go's strings package treats them; all count in bytes but where it counts in runes.
std::string trim_space(std::string_view text);
std::string trim_set(std::string_view text, std::string_view set);
// At most `limit` parts, all of them when it is negative; `keep` leaves the separator at the end.
std::vector<Value> split_text(std::string_view text, std::string_view separator, int64_t limit,
                              bool keep = false);
std::string replace_text(std::string_view text, std::string_view from, std::string_view to,
                         int64_t limit);
size_t count_runes(std::string_view text);

}  // namespace expr
