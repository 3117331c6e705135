// Exit handlers and lifecycle hooks: what runs beside a node when its expression holds.
//
// Argo evaluates the expressions of hooks in each of its passes; here they are looked at when what
// they read has changed. A hook runs once. What it hangs on is over only when its hooks are.
#include <fmt/format.h>

#include "engine/machine.h"
#include "text/json.h"

namespace engine {

// Whether the hook's expression holds, or it has none; nothing on an error.
std::optional<bool> State::Machine::hook_holds(const PlanHook& hook, const Scope& scope,
                                               std::string& error) {
  if (!hook.expression_text.valid()) return true;
  std::string text, verdict;
  std::shared_ptr<const expr::Expression> expression = hook.expression;
  if (expression == nullptr) {
    render(hook.expression_text, scope, Strict::kLenient, text, &error);
    auto compiled = expr::Expression::compile(text);
    if (!compiled) {
      error = compiled.error().text;
      return std::nullopt;
    }
    expression = std::move(*compiled);
  } else {
    text = plan_->literal(hook.expression_text);
  }
  if (append_expression(*expression, text, scope, Strict::kAll, verdict, &error, false) !=
      Rendered::kOk)
    return std::nullopt;
  if (verdict == "true" || verdict == "false") return verdict == "true";
  error = fmt::format("unable to cast expression result '{}' to bool", verdict);
  return std::nullopt;
}

Birth State::Machine::birth_of_hook(const PlanHook& hook, Frame* frame, uint32_t owner,
                                    const Scope& scope) {
  Birth birth;
  birth.frame = frame;
  birth.owner = owner;
  birth.tmpl = hook.template_id;
  birth.flags = flag::kHooked | flag::kShown;
  birth.depth = frame != nullptr ? frame->depth + 1 : 1;
  birth.arguments = plan_->arguments.data() + hook.arguments_first;
  birth.arguments_count = hook.arguments_count;
  birth.artifacts = plan_->artifacts.data() + hook.artifacts.first;
  birth.artifacts_count = hook.artifacts.count;
  birth.argument_scope = scope;
  birth.strict = Strict::kLenient;
  return birth;
}

// What a hook of the node sees: what its siblings see, and the node as it is now.
Scope State::Machine::scope_of_hook(Frame& frame, uint32_t id, Item& item) {
  Scope scope = scope_of(frame.node);
  scope.frame = &frame;
  scope.self_task = task_index(frame, nodes_[id]);
  scope.self_node = id;
  if (nodes_[id].shape == Shape::kItem) {
    item = item_at(*loops_[slot(frame, scope.self_task).loop]->source, nodes_[id].index);
    scope.item = &item;
  }
  return scope;
}

// --- exit handlers

bool State::Machine::exit_hook_done(Frame& frame, uint32_t id) {
  const Node& node = nodes_[id];
  if (node.task == kNil || !is_completed(node.phase)) return true;
  const uint32_t hook = plan_->tasks[node.task].hook;
  if (hook == kNil) return true;
  const auto known = exit_nodes_.find(id);
  if (known != exit_nodes_.end()) return is_fulfilled(nodes_[known->second]);
  if (!may_run(true)) return true;
  if (plan_->hooks[hook].artifacts.count != 0) {
    Item item;
    std::string error;
    if (!hook_artifacts_known(scope_of_hook(frame, id, item), plan_->hooks[hook], error)) {
      if (plan_->templates[frame.tmpl].body == Body::kDag) return true;
      hook_errored(frame, error);
      return false;
    }
  }
  const Start start = start_exit_hook(frame, id, plan_->hooks[hook]);
  if (start == Start::kBlocked) {
    block(frame, task_index(frame, node), id);
    return false;
  }
  const auto made = exit_nodes_.find(id);
  return made == exit_nodes_.end() || is_fulfilled(nodes_[made->second]);
}

// A hook whose arguments cannot be made ends the steps that it stands in. As Argo: a DAG goes on
// without the hook, and the entry of a workflow takes the workflow along.
void State::Machine::hook_errored(Frame& frame, std::string_view message) {
  const uint32_t node = frame.node;
  if (nodes_[node].shape != Shape::kRoot) {
    group_errored(frame, message);
    return;
  }
  set_phase(frame.group_node, Phase::kError, message);
  end_frame(node);
  set_phase(node, Phase::kError, kOperationError);
}

Start State::Machine::start_exit_hook(Frame& frame, uint32_t id, const PlanHook& hook) {
  Item item;
  const Scope scope = scope_of_hook(frame, id, item);
  std::string error;
  if (const auto holds = hook_holds(hook, scope, error); holds && !*holds) return Start::kStarted;
  Birth birth = birth_of_hook(hook, &frame, id, scope);
  birth.shape = Shape::kExit;
  birth.flags |= flag::kOnExit;
  uint32_t exit_node = kNil;
  const Start start = execute(birth, exit_node);
  if (exit_node != kNil) exit_nodes_.emplace(id, exit_node);
  return start;
}

bool State::Machine::start_exit_handler() {
  const PlanHook& hook = plan_->hooks[plan_->exit_hook];
  std::string error;
  if (const auto holds = hook_holds(hook, Scope(), error); holds && !*holds) return false;
  Birth birth = birth_of_hook(hook, nullptr, root_, Scope());
  birth.shape = Shape::kExit;
  birth.flags |= flag::kOnExit;
  const Start start = execute(birth, exit_root_);
  if (start == Start::kBlocked) {
    limit_waiters_.push_back(root_);
    return true;
  }
  if (start == Start::kErrored) {
    end_workflow(Phase::kError,
                 fmt::format("error in exit template execution : {}", nodes_[exit_root_].message));
    return true;
  }
  root_dirty_ = true;
  return true;
}

// --- lifecycle hooks

const std::vector<uint32_t>& State::Machine::hooks_of(uint32_t id) const {
  static const std::vector<uint32_t> kNone;
  const Node& node = nodes_[id];
  if (id == root_) return plan_->workflow_hooks;
  if (node.task == kNil || !plan_->tasks[node.task].has_hooks) return kNone;
  return plan_->task_hooks.at(node.task);
}

// Starts the node's hooks that hold now, and says whether all that ever held are over.
State::Machine::Hooks State::Machine::run_hooks(Frame* frame, uint32_t id, std::string& error) {
  if (id >= nodes_.size()) return Hooks::kDone;
  const std::vector<uint32_t>& hooks = hooks_of(id);
  if (hooks.empty()) return Hooks::kDone;
  const bool is_steps = frame != nullptr && plan_->templates[frame->tmpl].body == Body::kSteps;
  const Node& node = nodes_[id];
  if (is_steps && node.type == NodeType::kSkipped) return Hooks::kDone;
  // As Argo: the items of a looped task have none, only the task has.
  if (frame != nullptr && !is_steps && node.shape == Shape::kItem) return Hooks::kDone;
  bool is_open = false, looks_around = false;
  for (const uint32_t hook : hooks) {
    const uint32_t known = hook_node(id, hook);
    if (known != kNil) {
      visit(known);
      is_open = is_open || !is_fulfilled(nodes_[known]);
      if (nodes_[known].is(flag::kBubbles) && nodes_[known].phase == Phase::kError) {
        error = nodes_[known].message;
        return Hooks::kError;
      }
      continue;
    }
    if (start_hook(frame, id, hook, error) == Hooks::kError) return Hooks::kError;
    const uint32_t made = hook_node(id, hook);
    is_open = is_open || (made != kNil && !is_fulfilled(nodes_[made]));
    looks_around = looks_around || (made == kNil && plan_->hooks[hook].looks_around);
  }
  if (frame == nullptr) return is_open ? Hooks::kOpen : Hooks::kDone;
  if (looks_around && !nodes_[id].is(flag::kSettled))
    frame->hook_watchers.insert(id);
  else
    frame->hook_watchers.erase(id);
  if (is_open)
    frame->hooks_open.insert(id);
  else
    frame->hooks_open.erase(id);
  return is_open ? Hooks::kOpen : Hooks::kDone;
}

State::Machine::Hooks State::Machine::start_hook(Frame* frame, uint32_t id, uint32_t hook,
                                                 std::string& error) {
  const PlanHook& entry = plan_->hooks[hook];
  Item item;
  Scope scope;
  if (frame != nullptr) scope = scope_of_hook(*frame, id, item);
  if (!entry.expression_text.valid()) {
    error = fmt::format("Expression required for hook {}.hooks.{}", name_of(id), entry.name);
    return Hooks::kError;
  }
  const auto holds = hook_holds(entry, scope, error);
  if (!holds) return Hooks::kError;
  if (!*holds) return Hooks::kDone;
  if (!hook_artifacts_known(scope, entry, error)) return Hooks::kError;
  Birth birth = birth_of_hook(entry, frame, id, scope);
  birth.shape = Shape::kHook;
  birth.index = hook;
  if (frame != nullptr) birth.flags |= nodes_[frame->node].flags & flag::kOnExit;
  uint32_t made = kNil;
  const Start start = execute(birth, made);
  if (made != kNil) hook_nodes_[id].push_back(made);
  if (start == Start::kBlocked) {  // Argo calls it an error; it only has to wait for a slot
    if (frame != nullptr)
      block(*frame, task_index(*frame, nodes_[id]), id);
    else
      limit_waiters_.push_back(root_);
    return Hooks::kOpen;
  }
  if (start != Start::kErrored) return Hooks::kDone;
  error = nodes_[made].message;
  return Hooks::kError;
}

uint32_t State::Machine::hook_node(uint32_t id, uint32_t hook) const {
  const auto known = hook_nodes_.find(id);
  if (known == hook_nodes_.end()) return kNil;
  for (const uint32_t node : known->second)
    if (nodes_[node].index == hook) return node;
  return kNil;
}

// In the order of the nodes. As Argo: a step whose hooks are not over holds up those behind it in
// its group. Gives whether anything was looked at.
bool State::Machine::look_at_hooks(Frame& frame) {
  const uint32_t boundary = frame.node;
  const bool is_steps = plan_->templates[frame.tmpl].body == Body::kSteps;
  bool any = false;
  while (!frame.hook_work.empty()) {
    const uint32_t id = *frame.hook_work.begin();
    if (is_steps && !frame.hooks_open.empty() && *frame.hooks_open.begin() < id) return any;
    frame.hook_work.erase(frame.hook_work.begin());
    any = true;
    finish_child(frame, id);
    if (frame_of(boundary) != &frame) return true;
  }
  return any;
}

// --- of the workflow

// workflow.status as hooks and exit handlers see it: what the entry has come to.
void State::Machine::note_entry_status() {
  const Phase phase = nodes_[root_].phase;
  entry_status_ = phase == Phase::kSkipped || phase == Phase::kOmitted ? Phase::kSucceeded : phase;
}

bool State::Machine::workflow_hooks_done() {
  if (plan_->workflow_hooks.empty()) return true;
  const Phase before = entry_status_;
  note_entry_status();
  std::string error;
  const Hooks hooks = run_hooks(nullptr, root_, error);
  if (!is_fulfilled(nodes_[root_])) entry_status_ = before;
  if (hooks == Hooks::kError) {
    set_phase(root_, Phase::kError, error);
    return true;
  }
  return hooks == Hooks::kDone;
}

}  // namespace engine
