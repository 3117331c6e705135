// small_world.h — a world for one workflow alone: its ConfigMaps, caches and locks, in memory.
//
// Answers what the engine asks, for those who drive a State without a cluster: `argo simulate`,
// `argo test`, the conformance runner, tests. Deterministic; owned by one thread.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "engine/lock_table.h"
#include "engine/state.h"
#include "text/value.h"

namespace engine {

class SmallWorld {
 public:
  // `client`: the workflow's place among those who wait for locks.
  explicit SmallWorld(LockClient client) : client_(std::move(client)) {}

  // A ConfigMap as an object; another of the name is replaced, and limits act at once.
  void put_config_map(text::Value object, State& state, std::vector<Event>& events);
  void add_config_map(text::Value object);
  // The limit of a semaphore whose ConfigMap, or row of the database, nobody has given.
  void set_default_limit(int64_t limit) { default_limit_ = limit; }
  // An outcome of an earlier run.
  void add_memo(const MemoKey& key, std::string entry) { memos_[place_of(key)] = std::move(entry); }

  // What follows from the actions: events for the next batch. May be given again after a restart.
  std::vector<Event> answer(State& state, base::Time now, const Actions& actions);
  // For a State that was restored: what it holds and waits for.
  std::vector<Event> take_up(State& state, base::Time now);

  const LockTable& locks() const { return locks_; }

 private:
  std::string place_of(const MemoKey& key) const {
    return (key.in_database ? "database/" : "configMap/") + key.cache + "/" + key.key;
  }
  const text::Value* config_map(std::string_view name) const;
  void answer_one(State& state, base::Time now, const Ask& ask, std::vector<Event>& out);
  MemoEntry memo(const MemoKey& key) const;
  void learn_limits(const LockWish& wish);
  void tell(State& state, const std::vector<std::string>& granted, std::vector<Event>& out) const;
  LockClient client_of(const State& state, NodeId node) const;

  LockClient client_;
  LockTable locks_;
  std::map<std::string, text::Value, std::less<>> config_maps_;
  std::map<std::string, std::string> memos_;
  std::optional<int64_t> default_limit_;
};

}  // namespace engine
