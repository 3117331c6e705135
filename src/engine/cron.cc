#include "engine/cron.h"

namespace engine {

std::string cron_child_name(std::string_view cron_name, base::Time slot) {
  return std::string(cron_name) + "-" + std::to_string(slot.unix_seconds());
}

}  // namespace engine
