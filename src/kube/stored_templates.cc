#include "kube/stored_templates.h"

#include "kube/kinds.h"

namespace kube {

model::StoredTemplates::Fetch fetch_templates(Api& api, std::string namespace_) {
  return [&api, namespace_ = std::move(namespace_)](
             std::string_view name, bool cluster_scope) -> base::Result<text::Value> {
    const Kind& kind = kind_of(cluster_scope ? "clusterworkflowtemplates" : "workflowtemplates");
    auto object = api.get({&kind, cluster_scope ? std::string() : namespace_, std::string(name)});
    if (!object) return base::fail(object.error());
    text::Value* spec = object->find("spec");
    return spec ? std::move(*spec) : text::Value(text::Map());
  };
}

}  // namespace kube
