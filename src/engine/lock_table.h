// lock_table.h — mutexes and semaphores: who holds them, who waits, and who is next.
//
// A plain, deterministic value without IO: control holds one over all workflows, `simulate`, `test`
// and conformance one for each run. What it is told decides what it says: the same calls in the
// same order give the same grants.
//
// The rules, which are Argo's where Argo has one:
// - A request for several locks gets all of them at once, or waits and holds none.
// - Waiters stand in the order of their workflows: priority, then creation, then name. Only the
//   foremost workflow of a lock may take it, so that many small requests do not starve one that
//   needs several locks. Because this order is the same on every lock, no two workflows can wait
//   for each other: the foremost of all is foremost on each of its locks.
// - The nodes of one workflow stand in the order in which they asked, and may overtake those of
//   them whose other locks are taken.
// - A limit that is lowered takes nothing away; new grants wait until enough was released.
//
// An event costs O(log waiters) for each grant, and the number of different requests (sets of
// locks) of the foremost workflow; never a walk over the waiters.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "engine/ask.h"

namespace engine {

enum class LockKind : uint8_t { kMutex, kConfigMap, kDatabase };

// "<ns>/Mutex/<name>", "<ns>/ConfigMap/<name>/<key>", "<ns>/Database/<name>".
struct LockName {
  LockKind kind = LockKind::kMutex;
  std::string_view namespace_, name, key;
};
std::optional<LockName> parse_lock_name(std::string_view text);

// Who asks: a workflow as a whole, or one of its nodes.
struct LockClient {
  std::string workflow;  // "<ns>/<name>"
  std::string node_id;   // empty: the workflow
  int64_t priority = 0;
  base::Time created_at;  // of the workflow

  // As Argo writes it: "<ns>/<name>", "<ns>/<name>/<node id>".
  std::string key() const { return node_id.empty() ? workflow : workflow + "/" + node_id; }
};

class LockTable {
 public:
  LockTable() = default;
  LockTable(const LockTable&) = delete;
  LockTable& operator=(const LockTable&) = delete;

  // Tells the limit of a semaphore, at first and whenever it has changed; a mutex needs none. Keys
  // of the waiters that this lets in are appended to `granted`, in the order of their grants.
  void set_limit(const std::string& lock, int64_t limit, std::vector<std::string>& granted);
  // What is known; unset: set_limit() has to come before a request. It is forgotten with the last
  // who holds or waits for the semaphore.
  std::optional<int64_t> limit(const std::string& lock) const;

  // kGranted, or kWaiting with its message, or kError: a semaphore without a limit. Asking again
  // changes nothing and tells how it stands.
  LocksAnswer request(const LockClient& client, const LockWish& wish);
  // The client holds and waits for nothing any more.
  void release(const std::string& key, std::vector<std::string>& granted);
  // The workflow and all its nodes.
  void release_workflow(const std::string& workflow, std::vector<std::string>& granted);
  // After a restart: the client holds these, whatever the limits are now.
  void restore(const LockClient& client, const LockWish& wish);

  bool holds(const std::string& key) const;
  size_t holder_count(const std::string& lock) const;
  size_t waiter_count(const std::string& lock) const;
  // All locks that somebody holds or waits for, by name.
  std::vector<std::string> locks() const;
  std::vector<std::string> holders(const std::string& lock) const;
  // In their order; at most so many.
  std::vector<std::string> waiters(const std::string& lock, size_t most = SIZE_MAX) const;

 private:
  using LockId = uint32_t;
  using LockSet = std::vector<LockId>;  // sorted

  // The place of a workflow in every queue.
  struct Order {
    int64_t priority = 0;
    int64_t created = 0;
    std::string workflow;
    bool operator<(const Order& other) const {
      if (priority != other.priority) return priority > other.priority;
      if (created != other.created) return created < other.created;
      return workflow < other.workflow;
    }
  };
  // Of one workflow: all that wait for the same locks, in the order of their asking.
  struct Line {
    LockSet locks;
    std::map<uint64_t, std::string> waiters;
  };
  struct Group {
    Order order;
    std::vector<Line> lines;             // few: one for each set of locks
    std::map<LockId, size_t> wanted_by;  // how many wait for the lock
    std::set<std::string> clients;       // of the workflow, holding or waiting
  };
  struct Lock {
    std::string name;
    std::optional<int64_t> limit;
    std::set<std::string> holders;
    std::map<Order, Group*> queue;
    size_t waiters = 0;

    bool is_free() const { return limit && static_cast<int64_t>(holders.size()) < *limit; }
  };
  struct Client {
    Group* group = nullptr;
    LockSet locks;
    std::vector<LockId> as_asked;
    uint64_t turn = 0;  // of a waiter
    size_t line = 0;
    bool holds = false;
  };

  LockId id_of(const LockWish::Lock& lock);
  const Lock* find(const std::string& lock) const;
  Group& group_of(const LockClient& client);
  bool may_take(const Group& group, const LockSet& locks) const;
  void enqueue(const std::string& key, Client& client);
  void dequeue(const std::string& key, Client& client);
  void take(const std::string& key, Client& client);
  void forget(const std::string& key);
  void forget_idle(const std::set<LockId>& touched);
  // Lets in whom these locks have room for now.
  void serve(std::set<LockId> touched, std::vector<std::string>& granted);
  bool serve_first(LockId lock, std::set<LockId>& touched, std::vector<std::string>& granted);
  LocksAnswer waiting_answer(const Client& client) const;

  std::deque<Lock> locks_;
  std::vector<LockId> unused_;  // their places
  std::map<std::string, LockId, std::less<>> ids_;
  std::map<std::string, Group, std::less<>> groups_;  // by workflow; references stay
  std::unordered_map<std::string, Client> clients_;
  uint64_t turns_ = 0;
};

}  // namespace engine
