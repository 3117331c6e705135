// Retry: a node that holds the attempts, and decides after each what comes next.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "engine/machine.h"
#include "text/quantity.h"

namespace engine {
namespace {

// As Argo says it in "Backoff for …": the two largest units.
std::string human(base::Duration duration) {
  int64_t rest = std::abs(duration.ns) / 1'000'000'000;
  const std::pair<int64_t, std::string_view> units[] = {
      {86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
  for (size_t i = 0; i < 4; ++i) {
    const auto [size, name] = units[i];
    if (rest < size && i < 3) continue;
    const int64_t count = rest / size;
    std::string out = fmt::format("{} {}{}", count, name, count == 1 ? "" : "s");
    if (i < 3) out += fmt::format(" {} {}s", rest % size / units[i + 1].first, units[i + 1].second);
    return out;
  }
  return "0 seconds";
}

std::optional<int64_t> to_int(std::string_view text) {
  int64_t value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

// What Argo takes for a passing trouble of the cluster, when it reads an error's text.
bool is_transient(std::string_view message) {
  constexpr std::string_view kWords[] = {"connection refused",
                                         "connection reset",
                                         "i/o timeout",
                                         "TLS handshake timeout",
                                         "http2: client connection lost",
                                         "exceeded quota",
                                         "net/http: request canceled",
                                         "etcdserver:",
                                         "no such host"};
  return std::any_of(std::begin(kWords), std::end(kWords), [&](std::string_view word) {
    return message.find(word) != std::string_view::npos;
  });
}

}  // namespace

std::optional<base::Duration> State::Machine::duration_of(TextId text, uint32_t id) {
  std::string out;
  render(text, scope_of(id), Strict::kLenient, out, nullptr);
  const auto duration = text::parse_duration_or_seconds(out);
  if (!duration) return std::nullopt;
  return *duration;
}

void State::Machine::start_attempt(uint32_t id) {
  RetryRun& run = retries_[nodes_[id].frame];
  Birth birth;
  birth.owner = id;
  birth.task = nodes_[id].task;
  birth.shape = Shape::kAttempt;
  birth.index = run.count;
  birth.tmpl = TemplateId{nodes_[id].tmpl};
  birth.flags =
      flag::kRetried | flag::kShown | (nodes_[id].flags & (flag::kOnExit | flag::kHooked));
  birth.frame = frame_of(nodes_[id].boundary);
  birth.depth = run.depth;
  const uint32_t attempt =
      make_node(birth, node_type_of(template_of(nodes_[id]).body), Phase::kNone);
  nodes_[attempt].inputs = nodes_[id].inputs;
  share_artifacts(id, attempt, ArtifactSide::kInputs);
  nodes_[attempt].previous = run.last;
  if (run.first == kNil) run.first = attempt;
  run.last = attempt;
  ++run.count;
  begin_body(attempt, run.depth);
}

void State::Machine::visit_retry(uint32_t id) {
  for (;;) {
    const RetryRun run = retries_[nodes_[id].frame];
    visit(run.last);
    const Node& last = nodes_[run.last];
    if (last.is(flag::kDaemoned)) {
      Node& holder = nodes_[id];
      if (holder.is(flag::kDaemoned)) return;
      holder.flags |= flag::kDaemoned;
      ++daemons_;
      changed(id);
      holder.flags |= flag::kFulfilled;
      return;
    }
    if (!is_final(last.phase)) return;
    const uint32_t count = run.count;
    attempt_ended(id);
    // The next attempt may have ended while it began.
    if (is_final(nodes_[id].phase) || retries_[nodes_[id].frame].count == count) return;
    if (!is_fulfilled(nodes_[retries_[nodes_[id].frame].last])) return;
  }
}

void State::Machine::end_retry(uint32_t id, Phase phase, std::string_view message) {
  const std::string text(message);
  const uint32_t last = retries_[nodes_[id].frame].last;
  nodes_[id].outputs = nodes_[last].outputs;
  share_artifacts(last, id, ArtifactSide::kOutputs);
  if (nodes_[id].is(flag::kDaemoned)) {
    nodes_[id].flags &= static_cast<uint16_t>(~flag::kDaemoned);
    --daemons_;
  }
  set_phase(id, phase, text);
}

bool State::Machine::policy_allows(const PlanRetry& retry, const Node& attempt) const {
  std::string_view policy = retry.policy;
  if (policy.empty()) policy = retry.expression.valid() ? "Always" : "OnFailure";
  if (policy == "Always") return true;
  if (policy == "OnError") return attempt.phase == Phase::kError;
  if (policy == "OnTransientError")
    return is_transient(attempt.message) ||
           (plan_->is_transient && plan_->is_transient(attempt.message));
  return attempt.phase == Phase::kFailed;
}

// Whether to go on; `wait` when the time has not come. The node has ended where it says false.
bool State::Machine::wait_for_backoff(uint32_t id, const PlanRetry& retry, bool& wait) {
  const RetryRun run = retries_[nodes_[id].frame];
  const Node& last = nodes_[run.last];
  std::optional<base::Time> deadline;
  if (retry.max_duration.valid()) {
    const auto longest = duration_of(retry.max_duration, id);
    if (!longest) {
      set_phase(id, Phase::kError, "unable to parse backoff.maxDuration as a duration");
      return false;
    }
    deadline = nodes_[run.first].started + *longest;
    if (now_ > *deadline) {
      end_retry(id, last.phase, "Max duration limit exceeded");
      return false;
    }
  }
  const auto first = retry.duration.valid() ? duration_of(retry.duration, id) : std::nullopt;
  if (!first) {
    set_phase(id, Phase::kError, "no base duration specified for retryStrategy");
    return false;
  }
  base::Duration pause = *first;
  if (retry.factor.valid()) {
    std::string text;
    render(retry.factor, scope_of(id), Strict::kLenient, text, nullptr);
    const auto given = to_int(text);
    if (!given) {
      set_phase(id, Phase::kError, fmt::format("value '{}' cannot be resolved to an int", text));
      return false;
    }
    if (const int64_t factor = *given; factor > 0) {
      const double times =
          std::pow(static_cast<double>(factor), std::max<int64_t>(1, counted(run)) - 1);
      const double ns = times * static_cast<double>(pause.ns);
      pause.ns = ns > 9.2e18 ? INT64_MAX / 4 : static_cast<int64_t>(ns);
    }
  }
  if (retry.cap.valid()) {
    const auto cap = duration_of(retry.cap, id);
    if (!cap) {
      set_phase(id, Phase::kError, "unable to parse backoff.cap as a duration");
      return false;
    }
    pause = std::min(pause, *cap);
  }
  const base::Time until = last.finished + pause;
  if (deadline && until > *deadline) {
    end_retry(id, last.phase, "Backoff would exceed max duration limit");
    return false;
  }
  const auto limit = retry_limit(id, retry);
  if (now_ < until && limit && counted(run) <= *limit) {
    set_message(id, "Backoff for " + human(pause));
    wake_at(until, id);
    wait = true;
    return false;
  }
  set_message(id, "");
  return true;
}

std::optional<int64_t> State::Machine::retry_limit(uint32_t id, const PlanRetry& retry) {
  if (!retry.limit.valid()) return std::nullopt;
  std::string text;
  render(retry.limit, scope_of(id), Strict::kLenient, text, nullptr);
  return to_int(text);
}

void State::Machine::attempt_ended(uint32_t id) {
  const PlanRetry& retry = plan_->retries[template_of(nodes_[id]).retry];
  const RetryRun run = retries_[nodes_[id].frame];
  const Node last = nodes_[run.last];
  // As Argo: the workflow's `parallelism` holds up an attempt as any other pod.
  const auto go_on = [&] {
    if (has_slot(nullptr)) return start_attempt(id);
    if (std::exchange(retries_[nodes_[id].frame].is_limit_waiter, true)) return;
    waiting_retries_.push_back(id);
  };
  if (!is_failed(last.phase)) {
    end_retry(id, Phase::kSucceeded, nodes_[id].message);
    return;
  }
  if (shutdown_ != Shutdown::kOff) {
    end_retry(id, last.phase, stopped_message());
    return;
  }
  if (past_deadline()) {
    end_retry(id, last.phase,
              "retry exceeded workflow deadline " + base::to_rfc3339(*workflow_deadline()));
    return;
  }
  // The machine's fault is not the user's: it has a budget of its own.
  if (was_lost(last)) {
    uint32_t lost = 0;
    for (uint32_t each = run.last; each != kNil; each = nodes_[each].previous)
      lost += was_lost(nodes_[each]) ? 1 : 0;
    retries_[nodes_[id].frame].lost = lost;
    if (lost <= plan_->lost_attempts_max) return go_on();
  }
  bool wait = false;
  if (retry.has_backoff && !wait_for_backoff(id, retry, wait)) return;
  if (!policy_allows(retry, last)) {
    end_retry(id, last.phase, last.message);
    return;
  }
  if (retry.limit.valid()) {
    const auto limit = retry_limit(id, retry);
    if (!limit) {
      std::string text;
      render(retry.limit, scope_of(id), Strict::kLenient, text, nullptr);
      set_phase(id, Phase::kError, fmt::format("value '{}' cannot be resolved to an int", text));
      return;
    }
    if (counted(run) > *limit) {
      end_retry(id, last.phase, "No more retries left");
      return;
    }
  }
  if (retry.expression.valid()) {
    std::string text, verdict, error;
    Scope scope = scope_of(id);
    render(retry.expression, scope, Strict::kLenient, text, nullptr);
    const auto compiled = expr::Expression::compile(text);
    if (!compiled) return set_phase(id, Phase::kError, compiled.error().text);
    scope.self_node = run.last;  // lastRetry.* is about the attempt that just ended
    if (append_expression(**compiled, text, scope, Strict::kAll, verdict, &error, false) !=
        Rendered::kOk) {
      set_phase(id, Phase::kError, error);
      return;
    }
    if (verdict != "true") {
      end_retry(id, last.phase, "retryStrategy.expression evaluated to false");
      return;
    }
  }
  go_on();
}

// Attempts that count against the limit: those lost within the budget do not.
int64_t State::Machine::counted(const RetryRun& run) const {
  return int64_t{run.count} - std::min(run.lost, plan_->lost_attempts_max);
}

// retryStrategy.affinity.nodeAntiAffinity: where pods of the closest retried node around this one
// have failed.
std::vector<std::string_view> State::Machine::avoided_hosts(uint32_t id) const {
  std::vector<std::string_view> out;
  uint32_t attempt = id;
  if (nodes_[attempt].shape != Shape::kAttempt) attempt = nodes_[id].boundary;
  if (attempt == kNil || nodes_[attempt].shape != Shape::kAttempt) return out;
  const uint32_t holder = nodes_[attempt].owner;
  if (!plan_->retries[template_of(nodes_[holder]).retry].avoids_hosts) return out;
  // Attempts of pods, and pods inside of attempts: looked at only where somebody asks for it.
  for (uint32_t other = holder + 1; other < id; ++other) {
    const Node& node = nodes_[other];
    if (node.type != NodeType::kPod || !is_failed(node.phase) || node.host == 0) continue;
    uint32_t up = other;
    while (up != kNil && up > holder) up = nodes_[up].owner;
    const std::string_view host = hosts_[node.host];
    if (up == holder && std::find(out.begin(), out.end(), host) == out.end()) out.push_back(host);
  }
  return out;
}

// backoff.maxDuration also ends what runs.
std::optional<base::Time> State::Machine::execution_deadline(uint32_t attempt) const {
  const Node& node = nodes_[attempt];
  if (node.shape != Shape::kAttempt || node.index == 0) return std::nullopt;
  const Node& holder = nodes_[node.owner];
  const PlanRetry& retry = plan_->retries[template_of(holder).retry];
  if (!retry.max_duration.valid()) return std::nullopt;
  const auto longest = const_cast<Machine*>(this)->duration_of(retry.max_duration, node.owner);
  if (!longest) return std::nullopt;
  return nodes_[retries_[holder.frame].first].started + *longest;
}

}  // namespace engine
