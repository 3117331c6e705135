#include "engine/pod_assessment.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/container_state.h"

namespace engine {
namespace {

using text::Value;

constexpr std::string_view kInit = "init", kWait = "wait", kSupervisor = "supervisor";
// What main ends with when the supervisor failed before it could start.
constexpr int64_t kSupervisorFailedFirst = 65;

bool saves_outputs(const ContainerState& c) { return c.name == kWait || c.name == kSupervisor; }
bool is_main(const ContainerState& c, const PodTraits& traits) {
  return std::find(traits.main_containers.begin(), traits.main_containers.end(), c.name) !=
         traits.main_containers.end();
}

std::string with_message(std::string_view reason, std::string_view message) {
  return message.empty() ? std::string(reason) : fmt::format("{}: {}", reason, message);
}

// Init containers, then main, then what saves the outputs, then sidecars. The supervisor comes
// before main when main's exit code says that the supervisor's own failure is the cause.
std::vector<ContainerState> by_preference(const Value& status, const PodTraits& traits) {
  auto rest = container_states(status, "containerStatuses");
  const bool supervisor_first = std::any_of(rest.begin(), rest.end(), [&](const ContainerState& c) {
    return is_main(c, traits) && c.terminated && c.exit_code == kSupervisorFailedFirst;
  });
  const auto rank = [&](const ContainerState& c) {
    if (c.name == kSupervisor) return supervisor_first ? 0 : 2;
    if (is_main(c, traits)) return 1;
    return c.name == kWait ? 2 : 3;
  };
  std::stable_sort(rest.begin(), rest.end(), [&](const ContainerState& a, const ContainerState& b) {
    return rank(a) < rank(b);
  });
  auto all = container_states(status, "initContainerStatuses");
  all.insert(all.end(), rest.begin(), rest.end());
  return all;
}

PodVerdict unconfirmed(bool main_succeeded, bool wait_succeeded, const PodTraits& traits) {
  const bool saved = wait_succeeded || !traits.has_wait_container;
  if (main_succeeded && saved) return {Phase::kSucceeded, ""};
  if (main_succeeded)
    return {Phase::kFailed, "pod failed: wait container did not complete successfully"};
  if (saved) return {Phase::kFailed, "pod failed: main container did not complete successfully"};
  return {Phase::kFailed, "pod failed: neither main nor wait container completed successfully"};
}

PodVerdict container_verdict(const ContainerState& c, std::string_view pod_phase) {
  if (c.terminated) {
    if (c.exit_code == 0) return {Phase::kSucceeded, ""};
    // 64 is argoexec's own failure.
    return {c.exit_code == 64 ? Phase::kError : Phase::kFailed,
            fmt::format("{}: {} (exit code {}): {}", c.name, c.terminated->string_at("reason"),
                        c.exit_code, c.terminated->string_at("message"))};
  }
  if (pod_phase == "Failed") return {Phase::kFailed, "Pod Failed whilst container running"};
  if (c.waiting) return {Phase::kPending, ""};
  return {c.running ? Phase::kRunning : Phase::kNone, ""};
}

bool is_completed(Phase phase) { return phase >= Phase::kSucceeded; }

// Outputs that the template declares and the node does not have yet.
bool lacks_outputs(const model::Template& tmpl, const NodeBefore& before) {
  const model::Outputs& outputs = tmpl.outputs;
  const bool needs_artifact =
      std::any_of(outputs.artifacts.begin(), outputs.artifacts.end(),
                  [](const model::Artifact& artifact) { return !artifact.optional; });
  return (!outputs.parameters.empty() && !before.has_parameters) ||
         (needs_artifact && !before.has_artifacts) || (outputs.result && !before.has_result);
}

// False: the status says nothing yet.
bool take_phase(const Value& status, const model::Template& tmpl, const PodTraits& traits,
                const NodeBefore& before, NodeAfter& out) {
  const std::string_view phase = status.string_at("phase");
  const bool daemon = tmpl.daemon.value_or(false);
  if (phase == "Pending") {
    out.phase = Phase::kPending;
    out.message = pending_reason(status);
    out.daemoned = false;
  } else if (phase == "Succeeded") {
    // A daemon should run on.
    out.phase = daemon ? Phase::kFailed : Phase::kSucceeded;
    out.daemoned = false;
  } else if (phase == "Failed") {
    PodVerdict verdict = failed_reason(status, traits);
    out.phase = verdict.phase;
    out.message = std::move(verdict.message);
    out.daemoned = false;
  } else if (phase != "Running") {
    out.phase = Phase::kError;
    out.message = fmt::format("Unexpected pod phase for {}: {}", traits.name, phase);
  } else if (!daemon) {
    out.phase = Phase::kRunning;
  } else if (!is_completed(before.phase) && !(before.daemoned && before.phase != Phase::kPending)) {
    for (const ContainerState& c : container_states(status, "containerStatuses"))
      if (!c.ready) return false;
    out.phase = Phase::kRunning;
    out.daemoned = true;
  }
  return true;
}

}  // namespace

std::string pending_reason(const Value& status) {
  // Beyond Argo: an init container's trouble, behind which the others only wait.
  for (const ContainerState& c : container_states(status, "initContainerStatuses"))
    if (c.waiting && c.waiting->string_at("reason") != "PodInitializing")
      return with_message(c.waiting->string_at("reason"), c.waiting->string_at("message"));
  for (const ContainerState& c : container_states(status, "containerStatuses"))
    if (c.waiting)
      return with_message(c.waiting->string_at("reason"), c.waiting->string_at("message"));
  if (const Value* conditions = status.find("conditions"); conditions && conditions->is_list())
    for (const Value& condition : conditions->as_list())
      if (condition.string_at("reason") == "Unschedulable")
        return with_message("Unschedulable", condition.string_at("message"));
  return "";
}

PodVerdict failed_reason(const Value& status, const PodTraits& traits) {
  if (const std::string_view message = status.string_at("message"); !message.empty())
    return {Phase::kFailed, std::string(message)};
  const auto all = by_preference(status, traits);
  if (all.empty())
    return {Phase::kFailed, fmt::format("can't find failed message for pod {} namespace {}",
                                        traits.name, traits.namespace_)};
  bool main_succeeded = false, wait_succeeded = false;
  for (const ContainerState& c : all) {
    if (c.waiting)
      return {Phase::kError,
              fmt::format("Pod failed before {} container starts due to {}: {}", c.name,
                          c.waiting->string_at("reason"), c.waiting->string_at("message"))};
    if (!c.terminated) continue;
    if (c.exit_code == 0) {
      main_succeeded |= is_main(c, traits);
      wait_succeeded |= !is_main(c, traits) && saves_outputs(c);
      continue;
    }
    const bool machinery = c.name == kInit || saves_outputs(c);
    // A sidecar that was killed does not count: it is killed when main has ended.
    const bool was_killed = c.exit_code == 137 || c.exit_code == 143;
    if (!machinery && !is_main(c, traits) && was_killed) continue;
    const auto ended = fmt::format("{}: {} (exit code {})", c.name,
                                   c.terminated->string_at("reason"), c.exit_code);
    return {machinery ? Phase::kError : Phase::kFailed,
            with_message(ended, c.terminated->string_at("message"))};
  }
  return unconfirmed(main_succeeded, wait_succeeded, traits);
}

std::optional<int> main_exit_code(const Value& status) {
  for (const ContainerState& c : container_states(status, "containerStatuses"))
    if (c.name == "main" && c.terminated) return static_cast<int>(c.exit_code);
  return std::nullopt;
}

std::optional<NodeAfter> assess_pod(const Value& status, const model::Template& tmpl,
                                    const PodTraits& traits, const NodeBefore& before) {
  NodeAfter out;
  out.phase = before.phase;
  out.message = before.message;
  out.daemoned = before.daemoned;
  if (!take_phase(status, tmpl, traits, before, out)) return std::nullopt;
  const std::string_view pod_phase = status.string_at("phase");
  const auto containers = container_states(status, "containerStatuses");
  if (!tmpl.container_set.is_null())
    for (const ContainerState& c : containers)
      if (is_main(c, traits)) out.containers.emplace_back(c.name, container_verdict(c, pod_phase));
  if (!is_completed(out.phase) && out.daemoned) out.pod_ip = status.string_at("podIP");
  out.exit_code = main_exit_code(status);
  // Outputs may still be on their way.
  for (const ContainerState& c : containers)
    if (saves_outputs(c) && c.running && is_completed(out.phase) && pod_phase != "Failed")
      out.phase = before.phase;
  const bool has_outputs =
      out.exit_code || before.has_parameters || before.has_artifacts || before.has_result;
  if (out.phase == Phase::kSucceeded && has_outputs && lacks_outputs(tmpl, before))
    out.phase = before.phase;
  const bool goes_on =
      out.phase != Phase::kPending && out.phase != Phase::kFailed && out.phase != Phase::kError;
  if (before.phase == Phase::kPending && goes_on && out.message == before.message)
    out.message.clear();
  return out;
}

}  // namespace engine
