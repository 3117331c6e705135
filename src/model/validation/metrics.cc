// Custom metrics of a template.
#include "model/validation/validator.h"

namespace model {

using text::Value;

namespace {

bool is_metric_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (const char c : name)
    if (!(c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
      return false;
  return true;
}

void check_values(Validator& run, const Value& metric, const Site& site, const std::string& at) {
  for (const std::string_view kind : {"gauge", "counter", "histogram"}) {
    const Value* body = metric.find(kind);
    if (!body || !body->is_map()) continue;
    const std::string there = at + '.' + std::string(kind);
    if (run.rendered(body->string_at("value")).empty())
      run.error(site, there, "missing-value", std::string(kind) + " needs a value");
    if (kind != "gauge") continue;
    const Value* realtime = body->find("realtime");
    if (realtime && realtime->is_bool() && realtime->as_bool() &&
        body->string_at("value").find("resourcesDuration.") != std::string_view::npos)
      run.error(site, there, "bad-metric", "resourcesDuration is known at the end only",
                "remove realtime");
  }
}

}  // namespace

void validate_metrics(Validator& run, const Value& metrics, const Site& site,
                      const std::string& below) {
  const Value* all = metrics.find("prometheus");
  if (!all || !all->is_list()) return;
  for (size_t i = 0; i < all->as_list().size(); ++i) {
    const Value& metric = all->as_list()[i];
    const std::string at = below + ".prometheus[" + std::to_string(i) + ']';
    const std::string_view name = metric.string_at("name");
    if (!is_metric_name(run.rendered(name)))
      run.error(site, at, "bad-name", quote(name) + " is not a name of a metric",
                "use letters, digits and _");
    if (run.rendered(metric.string_at("help")).empty())
      run.error(site, at, "missing-help", "the metric " + quote(name) + " needs help");
    check_values(run, metric, site, at);
    const Value* labels = metric.find("labels");
    if (!labels || !labels->is_list()) continue;
    for (size_t j = 0; j < labels->as_list().size(); ++j) {
      const std::string_view key = labels->as_list()[j].string_at("key");
      if (!is_metric_name(run.rendered(key)))
        run.error(site, at + ".labels[" + std::to_string(j) + ']', "bad-name",
                  quote(key) + " is not a name of a label", "use letters, digits and _");
    }
  }
}

}  // namespace model
