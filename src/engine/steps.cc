// Steps: groups one after the other, the steps of a group side by side.
#include <fmt/format.h>

#include "engine/machine.h"

namespace engine {

void State::Machine::start_steps(uint32_t id, uint32_t depth) {
  set_phase(id, Phase::kRunning);
  Frame& frame = *frames_[new_frame(id, depth)];
  frame.is_visited = true;
  frame.group = 0;
  if (plan_->templates[frame.tmpl].groups.empty()) {
    finish_steps(frame);
  } else {
    start_group(frame);
    if (frame_of(id) == &frame) run_frame(frame);
  }
  leave(id);
}

void State::Machine::start_group(Frame& frame) {
  Birth birth;
  birth.frame = &frame;
  birth.owner = frame.node;
  birth.shape = Shape::kGroup;
  birth.index = frame.group;
  birth.flags = flag::kShown | (nodes_[frame.node].flags & flag::kOnExit);
  frame.first_failed = kNil;
  const uint32_t previous = frame.group_node;
  frame.group_node = make_node(birth, NodeType::kStepGroup, Phase::kRunning);
  nodes_[frame.group_node].previous = previous;
  const auto [first, count] = plan_->templates[frame.tmpl].groups[frame.group];
  std::string error;
  for (uint32_t task = first; task < first + count; ++task) {
    Prepared prepared = prepare_when(frame, task, error);
    if (prepared == Prepared::kReady && !slot(frame, task).is_when_false &&
        !references_known(frame, task))
      prepared = Prepared::kStuck;
    if (prepared == Prepared::kReady && !slot(frame, task).is_when_false)
      prepared = prepare_artifacts(frame, task, error);
    if (prepared == Prepared::kStuck) {
      // As Argo: the group waits for a reference that may never come.
      frame.is_stuck = true;
      frame.open = 1;
      return;
    }
    if (prepared == Prepared::kError) {
      group_errored(frame, "failed to resolve references: " + error);
      return;
    }
  }
  for (uint32_t task = first; task < first + count; ++task) {
    bool in_text = false;
    const Prepared prepared = prepare_loop(frame, task, error, &in_text);
    if (in_text) error = "failed to resolve references: " + error;
    if (prepared == Prepared::kStuck) {
      frame.is_stuck = true;
      frame.open = 1;
      return;
    }
    if (prepared == Prepared::kError) {
      group_errored(frame, error);
      return;
    }
    const uint32_t loop = slot(frame, task).loop;
    ++frame.open;
    if (loop != kNil && loops_[loop]->source->count == 0)
      make_skipped(frame, task, nullptr, 0, Phase::kSkipped, "Skipped, empty params");
    else
      push_work(frame, rank_of(frame, task), kNil);
  }
}

void State::Machine::group_done(Frame& frame) {
  const uint32_t group = frame.group_node;
  if (frame.first_failed != kNil) {
    const std::string message = fmt::format("child '{}' failed", id_of(frame.first_failed));
    group_errored(frame, message, Phase::kFailed);
    return;
  }
  set_phase(group, Phase::kSucceeded);
  if (++frame.group == plan_->templates[frame.tmpl].groups.size()) {
    --frame.group;
    finish_steps(frame);
  } else {
    start_group(frame);
  }
}

// A group that has not succeeded ends its boundary with its own message.
void State::Machine::group_errored(Frame& frame, std::string_view message, Phase phase) {
  const uint32_t node = frame.node;
  const std::string text(message);
  set_phase(frame.group_node, phase, text);
  const Phase onward = onward_of_group(frame);
  end_frame(node, /*sets_outbound=*/true);
  nodes_[node].onward = onward;
  set_phase(node, Phase::kFailed, text);
}

void State::Machine::finish_steps(Frame& frame) {
  const uint32_t node = frame.node;
  std::string error;
  const bool has_outputs = template_outputs(frame, error);
  const Phase onward = frame.unsuccessful == 0 || plan_->templates[frame.tmpl].groups.empty()
                           ? Phase::kNone
                           : onward_of_group(frame);
  end_frame(node, /*sets_outbound=*/true);
  nodes_[node].onward = onward;
  if (!has_outputs) {
    nodes_[node].flags |= flag::kBubbles;
    set_phase(node, Phase::kError, error);
    return;
  }
  export_outputs(node);
  set_phase(node, Phase::kSucceeded);
}

}  // namespace engine
