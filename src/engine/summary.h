// summary.h — the bytes of a workflow's own state beside its rows. Internal to engine/.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "engine/state.h"

namespace engine {

// As State::encode_summary() writes it.
struct StoredSummary {
  bool is_started = false, is_suspended = false, deadline_hit = false, awaits_locks = false;
  bool is_taken_up = false;  // by plan_rerun(): there is something to decide
  uint8_t shutdown = 0;
  Phase phase = Phase::kNone, entry_status = Phase::kRunning;
  std::string_view message;
  base::Time now, started, finished;
  uint32_t root = 0xffffffffu, exit_root = 0xffffffffu;
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  const Pairs* outputs = nullptr;    // names and values
  const Pairs* artifacts = nullptr;  // names and JSON
  std::string_view shutdown_message;
  std::vector<std::string> holds = {};  // field selectors of nodes that do not begin
};

void write_summary(const StoredSummary& summary, std::string& out);

}  // namespace engine
