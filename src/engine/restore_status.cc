// From Argo's own status back to a State: each node's place in the plan is read from its name, and
// the nodes become rows, from which the rest is as after a restart of ours.
//
// What Argo's status does not hold is derived:
// - the order in which nodes were made: by their start, within a second as Argo walks;
// - timers (backoff, durations, deadlines): from the starts and ends of nodes, to the second;
// - which ends the boundary has taken note of: all where it has nothing left to do for them, for
//   Argo writes its status after it has walked; what is missing is done in the first batch;
// - the items of loops: from the plan and the outputs that they were read from;
// - shutdown and suspension: from the Plan, compiled from the object whose status this is;
// - that the deadline was hit: from the time of the first batch.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <unordered_map>

#include "base/hash.h"
#include "engine/machine.h"
#include "engine/row.h"
#include "text/json.h"

namespace engine {
namespace {

using text::Value;

struct Placed {
  const Value* json = nullptr;
  std::string_view id, name;
  bool is_placed = false, is_done = false;
  Row row;                      // its ids are indexes of Placed until the order is known
  uint32_t rank = 0;            // among what hangs on the same owner
  int64_t start = 0;            // never before the owner's
  std::vector<uint32_t> under;  // what hangs on it
};

std::optional<uint32_t> number_of(std::string_view digits) {
  uint32_t value = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || end.ec != std::errc() || end.ptr != digits.data() + digits.size())
    return std::nullopt;
  return value;
}

template <class Enum>
std::optional<Enum> word_of(std::string_view text, Enum last) {
  for (int i = 0; i <= static_cast<int>(last); ++i)
    if (to_string(static_cast<Enum>(i)) == text) return static_cast<Enum>(i);
  return std::nullopt;
}

base::Time time_at(const Value& json, std::string_view member) {
  return base::parse_rfc3339(json.string_at(member)).value_or(base::Time{});
}

bool is_true(const Value* value) {
  return value != nullptr && value->is_bool() && value->as_bool();
}

}  // namespace

class StatusRestorer {
 public:
  using Machine = State::Machine;
  StatusRestorer(Machine& machine, const Value& status) : machine_(machine), status_(status) {}
  base::Status run();

 private:
  base::Error misfit(const Placed& node, std::string_view why) const {
    return base::fail(base::Code::kCorrupt, fmt::format("status.nodes.{}: {}", node.id, why))
        .value();
  }
  const Plan& plan() const { return *machine_.plan_; }
  uint32_t by_name(std::string_view name) const {
    const auto found = names_.find(name);
    return found == names_.end() ? kNil : found->second;
  }
  base::Status collect();
  base::Status place(uint32_t at);
  base::Status place_attempt(uint32_t at);
  base::Status place_exit(uint32_t at);
  base::Status place_hook(uint32_t at, size_t dot);
  base::Status place_container(uint32_t at);
  base::Status place_inside(uint32_t at, std::string_view rest);
  base::Status place_task(uint32_t at, std::string_view rest);
  base::Status read_state(Placed& node);
  void read_values(Placed& node);
  void read_artifacts(Placed& node);
  void read_waits(Placed& node);
  void read_flags(Placed& node);
  void put_in_order();
  base::Status make_nodes();
  void link(Placed& node);
  void restore_locks(const Row& row);
  bool is_settled(const Placed& node) const;
  void read_summary();
  void derive_onward();
  Phase onward_of_steps(uint32_t id) const;
  Phase onward_of_dag(uint32_t id) const;

  Machine& machine_;
  const Value& status_;
  std::vector<Placed> nodes_;
  std::deque<std::string> texts_;  // that rows point into
  std::unordered_map<std::string_view, uint32_t> names_, ids_;
  std::vector<uint32_t> order_;                // new id -> index in nodes_
  std::vector<uint32_t> new_ids_;              // index in nodes_ -> new id
  std::vector<std::vector<uint32_t>> inside_;  // new ids, by boundary
};

base::Status StatusRestorer::collect() {
  const Value* nodes = status_.find("nodes");
  const bool elsewhere = !status_.string_at("compressedNodes").empty() ||
                         !status_.string_at("offloadNodeStatusVersion").empty();
  if (elsewhere)
    return base::fail(base::Code::kUnsupported,
                      "status.nodes is compressed or offloaded: it must be given whole");
  if (nodes == nullptr || nodes->is_null()) return {};
  if (!nodes->is_map()) return base::fail(base::Code::kCorrupt, "status.nodes is no map");
  nodes_.reserve(nodes->as_map().size());
  for (const text::Member& member : nodes->as_map()) {
    Placed node;
    node.json = &member.value;
    node.id = member.key;
    node.name = member.value.string_at("name");
    if (node.name.empty()) return base::fail(misfit(node, "it has no name"));
    const auto at = static_cast<uint32_t>(nodes_.size());
    if (!names_.emplace(node.name, at).second)
      return base::fail(misfit(node, "another node has its name"));
    ids_.emplace(node.id, at);
    nodes_.push_back(std::move(node));
  }
  return {};
}

base::Status StatusRestorer::place(uint32_t at) {
  Placed& node = nodes_[at];
  if (node.is_placed) return {};
  node.is_placed = true;
  Row& row = node.row;
  row.name = node.name;
  row.boundary = row.owner = row.task = row.tmpl = row.previous = kNil;
  if (const std::string_view boundary = node.json->string_at("boundaryID"); !boundary.empty()) {
    const auto found = ids_.find(boundary);
    if (found == ids_.end() || !node.name.starts_with(nodes_[found->second].name) ||
        nodes_[found->second].name.size() >= node.name.size())
      return base::fail(misfit(node, "its boundaryID is not what it is part of"));
    row.boundary = found->second;
    if (auto done = place(row.boundary); !done) return done;
  }
  if (node.json->string_at("type") == to_string(NodeType::kContainer)) {
    if (auto done = place_container(at); !done) return done;
    nodes_[row.owner].under.push_back(at);
    return read_state(node);
  }
  base::Status done;
  const Value* flags = node.json->find("nodeFlag");
  if (flags != nullptr && is_true(flags->find("retried")) && node.name.ends_with(')')) {
    done = place_attempt(at);
  } else if (node.name == plan().workflow_name) {
    row.shape = Shape::kRoot;
    row.tmpl = plan().entry.value;
  } else if (flags != nullptr && is_true(flags->find("hooked"))) {
    done = place_exit(at);
  } else if (row.boundary == kNil) {
    done = base::fail(misfit(node, "nothing in the workflow has its name"));
  } else {
    done = place_inside(at, node.name.substr(nodes_[row.boundary].name.size()));
  }
  if (!done) return done;
  if (row.owner != kNil) nodes_[row.owner].under.push_back(at);
  return read_state(node);
}

base::Status StatusRestorer::place_attempt(uint32_t at) {
  Placed& node = nodes_[at];
  const size_t open = node.name.rfind('(');
  const std::string_view digits = node.name.substr(open + 1, node.name.size() - open - 2);
  const auto index = number_of(digits);
  const uint32_t owner = by_name(node.name.substr(0, open));
  if (!index || owner == kNil || nodes_[owner].json->string_at("type") != "Retry")
    return base::fail(misfit(node, "it is an attempt of no Retry node"));
  if (auto done = place(owner); !done) return done;
  Row& row = node.row;
  row.shape = Shape::kAttempt;
  row.owner = owner;
  row.index = node.rank = *index;
  row.task = nodes_[owner].row.task;
  row.tmpl = nodes_[owner].row.tmpl;
  if (*index == 0) return {};
  row.previous = by_name(fmt::format("{}({})", nodes_[owner].name, *index - 1));
  if (row.previous == kNil) return base::fail(misfit(node, "the attempt before it is missing"));
  return {};
}

base::Status StatusRestorer::place_exit(uint32_t at) {
  constexpr std::string_view kSuffix = ".onExit";
  Placed& node = nodes_[at];
  if (const size_t dot = node.name.rfind(".hooks.");
      dot != node.name.npos && by_name(node.name.substr(0, dot)) != kNil)
    return place_hook(at, dot);
  const uint32_t owner = node.name.ends_with(kSuffix)
                             ? by_name(node.name.substr(0, node.name.size() - kSuffix.size()))
                             : kNil;
  if (owner == kNil) return base::fail(misfit(node, "it is a hook of no node"));
  if (auto done = place(owner); !done) return done;
  Row& row = node.row;
  row.shape = Shape::kExit;
  row.owner = owner;
  row.flags = flag::kOnExit;
  node.rank = UINT32_MAX;
  const uint32_t task = nodes_[owner].row.task;
  const uint32_t hook = row.boundary == kNil ? plan().exit_hook
                        : task == kNil       ? kNil
                                             : plan().tasks[task].hook;
  if (hook == kNil) return base::fail(misfit(node, "the workflow has no such exit handler"));
  row.tmpl = plan().hooks[hook].template_id.value;
  return {};
}

// `dot`: where the owner's name ends.
base::Status StatusRestorer::place_hook(uint32_t at, size_t dot) {
  Placed& node = nodes_[at];
  const uint32_t owner = by_name(node.name.substr(0, dot));
  if (auto done = place(owner); !done) return done;
  Row& row = node.row;
  row.shape = Shape::kHook;
  row.owner = owner;
  node.rank = UINT32_MAX;
  const uint32_t task = nodes_[owner].row.task;
  const auto of_task = task == kNil ? plan().task_hooks.end() : plan().task_hooks.find(task);
  const bool is_workflow = nodes_[owner].row.shape == Shape::kRoot;
  if (!is_workflow && of_task == plan().task_hooks.end())
    return base::fail(misfit(node, "its owner has no hooks"));
  for (const uint32_t hook : is_workflow ? plan().workflow_hooks : of_task->second) {
    if (plan().hooks[hook].name != node.name.substr(dot + 7)) continue;
    row.index = hook;
    row.tmpl = plan().hooks[hook].template_id.value;
    return {};
  }
  return base::fail(misfit(node, "the workflow has no such hook"));
}

// A container of a set hangs in its pod.
base::Status StatusRestorer::place_container(uint32_t at) {
  Placed& node = nodes_[at];
  Row& row = node.row;
  if (row.boundary == kNil || nodes_[row.boundary].row.tmpl == kNil)
    return base::fail(misfit(node, "it is in no pod"));
  const Placed& pod = nodes_[row.boundary];
  const auto& containers = plan().templates[pod.row.tmpl].containers;
  const std::string_view name = node.name.substr(pod.name.size() + 1);
  const auto found = std::find_if(containers.begin(), containers.end(),
                                  [&](const PlanContainer& other) { return other.name == name; });
  if (found == containers.end()) return base::fail(misfit(node, "its pod has no such container"));
  row.shape = Shape::kContainer;
  row.owner = row.boundary;
  row.tmpl = pod.row.tmpl;
  row.index = node.rank = static_cast<uint32_t>(found - containers.begin());
  return {};
}

// `rest`: the name behind the boundary's.
base::Status StatusRestorer::place_inside(uint32_t at, std::string_view rest) {
  Placed& node = nodes_[at];
  Row& row = node.row;
  const Placed& boundary = nodes_[row.boundary];
  if (boundary.row.tmpl == kNil) return base::fail(misfit(node, "its boundary has no template"));
  const PlanTemplate& tmpl = plan().templates[boundary.row.tmpl];
  if (tmpl.body == Body::kDag) {
    row.owner = row.boundary;
    return place_task(at, rest);
  }
  const size_t close = rest.find(']');
  const auto group = tmpl.body == Body::kSteps && rest.starts_with('[') && close != rest.npos
                         ? number_of(rest.substr(1, close - 1))
                         : std::nullopt;
  if (!group || *group >= tmpl.groups.size())
    return base::fail(misfit(node, "its boundary has no such step"));
  if (close + 1 == rest.size()) {
    row.shape = Shape::kGroup;
    row.owner = row.boundary;
    row.index = node.rank = *group;
    if (*group > 0) row.previous = by_name(fmt::format("{}[{}]", boundary.name, *group - 1));
    if (*group > 0 && row.previous == kNil)
      return base::fail(misfit(node, "the group before it is missing"));
    return {};
  }
  row.owner = by_name(node.name.substr(0, boundary.name.size() + close + 1));
  if (row.owner == kNil) return base::fail(misfit(node, "its step group is missing"));
  if (auto done = place(row.owner); !done) return done;
  return place_task(at, rest.substr(close + 1));
}

// `rest`: ".task" or ".task(3:item)".
base::Status StatusRestorer::place_task(uint32_t at, std::string_view rest) {
  Placed& node = nodes_[at];
  Row& row = node.row;
  const uint32_t parent = nodes_[row.boundary].row.tmpl;
  const PlanTemplate& tmpl = plan().templates[parent];
  const size_t open = rest.find('(');
  const auto task =
      rest.starts_with('.') ? plan().find_task(tmpl, rest.substr(1, open - 1)) : std::nullopt;
  if (!task) return base::fail(misfit(node, "its boundary has no such step or task"));
  row.task = tmpl.tasks_first + *task;
  node.rank =
      tmpl.body == Body::kDag && *task < tmpl.dag.rank.size() ? tmpl.dag.rank[*task] : *task;
  const PlanTask& entry = plan().tasks[row.task];
  row.tmpl = entry.template_id.value;
  if (!entry.template_id.valid()) {
    const auto named =
        plan().template_by_name.find(std::string(node.json->string_at("templateName")));
    if (named != plan().template_by_name.end()) row.tmpl = named->second.value;
  }
  row.shape = Shape::kChild;
  if (open == rest.npos) return {};
  const size_t colon = rest.find(':', open);
  const auto index =
      colon != rest.npos ? number_of(rest.substr(open + 1, colon - open - 1)) : std::nullopt;
  if (!index || entry.loop == kNil || !rest.ends_with(')'))
    return base::fail(misfit(node, "it is no item of its step or task"));
  row.shape = Shape::kItem;
  row.index = *index;
  row.item_size = static_cast<uint32_t>(rest.size() - colon - 2);
  if (tmpl.body != Body::kDag) return {};
  row.owner = by_name(node.name.substr(0, node.name.size() - rest.size() + open));
  if (row.owner == kNil) return base::fail(misfit(node, "its task group is missing"));
  node.rank = *index;
  return place(row.owner);
}

base::Status StatusRestorer::read_state(Placed& node) {
  Row& row = node.row;
  const Value& json = *node.json;
  const auto type = word_of(json.string_at("type"), kLastType);
  if (!type)
    return base::fail(base::Code::kUnsupported,
                      fmt::format("status.nodes.{}: a node of type '{}' is not supported yet",
                                  node.id, json.string_at("type")));
  const auto phase = word_of(json.string_at("phase"), Phase::kOmitted);
  if (!phase) return base::fail(misfit(node, "its phase is unknown"));
  row.type = *type;
  row.phase = *phase;
  row.message = json.string_at("message");
  row.host = json.string_at("hostNodeName");
  if (const auto told = parse_progress(json.string_at("progress"));
      told && told->total > 1 && *type == NodeType::kPod) {
    row.has_progress = true;
    row.progress = *told;
  }
  row.pod_ip = json.string_at("podIP");
  row.started = time_at(json, "startedAt");
  row.finished = time_at(json, "finishedAt");
  const bool needs_template = row.type != NodeType::kStepGroup && row.type != NodeType::kSkipped;
  const Body body = row.tmpl == kNil ? Body::kMissing : plan().templates[row.tmpl].body;
  const bool fits = !needs_template || row.type == NodeType::kRetry ||
                    row.type == NodeType::kTaskGroup ||
                    (row.type == NodeType::kSteps) == (body == Body::kSteps);
  const bool is_dag = row.type == NodeType::kDag;
  const bool runs = row.type == NodeType::kPod || is_task(row.type);
  if ((runs && row.tmpl != kNil && node_type_of(body) != row.type) ||
      (needs_template && row.tmpl == kNil) || !fits || (is_dag && body != Body::kDag))
    return base::fail(misfit(node, "its template is not what the workflow has there"));
  if (row.type == NodeType::kRetry && plan().templates[row.tmpl].retry == kNil)
    return base::fail(misfit(node, "its template is not retried"));
  read_flags(node);
  read_values(node);
  read_waits(node);
  return {};
}

void StatusRestorer::read_flags(Placed& node) {
  Row& row = node.row;
  if (const Value* flags = node.json->find("nodeFlag"); flags != nullptr && !flags->is_null()) {
    row.flags |= flag::kShown;
    if (is_true(flags->find("hooked"))) row.flags |= flag::kHooked;
    if (is_true(flags->find("retried"))) row.flags |= flag::kRetried;
  }
  if (is_true(node.json->find("daemoned"))) {
    row.flags |= flag::kDaemoned;
    // What holds a daemon as its attempt is one, too.
    if (row.shape == Shape::kAttempt) nodes_[row.owner].row.flags |= flag::kDaemoned;
  }
  if (row.owner != kNil) row.flags |= nodes_[row.owner].row.flags & flag::kOnExit;
  if (row.type == NodeType::kPod) row.flags |= flag::kPodWished;
  const Value* outbound = node.json->find("outboundNodes");
  const bool has_outbound = outbound != nullptr && outbound->is_list() &&
                            !outbound->as_list().empty() && is_final(row.phase);
  if (has_outbound && (row.type == NodeType::kSteps || row.type == NodeType::kDag))
    row.flags |= flag::kOutbound;
}

// As they stand there, as JSON.
void StatusRestorer::read_artifacts(Placed& node) {
  const auto read = [&](std::string_view part, std::string_view& into) {
    const Value* list = node.json->find_path(part, "artifacts");
    if (list != nullptr && list->is_list()) into = texts_.emplace_back(text::to_json(*list));
  };
  read("inputs", node.row.input_artifacts);
  read("outputs", node.row.output_artifacts);
}

void StatusRestorer::read_values(Placed& node) {
  Row& row = node.row;
  if (row.tmpl == kNil) return;
  const PlanTemplate& tmpl = plan().templates[row.tmpl];
  const auto find = [](const Value* part, const std::string& name) -> const Value* {
    const Value* list = part == nullptr ? nullptr : part->find("parameters");
    if (list == nullptr || !list->is_list()) return nullptr;
    for (const Value& entry : list->as_list())
      if (entry.string_at("name") == name) return entry.find("value");
    return nullptr;
  };
  const auto parameter = [](const std::string& name, const Value* value) {
    const bool has = value != nullptr && value->is_string();
    return RowParameter{name, has ? value->as_string() : std::string_view(), {}, has};
  };
  const Value* inputs = node.json->find("inputs");
  read_artifacts(node);
  if (inputs != nullptr && inputs->find("parameters") != nullptr) {
    row.has_inputs = true;
    for (const PlanInput& input : tmpl.inputs)
      row.inputs.push_back(parameter(input.name, find(inputs, input.name)));
  }
  const Value* outputs = node.json->find("outputs");
  row.has_outputs = outputs != nullptr && outputs->is_map();
  // A node that waits must have room for what is supplied to it.
  const bool waits = row.type == NodeType::kSuspend && !is_final(row.phase) &&
                     std::any_of(tmpl.outputs.begin(), tmpl.outputs.end(),
                                 [](const PlanOutput& output) { return output.supplied; });
  row.has_outputs = row.has_outputs || waits;
  row.has_output_parameters = waits || (row.has_outputs && outputs->find("parameters") != nullptr);
  if (row.has_output_parameters)
    for (const PlanOutput& output : tmpl.outputs)
      row.outputs.push_back(parameter(output.name, find(outputs, output.name)));
  if (outputs == nullptr || !outputs->is_map()) return;
  if (const Value* result = outputs->find("result"); result != nullptr && result->is_string()) {
    row.has_result = true;
    row.result = result->as_string();
  }
  const std::string_view code = outputs->string_at("exitCode");
  const auto end = std::from_chars(code.data(), code.data() + code.size(), row.exit_code);
  row.has_exit_code = !code.empty() && end.ec == std::errc();
}

void StatusRestorer::read_waits(Placed& node) {
  Row& row = node.row;
  if (const Value* memo = node.json->find("memoizationStatus"); memo != nullptr && memo->is_map()) {
    row.has_memo = true;
    row.memo_hit = is_true(memo->find("hit"));
    row.memo_key = memo->string_at("key");
    row.memo_cache = memo->string_at("cacheName");
    row.memo_in_database = row.tmpl != kNil && plan().templates[row.tmpl].memo &&
                           plan().templates[row.tmpl].memo->in_database;
  }
  if (is_final(row.phase) || row.tmpl == kNil || plan().templates[row.tmpl].locks.empty()) return;
  if (!node.json->string_at("synchronizationStatus", "waiting").empty()) {
    row.has_wait = row.was_told = true;
    row.wait_stage = static_cast<uint8_t>(Wait::Stage::kLocks);
    row.flags &= static_cast<uint16_t>(~flag::kPodWished);
  }
}

// By start, and within a second as Argo walks: what hangs on a node comes after it.
void StatusRestorer::put_in_order() {
  std::vector<uint32_t> stack, walk;
  for (uint32_t at = static_cast<uint32_t>(nodes_.size()); at-- > 0;)
    if (nodes_[at].row.owner == kNil) stack.push_back(at);
  while (!stack.empty()) {
    const uint32_t at = stack.back();
    stack.pop_back();
    Placed& node = nodes_[at];
    walk.push_back(at);
    const int64_t own = node.row.started.ns;
    const uint32_t previous = node.row.previous, owner = node.row.owner;
    node.start = std::max(own, owner == kNil ? own : nodes_[owner].start);
    if (previous != kNil) node.start = std::max(node.start, nodes_[previous].start);
    const auto key = [&](uint32_t other) {
      return std::tuple(nodes_[other].rank, nodes_[other].row.index);
    };
    std::sort(node.under.begin(), node.under.end(),
              [&](uint32_t a, uint32_t b) { return key(a) > key(b); });
    stack.insert(stack.end(), node.under.begin(), node.under.end());
  }
  order_ = std::move(walk);
  std::stable_sort(order_.begin(), order_.end(),
                   [&](uint32_t a, uint32_t b) { return nodes_[a].start < nodes_[b].start; });
  new_ids_.assign(nodes_.size(), kNil);
  for (uint32_t id = 0; id < order_.size(); ++id) new_ids_[order_[id]] = id;
}

// Whether the boundary has nothing left to do for the node. What is part of a group that still
// runs is looked at again, and so is a node whose exit handler is not over.
bool StatusRestorer::is_settled(const Placed& node) const {
  const Row& row = node.row;
  const bool is_over =
      is_final(row.phase) || ((row.flags & flag::kDaemoned) != 0 && row.phase != Phase::kPending);
  if (!is_over) return false;
  const bool in_group = row.shape == Shape::kItem ||
                        (row.owner != kNil && nodes_[row.owner].row.type == NodeType::kStepGroup);
  if (in_group && !is_final(nodes_[row.owner].row.phase)) return false;
  for (const uint32_t child : node.under)
    if (nodes_[child].row.shape == Shape::kHook && !is_final(nodes_[child].row.phase)) return false;
  if (row.shape == Shape::kAttempt || row.task == kNil || !is_completed(row.phase)) return true;
  if (plan().tasks[row.task].hook == kNil) return true;
  if (row.boundary != kNil && is_final(nodes_[row.boundary].row.phase)) return true;
  const uint32_t exit = by_name(std::string(node.name) + ".onExit");
  return exit != kNil && is_final(nodes_[exit].row.phase);
}

// Where the node hangs, and what leads out of it.
void StatusRestorer::link(Placed& node) {
  Row& row = node.row;
  if (row.shape == Shape::kChild && row.boundary != kNil &&
      plan().templates[nodes_[row.boundary].row.tmpl].body == Body::kDag) {
    const PlanTask& task = plan().tasks[row.task];
    const PlanTemplate& tmpl = plan().templates[nodes_[row.boundary].row.tmpl];
    for (uint32_t i = 0; i < task.depends_count; ++i) {
      const uint32_t other = tmpl.tasks_first + plan().edges[task.depends_first + i];
      const uint32_t before = by_name(
          fmt::format("{}.{}", nodes_[row.boundary].name, plan().task_name(plan().tasks[other])));
      row.links.push_back(
          {RowLink::Kind::kBehind, before == kNil ? new_ids_[row.boundary] : new_ids_[before]});
    }
  }
  if ((row.flags & flag::kOutbound) == 0) return;
  const PlanTemplate& tmpl = plan().templates[row.tmpl];
  if (row.type == NodeType::kSteps) {
    uint32_t last = kNil;
    for (const uint32_t child : node.under)
      if (nodes_[child].row.shape == Shape::kGroup &&
          (last == kNil || nodes_[child].row.index > nodes_[last].row.index))
        last = child;
    if (last != kNil) row.outbound.push_back(new_ids_[last]);
    return;
  }
  for (const uint32_t target : tmpl.dag.targets) {
    const uint32_t child = by_name(
        fmt::format("{}.{}", node.name, plan().task_name(plan().tasks[tmpl.tasks_first + target])));
    if (child != kNil) row.outbound.push_back(new_ids_[child]);
  }
}

base::Status StatusRestorer::make_nodes() {
  inside_.resize(nodes_.size());
  for (uint32_t id = 0; id < order_.size(); ++id) {
    Placed& node = nodes_[order_[id]];
    if (is_settled(node)) node.row.flags |= flag::kSettled;
    if (is_final(node.row.phase)) node.row.flags |= flag::kFulfilled;
    link(node);
    Row row = node.row;
    row.id = id;
    for (uint32_t* other : {&row.boundary, &row.owner, &row.previous})
      if (*other != kNil) *other = new_ids_[*other];
    if (row.boundary != kNil) inside_[row.boundary].push_back(id);
    // Of two nodes with the same number the later one has another id: see names.cc.
    row.hash = base::fnv1a32(node.name);
    const auto id_with = [&](uint64_t n) { return fmt::format("{}-{}", plan().workflow_name, n); };
    if (row.shape != Shape::kRoot && node.id != id_with(row.hash)) {
      if (node.id != id_with(base::fnv1a64(node.name)))
        return base::fail(misfit(node, "its id does not come from its name"));
      row.flags |= flag::kWideId;
    }
    // Argo leaves what has waited Pending while it runs.
    const bool is_holder =
        row.type == NodeType::kSteps || row.type == NodeType::kDag || row.type == NodeType::kRetry;
    if (is_holder && row.phase == Phase::kPending && !row.has_wait) row.phase = Phase::kRunning;
    if (auto done = machine_.restore_node(row); !done)
      return base::fail(misfit(node, done.error().text));
    restore_locks(row);
  }
  for (uint32_t id = 0; id < order_.size(); ++id) {
    const Placed& node = nodes_[order_[id]];
    if (node.row.shape == Shape::kRoot) machine_.root_ = id;
    if (node.row.shape == Shape::kExit && node.row.boundary == kNil) machine_.exit_root_ = id;
  }
  if (!nodes_.empty() && machine_.root_ == kNil)
    return base::fail(base::Code::kCorrupt, "status.nodes: the node of the workflow is missing");
  return {};
}

// Argo's status names the locks of the workflow as a whole: which a node has asked for is in the
// plan.
void StatusRestorer::restore_locks(const Row& row) {
  if (is_final(row.phase) || row.tmpl == kNil || row.shape == Shape::kAttempt) return;
  if (row.type == NodeType::kTaskGroup || row.type == NodeType::kStepGroup) return;
  const std::vector<PlanLock>& locks = plan().templates[row.tmpl].locks;
  if (locks.empty()) return;
  Locking& locking = machine_.locks_[row.id];
  std::string error;
  machine_.lock_wish(row.id, locks, locking.wish, error);
  locking.is_held = !row.has_wait;
  if (locking.is_held) machine_.held_.insert(row.id);
}

// --- the phases that ended boundaries hand on: see Machine::onward_of()

Phase StatusRestorer::onward_of_steps(uint32_t id) const {
  uint32_t group = kNil;
  for (const uint32_t child : inside_[id])
    if (machine_.nodes_[child].shape == Shape::kGroup) group = child;
  if (group == kNil) return Phase::kNone;
  std::vector<uint32_t> members;
  for (const uint32_t child : inside_[id]) {
    const Node& node = machine_.nodes_[child];
    const bool failed = is_failed(node.phase) && is_failed(machine_.onward_of(child));
    if (node.owner == group && failed) members.push_back(child);
  }
  if (members.empty()) return machine_.nodes_[group].phase;
  const auto first = std::min_element(members.begin(), members.end(), [&](uint32_t a, uint32_t b) {
    const Node &left = machine_.nodes_[a], &right = machine_.nodes_[b];
    return std::tuple(left.task, left.index) < std::tuple(right.task, right.index);
  });
  return machine_.onward_of(*first);
}

Phase StatusRestorer::onward_of_dag(uint32_t id) const {
  const Node& dag = machine_.nodes_[id];
  const PlanTemplate& tmpl = machine_.template_of(dag);
  if (!is_failed(dag.phase)) return dag.phase;
  const auto first_failed_item = [&](uint32_t group) {
    uint32_t first = kNil;
    for (const uint32_t item : inside_[id])
      if (machine_.nodes_[item].owner == group && is_failed(machine_.nodes_[item].phase) &&
          (first == kNil || machine_.nodes_[item].index < machine_.nodes_[first].index))
        first = item;
    return first;
  };
  std::vector<uint32_t> node_of(tmpl.tasks_count, kNil);
  for (const uint32_t child : inside_[id])
    if (machine_.nodes_[child].shape == Shape::kChild)
      node_of[machine_.nodes_[child].task - tmpl.tasks_first] = child;
  std::vector<Phase> branch(tmpl.tasks_count, Phase::kNone);
  for (const uint32_t task : tmpl.dag.order) {
    if (node_of[task] == kNil) continue;
    const Node& node = machine_.nodes_[node_of[task]];
    if (is_completed(node.phase)) {
      const bool is_loop = node.type == NodeType::kTaskGroup && is_failed(node.phase);
      const uint32_t item = is_loop ? first_failed_item(node_of[task]) : kNil;
      branch[task] = machine_.onward_of(item != kNil ? item : node_of[task]);
      continue;
    }
    branch[task] = Phase::kSucceeded;
    const PlanTask& entry = machine_.plan_->tasks[tmpl.tasks_first + task];
    for (uint32_t i = 0; i < entry.depends_count && !is_failed(branch[task]); ++i)
      branch[task] = branch[plan().edges[entry.depends_first + i]];
  }
  for (const uint32_t target : tmpl.dag.targets)
    if (is_failed(branch[target])) return branch[target];
  return dag.phase;
}

// Inner ones first: they were made after those that hold them.
void StatusRestorer::derive_onward() {
  for (uint32_t id = static_cast<uint32_t>(order_.size()); id-- > 0;) {
    Node& node = machine_.nodes_[id];
    if (!is_final(node.phase)) continue;
    if (node.type == NodeType::kSteps) node.onward = onward_of_steps(id);
    if (node.type == NodeType::kDag) node.onward = onward_of_dag(id);
    // An attempt's is seen through the node that holds the attempts: see Machine::onward_of().
  }
}

void StatusRestorer::read_summary() {
  Machine& m = machine_;
  m.phase_ = word_of(status_.string_at("phase"), Phase::kError).value_or(Phase::kNone);
  if (m.phase_ == Phase::kPending) m.phase_ = Phase::kNone;  // it has not begun
  m.is_started_ = m.phase_ != Phase::kNone;
  if (m.is_started_ && !is_final(m.phase_) && !plan().locks.empty()) {
    Locking& locking = m.locks_[kNil];
    std::string error;
    m.lock_wish(kNil, plan().locks, locking.wish, error);
    locking.is_held = true;
    m.held_.insert(kNil);
  }
  m.is_suspended_ = m.is_started_ && plan().starts_suspended;
  if (m.is_started_ && plan().shutdown == "Stop") m.shutdown_ = Shutdown::kStop;
  if (m.is_started_ && plan().shutdown == "Terminate") m.shutdown_ = Shutdown::kTerminate;
  m.message_ = status_.string_at("message");
  m.started_ = time_at(status_, "startedAt");
  m.finished_ = time_at(status_, "finishedAt");
  m.now_ = std::max(m.started_, m.finished_);
  if (m.exit_root_ != kNil) m.entry_status_ = m.nodes_[m.root_].phase;
  for (const Placed& node : nodes_)
    m.now_ = std::max({m.now_, node.row.started, node.row.finished});
  const Value* outputs = status_.find("outputs");
  if (const Value* artifacts = outputs == nullptr ? nullptr : outputs->find("artifacts");
      artifacts != nullptr && artifacts->is_list())
    for (const Value& artifact : artifacts->as_list())
      m.global_artifacts_.emplace_back(artifact.string_at("name"), text::to_json(artifact));
  const Value* list = outputs == nullptr ? nullptr : outputs->find("parameters");
  if (list == nullptr || !list->is_list()) return;
  for (const Value& entry : list->as_list())
    if (const Value* value = entry.find("value"); value != nullptr && value->is_string())
      m.global_outputs_.emplace_back(entry.string_at("name"), value->as_string());
}

base::Status StatusRestorer::run() {
  if (auto done = collect(); !done) return done;
  for (uint32_t at = 0; at < nodes_.size(); ++at)
    if (auto done = place(at); !done) return done;
  put_in_order();
  if (auto done = make_nodes(); !done) return done;
  derive_onward();
  read_summary();
  machine_.restore_frames();
  return {};
}

base::Result<std::unique_ptr<State>> State::restore_status(std::shared_ptr<const Plan> plan,
                                                           uint64_t seed,
                                                           const text::Value& status) {
  auto state = std::make_unique<State>(std::move(plan), seed);
  if (auto done = StatusRestorer(*state->machine_, status).run(); !done)
    return base::fail(done.error());
  return state;
}

}  // namespace engine
