// start_queue.h — new workflows between their creation and their start, and the settings that say
// how many may run at once. Internal to control/.
//
// Nothing of it is stored: a workflow without rows has not begun and waits, one with rows has begun
// and counts, so that a restart finds what was there. The limits act on what starts from now on.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "control/run.h"
#include "control/settings.h"
#include "control/throttle.h"
#include "kube/store_api.h"

namespace control {

// Of a workflow that waits; the words are Argo's.
inline constexpr std::string_view kPostponed =
    "Workflow processing has been postponed because too many workflows are already running";

class StartQueue {
 public:
  using Log = std::function<void(std::string_view)>;
  StartQueue(kube::StoreApi& api, Log log) : api_(api), log_(std::move(log)) {}

  // Reads the settings and the limits of the namespaces; does nothing where they are known.
  base::Status open();
  // What has been set since.
  base::Status gather();
  // Readable when gather() would find something; -1 before open().
  std::vector<int> fds() const;
  const Settings& settings() const { return settings_; }

  // The run is taken up. One that has not begun waits (Run::waits_to_start) until admit().
  void enter(Run& run);
  // Begins whatever the limits are: it was stopped, and will end at once.
  void begin_at_once(Run& run);
  void leave(const Run& run);
  // Uids of those that begin now.
  std::vector<std::string> admit() { return throttle_.admit(); }
  size_t waiting_count() const { return throttle_.waiting_count(); }

 private:
  void take_settings(const store::Object* object);
  void take_namespace(const store::Object& object, bool is_deleted);

  kube::StoreApi& api_;
  const Log log_;
  std::unique_ptr<store::Watch> settings_watch_, namespace_watch_;
  Settings settings_;
  Throttle throttle_;
};

// The status of a workflow that waits.
engine::Summary postponed_summary();

}  // namespace control
