#include "control/metrics.h"

#include <gtest/gtest.h>

namespace control {
namespace {

const base::Time kNow = base::Time::from_unix_seconds(1'800'000'000);

Measurement gauge(const std::string& name, double value,
                  Measurement::Operation operation = Measurement::Operation::kSet) {
  Measurement out;
  out.name = name;
  out.help = "h";
  out.value = value;
  out.operation = operation;
  return out;
}

TEST(Metrics, AreWrittenInPrometheusFormat) {
  Metrics metrics;
  Measurement what = gauge("g", 0.5);
  what.help = "a \\ and\na \"b\"";
  what.labels = {{"path", "C:\\x"}, {"said", "\"hi\"\n"}};
  EXPECT_TRUE(metrics.take(what));
  metrics.add(metric::kErrorCount, {{"cause", "x"}});
  metrics.add(metric::kErrorCount, {{"cause", "x"}}, 2);
  EXPECT_EQ(metrics.text(kNow),
            "# HELP argo_workflows_error_count Number of errors encountered by the controller by "
            "cause\n"
            "# TYPE argo_workflows_error_count counter\n"
            "argo_workflows_error_count{cause=\"x\"} 3\n"
            "# HELP argo_workflows_g a \\\\ and\\na \"b\"\n"
            "# TYPE argo_workflows_g gauge\n"
            "argo_workflows_g{path=\"C:\\\\x\",said=\"\\\"hi\\\"\\n\"} 0.5\n");
}

TEST(Metrics, AGaugeIsSetRaisedAndLowered) {
  Metrics metrics;
  using Operation = Measurement::Operation;
  EXPECT_TRUE(metrics.take(gauge("g", 5)));
  EXPECT_TRUE(metrics.take(gauge("g", 3, Operation::kAdd)));
  EXPECT_TRUE(metrics.take(gauge("g", 1, Operation::kSub)));
  EXPECT_NE(metrics.text(kNow).find("argo_workflows_g 7\n"), std::string::npos);
  EXPECT_TRUE(metrics.take(gauge("g", 2)));
  EXPECT_NE(metrics.text(kNow).find("argo_workflows_g 2\n"), std::string::npos);
}

TEST(Metrics, AHistogramCountsUpToItsBorders) {
  Metrics metrics;
  Measurement what = gauge("h", 0);
  what.type = MetricType::kHistogram;
  what.buckets = {1, 2.5};
  for (const double value : {1.0, 1.1, 2.5, 9.0}) {
    what.value = value;
    EXPECT_TRUE(metrics.take(what));
  }
  EXPECT_EQ(metrics.text(kNow),
            "# HELP argo_workflows_h h\n# TYPE argo_workflows_h histogram\n"
            "argo_workflows_h_bucket{le=\"1\"} 1\n"
            "argo_workflows_h_bucket{le=\"2.5\"} 3\n"
            "argo_workflows_h_bucket{le=\"+Inf\"} 4\n"
            "argo_workflows_h_sum 13.6\n"
            "argo_workflows_h_count 4\n");
}

TEST(Metrics, ARunningGaugeGrowsWithTime) {
  Metrics metrics;
  Measurement what = gauge("age", 0);
  what.since = kNow;
  EXPECT_TRUE(metrics.take(what));
  EXPECT_NE(metrics.text(kNow + base::Duration::millis(1500)).find("age 1.5\n"), std::string::npos);
  what.since.reset();
  what.value = 2;
  EXPECT_TRUE(metrics.take(what));
  EXPECT_NE(metrics.text(kNow + base::Duration::seconds(9)).find("age 2\n"), std::string::npos);
}

TEST(Metrics, ANameHasOneHelpAndOneType) {
  Metrics metrics;
  EXPECT_TRUE(metrics.take(gauge("a", 1)));
  Measurement other = gauge("a", 1);
  other.help = "else";
  EXPECT_EQ(metrics.take(other).error().text,
            "help for metric a is already set to h, it cannot be changed");
  other.help = "h";
  other.type = MetricType::kCounter;
  EXPECT_EQ(metrics.take(other).error().text,
            "found existing gauge for custom metric a of type counter");
  EXPECT_FALSE(metrics.take(gauge("not-a-name", 1)));
  EXPECT_FALSE(metrics.take(gauge("", 1)));
  EXPECT_FALSE(metrics.take(gauge("1st", 1)));
  Measurement label = gauge("b", 1);
  label.labels = {{"no-label", "x"}};
  EXPECT_FALSE(metrics.take(label));
  EXPECT_EQ(metrics.text(kNow).find("argo_workflows_b"), std::string::npos);
}

TEST(Metrics, SeriesOfWorkflowsAreBounded) {
  Metrics metrics;
  Measurement what = gauge("many", 1);
  for (size_t i = 0; i < Metrics::kSeriesMax; ++i) {
    what.labels = {{"i", std::to_string(i)}};
    ASSERT_TRUE(metrics.take(what));
  }
  EXPECT_TRUE(metrics.take(what));  // is there already
  what.labels = {{"i", "new"}};
  EXPECT_FALSE(metrics.take(what));
}

TEST(Metrics, LocksAreGauges) {
  const std::string text = lock_gauges({{"n/Mutex/m", 1, {"n/a"}, {}, 3},
                                        {"n/ConfigMap/limits/few", 2, {"n/a", "n/b"}, {}, 0},
                                        {"o/Database/nightly", 1, {}, {}, 1},
                                        {"o/Database/wide", 5, {"o/a"}, {}, 0}});
  for (
      const char* line :
      {R"(_locks_held{type="mutex",storage="configmap",lock_name="m",namespace="n"} 1)",
       R"(locks_pending{type="mutex",storage="configmap",lock_name="m",namespace="n"} 3)",
       R"(locks_held{type="semaphore",storage="configmap",lock_name="limits/few",namespace="n"} 2)",
       R"(locks_pending{type="mutex",storage="database",lock_name="nightly",namespace="o"} 1)",
       R"(locks_held{type="semaphore",storage="database",lock_name="wide",namespace="o"} 1)"})
    EXPECT_NE(text.find(line), std::string::npos) << line << "\nis not in\n" << text;
  EXPECT_EQ(lock_gauges({}), "");
}

}  // namespace
}  // namespace control
