#include "control/template_guard.h"

#include <set>
#include <tuple>

#include "control/executed_spec.h"
#include "kube/kinds.h"
#include "text/json.h"

namespace control {

base::Result<TemplateGuard::Concerns> TemplateGuard::gather(bool is_on) {
  if (!is_on) {
    templates_.reset();
    cluster_templates_.reset();
    return Concerns();
  }
  bool all = false;
  std::set<std::tuple<bool, std::string, std::string>> changed;  // cluster, namespace, name
  for (const bool is_cluster : {false, true}) {
    auto& watch = is_cluster ? cluster_templates_ : templates_;
    const std::string resource =
        kube::kind_of(is_cluster ? "clusterworkflowtemplates" : "workflowtemplates").resource();
    if (watch) {
      auto changes = watch->next(0, nullptr);
      if (!changes && changes.error().code != base::Code::kGone) return base::fail(changes.error());
      if (changes)
        for (const store::Change& change : *changes)
          changed.emplace(is_cluster, change.object->key.namespace_, change.object->key.name);
      else
        watch.reset();
    }
    if (watch) continue;
    auto opened = api_.store().watch(resource, "", 0);
    if (!opened) return base::fail(opened.error());
    watch = std::move(*opened);
    all = true;
  }
  if (!all && changed.empty()) return Concerns();
  return Concerns([all, changed = std::move(changed)](const Run& run) {
    if (run.template_name.empty()) return false;
    const bool is_cluster = run.is_cluster_template;
    return all ||
           changed.contains({is_cluster, is_cluster ? "" : run.key.namespace_, run.template_name});
  });
}

base::Result<bool> TemplateGuard::has_changed(const Run& run) const {
  const auto object = text::parse_json(run.object->json);
  return object ? has_spec_changed(api_, *object) : base::Result<bool>(false);
}

std::vector<int> TemplateGuard::fds() const {
  std::vector<int> out;
  for (const auto* watch : {&templates_, &cluster_templates_})
    if (*watch) out.push_back((*watch)->fd());
  return out;
}

}  // namespace control
