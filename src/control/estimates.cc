#include "control/estimates.h"

#include <fmt/format.h>

#include "kube/workflow_rows.h"
#include "model/cron_workflow.h"
#include "text/json.h"
#include "text/selector.h"

namespace control {
namespace {

constexpr std::string_view kLabels[] = {"workflows.argoproj.io/workflow-template",
                                        "workflows.argoproj.io/cluster-workflow-template",
                                        model::kCronWorkflowLabel};

std::optional<base::Time> time_of(const text::Value& status, std::string_view field) {
  auto time = base::parse_rfc3339(status.string_at(field));
  return time ? std::optional(*time) : std::nullopt;
}

}  // namespace

std::optional<Estimates::Key> Estimates::key_of(const std::string& namespace_,
                                                const store::Labels& labels) {
  for (const std::string_view label : kLabels)
    if (const auto value = store::find_label(labels, label); value && !value->empty())
      return Key{namespace_, std::string(label), std::string(*value)};
  return {};
}

base::Result<int64_t> Estimates::read(kube::StoreApi& api, const Key& key) {
  auto selector = text::Selector::parse_labels(
      fmt::format("{}={},{}=Succeeded", key.label, key.value, kube::kPhaseLabel));
  if (!selector) return 0;  // a name that is no value of a label
  store::ListQuery query;
  query.resource = kube::kWorkflows;
  query.namespace_ = key.namespace_;
  query.labels = std::move(*selector);
  query.limit = kMostRead;
  const auto page = api.store().list(query);
  if (!page) return base::fail(page.error());
  std::string newest;
  int64_t seconds = 0;
  for (const store::Object& object : page->objects) {
    const auto metadata = text::parse_json_member(object.json, "metadata");
    if (!metadata || metadata->string_at("creationTimestamp") <= newest) continue;
    const auto status = text::parse_json_member(object.json, "status");
    if (!status) continue;
    const auto started = time_of(*status, "startedAt"), finished = time_of(*status, "finishedAt");
    if (!started || !finished) continue;
    newest = metadata->string_at("creationTimestamp");
    seconds = (*finished - *started).ns / 1'000'000'000;
  }
  return seconds;
}

base::Result<int64_t> Estimates::estimate(kube::StoreApi& api, const std::string& namespace_,
                                          const store::Labels& labels) {
  const auto key = key_of(namespace_, labels);
  if (!key) return 0;
  if (const auto known = seconds_.find(*key); known != seconds_.end()) return known->second;
  const auto seconds = read(api, *key);
  if (!seconds) return seconds;
  if (seconds_.size() >= kMostKept) seconds_.clear();
  seconds_[*key] = *seconds;
  return seconds;
}

void Estimates::learn(const std::string& namespace_, const store::Labels& labels,
                      base::Duration took) {
  // One that nobody has asked about is read when somebody does.
  const auto key = key_of(namespace_, labels);
  if (!key) return;
  if (const auto known = seconds_.find(*key); known != seconds_.end())
    known->second = took.ns / 1'000'000'000;
}

}  // namespace control
