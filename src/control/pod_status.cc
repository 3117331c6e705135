#include "control/pod_status.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "engine/container_state.h"
#include "engine/pod_assessment.h"
#include "kube/pod_contract.h"
#include "text/json.h"
#include "text/json_scan.h"

namespace control {
namespace {

using engine::PodEnded;
using text::Value;

// As an annotation stands in a stored object.
constexpr std::string_view kOutputsMember = R"("workflows.argoproj.io/outputs":)";
static_assert(kOutputsMember.substr(1, kOutputsMember.size() - 3) == kube::kOutputs);
constexpr std::string_view kProgressMember = R"("workflows.argoproj.io/progress":)";
static_assert(kProgressMember.substr(1, kProgressMember.size() - 3) == kube::kProgress);

// The node that the pod runs on. In a string the quotes of this spelling would be escaped.
std::string host_of(std::string_view pod_json) {
  constexpr std::string_view kNode = R"("nodeName":")";
  const size_t at = pod_json.find(kNode);
  if (at == std::string_view::npos) return "";
  const std::string_view rest = pod_json.substr(at + kNode.size());
  return std::string(rest.substr(0, rest.find('"')));
}

std::string progress_of(std::string_view pod_json) {
  if (pod_json.find(kProgressMember) == std::string_view::npos) return "";
  const auto metadata = text::parse_json_member(pod_json, "metadata");
  const Value* const annotations = metadata ? metadata->find("annotations") : nullptr;
  return annotations == nullptr ? "" : std::string(annotations->string_at(kube::kProgress));
}

PodEnded::Outcome outcome_of(engine::Phase phase) {
  if (phase == engine::Phase::kSucceeded) return PodEnded::Outcome::kSucceeded;
  return phase == engine::Phase::kError ? PodEnded::Outcome::kError : PodEnded::Outcome::kFailed;
}

void read_outputs(std::string_view annotation, PodEnded& out) {
  auto outputs = text::parse_json(annotation);
  if (!outputs) {
    out.outcome = PodEnded::Outcome::kError;
    out.message = "the pod's outputs cannot be read: " + outputs.error().text;
    return;
  }
  if (const Value* result = outputs->find("result")) out.result = result->to_any_string();
  if (const std::string_view code = outputs->string_at("exitCode");
      !code.empty() && !out.exit_code) {
    int parsed = 0;
    std::from_chars(code.data(), code.data() + code.size(), parsed);
    out.exit_code = parsed;
  }
  if (const Value* list = outputs->find("parameters"); list && list->is_list())
    for (const Value& p : list->as_list())
      out.parameters.emplace_back(p.string_at("name"),
                                  p.find("value") ? p.find("value")->to_any_string() : "");
  if (const Value* list = outputs->find("missing"); list && list->is_list())
    for (const Value& name : list->as_list())
      out.missing_parameters.push_back(name.to_any_string());
  // The user's own failure is not hidden by what it leaves behind.
  if (const std::string_view error = outputs->string_at("error");
      !error.empty() && out.outcome == PodEnded::Outcome::kSucceeded) {
    out.outcome = PodEnded::Outcome::kError;
    out.message = error;
  }
}

std::string name_of(std::string_view pod_json) {
  return std::string(
      text::json_string(text::json_member(text::json_member(pod_json, "metadata"), "name")));
}

base::Result<std::optional<engine::Event>> read_end(std::string_view pod_json, const Value& status,
                                                    engine::NodeId node, bool succeeded) {
  PodEnded out;
  out.node = node;
  out.host_node_name = host_of(pod_json);
  out.progress = progress_of(pod_json);
  for (const engine::ContainerState& c : engine::container_states(status, "containerStatuses")) {
    if (c.terminated == nullptr) continue;
    if (c.name == "main") out.exit_code = static_cast<int>(c.exit_code);
    const auto started = base::parse_rfc3339(c.terminated->string_at("startedAt"));
    const auto finished = base::parse_rfc3339(c.terminated->string_at("finishedAt"));
    if (started && (c.name == "main" || !out.started_at.is_set())) out.started_at = *started;
    if (finished) out.finished_at = std::max(out.finished_at, *finished);
  }
  // Most pods succeed and hand nothing in: then their status alone says all.
  if (succeeded && pod_json.find(kOutputsMember) == std::string_view::npos) return out;
  const auto metadata = text::parse_json_member(pod_json, "metadata");
  if (!metadata) return base::fail(metadata.error());
  if (!succeeded) {
    engine::PodVerdict verdict = engine::failed_reason(
        status, {.name = std::string(metadata->string_at("name")),
                 .namespace_ = std::string(metadata->string_at("namespace"))});
    out.outcome = outcome_of(verdict.phase);
    out.message = std::move(verdict.message);
    if (status.string_at("reason") == kube::kReasonLost) out.outcome = PodEnded::Outcome::kLost;
  }
  const Value* const annotations = metadata->find("annotations");
  out.was_stopped = annotations != nullptr && annotations->find(kube::kStop) != nullptr;
  if (annotations != nullptr)
    if (const Value* outputs = annotations->find(kube::kOutputs); outputs && outputs->is_string())
      read_outputs(outputs->as_string(), out);
  return out;
}

}  // namespace

base::Result<std::optional<engine::Event>> read_pod_status(std::string_view pod_json,
                                                           engine::NodeId node) {
  // The spec, most of it all, says nothing but the host's name.
  const auto status = text::parse_json_member(pod_json, "status");
  if (!status) return base::fail(status.error());
  const std::string_view phase = status->string_at("phase");
  if (phase == "Pending") return engine::PodPending{node, engine::pending_reason(*status)};
  if (phase == "Succeeded" || phase == "Failed")
    return read_end(pod_json, *status, node, phase == "Succeeded");
  if (phase == "Running") {
    engine::PodRunning out;
    out.node = node;
    out.pod_ip = status->string_at("podIP");
    out.host_node_name = host_of(pod_json);
    out.progress = progress_of(pod_json);
    const auto containers = engine::container_states(*status, "containerStatuses");
    out.ready =
        !containers.empty() && std::all_of(containers.begin(), containers.end(),
                                           [](const engine::ContainerState& c) { return c.ready; });
    return out;
  }
  if (phase.empty() || phase == "Unknown") return std::optional<engine::Event>();
  PodEnded out;
  out.node = node;
  out.outcome = PodEnded::Outcome::kError;
  out.message = fmt::format("Unexpected pod phase for {}: {}", name_of(pod_json), phase);
  return out;
}

}  // namespace control
