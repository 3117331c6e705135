#include "control/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

namespace control {

namespace metric {
const MetricName kGauge{"gauge", "number of Workflows currently in each phase", MetricType::kGauge};
const MetricName kTotalCount{
    "total_count", "Total number of workflows that have entered each phase", MetricType::kCounter};
const MetricName kPodsTotalCount{
    "pods_total_count", "Total number of pods that have entered each phase", MetricType::kCounter};
const MetricName kOperationDuration{"operation_duration_seconds",
                                    "Histogram of durations of operations",
                                    MetricType::kHistogram,
                                    {0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5}};
const MetricName kErrorCount{
    "error_count", "Number of errors encountered by the controller by cause", MetricType::kCounter};
const MetricName kQueueDepth{"queue_depth_gauge", "Depth of the queue", MetricType::kGauge};
const MetricName kIsLeader{"is_leader", "Indicates if this controller is the leader",
                           MetricType::kGauge};
const MetricName kVersion{"version", "Build metadata for this Controller", MetricType::kGauge};
const MetricName kCronTriggered{"cronworkflows_triggered_total",
                                "Total number of cron workflows triggered", MetricType::kCounter};
const MetricName kCronConcurrency{
    "cronworkflows_concurrencypolicy_triggered",
    "Number of times a CronWorkflow has triggered its concurrencyPolicy to limit the number of "
    "workflows running",
    MetricType::kCounter};
const MetricName kLocksHeld{"locks_held", "Number of synchronization locks currently held",
                            MetricType::kGauge};
const MetricName kLocksPending{"locks_pending", "Number of pending synchronization lock requests",
                               MetricType::kGauge};
const MetricName kTemplateTriggered{"workflowtemplate_triggered_total",
                                    "Total number of workflow templates triggered",
                                    MetricType::kCounter};
const MetricName kTemplateRuntime{
    "workflowtemplate_runtime",
    "Duration of workflow template runs run through workflowTemplateRefs",
    MetricType::kHistogram,
    {1, 5, 20, 60, 300, 900, 3600}};
}  // namespace metric

namespace {

void escape(std::string& out, std::string_view text, bool in_quotes) {
  for (const char c : text) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '"' && in_quotes)
      out += "\\\"";
    else
      out += c;
  }
}

std::string labels_text(const Metrics::Labels& labels) {
  std::string out;
  for (const auto& [key, value] : labels) {
    if (!out.empty()) out += ',';
    out += key;
    out += "=\"";
    escape(out, value, true);
    out += '"';
  }
  return out;
}

bool is_name(std::string_view text) {
  const auto is_letter = [](unsigned char c) { return std::isalpha(c) != 0 || c == '_'; };
  return !text.empty() && is_letter(text[0]) && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter(c) || std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
}

std::string_view type_word(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return "counter";
    case MetricType::kGauge:
      return "gauge";
    case MetricType::kHistogram:
      return "histogram";
  }
  return "";
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Inf" : "+Inf";
  return fmt::format("{}", value);
}

void append_line(std::string& out, std::string_view name, std::string_view suffix,
                 std::string_view labels, std::string_view more, std::string_view value) {
  out += Metrics::kPrefix;
  out += name;
  out += suffix;
  if (!labels.empty() || !more.empty()) {
    out += '{';
    out += labels;
    if (!labels.empty() && !more.empty()) out += ',';
    out += more;
    out += '}';
  }
  out += ' ';
  out += value;
  out += '\n';
}

}  // namespace

Metrics::Family& Metrics::family(const MetricName& name) {
  Family& out = families_[std::string(name.name)];
  if (out.help.empty()) {
    out.help = name.help;
    out.type = name.type;
    out.buckets = name.buckets;
  }
  return out;
}

void Metrics::add(const MetricName& name, Labels labels, double value) {
  const std::lock_guard<std::mutex> lock(mutex_);
  family(name).series[labels_text(labels)].value += value;
}

void Metrics::set(const MetricName& name, Labels labels, double value) {
  const std::lock_guard<std::mutex> lock(mutex_);
  family(name).series[labels_text(labels)].value = value;
}

void Metrics::observe(const Family& family, Series& series, double value) {
  series.counts.resize(family.buckets.size());
  for (size_t i = 0; i < family.buckets.size(); ++i)
    if (value <= family.buckets[i]) ++series.counts[i];
  series.value += value;
  ++series.count;
}

void Metrics::observe(const MetricName& name, Labels labels, double value) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Family& in = family(name);
  observe(in, in.series[labels_text(labels)], value);
}

base::Status Metrics::take(const Measurement& what) {
  if (!is_name(what.name))
    return base::fail(base::Code::kInvalid,
                      fmt::format("metric name '{}' is invalid. Metric names must contain "
                                  "alphanumeric characters or '_'",
                                  what.name));
  for (const auto& [key, value] : what.labels)
    if (!is_name(key))
      return base::fail(base::Code::kInvalid,
                        fmt::format("metric label '{}' is invalid: keys may only contain "
                                    "alphanumeric characters or '_'",
                                    key));
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto known = families_.find(what.name);
  if (known != families_.end() && known->second.help != what.help)
    return base::fail(base::Code::kInvalid,
                      fmt::format("help for metric {} is already set to {}, it cannot be changed",
                                  what.name, known->second.help));
  if (known != families_.end() && known->second.type != what.type)
    return base::fail(base::Code::kInvalid,
                      fmt::format("found existing {} for custom metric {} of type {}",
                                  type_word(known->second.type), what.name, type_word(what.type)));
  const std::string labels = labels_text(what.labels);
  const bool is_new = known == families_.end() || !known->second.series.contains(labels);
  if (is_new && custom_series_ == kSeriesMax)
    return base::fail(base::Code::kInvalid,
                      fmt::format("there are {} series of workflows already", kSeriesMax));
  custom_series_ += is_new ? 1 : 0;
  Family& in = families_[what.name];
  if (is_new && in.series.empty()) {
    in.help = what.help;
    in.type = what.type;
    in.buckets = what.buckets;
    in.is_custom = true;
  }
  Series& series = in.series[labels];
  series.since = what.since;
  if (what.type == MetricType::kHistogram)
    observe(in, series, what.value);
  else if (what.type == MetricType::kCounter || what.operation == Measurement::Operation::kAdd)
    series.value += what.value;
  else if (what.operation == Measurement::Operation::kSub)
    series.value -= what.value;
  else
    series.value = what.value;
  return {};
}

std::string Metrics::text(base::Time now) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string out;
  for (const auto& [name, family] : families_) {
    out += fmt::format("# HELP {}{} ", kPrefix, name);
    escape(out, family.help, false);
    out += fmt::format("\n# TYPE {}{} {}\n", kPrefix, name, type_word(family.type));
    for (const auto& [labels, series] : family.series) {
      if (family.type != MetricType::kHistogram) {
        const double value =
            series.since ? static_cast<double>((now - *series.since).ns) / 1e9 : series.value;
        append_line(out, name, "", labels, "", number(value));
        continue;
      }
      for (size_t i = 0; i < family.buckets.size(); ++i)
        append_line(out, name, "_bucket", labels, fmt::format("le=\"{}\"", family.buckets[i]),
                    std::to_string(i < series.counts.size() ? series.counts[i] : 0));
      append_line(out, name, "_bucket", labels, "le=\"+Inf\"", std::to_string(series.count));
      append_line(out, name, "_sum", labels, "", number(series.value));
      append_line(out, name, "_count", labels, "", std::to_string(series.count));
    }
  }
  return out;
}

// A lock's name is "<namespace>/Mutex/<name>", "…/ConfigMap/<name>/<key>" or "…/Database/<key>".
std::string lock_gauges(const std::vector<kube::LockReport>& locks) {
  Metrics out;
  for (const kube::LockReport& lock : locks) {
    const std::string_view name = lock.name;
    const size_t first = std::min(name.find('/'), name.size());
    const size_t second = std::min(name.find('/', first + 1), name.size());
    if (second == name.size()) continue;
    const std::string_view kind = name.substr(first + 1, second - first - 1);
    const bool is_database = kind == "Database";
    // Of those in the database the limit alone tells.
    const bool is_mutex = kind == "Mutex" || (is_database && lock.limit == 1);
    const Metrics::Labels labels = {{"type", is_mutex ? "mutex" : "semaphore"},
                                    {"storage", is_database ? "database" : "configmap"},
                                    {"lock_name", std::string(name.substr(second + 1))},
                                    {"namespace", std::string(name.substr(0, first))}};
    out.set(metric::kLocksHeld, labels, static_cast<double>(lock.holders.size()));
    out.set(metric::kLocksPending, labels, static_cast<double>(lock.waiter_count));
  }
  return out.text(base::Time());
}

}  // namespace control
