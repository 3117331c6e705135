// machine.h — the state machine behind State: nodes, frames, and the functions that move them.
//
// A batch goes in two halves. Facts change leaf nodes (facts.cc, control.cc), each change telling
// its boundary by notify(). Then visits go down from the root to what was told, in Argo's order of
// walking (visit.cc, steps.cc, dag.cc, retry.cc), create nodes (create.cc) and settle ends. All
// changes of a phase go through set_phase().
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/large.h"
#include "engine/arena.h"
#include "engine/chunks.h"
#include "engine/node.h"
#include "engine/plan_data.h"
#include "engine/row.h"
#include "engine/state.h"
#include "text/selector.h"

namespace engine {

enum class Shutdown : uint8_t { kOff, kStop, kTerminate };

// Where a text is evaluated: the node whose template it belongs to, and what is special there.
struct Scope {
  uint32_t node = kNil;  // its inputs, name and template
  const PlanTemplate* tmpl = nullptr;
  const std::string_view* inputs = nullptr;
  const Frame* frame = nullptr;  // of a steps or DAG: what {{steps.*}} sees
  const Item* item = nullptr;
  uint32_t self_task = kNil;  // in exit hooks: this task stands for self_node
  uint32_t self_node = kNil;
};

// How far a text must be resolved.
enum class Strict : uint8_t {
  kLenient,  // what is not known stays as written
  kTasks,    // steps.* and tasks.* must be known: else kMissing
  kAll,      // everything must be known: else kInvalid
};

// Of an entry that an error of Argo's own has ended.
inline constexpr std::string_view kOperationError = "Workflow operation error";

enum class ArtifactSide : uint8_t { kInputs, kOutputs };

enum class Rendered : uint8_t { kOk, kMissing, kAbsent, kError };

// What a node is made from.
struct Birth {
  Frame* frame = nullptr;  // the boundary; null for the two roots
  uint32_t owner = kNil, task = kNil;
  Shape shape = Shape::kRoot;
  uint32_t index = 0;
  const Item* item = nullptr;
  TemplateId tmpl;
  uint16_t flags = 0;
  uint32_t depth = 1;
  const PlanArgument* arguments = nullptr;
  uint32_t arguments_count = 0;
  const PlanArtifact* artifacts = nullptr;
  uint32_t artifacts_count = 0;
  Scope argument_scope = {};
  Strict strict = Strict::kTasks;
};

enum class Start : uint8_t {
  kStarted,
  kBlocked,  // a limit is reached: nothing was made
  kStuck,    // a reference cannot be resolved yet: nothing was made
  kErrored,  // the node was made and is in Error: the boundary must act
};

// What encoding a row works with, kept from row to row.
struct RowScratch {
  Row row;
  std::string name, owner_name;
  uint32_t owner = kNil, boundary = kNil;  // whose names were made last
  size_t boundary_size = 0;
  std::vector<std::string> extras, input_extras;
};

// What Argo says of an output that only a person can give.
std::string not_supplied(std::string_view name);

class State::Machine {
  friend class State;
  friend class ScopeEnvironment;

 public:
  Machine(std::shared_ptr<const Plan> plan, uint64_t seed);

  void apply(base::Time now, std::span<const Event> events, Actions& actions);

  bool knows_nodes_of(const Event& event) const;

  // --- facts.cc, control.cc: what the events say
  void take(const Started& event);
  void take(const PodPending& event);
  void take_host(uint32_t id, const std::string& name);
  void take(const PodRunning& event);
  void take(const PodEnded& event);
  void take(const TaskReported& event);
  void take(const Ticked& event);
  void take(const SuspendRequested& event);
  void take(const ResumeRequested& event);
  void take(const ShutdownRequested& event);
  void take(const NodeSetRequested& event);
  void take(const Answered& event);
  void keep_outputs(uint32_t id, const Reported& event);
  bool supply_outputs(uint32_t id, const std::vector<std::pair<std::string, std::string>>& given);
  bool use_default_outputs(uint32_t id);  // false: an output has neither value nor default
  void resume_node(uint32_t id, const std::string& message);

  // --- spent.cc: resourcesDuration
  void note_run_time(uint32_t id, const PodEnded& event);
  std::vector<std::pair<std::string_view, uint64_t>> spent_by(uint32_t id) const;

  // --- holds.cc: nodes that a person does not let begin
  bool add_hold(const std::string& selector);
  std::vector<std::string> hold_texts() const;
  bool hold_back(uint32_t id);
  void let_begin(uint32_t id);
  bool is_held(uint32_t id) const;
  std::optional<std::string> field_of(uint32_t id, std::string_view key) const;

  // --- node_set.cc: a person's word about a node
  struct Settable {
    uint32_t leaf = kNil;   // what runs, or would; of a Retry node its last attempt, if it has one
    uint32_t owner = kNil;  // the Retry node around it
    uint32_t top() const { return owner != kNil ? owner : leaf; }
  };
  Settable settable(uint32_t id) const;
  std::string set_refusal(uint32_t id, const NodeSetRequested& event) const;
  std::string set_outputs_refusal(uint32_t top, const NodeSetRequested& event) const;
  std::string decided_refusal(uint32_t top) const;
  void set_suspended(uint32_t id, const NodeSetRequested& event);
  void set_leaf(const Settable& what, Phase phase, const NodeSetRequested& event);
  void give_outputs(uint32_t id, Phase phase, const NodeSetRequested& event);
  void settle_again(uint32_t id);
  bool fails_group(const Node& node, const PlanTask& entry) const;
  void fail_what_must_stop(bool by_deadline);

  // --- visit.cc: from what was told to what follows
  void decide();
  Birth birth_of_entry() const;
  void visit(uint32_t id);
  void leave(uint32_t id);
  void visit_frame(uint32_t frame_id);
  void visit_child(Frame& frame, uint32_t id);
  void run_frame(Frame& frame);
  bool next_work(Frame& frame, uint32_t& rank, uint32_t& node);
  void notify(uint32_t id);
  void push_work(Frame& frame, uint32_t rank, uint32_t node);
  void fetch_next(const Frame& frame) const;
  void fetch_argument(const PlanTask& task) const;
  void fetch_event(const Event& event) const;
  bool end_by_fail_fast(Frame& frame);
  bool pause(Frame& frame);
  void settle(Frame& frame, uint32_t id);
  void finish_child(Frame& frame, uint32_t id);
  void hook_errored(Frame& frame, std::string_view message);
  void end_frame(uint32_t node, bool sets_outbound = false);
  std::string end_message() const;
  void finish_workflow();
  void end_workflow(Phase phase, std::string_view message);

  // --- hooks.cc: exit handlers and lifecycle hooks
  enum class Hooks : uint8_t { kDone, kOpen, kError };
  std::optional<bool> hook_holds(const PlanHook& hook, const Scope& scope, std::string& error);
  Birth birth_of_hook(const PlanHook& hook, Frame* frame, uint32_t owner, const Scope& scope);
  Scope scope_of_hook(Frame& frame, uint32_t id, Item& item);
  bool exit_hook_done(Frame& frame, uint32_t id);
  Start start_exit_hook(Frame& frame, uint32_t id, const PlanHook& hook);
  bool start_exit_handler();
  const std::vector<uint32_t>& hooks_of(uint32_t id) const;
  Hooks run_hooks(Frame* frame, uint32_t id, std::string& error);
  Hooks start_hook(Frame* frame, uint32_t id, uint32_t hook, std::string& error);
  uint32_t hook_node(uint32_t id, uint32_t hook) const;
  bool look_at_hooks(Frame& frame);
  void note_entry_status();
  bool workflow_hooks_done();
  bool has_hooks(const Node& node) const {
    if (node.shape == Shape::kRoot) return !plan_->workflow_hooks.empty();
    return (node.shape == Shape::kChild || node.shape == Shape::kItem) && node.task != kNil &&
           plan_->tasks[node.task].has_hooks;
  }

  // --- tasks.cc: a step or task begins
  enum class Prepared : uint8_t { kReady, kStuck, kError };
  Prepared prepare(Frame& frame, uint32_t task, std::string& error);
  Prepared prepare_when(Frame& frame, uint32_t task, std::string& error);
  // `in_text`, when given, says whether an error is one of a reference in the text.
  Prepared prepare_loop(Frame& frame, uint32_t task, std::string& error, bool* in_text = nullptr);
  Prepared prepare_artifacts(const Frame& frame, uint32_t task, std::string& error);
  bool references_known(const Frame& frame, uint32_t task);
  bool text_is_known(TextId text, const Scope& scope);
  Start start_task(Frame& frame, uint32_t task);
  Start start_child(Frame& frame, uint32_t task, const Item* item, uint32_t index);
  Start start_items(Frame& frame, uint32_t task);
  bool child_is_fulfilled(uint32_t id) const;
  bool has_slot(const Frame* frame) const;
  void block(Frame& frame, uint32_t task, uint32_t child = kNil);
  uint32_t make_skipped(Frame& frame, uint32_t task, const Item* item, uint32_t index, Phase phase,
                        std::string_view message);
  Birth birth_of(Frame& frame, uint32_t task, const Item* item, uint32_t index);

  // --- steps.cc
  void start_steps(uint32_t id, uint32_t depth);
  void start_group(Frame& frame);
  void group_done(Frame& frame);
  void group_errored(Frame& frame, std::string_view message, Phase phase = Phase::kError);
  void finish_steps(Frame& frame);

  // --- dag.cc
  void start_dag(uint32_t id, uint32_t depth);
  base::Status choose_order(Frame& frame);
  void start_dag_task(Frame& frame, uint32_t task);
  bool depends_hold(const Frame& frame, uint32_t task) const;
  std::string_view when_of(const Slot& slot) const {
    return slot.when == kNil ? std::string_view() : whens_[slot.when];
  }
  bool operand_holds(const Frame& frame, uint32_t task, expr::TaskResult result, bool bare) const;
  void task_settled(Frame& frame, uint32_t task);
  void settle_item(Frame& frame, uint32_t task, uint32_t id);
  void assess_dag(Frame& frame);
  Phase onward_of(uint32_t id) const;
  Phase onward_of_group(const Frame& frame) const;
  Phase branch_of(const Frame& frame, uint32_t task) const;
  void finish_dag(Frame& frame, Phase phase);

  // --- retry.cc
  void visit_retry(uint32_t id);
  void attempt_ended(uint32_t id);
  bool wait_for_backoff(uint32_t id, const PlanRetry& retry, bool& wait);
  bool policy_allows(const PlanRetry& retry, const Node& attempt) const;
  void end_retry(uint32_t id, Phase phase, std::string_view message);
  void start_attempt(uint32_t id);
  int64_t counted(const RetryRun& run) const;
  std::vector<std::string_view> avoided_hosts(uint32_t id) const;
  std::optional<int64_t> retry_limit(uint32_t id, const PlanRetry& retry);
  std::optional<base::Time> execution_deadline(uint32_t attempt) const;

  // --- create.cc: nodes come into being
  Start execute(const Birth& birth, uint32_t& id);
  std::string lacking_template(const Birth& birth, uint32_t id);
  const uint32_t* dependencies_of(const Birth& birth);
  uint32_t make_node(const Birth& birth, NodeType type, Phase phase);
  bool fill_inputs(uint32_t id, const Birth& birth, std::vector<Wait::Input>& waits,
                   std::string& error);
  bool fill_parameters(uint32_t id, const Birth& birth, std::vector<Wait::Input>& waits,
                       std::string& error);
  // What stands in a ConfigMap, and not in the argument or the input itself; none: kNil.
  uint32_t config_map_of(const PlanInput& input, std::span<const PlanArgument> arguments) const;
  std::span<const PlanArgument> arguments_of(uint32_t id) const;
  Rendered input_value(uint32_t id, const PlanInput& input, const Birth& birth,
                       std::string_view& value, std::string& error);
  Rendered default_value(uint32_t id, const PlanInput& input, std::string_view& value,
                         std::string& error);
  void begin(uint32_t id, uint32_t depth);
  void begin_body(uint32_t id, uint32_t depth);
  void begin_pod(uint32_t id);
  void begin_suspend(uint32_t id);
  void visit_suspend(uint32_t id);
  uint32_t new_frame(uint32_t node, uint32_t depth);
  uint32_t new_loop();

  // --- agent_tasks.cc: what has no pod of its own
  void begin_task(uint32_t id);
  void begin_containers(uint32_t id);
  void set_containers(uint32_t id, Phase phase, std::string_view message);
  void take_containers(uint32_t id, const std::vector<ContainerEnd>& ends);
  void end_containers(uint32_t id, const PodEnded& event);

  // --- artifacts.cc
  enum class Resolved : uint8_t { kOk, kUnknown, kStuck, kError };
  std::string_view artifacts_of(uint32_t id, ArtifactSide side) const;
  std::optional<text::Value> artifact_of(uint32_t id, ArtifactSide side,
                                         std::string_view name) const;
  void set_artifacts(uint32_t id, ArtifactSide side, std::string_view json);
  void share_artifacts(uint32_t from, uint32_t to, ArtifactSide side);
  std::optional<text::Value> find_task_artifact(std::string_view rest, const Scope& scope) const;
  std::optional<text::Value> find_artifact_value(std::string_view name, const Scope& scope) const;
  Resolved resolve_artifact(text::Value& artifact, const Scope& scope, std::string& error);
  Resolved argument_artifact(const PlanArtifact& argument, const Scope& scope, Strict strict,
                             text::Value& out, std::string& error);
  text::Value declared_artifact(const PlanArtifact& declared, const Scope& scope);
  void put_tags_in(text::Value& value, const Scope& scope);
  bool fill_artifacts(uint32_t id, const Birth& birth, std::string& error);
  std::string artifact_error(uint32_t id);
  bool hook_artifacts_known(const Scope& scope, const PlanHook& hook, std::string& error);
  bool template_artifacts(Frame& frame, const Scope& scope, std::string& error);
  void export_artifacts(uint32_t id);

  // --- pod_template.cc
  base::Result<std::string> pod_template(uint32_t id);
  base::Result<std::string> boundary_placement(uint32_t id);
  text::Value archive_location(uint32_t id, const text::Value& executor);
  base::Status own_manifest(text::Value& executor) const;
  // --- wait.cc: what comes before the body
  void take_workflow_locks(const LocksAnswer& answer);
  bool lock_wish(uint32_t id, const std::vector<PlanLock>& locks, LockWish& out,
                 std::string& error);
  void hold(uint32_t id, Wait::Stage stage);
  Start advance(uint32_t id, Wait::Stage stage, std::string& error);
  Start ask_locks(uint32_t id, std::string& error);
  Start ask_memo(uint32_t id, std::string& error);
  void visit_waiting(uint32_t id);
  void act_on(uint32_t id, const ConfigMapValues& values);
  void act_on(uint32_t id, const LocksAnswer& answer);
  void act_on(uint32_t id, const MemoEntry& entry);
  void go_on(uint32_t id, Wait::Stage stage);
  void fail_waiting(uint32_t id, const std::string& error);
  void begin_waiting(uint32_t id);
  // A node of a workflow that was taken up again may wait, for its locks, in the midst of its body.
  bool waits_to_run_on(uint32_t id) const {
    return nodes_[id].is(flag::kWaiting) && nodes_[id].frame != kNil;
  }
  void use_memo(uint32_t id, std::string_view outputs);
  void save_memo(uint32_t id);
  const Memo* memo_of(uint32_t id) const;
  void note_waiting(const Locking& locking, int by);
  void visit_all();
  void wake_slot_waiters();
  std::vector<Ask> lock_asks() const;
  void release_locks(uint32_t id);
  void release_all_locks();
  bool is_orphan(uint32_t id) const;
  void release_orphans();
  void stop_waiting(uint32_t id);
  text::Value synchronization() const;

  // --- phase.cc: the one door
  void set_phase(uint32_t id, Phase phase);
  void set_phase(uint32_t id, Phase phase, std::string_view message);
  // Pods, suspends, retries and boundaries that have not ended, in order of their ids.
  std::vector<uint32_t> open_nodes() const;
  void note_open(uint32_t id);
  void set_message(uint32_t id, std::string_view message);
  void count(uint32_t id, int by);
  Progress progress_of(uint32_t id) const;
  void take_progress(uint32_t id, std::string_view text);
  void changed(uint32_t id);
  void kill_daemons(Frame& frame);
  void set_workflow(Phase phase, std::string_view message);
  template <class Wish>
  void wish(Wish what) {
    actions_->emplace_back(std::in_place_type<Wish>, std::move(what));
  }
  void record(bool warning, std::string_view reason, std::string message);

  // --- scope.cc, values.cc: what texts stand for
  Rendered render(TextId text, const Scope& scope, Strict strict, std::string& out,
                  std::string* error, bool escape = false);
  Rendered render_to(TextId text, const Scope& scope, Strict strict, std::string_view& out,
                     std::string& error);
  Rendered append_piece(const Piece& piece, const Scope& scope, Strict strict, std::string& out,
                        std::string* error, bool escape, bool& again);
  // `replaced`: names whose values hold tags and are in the source already; such a name that comes
  // again stays as it is, for its value would name itself without end.
  Rendered render_dynamic(std::string_view source, const Scope& scope, Strict strict,
                          std::string& out, std::string* error,
                          std::vector<std::string> replaced = {});
  Rendered append_expression(const expr::Expression& expression, std::string_view raw,
                             const Scope& scope, Strict strict, std::string& out,
                             std::string* error, bool escape);
  enum class Found : uint8_t { kValue, kAbsent, kMissing };
  Found find_value(Var var, uint32_t a, std::string_view key, const Scope& scope,
                   std::string& scratch, std::string_view& value);
  Found find_task_value(Var var, uint32_t a, std::string_view key, const Scope& scope,
                        std::string& scratch, std::string_view& value);
  bool is_seen(const Frame& frame, uint32_t task) const;
  uint32_t visible_node(uint32_t task, const Scope& scope) const;
  Found find_node_value(Var var, uint32_t id, const PlanTask& task, std::string_view key,
                        std::string& scratch, std::string_view& value);
  Found find_output(uint32_t id, const PlanTask& task, std::string_view name,
                    std::string_view& value);
  Found find_attempt_value(Var var, const Scope& scope, std::string& scratch,
                           std::string_view& value);
  Found find_loop_value(Var var, LoopRun& run, uint32_t task, std::string_view key,
                        std::string_view& value);
  Found find_by_name(std::string_view name, const Scope& scope, std::string& scratch,
                     std::string_view& value);
  uint32_t template_of_task(const Scope& scope, std::string_view task) const;
  std::vector<std::string> output_names(const Scope& scope, std::string_view task) const;
  std::vector<std::string> output_artifact_names(const Scope& scope, std::string_view task) const;
  std::vector<std::string> global_artifact_names() const;
  std::vector<std::string> task_names(const Scope& scope) const;
  std::vector<std::pair<std::string, std::string>> changing_globals();
  const Plan& plan() const { return *plan_; }
  uint32_t task_count(const Scope& scope) const {
    return scope.tmpl == nullptr ? 0 : scope.tmpl->tasks_count;
  }
  std::string inputs_json(const Scope& scope) const;
  std::string failures_json() const;
  Scope scope_of(uint32_t id) const;
  std::optional<base::Duration> duration_of(TextId text, uint32_t id);

  // --- loops.cc
  std::shared_ptr<const ItemSource> expand(const PlanTask& task, const Scope& scope,
                                           std::string& error, bool& stuck, bool* in_text);
  bool expand_list(std::string_view json, std::string_view shown, ItemSource& out,
                   std::string& error);
  bool expand_sequence(const PlanLoop& loop, const Scope& scope, ItemSource& out,
                       std::string& error, bool& stuck);
  Item item_at(const ItemSource& source, uint32_t index);
  bool aggregate_all(LoopRun& run, std::string& error);

  // --- outputs.cc
  bool template_outputs(Frame& frame, std::string& error);
  bool output_value(const PlanOutput& output, const Scope& scope, std::string_view& value,
                    std::string& error);
  void export_outputs(uint32_t id);

  // --- names.cc
  void append_name(uint32_t id, std::string& out) const;
  void append_own_name(const Node& node, std::string& out) const;
  static std::string_view display_part(std::string_view name, size_t boundary_size);
  std::string name_of(uint32_t id) const;
  std::string display_name_of(uint32_t id) const;
  std::string step_name_of(uint32_t id) const;
  std::string id_of(uint32_t id) const;
  void append_number(uint32_t id, std::string& out) const;
  std::string pod_name_of(uint32_t id) const;
  uint32_t hash_of(const Node& node) const;
  void enter_ids();
  void make_room_for_ids();
  void enter_id(uint32_t id);
  std::string_view template_name_of(const Node& node) const;
  std::string template_ref_of(const Node& node) const;
  const std::string& scope_name_of(const Node& node) const;

  // --- encode.cc, restore.cc: rows
  void encode(uint32_t id, std::string& out) const;
  void encode_name(uint32_t id, RowScratch& scratch) const;
  const std::string& owner_name(uint32_t owner, RowScratch& scratch) const;
  void encode_outputs(uint32_t id, Row& row, std::vector<std::string>& extras) const;
  void encode_loops(uint32_t id, Row& row) const;
  void encode_inputs(uint32_t id, Row& row, std::vector<std::string>& extras) const;
  void encode_waits(uint32_t id, Row& row) const;
  void links_of(uint32_t id, std::vector<RowLink>& links) const;
  base::Status restore_summary(std::string_view bytes);
  base::Status restore_node(const Row& row);
  base::Status restore_sides(uint32_t id, const Row& row);
  void restore_waits(const Row& row);
  void restore_frames();
  void make_inputs_again(uint32_t id);
  void ask_locks_again(uint32_t id);
  void look_once();
  void restore_frame(uint32_t id);
  void restore_child(Frame& frame, uint32_t id);
  void restore_dag(Frame& frame);
  void prepare_restored_when(Frame& frame, uint32_t task);
  void restore_steps(Frame& frame);
  void restore_group_task(Frame& frame, uint32_t task);
  void restore_loop(Frame& frame, uint32_t task);

  // --- timers.cc
  void wake_at(base::Time time, uint32_t node);
  void fire_timers();
  void check_pending_timeouts(uint32_t id);
  std::optional<base::Time> workflow_deadline() const;
  bool past_deadline() const;

  const PlanTemplate& template_of(const Node& node) const { return plan_->templates[node.tmpl]; }
  const PlanTask& task_of(const Frame& frame, uint32_t task) const {
    return plan_->tasks[plan_->templates[frame.tmpl].tasks_first + task];
  }
  uint32_t task_index(const Frame& frame, const Node& node) const {
    return node.task - plan_->templates[frame.tmpl].tasks_first;
  }
  Slot& slot(Frame& frame, uint32_t task) { return slots_[frame.slots + task]; }
  const Slot& slot(const Frame& frame, uint32_t task) const { return slots_[frame.slots + task]; }
  Frame* frame_of(uint32_t node) {
    if (node == kNil || nodes_[node].frame == kNil) return nullptr;
    const NodeType type = nodes_[node].type;
    if (type != NodeType::kSteps && type != NodeType::kDag) return nullptr;
    if (nodes_[node].is(flag::kOutbound)) return nullptr;
    return frames_[nodes_[node].frame].get();
  }
  uint32_t rank_of(const Frame& frame, uint32_t task) const {
    const PlanTemplate& tmpl = plan_->templates[frame.tmpl];
    return tmpl.body == Body::kDag ? frame.order->rank[task] : task;
  }
  uint32_t task_at_rank(const Frame& frame, uint32_t rank) const {
    const PlanTemplate& tmpl = plan_->templates[frame.tmpl];
    return tmpl.body == Body::kDag ? frame.order->order[rank] : rank;
  }
  bool may_run(bool on_exit) const {
    return shutdown_ == Shutdown::kOff || (shutdown_ == Shutdown::kStop && on_exit);
  }
  std::string stopped_message() const;
  // ": <message>" of who stopped the workflow, when one was given.
  std::string why_stopped() const;

  std::shared_ptr<const Plan> plan_;
  std::string local_scope_;  // what a row without a scope stands for
  uint64_t seed_;
  base::Time now_;
  Actions* actions_ = nullptr;

  Chunks<Node> nodes_;
  std::vector<std::unique_ptr<Frame>> frames_;
  std::vector<uint32_t> free_frames_;
  base::LargeVector<Slot> slots_;
  std::vector<std::string_view> whens_;  // texts of `when` of the slots that have one
  std::unordered_map<uint32_t, std::vector<uint32_t>> free_slots_;  // by count
  std::vector<std::unique_ptr<LoopRun>> loops_;
  std::vector<uint32_t> free_loops_;
  std::vector<RetryRun> retries_;
  std::vector<std::vector<uint32_t>> outbounds_;  // of ended boundaries: what leads out of them
  std::unordered_map<uint32_t, uint32_t> exit_nodes_;  // of a node
  std::unordered_map<uint32_t, std::vector<uint32_t>> hook_nodes_;
  std::unordered_map<uint32_t, std::string> pod_ips_;  // of daemons
  // Of the few nodes that have them; kNil: the workflow itself.
  std::unordered_map<uint32_t, Wait> waits_;
  std::map<uint32_t, Locking> locks_;
  std::set<uint32_t> held_;  // of these, those that hold them
  struct LockView {
    bool is_mutex = false;
    size_t waiters = 0;
    std::vector<std::string> holders;
  };
  std::map<std::string, LockView> waiting_locks_;
  std::map<std::string, uint64_t> total_spent_;                // by all pods
  std::vector<std::pair<std::string, text::Selector>> holds_;  // with their texts
  std::deque<uint32_t> slot_waiters_;  // ready to begin, once the workflow's limit has room
  std::unordered_map<uint32_t, Memo> memos_;
  std::unordered_map<uint32_t, base::Time> begun_at_;  // of those that have waited
  bool awaits_locks_ = false;                          // the workflow as a whole
  std::vector<std::string> hosts_{""};
  std::unordered_map<std::string, uint16_t> host_index_;
  std::unordered_map<uint32_t, NodeArtifacts> artifacts_;
  std::unordered_map<uint32_t, std::vector<uint32_t>> containers_;  // of the pods of sets
  Arena arena_;

  // Ids: an open-addressing table from the hash of the name to the node. The hash stands beside
  // the node: a look-up touches one place, wherever the nodes lie.
  struct IdEntry {
    uint32_t hash = 0, node = kNil;
  };
  size_t home_of(uint32_t hash) const { return (hash * 0x9E3779B9u) & (id_table_.size() - 1); }
  base::LargeVector<IdEntry> id_table_;
  uint32_t ids_entered_ = 0;  // of the first so many nodes
  std::unordered_map<uint64_t, uint32_t> wide_ids_;

  using Timer = std::pair<int64_t, uint32_t>;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  base::Time wished_wake_;
  std::vector<uint32_t> limit_waiters_;  // boundaries with tasks that the workflow's limit blocks
  // A boundary has ended around something that had not: see release_orphans().
  bool has_orphans_ = false, look_for_orphans_ = false;
  std::vector<uint32_t> waiting_retries_;  // whose next attempt the same limit holds up

  std::map<std::pair<uint32_t, uint32_t>, std::string_view> restored_loops_;  // while restoring

  std::vector<uint32_t> paused_;  // boundaries that go on in the next batch
  uint32_t made_in_batch_ = 0;
  std::vector<uint32_t> changed_;
  // What has begun, and some of what has ended since: requests look at these, not at all nodes.
  std::vector<uint32_t> begun_;
  size_t ended_ = 0;  // of `begun_`
  bool workflow_changed_ = false;

  uint32_t root_ = kNil, exit_root_ = kNil;
  bool root_dirty_ = false, is_started_ = false, is_suspended_ = false, deadline_hit_ = false;
  bool no_parallelism_ = false;
  std::string restore_error_;
  bool is_taken_up_ = false;  // while restoring what plan_rerun() has made
  Shutdown shutdown_ = Shutdown::kOff;
  std::string shutdown_message_;
  Phase phase_ = Phase::kNone;
  Phase entry_status_ = Phase::kRunning;  // workflow.status as texts see it
  std::string message_;
  base::Time started_, finished_;
  uint64_t pods_done_ = 0, pods_total_ = 0;
  std::unordered_map<uint32_t, Progress> progress_;  // of pods that tell theirs
  uint32_t active_pods_ = 0, daemons_ = 0;
  bool pod_running_known_ = false;
  std::vector<uint32_t> failed_;  // nodes that failed, as they did
  std::vector<std::pair<std::string, std::string>> global_outputs_;
  std::vector<std::pair<std::string, std::string>> global_artifacts_;  // name, JSON
  std::string scratch_;
  const std::unique_ptr<RowScratch> row_scratch_ = std::make_unique<RowScratch>();
  std::vector<std::shared_ptr<const ItemSource>>
      static_items_;  // of loops whose items never change
};

}  // namespace engine
