// Any text as a schedule: the slot after an instant comes after it.
#include <cassert>

#include "expr/cron.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  const auto schedule = expr::Schedule::parse(source);
  if (!schedule) return 0;
  const base::Time now{1767323045000000000};
  if (const auto next = schedule->next(now)) assert(next->ns > now.ns);
  if (const auto previous = schedule->previous(now)) assert(previous->ns < now.ns);
  return 0;
}
