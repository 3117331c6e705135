// A step or task begins: its `when`, its references, its items, and its nodes.
#include <fmt/format.h>

#include <algorithm>

#include "engine/machine.h"
#include "expr/condition.h"

namespace engine {
namespace {

std::string skipped_message(std::string_view when) {
  return fmt::format("when '{}' evaluated false", when);
}

}  // namespace

// References of the arguments to other steps: Argo waits when one is not there (yet).
bool State::Machine::references_known(const Frame& frame, uint32_t task) {
  const PlanTask& entry = task_of(frame, task);
  if (!entry.reads_tasks) return true;
  Scope scope = scope_of(frame.node);
  scope.frame = &frame;
  for (uint32_t i = 0; i <= entry.arguments_count; ++i) {
    const TextId text = i < entry.arguments_count
                            ? plan_->arguments[entry.arguments_first + i].value
                            : entry.template_text;
    if (!text.valid() || plan_->is_literal(text)) continue;
    if (!text_is_known(text, scope)) return false;
  }
  return true;
}

// Looks at what the text refers to and renders it only where that is not enough.
bool State::Machine::text_is_known(TextId id, const Scope& scope) {
  const Text& text = plan_->text(id);
  std::string value_of;
  for (uint32_t i = 0; i < text.count; ++i) {
    const Piece& piece = plan_->pieces[text.first + i];
    if (piece.var == Var::kLiteral) continue;
    bool is_plain = piece.var != Var::kExpression && piece.var != Var::kNested;
    std::string_view value;
    if (is_plain) {
      const Found found =
          find_value(piece.var, piece.a, plan_->str(piece.text), scope, value_of, value);
      if (found == Found::kAbsent) return true;  // an error of its own, once it is put in
      if (found == Found::kMissing && is_task_var(piece.var)) return false;
      is_plain = found == Found::kMissing || value.find("{{") == std::string_view::npos;
    }
    if (is_plain) continue;
    scratch_.clear();
    std::string error;
    return render(id, scope, Strict::kTasks, scratch_, &error) != Rendered::kMissing;
  }
  return true;
}

State::Machine::Prepared State::Machine::prepare_when(Frame& frame, uint32_t task,
                                                      std::string& error) {
  const PlanTask& entry = task_of(frame, task);
  if (!entry.when.valid()) return Prepared::kReady;
  Scope scope = scope_of(frame.node);
  scope.frame = &frame;
  std::string_view text;
  switch (render_to(entry.when, scope, Strict::kTasks, text, error)) {
    case Rendered::kMissing:
      return Prepared::kStuck;
    case Rendered::kAbsent:
    case Rendered::kError:
      return Prepared::kError;
    case Rendered::kOk:
      break;
  }
  Slot& mine = slot(frame, task);
  mine.when = static_cast<uint32_t>(whens_.size());
  whens_.push_back(text);
  const auto verdict = expr::evaluate_when(text);
  if (verdict) {
    mine.is_when_false = !*verdict;
  } else if (entry.loop == kNil) {
    error = verdict.error().text;
    return Prepared::kError;
  }  // else it may need the item
  return Prepared::kReady;
}

State::Machine::Prepared State::Machine::prepare_loop(Frame& frame, uint32_t task,
                                                      std::string& error, bool* in_text) {
  const PlanTask& entry = task_of(frame, task);
  if (entry.loop == kNil) return Prepared::kReady;
  Scope scope = scope_of(frame.node);
  scope.frame = &frame;
  bool stuck = false;
  auto source = expand(entry, scope, error, stuck, in_text);
  if (source == nullptr) {
    if (!slot(frame, task).is_when_false) return stuck ? Prepared::kStuck : Prepared::kError;
    source = std::make_shared<ItemSource>();  // it will not run: Argo takes it for no items
    error.clear();
  }
  const uint32_t at = new_loop();
  LoopRun& run = *loops_[at];
  run.json = source->json;
  run.source = std::move(source);
  run.open = run.source->count;
  run.children.assign(run.source->count, kNil);
  slot(frame, task).loop = at;
  return Prepared::kReady;
}

State::Machine::Prepared State::Machine::prepare(Frame& frame, uint32_t task, std::string& error) {
  const Prepared when = prepare_when(frame, task, error);
  if (when != Prepared::kReady) return when;
  if (!slot(frame, task).is_when_false) {
    if (!references_known(frame, task)) return Prepared::kStuck;
    const Prepared artifacts = prepare_artifacts(frame, task, error);
    if (artifacts != Prepared::kReady) return artifacts;
  }
  return prepare_loop(frame, task, error, nullptr);
}

Birth State::Machine::birth_of(Frame& frame, uint32_t task, const Item* item, uint32_t index) {
  const PlanTemplate& tmpl = plan_->templates[frame.tmpl];
  const PlanTask& entry = task_of(frame, task);
  Birth birth;
  birth.frame = &frame;
  birth.task = tmpl.tasks_first + task;
  birth.shape = item != nullptr ? Shape::kItem : Shape::kChild;
  birth.owner = tmpl.body == Body::kSteps ? frame.group_node
                : item != nullptr         ? slot(frame, task).node
                                          : frame.node;
  birth.item = item;
  birth.index = index;
  birth.tmpl = entry.template_id;
  birth.flags = nodes_[frame.node].flags & flag::kOnExit;
  birth.depth = frame.depth + 1;
  birth.arguments = plan_->arguments.data() + entry.arguments_first;
  birth.arguments_count = entry.arguments_count;
  if (!plan_->task_artifacts.empty())
    if (const auto given = plan_->task_artifacts.find(birth.task);
        given != plan_->task_artifacts.end()) {
      birth.artifacts = plan_->artifacts.data() + given->second.first;
      birth.artifacts_count = given->second.count;
    }
  birth.argument_scope = scope_of(frame.node);
  birth.argument_scope.frame = &frame;
  birth.argument_scope.item = item;
  birth.strict = item != nullptr ? Strict::kAll : Strict::kTasks;
  if (entry.template_text.valid()) {
    scratch_.clear();
    render(entry.template_text, birth.argument_scope, Strict::kLenient, scratch_, nullptr);
    // A templateRef's text has the scope of its holder in it.
    const auto found = plan_->template_by_name.find(
        entry.by_reference ? scratch_ : template_key(tmpl.scope, scratch_));
    if (found != plan_->template_by_name.end()) birth.tmpl = found->second;
  }
  return birth;
}

uint32_t State::Machine::make_skipped(Frame& frame, uint32_t task, const Item* item, uint32_t index,
                                      Phase phase, std::string_view message) {
  Birth birth = birth_of(frame, task, item, index);
  birth.flags |= flag::kShown;
  const uint32_t id = make_node(birth, NodeType::kSkipped, Phase::kNone);
  if (item == nullptr)
    slot(frame, task).node = id;
  else
    loops_[slot(frame, task).loop]->children[index] = id;
  set_phase(id, phase, message);
  return id;
}

// One node of a step or task: skipped by its `when`, or executed.
Start State::Machine::start_child(Frame& frame, uint32_t task, const Item* item, uint32_t index) {
  Slot& mine = slot(frame, task);
  const std::string_view given = when_of(mine);
  if (mine.is_when_false && given.find("{{") == std::string_view::npos) {
    make_skipped(frame, task, item, index, Phase::kSkipped, skipped_message(given));
    return Start::kStarted;
  }
  if (item != nullptr && given.find("{{") != std::string_view::npos) {
    Scope scope = scope_of(frame.node);
    scope.frame = &frame;
    scope.item = item;
    std::string when, error;
    const Strict strict = mine.is_when_false ? Strict::kLenient : Strict::kAll;
    if (render_dynamic(given, scope, strict, when, &error) != Rendered::kOk) {
      make_skipped(frame, task, item, index, Phase::kError, error);
      return Start::kErrored;
    }
    const auto verdict = expr::evaluate_when(when);
    if (!verdict) {
      make_skipped(frame, task, item, index, Phase::kError, verdict.error().text);
      return Start::kErrored;
    }
    if (!*verdict) {
      make_skipped(frame, task, item, index, Phase::kSkipped, skipped_message(when));
      return Start::kStarted;
    }
  }
  uint32_t id = kNil;
  const uint32_t before = static_cast<uint32_t>(nodes_.size());
  if (!has_slot(&frame)) return Start::kBlocked;
  // The slot knows the node before its body begins: what begins may already ask for it.
  if (item == nullptr)
    mine.node = before;
  else
    loops_[mine.loop]->children[index] = before;
  const Start start = execute(birth_of(frame, task, item, index), id);
  if (start != Start::kErrored) return start;
  const std::string name = name_of(id);
  const std::string message(nodes_[id].message);
  if (plan_->templates[frame.tmpl].body == Body::kSteps) {
    group_errored(
        frame, fmt::format("step group deemed errored due to child {} error: {}", name, message));
  } else {
    set_message(id, fmt::format("task '{}' errored: {}", name, message));
  }
  return Start::kErrored;
}

// The task, or the exit hook of a child, waits for a slot.
void State::Machine::block(Frame& frame, uint32_t task, uint32_t child) {
  frame.blocked.push_back(static_cast<uint64_t>(rank_of(frame, task)) << 32 | child);
  std::push_heap(frame.blocked.begin(), frame.blocked.end(), std::greater<>());
}

// Items get nodes as slots are free; without a limit, all at once.
Start State::Machine::start_items(Frame& frame, uint32_t task) {
  const uint32_t boundary = frame.node;
  const uint32_t at = slot(frame, task).loop;
  const auto source = loops_[at]->source;
  while (loops_[at]->next < source->count) {
    const uint32_t index = loops_[at]->next;
    if (loops_[at]->children[index] != kNil) {  // of a workflow that was taken up again
      ++loops_[at]->next;
      continue;
    }
    const Item item = item_at(*source, index);
    const Start start = start_child(frame, task, &item, index);
    if (frame_of(boundary) != &frame) return start;
    if (start == Start::kBlocked) {
      block(frame, task);
      return start;
    }
    loops_[at]->next = index + 1;
    if (loops_[at]->next < source->count && pause(frame)) {
      push_work(frame, rank_of(frame, task), kNil);
      return start;
    }
  }
  return Start::kStarted;
}

// Of steps: the group has prepared the task.
Start State::Machine::start_task(Frame& frame, uint32_t task) {
  if (slot(frame, task).loop != kNil) return start_items(frame, task);
  const Start start = start_child(frame, task, nullptr, 0);
  if (start == Start::kBlocked) block(frame, task);
  return start;
}

}  // namespace engine
