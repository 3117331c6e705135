#include "play/simulation.h"

#include <algorithm>
#include <charconv>

#include "engine/plan_data.h"
#include "engine/status.h"
#include "text/json.h"

namespace play {
namespace {

using engine::NodeId;
using engine::Phase;
using engine::PodEnded;

// As the kubelet says it.
constexpr std::string_view kDeadlineExceeded =
    "Pod was active on the node longer than the specified deadline";
constexpr int kTerminated = 143;  // 128 + SIGTERM

// The k of "retry(k)"; none for "loop(0:item)" and everything else.
std::optional<uint32_t> attempt_in(std::string_view name) {
  if (!name.ends_with(')')) return std::nullopt;
  const size_t open = name.rfind('(');
  if (open == std::string_view::npos) return std::nullopt;
  uint32_t number = 0;
  const char* end = name.data() + name.size() - 1;
  const auto read = std::from_chars(name.data() + open + 1, end, number);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return number;
}

bool is_final(Phase phase) { return phase >= Phase::kSucceeded; }

PodAnswer terminated(std::string_view why) {
  PodAnswer out;
  out.outcome = PodEnded::Outcome::kFailed;
  out.exit_code = kTerminated;
  out.message = why;
  return out;
}

std::vector<engine::ContainerEnd> containers_of(const engine::State& state, NodeId node,
                                                const PodAnswer& answer, int exit_code) {
  std::vector<engine::ContainerEnd> out;
  for (const std::string_view name : state.containers(node)) {
    engine::ContainerEnd end{std::string(name), 0, "Completed", ""};
    const auto mocked = std::find_if(answer.containers.begin(), answer.containers.end(),
                                     [&](const auto& one) { return one.first == name; });
    if (mocked != answer.containers.end())
      end.exit_code = std::atoi(mocked->second.c_str());
    else if (answer.containers.empty())
      end.exit_code = exit_code;
    if (end.exit_code != 0) end.reason = "Error";
    out.push_back(std::move(end));
  }
  return out;
}

// A container set has failed when one of its containers has.
PodAnswer judged(const engine::State& state, NodeId node, PodAnswer answer) {
  if (answer.outcome != PodEnded::Outcome::kSucceeded) return answer;
  for (const engine::ContainerEnd& end : containers_of(state, node, answer, 0))
    if (end.exit_code != 0) {
      answer.outcome = PodEnded::Outcome::kFailed;
      answer.exit_code = end.exit_code;
      if (answer.message.empty())
        answer.message = end.name + ": Error (exit code " + std::to_string(end.exit_code) + ")";
    }
  return answer;
}

PodEnded ended_by(const engine::State& state, NodeId node, const PodAnswer& answer) {
  PodEnded out;
  out.node = node;
  out.outcome = answer.outcome;
  const bool good = answer.outcome == PodEnded::Outcome::kSucceeded;
  out.exit_code = answer.exit_code;
  if (!out.exit_code && answer.outcome != PodEnded::Outcome::kError) out.exit_code = good ? 0 : 1;
  out.message = answer.message;
  if (out.message.empty() && answer.outcome == PodEnded::Outcome::kFailed)
    out.message = "main: Error (exit code " + std::to_string(*out.exit_code) + ")";
  out.result = answer.result;
  out.parameters = answer.parameters;
  out.missing_parameters = answer.missing_parameters;
  out.artifacts = answer.artifacts;
  if (answer.outcome != PodEnded::Outcome::kError)
    out.containers = containers_of(state, node, answer, out.exit_code.value_or(0));
  return out;
}

}  // namespace

Simulation::Simulation(std::shared_ptr<const engine::Plan> plan, Answers& answers,
                       SimulationOptions options)
    : state_(plan, options.seed),
      world_(
          engine::LockClient{plan->namespace_ + "/" + plan->workflow_name, {}, 0, options.start}),
      answers_(answers),
      options_(options),
      now_(options.start) {
  world_.set_default_limit(1);
  for (const text::Value& map : options_.config_maps) world_.add_config_map(map);
}

const Span* Simulation::span_of(NodeId node) const {
  const auto found = span_by_node_.find(node.value);
  return found == span_by_node_.end() ? nullptr : &spans_[found->second];
}

Asked Simulation::ask(NodeId node) const {
  Asked out{state_, node, state_.node_name(node), std::string(state_.view(node).template_name), 0};
  out.attempt = attempt_in(out.name).value_or(0);
  return out;
}

// A later attempt begins by a timer; what it waited for was the attempt before.
std::optional<size_t> Simulation::attempt_before(NodeId node) const {
  const std::string name = state_.node_name(node);
  const auto attempt = attempt_in(name);
  if (!attempt || *attempt == 0) return std::nullopt;
  const auto found = span_by_attempt_.find(name.substr(0, name.rfind('(') + 1) +
                                           std::to_string(*attempt - 1) + ")");
  if (found == span_by_attempt_.end()) return std::nullopt;
  return found->second;
}

void Simulation::schedule(base::Time at, NodeId node, engine::Event event) {
  due_.push({at, order_++, std::move(event), node});
}

base::Status Simulation::start_pod(NodeId node, std::optional<size_t> cause) {
  const Asked asked = ask(node);
  auto answer = answers_.pod(asked);
  if (!answer) return base::fail(answer.error());
  *answer = judged(state_, node, std::move(*answer));
  span_by_node_[node.value] = spans_.size();
  if (attempt_in(asked.name)) span_by_attempt_[asked.name] = spans_.size();
  spans_.push_back({node, true, now_, {}, {}, cause ? cause : attempt_before(node), {}});
  if (++pods_ > pods_most_) {
    pods_most_ = pods_;
    pods_most_at_ = now_;
  }
  const base::Time runs = now_ + answer->pending;
  schedule(runs, node, engine::PodRunning{node, "10.0.0.1", "simulated", true});
  if (state_.is_daemon(node) && answer->outcome == PodEnded::Outcome::kSucceeded) return {};
  PodEnded end = ended_by(state_, node, *answer);
  end.started_at = runs;
  end.finished_at = runs + answer->running;
  if (const auto deadline = state_.pod_deadline(node); deadline && *deadline < end.finished_at) {
    end = ended_by(state_, node, terminated(kDeadlineExceeded));
    end.started_at = runs;
    end.finished_at = std::max(*deadline, now_);
  }
  const base::Time at = end.finished_at;
  schedule(at, node, std::move(end));
  return {};
}

// The agent makes the requests of all tasks itself: none is pending.
base::Status Simulation::start_task(NodeId node, std::optional<size_t> cause) {
  const Asked asked = ask(node);
  const auto answer = answers_.pod(asked);
  if (!answer) return base::fail(answer.error());
  span_by_node_[node.value] = spans_.size();
  if (attempt_in(asked.name)) span_by_attempt_[asked.name] = spans_.size();
  spans_.push_back(
      {node, false, now_, now_, {}, cause ? cause : attempt_before(node), Phase::kPending});
  engine::TaskReported done;
  done.node = node;
  done.message = answer->message;
  using State = engine::TaskReported::State;
  done.state = answer->outcome == PodEnded::Outcome::kSucceeded ? State::kSucceeded
               : answer->outcome == PodEnded::Outcome::kFailed  ? State::kFailed
                                                                : State::kError;
  done.result = answer->result;
  done.parameters = answer->parameters;
  done.missing_parameters = answer->missing_parameters;
  done.artifacts = answer->artifacts;
  schedule(now_ + answer->pending + answer->running, node, std::move(done));
  return {};
}

void Simulation::stop_task(NodeId node) {
  const auto found = span_by_node_.find(node.value);
  if (found == span_by_node_.end() || spans_[found->second].ended.is_set()) return;
  spans_[found->second].ended = now_;
  spans_[found->second].phase = Phase::kFailed;
}

void Simulation::stop_pod(NodeId node) {
  const Span* span = span_of(node);
  if (span == nullptr || span->ended.is_set()) return;
  PodEnded end = ended_by(state_, node, terminated("terminated"));
  end.started_at = span->running;
  end.finished_at = now_;
  schedule(now_, node, std::move(end));
}

void Simulation::see_suspend(NodeId node, std::optional<size_t>& cause) {
  const engine::NodeView view = state_.view(node);
  if (view.type != "Suspend") return;
  const auto known = span_by_node_.find(node.value);
  if (known == span_by_node_.end()) {
    if (is_final(view.phase)) return;
    span_by_node_[node.value] = spans_.size();
    waits_.insert(spans_.size());
    spans_.push_back({node, false, now_, now_, {}, cause, view.phase});
    if (const auto answer = answers_.resume(ask(node))) resume(spans_.size() - 1, *answer);
  } else if (Span& span = spans_[known->second]; is_final(view.phase) && !span.ended.is_set()) {
    span.ended = now_;
    span.phase = view.phase;
    waits_.erase(known->second);
    cause = known->second;
  }
}

void Simulation::resume(size_t span, const ResumeAnswer& answer) {
  const NodeId node = spans_[span].node;
  schedule(now_ + answer.after, node, engine::ResumeRequested{{node}, answer.parameters, ""});
}

base::Status Simulation::see(const engine::Actions& actions, std::optional<size_t> cause) {
  // Ended waits first: what is made in the same batch was made because of them.
  for (const engine::Action& action : actions)
    if (const auto* changed = std::get_if<engine::NodeChanged>(&action))
      see_suspend(changed->node, cause);
  for (const engine::Action& action : actions) {
    if (const auto* made = std::get_if<engine::CreatePod>(&action)) {
      if (auto done = start_pod(made->node, cause); !done) return done;
    } else if (const auto* stopped = std::get_if<engine::StopPod>(&action)) {
      stop_pod(stopped->node);
    } else if (const auto* task = std::get_if<engine::RunTask>(&action)) {
      if (auto done = start_task(task->node, cause); !done) return done;
    } else if (const auto* ended = std::get_if<engine::StopTask>(&action)) {
      stop_task(ended->node);
    }
  }
  return {};
}

void Simulation::note_locks(const std::vector<engine::Event>& answers) {
  for (const engine::Event& event : answers) {
    const auto* answered = std::get_if<engine::Answered>(&event);
    const auto* locks =
        answered == nullptr ? nullptr : std::get_if<engine::LocksAnswer>(&answered->answer);
    if (locks == nullptr) continue;
    const uint32_t node = answered->node.value;
    if (locks->state == engine::LocksAnswer::State::kWaiting) {
      if (!lock_wait_of_.try_emplace(node, lock_waits_.size()).second) continue;
      LockWait wait{answered->node, locks->lock, {}, now_, {}};
      for (const auto& [name, holders] : locks->holders)
        if (name == locks->lock) wait.holders = holders;
      lock_waits_.push_back(std::move(wait));
    } else if (const auto found = lock_wait_of_.find(node); found != lock_wait_of_.end()) {
      lock_waits_[found->second].until = now_;
      lock_wait_of_.erase(found);
    }
  }
}

base::Status Simulation::apply(engine::Event event, std::optional<size_t> cause) {
  std::vector<engine::Event> events;
  events.push_back(std::move(event));
  for (;;) {
    engine::Actions actions;
    state_.apply(now_, events, actions);
    if (auto done = see(actions, cause); !done) return done;
    events = world_.answer(state_, now_, actions);
    note_locks(events);
    if (!events.empty()) continue;
    if (!engine::goes_on(actions, now_) || state_.node_count() > options_.nodes_most) return {};
    events.assign(1, engine::Ticked{});
  }
}

base::Status Simulation::fire(Due due) {
  std::optional<size_t> cause;
  if (const auto found = span_by_node_.find(due.node.value); found != span_by_node_.end()) {
    Span& span = spans_[found->second];
    if (span.ended.is_set()) return {};
    if (std::holds_alternative<engine::PodRunning>(due.event)) {
      span.running = now_;
      span.phase = Phase::kRunning;
    } else if (std::holds_alternative<PodEnded>(due.event)) {
      span.ended = now_;
      --pods_;
      cause = found->second;
    } else if (std::holds_alternative<engine::TaskReported>(due.event)) {
      span.ended = now_;
      cause = found->second;
    }
  }
  if (auto done = apply(std::move(due.event), cause); !done) return done;
  if (cause) spans_[*cause].phase = state_.view(spans_[*cause].node).phase;
  return {};
}

// True when somebody has been found who resumes.
base::Result<bool> Simulation::resume_at_last() {
  bool found = false;
  for (const size_t span : waits_) {
    if (const auto answer = answers_.resume_at_last(ask(spans_[span].node))) {
      resume(span, *answer);
      found = true;
    }
  }
  return found;
}

base::Result<Simulation::End> Simulation::run() {
  if (auto done = apply(engine::Started{}, std::nullopt); !done) return base::fail(done.error());
  while (!state_.is_finished()) {
    const base::Time wake = state_.next_wake();
    if (due_.empty() && !wake.is_set()) {
      const auto resumed = resume_at_last();
      if (!resumed) return base::fail(resumed.error());
      if (!*resumed) return End::kWaits;
      continue;
    }
    const bool by_timer = due_.empty() || (wake.is_set() && wake < due_.top().at);
    now_ = std::max(now_, by_timer ? wake : due_.top().at);
    if (now_ > options_.start + options_.time_most || state_.node_count() > options_.nodes_most)
      return End::kLimit;
    base::Status done;
    if (by_timer) {
      done = apply(engine::Ticked{}, std::nullopt);
    } else {
      Due due = due_.top();
      due_.pop();
      done = fire(std::move(due));
    }
    if (!done) return base::fail(done.error());
  }
  // Daemons and what failFast has stopped end with the workflow.
  while (!due_.empty() && due_.top().at <= now_) {
    Due due = due_.top();
    due_.pop();
    if (auto done = fire(std::move(due)); !done) return base::fail(done.error());
  }
  return End::kFinished;
}

std::vector<size_t> Simulation::critical_path() const {
  std::optional<size_t> last;
  for (size_t i = 0; i < spans_.size(); ++i)
    if (spans_[i].ended.is_set() && (!last || spans_[i].ended >= spans_[*last].ended)) last = i;
  std::vector<size_t> out;
  for (; last; last = spans_[*last].cause) out.push_back(*last);
  std::reverse(out.begin(), out.end());
  return out;
}

base::Result<text::Value> Simulation::status() const {
  std::vector<std::string> rows(state_.node_count());
  for (uint32_t id = 0; id < rows.size(); ++id) state_.encode_row(NodeId{id}, rows[id]);
  const auto json = engine::StatusReader::nodes_json({rows.begin(), rows.end()});
  if (!json) return base::fail(json.error());
  auto nodes = text::parse_json(*json);
  if (!nodes) return base::fail(nodes.error());
  const engine::Summary summary = state_.summary();
  text::Value out;
  out["phase"] = engine::to_string(summary.phase);
  if (!summary.message.empty()) out["message"] = summary.message;
  out["startedAt"] = base::to_rfc3339(summary.started_at);
  if (summary.finished_at.is_set()) out["finishedAt"] = base::to_rfc3339(summary.finished_at);
  out["progress"] =
      std::to_string(summary.progress_done) + "/" + std::to_string(summary.progress_total);
  out["conditions"] = summary.conditions;
  if (!summary.outputs.is_null()) out["outputs"] = summary.outputs;
  out["nodes"] = *std::move(nodes);
  return out;
}

}  // namespace play
