#include "kube/stored_templates.h"

#include "kube/kinds.h"

namespace kube {
namespace {

const Kind& kind_of_scope(bool cluster_scope) {
  return kind_of(cluster_scope ? "clusterworkflowtemplates" : "workflowtemplates");
}

}  // namespace

model::StoredTemplates::Source stored_templates(Api& api, std::string namespace_) {
  const auto fetch = [&api, namespace_](std::string_view name,
                                        bool cluster_scope) -> base::Result<text::Value> {
    auto object = api.get({&kind_of_scope(cluster_scope),
                           cluster_scope ? std::string() : namespace_, std::string(name)});
    if (!object) return base::fail(object.error());
    text::Value* spec = object->find("spec");
    return spec ? std::move(*spec) : text::Value(text::Map());
  };
  const auto list = [&api, namespace_ = std::move(namespace_)](
                        bool cluster_scope) -> base::Result<std::vector<std::string>> {
    const auto all = api.list(kind_of_scope(cluster_scope),
                              cluster_scope ? std::string() : namespace_, ListOptions{});
    if (!all) return base::fail(all.error());
    std::vector<std::string> out;
    for (const text::Value& one : all->items) out.emplace_back(one.string_at("metadata", "name"));
    return out;
  };
  return {fetch, list};
}

}  // namespace kube
