// node.h — what the engine remembers of one node, and of one running steps or DAG boundary.
//
// Names are not stored: a node knows what it hangs on, and the hash of its name. A node takes some
// hundred bytes; boundaries have a Frame only while they run.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ask.h"
#include "engine/state.h"
#include "text/value.h"

namespace engine {

enum class NodeType : uint8_t {
  kPod,
  kSteps,
  kStepGroup,
  kDag,
  kTaskGroup,
  kRetry,
  kSkipped,
  kSuspend,
  kHttp,
  kPlugin,
  kContainer  // of a container set, inside of its pod
};
inline constexpr NodeType kLastType = NodeType::kContainer;
std::string_view to_string(NodeType type);
inline bool is_task(NodeType type) { return type == NodeType::kHttp || type == NodeType::kPlugin; }
// How far a node is: so much of so much is done.
struct Progress {
  uint32_t done = 0, total = 1;
  friend bool operator==(const Progress&, const Progress&) = default;
};
// "N/M" with 0 <= N <= M and 0 < M, as Argo takes it; anything else is none.
std::optional<Progress> parse_progress(std::string_view text);

// Counts in the progress of the workflow.
inline bool has_progress(NodeType type) {
  return type == NodeType::kPod || type >= NodeType::kSuspend;
}

enum class Body : uint8_t;
NodeType node_type_of(Body body);

// How a node's name continues the name of its owner.
enum class Shape : uint8_t {
  kRoot,     // the workflow's name; the exit handler's root is kExit with the root as owner
  kGroup,    // owner[index]
  kChild,    // owner.task
  kItem,     // owner.task(index:item), where owner is a StepGroup; owner(index:item) of a TaskGroup
  kAttempt,  // owner(index)
  kExit,     // owner.onExit
  kHook,     // owner.hooks.<name>; the index is that of the hook in the Plan
  kContainer  // owner.container, where owner is the pod
};
inline constexpr Shape kLastShape = Shape::kContainer;

namespace flag {
inline constexpr uint16_t kDaemoned = 1 << 0;
inline constexpr uint16_t kHooked = 1 << 1;
inline constexpr uint16_t kRetried = 1 << 2;
inline constexpr uint16_t kShown = 1 << 3;     // nodeFlag is shown even when empty
inline constexpr uint16_t kOnExit = 1 << 4;    // belongs to an exit handler
inline constexpr uint16_t kSettled = 1 << 5;   // its boundary has taken note of its end
inline constexpr uint16_t kDirty = 1 << 6;     // waits in its boundary to be looked at
inline constexpr uint16_t kWideId = 1 << 7;    // the 32-bit id was taken: see names.cc
inline constexpr uint16_t kOutbound = 1 << 8;  // outboundNodes are set
inline constexpr uint16_t kPodWished = 1 << 9;
inline constexpr uint16_t kChanged = 1 << 10;    // in this batch
inline constexpr uint16_t kCreated = 1 << 11;    // in this batch
inline constexpr uint16_t kFulfilled = 1 << 12;  // was told to the boundary as ended
inline constexpr uint16_t kBubbles = 1 << 13;    // its error is an error of what it is part of
inline constexpr uint16_t kWaiting = 1 << 14;    // its body has not begun: see Wait
// Its end was not its own: of an Error, the machine lost it; of a Succeeded one, it was a daemon
// and was stopped with its boundary.
inline constexpr uint16_t kFromOutside = 1 << 15;
// What is told to the store: the rest is of the moment.
inline constexpr uint16_t kStored = kDaemoned | kHooked | kRetried | kShown | kOnExit | kSettled |
                                    kWideId | kOutbound | kPodWished | kFulfilled | kBubbles |
                                    kFromOutside;
}  // namespace flag

// Values are in the order of the template's declarations; an absent one has no data().
struct NodeOutputs {
  std::string_view result;
  std::string_view* values = nullptr;  // one an output parameter; null when none was reported
  int exit_code = 0;
  uint32_t has_exit_code : 1 = 0;
  uint32_t run_seconds : 31 = 0;  // of the pod's process
};

// Of the few nodes that have any: JSON lists in Argo's form; without data(): none.
struct NodeArtifacts {
  std::string_view inputs, outputs;
};

struct Node {
  base::Time started, finished;
  std::string_view message;
  std::string_view item;  // of kItem: as it stands in the name
  std::string_view* inputs = nullptr;
  NodeOutputs* outputs = nullptr;
  const uint32_t* deps = nullptr;  // of a DAG task: the nodes of what it depends on
  uint32_t boundary = 0xffffffffu;
  uint32_t owner = 0xffffffffu;
  uint32_t task = 0xffffffffu;      // of the plan; none for roots and exit handlers
  uint32_t tmpl = 0xffffffffu;      // of the plan; none when it is not known
  uint32_t hash = 0;                // fnv1a32 of the name
  uint32_t index = 0;               // of the group, item or attempt
  uint32_t frame = 0xffffffffu;     // steps, DAG: frames, once ended outbounds; Retry: retries
  uint32_t previous = 0xffffffffu;  // of an attempt or a group: the one before
  uint16_t flags = 0;
  uint16_t host = 0;  // index in hosts, 0: not known
  NodeType type = NodeType::kSkipped;
  Phase phase = Phase::kNone;
  Shape shape = Shape::kRoot;
  Phase onward = Phase::kNone;  // of ended steps and DAGs: see onward_of()

  bool is(uint16_t f) const { return (flags & f) != 0; }
};

inline bool is_failed(Phase phase) { return phase == Phase::kFailed || phase == Phase::kError; }
// Ended by having run.
inline bool is_completed(Phase phase) { return is_failed(phase) || phase == Phase::kSucceeded; }
inline bool was_lost(const Node& node) {
  return node.phase == Phase::kError && node.is(flag::kFromOutside);
}
inline bool is_final(Phase phase) { return phase >= Phase::kSucceeded; }
inline bool is_fulfilled(const Node& node) {
  return is_final(node.phase) || (node.is(flag::kDaemoned) && node.phase != Phase::kPending);
}

// What a node waits for before its body begins, in this order.
struct Wait {
  // kHeld: a person has asked that it does not begin; comes before kLocks.
  enum class Stage : uint8_t { kInputs, kLocks, kMemo, kSlot, kHeld };
  struct Input {
    uint32_t index = 0;  // in the template
    ConfigMapKey key;
    std::optional<std::string> fallback;
  };
  Stage stage = Stage::kInputs;
  bool is_slot_waiter = false;   // is in slot_waiters_
  bool was_told = false;         // had to wait for locks: clients have seen it Pending
  std::vector<Input> inputs;     // of kInputs
  std::optional<Answer> answer;  // has come, and is acted on in the next visit
};

// The locks of a node, or of the workflow, from its asking until it is over.
struct Locking {
  LockWish wish;
  bool is_held = false;
  LocksAnswer answer;  // while it waits: the last one
};

struct Memo {
  MemoKey key;
  bool is_hit = false;
};

// One element of withItems, withParam or withSequence.
struct Item {
  std::string_view text;             // what {{item}} stands for
  std::string_view name;             // in the node's name
  const text::Value* map = nullptr;  // of a map: for {{item.k}}
};

// The items of one loop: a list, or numbers that are made when they are reached.
struct ItemSource {
  std::vector<Item> items;
  std::vector<text::Value> values;  // what the maps of `items` point into
  bool is_sequence = false;
  int64_t start = 0, step = 1;
  std::string format;
  uint32_t count = 0;
  std::string_view json;  // the list, where it is not in the Plan
};

struct LoopRun {
  std::shared_ptr<const ItemSource> source;
  uint32_t next = 0;                // the first item without a node
  uint32_t open = 0;                // items whose end is not settled, with and without a node
  std::string_view json;            // what the items were read from, unless it is in the Plan
  std::vector<uint32_t> children;   // by item
  Phase worst = Phase::kSucceeded;  // of a TaskGroup: the phase of its last failed child
  bool any_succeeded = false, all_failed = true;
  std::vector<std::pair<std::string, std::string>> aggregates;  // by variable, once asked for
  bool in_use = false;
};

struct RetryRun {
  uint32_t first = 0xffffffffu, last = 0xffffffffu, count = 0;
  uint32_t depth = 0;
  uint32_t lost = 0;             // attempts
  bool is_limit_waiter = false;  // is in waiting_retries_
};

// One step or task of a running boundary. Small: a DAG of a million tasks touches them at random.
struct Slot {
  uint32_t node = 0xffffffffu;
  uint32_t waiting = 0;  // dependencies that are not settled
  uint32_t loop = 0xffffffffu;
  uint32_t when = 0xffffffffu;  // in `whens`: with all but the item put in
  Phase branch = Phase::kNone;  // of a settled task: see branch_of()
  bool is_prepared : 1 = false, is_when_false : 1 = false, is_counted : 1 = false;
  bool is_unmet : 1 = false;  // a settled dependency does not allow it, if all must
};

struct DagOrder;

struct Frame {
  uint32_t node = 0xffffffffu, tmpl = 0;
  uint32_t slots = 0;
  uint32_t depth = 0;
  uint32_t group = 0, group_node = 0xffffffffu;  // of steps
  uint32_t open = 0;                             // children, or blocked tasks, that are not settled
  uint32_t first_failed = 0xffffffffu;           // of the group: the first child that fails it
  uint32_t active = 0, active_pods = 0, unsuccessful = 0;
  bool is_visited = false, in_use = false, is_limit_waiter = false, is_paused = false;
  bool is_stuck = false;                      // of steps: the group waits for a reference
  const DagOrder* order = nullptr;            // of a DAG
  std::shared_ptr<const DagOrder> own_order;  // where it depends on the inputs
  std::vector<uint64_t> work;     // min-heap: rank << 32 | node, or none for a task to start
  std::vector<uint64_t> blocked;  // the same, of what waits for a slot
  std::vector<uint32_t> stuck;    // tasks whose references cannot be resolved yet
  std::vector<uint32_t> daemons;
  // Of boundaries with lifecycle hooks, by node: whose hooks are to be looked at, who waits for
  // hooks, and whose hooks look around.
  std::set<uint32_t> hook_work, hooks_open, hook_watchers;
};

}  // namespace engine
