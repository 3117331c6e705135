// ask.h — what the engine asks of the world mid-way, and what comes back as a fact.
//
// A node that needs something waits in Pending, and its row says for what: after a restart
// State::asks() repeats the questions. An answer about a node that no longer waits changes nothing,
// so that a question may be asked, and answered, more than once.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"

namespace engine {

// A key of a ConfigMap in the workflow's namespace, which bears the label
// workflows.argoproj.io/configmap-type: Parameter.
struct ConfigMapKey {
  std::string name, key;
};

// The node waits for these locks, all or none. Names as Argo's: "<ns>/Mutex/<name>",
// "<ns>/ConfigMap/<name>/<key>", "<ns>/Database/<name>": see lock_table.h.
struct LockWish {
  struct Lock {
    std::string name;
    bool is_mutex = false;
  };
  std::vector<Lock> locks;
};

// What an earlier run may have left under this key; `cache` is the name of a ConfigMap, or of a
// cache in the database.
struct MemoKey {
  std::string cache, key;
  bool in_database = false;
};

// --- answers

// One for each ConfigMapKey asked for, in order.
struct ConfigMapValue {
  std::optional<std::string> value;
  std::string error;          // why there is none
  bool is_not_found = false;  // a default stands in for it
};
using ConfigMapValues = std::vector<ConfigMapValue>;

struct LocksAnswer {
  enum class State : uint8_t { kGranted, kWaiting, kError };
  State state = State::kGranted;
  std::string message;  // of waiting: "Waiting for … lock. Lock status: 0/1"; of an error: why
  // Of waiting: the first lock that could not be had, and who holds those that are waited for.
  std::string lock;
  std::vector<std::pair<std::string, std::vector<std::string>>> holders;
};

struct MemoEntry {
  bool is_found = false;
  std::string outputs;  // Argo's Outputs as JSON; "null" when the run gave none
  base::Time created_at;
  std::string error;  // the cache cannot be used: the node fails
};

using Question = std::variant<std::vector<ConfigMapKey>, LockWish, MemoKey>;
using Answer = std::variant<ConfigMapValues, LocksAnswer, MemoEntry>;

}  // namespace engine
