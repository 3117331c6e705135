#include "control/telling.h"

#include <fmt/format.h>

#include "control/event_object.h"
#include "engine/row.h"

namespace control {
namespace {

// Those of mishaps go with the round; the others may come later, or not at all.
void record_node(Run& run, const engine::Row& row, engine::Phase phase, EventRecorder& recorder,
                 sys::Random& random, Part& part) {
  const bool is_warning = engine::is_failed(phase);
  if (run.events_recorded >= kNodeEventsPerWorkflow) return;
  if (!is_warning && !recorder.has_room_for_nodes()) return;
  ++run.events_recorded;
  engine::Recorded what;
  what.warning = is_warning;
  what.reason = fmt::format("WorkflowNode{}", to_string(phase));
  what.message = fmt::format("{} node {}", to_string(phase), row.name);
  if (!row.message.empty()) what.message += fmt::format(": {}", row.message);
  Annotations annotations{
      {"workflows.argoproj.io/node-type", std::string(to_string(row.type))},
      {"workflows.argoproj.io/node-name", std::string(row.name)},
      {"workflows.argoproj.io/node-id", run.state->node_id(engine::NodeId{row.id})},
      {"workflows.argoproj.io/node-start-time", std::to_string(row.started.ns)}};
  if (is_warning)
    part.events.push_back(make_event_object(run.key, run.uid, what, run.now, random, annotations));
  else
    recorder.add(run.key, run.uid, std::move(what), run.now, std::move(annotations));
}

// As Argo: what has ended between two looks has run as well.
void tell_phase(Run& run, const engine::Row& row, EventRecorder& recorder, sys::Random& random,
                Part& part) {
  const auto [told, is_new] = run.told_phases.try_emplace(row.id, engine::Phase::kNone);
  // Pending is worth telling when it waits: for locks, or because a person holds it back.
  const bool is_new_born = row.phase == engine::Phase::kPending && !row.was_told;
  const engine::Phase phase = is_new_born ? engine::Phase::kNone : row.phase;
  const engine::Phase before = std::exchange(told->second, phase);
  if (before == phase) return;
  if (phase == engine::Phase::kPending) record_node(run, row, phase, recorder, random, part);
  const bool has_run = engine::is_completed(row.phase) && before != engine::Phase::kRunning;
  if (row.phase == engine::Phase::kRunning || has_run)
    record_node(run, row, engine::Phase::kRunning, recorder, random, part);
  if (engine::is_completed(row.phase)) record_node(run, row, row.phase, recorder, random, part);
}

}  // namespace

void tell_node(Run& run, std::string_view bytes, const RoundLimits& limits, sys::Random& random,
               Part& part) {
  const bool has_event = limits.record_node_events && run.events_recorded < kNodeEventsPerWorkflow;
  const bool has_metrics = run.metrics && limits.metrics != nullptr;
  if (!has_event && !has_metrics) return;
  const auto row = engine::read_row(bytes);
  if (!row) return;
  if (has_event) tell_phase(run, *row, *limits.recorder, random, part);
  if (!has_metrics) return;
  const bool holder_ended = row->shape == engine::Shape::kAttempt &&
                            engine::is_final(run.state->view(engine::NodeId{row->owner}).phase);
  run.metrics->take_node(*row, holder_ended, run.now, *limits.metrics);
}

void tell_pod(const Run& run, std::string_view phase, const RoundLimits& limits) {
  if (limits.metrics == nullptr) return;
  limits.metrics->add(metric::kPodsTotalCount,
                      {{"phase", std::string(phase)}, {"namespace", run.key.namespace_}});
}

void tell_workflow(Run& run, engine::Summary& summary, const RoundLimits& limits) {
  if (limits.metrics == nullptr) return;
  const std::string phase(to_string(summary.phase));
  if (summary.phase != run.phase_told && !phase.empty()) {
    run.phase_told = summary.phase;
    limits.metrics->add(metric::kTotalCount, {{"phase", phase}, {"namespace", run.key.namespace_}});
    if (!run.template_name.empty()) {
      Metrics::Labels labels{{"name", run.template_name},
                             {"namespace", run.key.namespace_},
                             {"cluster_scope", run.is_cluster_template ? "true" : "false"}};
      if (engine::is_final(summary.phase))
        limits.metrics->observe(
            metric::kTemplateRuntime, labels,
            static_cast<double>((summary.finished_at - summary.started_at).ns) / 1e9);
      labels.emplace_back("phase", phase);
      limits.metrics->add(metric::kTemplateTriggered, std::move(labels));
    }
  }
  if (!run.metrics) return;
  run.metrics->take_workflow(summary, run.now, *limits.metrics);
  if (run.metrics->problem().empty()) return;
  text::Value condition;
  condition["type"] = "MetricsError";
  condition["status"] = "True";
  condition["message"] = run.metrics->problem();
  if (!summary.conditions.is_list()) summary.conditions = text::List();
  summary.conditions.as_list().push_back(std::move(condition));
}

}  // namespace control
