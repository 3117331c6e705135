// world.h — answers what the engines ask: keys of ConfigMaps, locks, and outcomes of earlier runs.
// Internal to control/.
//
// Holds one lock table over all workflows. It is not stored: the rows of nodes say who holds and
// who waits, in the transaction that begins or ends the node, and after a start the table is made
// from them, all holders before the first request. A lock that is released and given on in one
// round is so in one batch; given on to a later round, it lies behind the release in the log.
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "control/memo_keeper.h"
#include "control/run.h"
#include "engine/lock_table.h"
#include "kube/lock_report.h"
#include "kube/store_api.h"

namespace control {

// Used by control's thread alone, but for report().
class World {
 public:
  explicit World(kube::StoreApi& api) : api_(api), memos_(api) {}

  // The run was taken up: it may ask, and holds what its nodes hold.
  void enter(const std::shared_ptr<Run>& run);
  // The workflow is over, or gone.
  void leave(const Run& run);
  // Nothing: the store cannot tell now.
  std::optional<engine::Answered> answer(const Run& run, const engine::Ask& ask, base::Time now);
  void release(const Run& run, engine::NodeId node);
  // An error says why the outcome is not kept.
  base::Status save(const Run& run, const engine::SaveMemo& memo, base::Time now);
  // Writes what was saved; before the round's commit. kUnavailable: call again.
  base::Status flush() { return memos_.flush(); }
  // A ConfigMap, or a row of the database's limits, has changed: limits act at once.
  void take_config_map(const std::string& namespace_, const std::string& name);
  void take_database_limit(const std::string& namespace_, const std::string& key);
  // Changes may have been missed.
  void read_all_limits();
  // Runs that were granted locks since the last call; the events stand in them.
  std::vector<std::shared_ptr<Run>> take_woken();

  // Of one namespace, or (empty) all. Any thread.
  std::vector<kube::LockReport> report(std::string_view namespace_, size_t waiters_most) const;

 private:
  engine::LockClient client_of(const Run& run, engine::NodeId node) const;
  base::Result<std::optional<text::Value>> config_map(const std::string& namespace_,
                                                      const std::string& name) const;
  std::optional<engine::Answer> read_keys(const Run& run,
                                          const std::vector<engine::ConfigMapKey>& keys) const;
  // The error is the store's; nothing: nobody has set it.
  base::Result<std::optional<int64_t>> read_limit(const engine::LockName& name) const;
  bool learn_limits(const engine::LockWish& wish);
  void read_limits(std::set<std::string>& semaphores);
  void tell(const std::vector<std::string>& granted);

  kube::StoreApi& api_;
  MemoKeeper memos_;
  mutable std::mutex mutex_;  // of locks_
  engine::LockTable locks_;
  // Names of semaphores that somebody has asked for, by "<ns>/ConfigMap/<name>" and
  // "<ns>/Database/<key>": what to read again when that has changed.
  std::unordered_map<std::string, std::set<std::string>> semaphores_;
  std::unordered_map<std::string, std::weak_ptr<Run>> runs_;  // by "<ns>/<name>"
  std::vector<std::shared_ptr<Run>> woken_;
};

}  // namespace control
