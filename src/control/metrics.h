// metrics.h — numbers for Prometheus: the controller's own, and those that workflows publish.
//
// Names and labels are Argo's, with its prefix "argo_workflows_". Held in memory only: counters
// begin at 0 when the server does, as Prometheus expects. Any thread.
#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "kube/lock_report.h"

namespace control {

enum class MetricType : uint8_t { kCounter, kGauge, kHistogram };

// One of the controller's own. Source: Argo docs "metrics".
struct MetricName {
  std::string_view name, help;
  MetricType type = MetricType::kCounter;
  std::vector<double> buckets = {};
};

namespace metric {
extern const MetricName kGauge;              // workflows in each phase
extern const MetricName kTotalCount;         // workflows that entered each phase
extern const MetricName kPodsTotalCount;     // pods that entered each phase
extern const MetricName kOperationDuration;  // of a round
extern const MetricName kErrorCount;
extern const MetricName kQueueDepth;
extern const MetricName kIsLeader;
extern const MetricName kVersion;
extern const MetricName kCronTriggered;
extern const MetricName kCronConcurrency;
extern const MetricName kLocksHeld;
extern const MetricName kLocksPending;
extern const MetricName kTemplateTriggered;
extern const MetricName kTemplateRuntime;
}  // namespace metric

// A number that a workflow or a template publishes, with its tags replaced.
struct Measurement {
  enum class Operation : uint8_t { kSet, kAdd, kSub };
  std::string name, help;
  std::vector<std::pair<std::string, std::string>> labels;
  MetricType type = MetricType::kGauge;
  double value = 0;
  Operation operation = Operation::kSet;  // of a gauge
  std::vector<double> buckets;            // of a histogram
  // Of a real-time gauge that still runs: its value is the seconds since then.
  std::optional<base::Time> since;
};

// The locks as gauges in Prometheus' text format: how many hold each of them and wait for it.
std::string lock_gauges(const std::vector<kube::LockReport>& locks);

class Metrics {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;

  void add(const MetricName& name, Labels labels, double value = 1);
  void set(const MetricName& name, Labels labels, double value);
  void observe(const MetricName& name, Labels labels, double value);
  // kInvalid when the name is none, or is taken by a metric of another type or help, or there are
  // too many.
  base::Status take(const Measurement& what);

  // Prometheus' text format; `now` for the gauges that run.
  std::string text(base::Time now) const;

  static constexpr std::string_view kPrefix = "argo_workflows_";
  static constexpr size_t kSeriesMax = 10'000;  // of workflows, over all names

 private:
  struct Series {
    double value = 0;
    std::optional<base::Time> since;
    std::vector<uint64_t> counts;  // of a histogram, by bucket
    uint64_t count = 0;
  };
  struct Family {
    std::string help;
    MetricType type = MetricType::kCounter;
    std::vector<double> buckets;
    std::map<std::string, Series> series;  // by the labels' text: a="b",c="d"
    bool is_custom = false;
  };
  Family& family(const MetricName& name);
  static void observe(const Family& family, Series& series, double value);

  mutable std::mutex mutex_;
  std::map<std::string, Family> families_;
  size_t custom_series_ = 0;
};

}  // namespace control
