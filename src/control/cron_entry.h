// cron_entry.h — one CronWorkflow as control holds it, and what is done about it at a moment.
// Internal to control/.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "engine/cron.h"
#include "kube/store_api.h"
#include "model/cron_workflow.h"
#include "sys/random.h"

namespace control {

struct CronEntry {
  // The stored object as it was last read or written, and the same decoded.
  std::shared_ptr<const store::Object> object;
  model::CronWorkflow cron;
  std::vector<engine::CronChild> children;  // but for those that are being deleted
  std::vector<std::string> forgotten;       // uids of these
  base::Time watched_since, handled, wake_at;
  bool is_queued = false;
  bool is_broken = false;  // nothing can be decided about it: its slots go by

  void take(std::shared_ptr<const store::Object> stored, base::Time now);
  // False: a change of a workflow that makes no difference.
  bool take_child(engine::CronChild child);
  void drop_child(std::string_view uid);
};

// Does what the decision says. kConflict: the CronWorkflow has been written meanwhile, kNotFound:
// it is gone.
base::Status carry_out(kube::StoreApi& api, CronEntry& entry, const engine::CronDecision& decision,
                       base::Time now, sys::Random& random);

// Notes in its status why nothing can be decided (a schedule or a condition that cannot be read).
base::Status note_problem(kube::StoreApi& api, CronEntry& entry, const base::Error& problem,
                          base::Time now, sys::Random& random);

}  // namespace control
