// custom_metrics.h — the metrics that one workflow and its templates publish: when, and with what
// numbers. Internal to control/.
//
// Those of a template are published when a node of it has ended, real-time gauges also when it
// begins; of a retried node each attempt that is tried again, and then the node as a whole. Source:
// Argo docs "metrics", "variables".
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/time.h"
#include "control/metrics.h"
#include "engine/plan.h"
#include "engine/row.h"
#include "engine/state.h"
#include "text/value.h"

namespace control {

class CustomMetrics {
 public:
  // By the number of the template in rows.
  using InlineMetrics = std::vector<std::pair<uint32_t, text::Value>>;
  // Null when neither the workflow nor a template publishes any. `workflow`: with the spec that is
  // run; `stored`: the templates that it takes from elsewhere.
  static std::unique_ptr<CustomMetrics> make(const text::Value& workflow,
                                             const std::vector<engine::StoredTemplate>& stored,
                                             const InlineMetrics& inline_metrics = {});

  // The row of a node that has changed; `holder_ended`: the retried node that it is an attempt of
  // has ended too.
  void take_node(const engine::Row& row, bool holder_ended, base::Time now, Metrics& out);
  // The workflow has begun or ended. Its numbers are those of its first node, as in Argo.
  void take_workflow(const engine::Summary& summary, base::Time now, Metrics& out);
  // A row that was there before a restart: what it has told is not told again.
  void restore_node(std::string_view row, base::Time now, Metrics& out);

  // A template of this name publishes what its pods print.
  bool wants_result(std::string_view template_name) const {
    return want_result_.contains(template_name);
  }

  // What could not be published, the last one; empty: nothing.
  const std::string& problem() const { return problem_; }

 private:
  using Variables = std::map<std::string, std::string, std::less<>>;
  struct Moment {
    bool has_ended = false;
    base::Time now, began;
    double seconds = 0;
  };
  enum class Told : uint8_t { kNothing, kBegin, kEnd };

  void publish(const text::Value& metrics, const Variables& variables, const Moment& moment,
               Metrics& out);
  base::Status publish_one(const text::Value& metric, const Variables& variables,
                           const Moment& moment, Metrics& out) const;

  Variables globals_;
  Variables entry_;  // of the first node, once it has ended
  text::Value workflow_;
  // By template: its name, "#<number>" of an inline one, or "namespaced/<holder>/<template>".
  std::unordered_map<std::string, text::Value> templates_;
  std::set<std::string, std::less<>> want_result_;
  std::unordered_map<uint32_t, Told> told_;
  std::unordered_map<uint32_t, uint32_t> attempts_;  // by the retried node
  Told workflow_told_ = Told::kNothing;
  std::string problem_;
};

}  // namespace control
