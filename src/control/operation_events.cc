#include "control/operation_events.h"

#include "model/operation.h"

namespace control {

std::string add_operation_events(Run& run, std::string_view row) {
  auto operation = model::parse_operation(row);
  if (!operation) return {};  // written by nobody we know; the row is deleted all the same
  std::vector<engine::NodeId> nodes;
  for (const std::string& id : operation->node_ids)
    if (const auto node = run.state->find_node_by_id(id)) nodes.push_back(*node);
  const bool is_whole = operation->node_ids.empty() && operation->selector.empty();
  if (nodes.empty() && !is_whole && operation->selector.empty()) return {};
  switch (operation->kind) {
    case model::Operation::Kind::kSuspend:
      if (is_whole) run.marks.suspended = true;
      run.events.emplace_back(engine::SuspendRequested{operation->selector});
      break;
    case model::Operation::Kind::kResume: {
      engine::ResumeRequested resume{std::move(nodes), operation->output_parameters,
                                     operation->message.value_or(""), operation->selector};
      if (auto why = run.state->resume_refusal(resume); !why.empty()) return why;
      if (is_whole) run.marks.suspended = false;
      run.events.emplace_back(std::move(resume));
      break;
    }
    case model::Operation::Kind::kStop:
    case model::Operation::Kind::kTerminate: {
      const bool terminate = operation->kind == model::Operation::Kind::kTerminate;
      if (is_whole) run.marks.shutdown = terminate ? "Terminate" : "Stop";
      run.events.emplace_back(
          engine::ShutdownRequested{terminate, operation->message.value_or(""), std::move(nodes)});
      break;
    }
    case model::Operation::Kind::kSet: {
      engine::NodeSetRequested set{std::move(nodes), operation->phase, operation->message,
                                   operation->output_parameters};
      if (auto why = run.state->set_refusal(set); !why.empty()) return why;
      run.events.emplace_back(std::move(set));
      break;
    }
  }
  return {};
}

}  // namespace control
