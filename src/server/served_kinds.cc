#include "server/served_kinds.h"

#include "model/api_types.h"

namespace server {

std::vector<model::ApiResource> api_resources(kube::StoreApi& api) {
  std::vector<model::ApiResource> out;
  for (const kube::Kind* kind : api.kinds().all()) {
    model::ApiResource one;
    one.group = kind->group;
    one.version = kind->version;
    one.kind = kind->kind;
    one.plural = kind->plural;
    one.namespaced = kind->namespaced;
    one.has_status = kind->has_status;
    one.has_scale = kind->has_scale;
    one.is_custom =
        kind->custom || model::find_api_type(kind->api_version(), kind->kind) == nullptr;
    if (kind->custom)
      one.schema = kind->custom->open_api;
    else
      one.type = model::find_served_type(kind->api_version(), kind->kind);
    out.push_back(std::move(one));
  }
  return out;
}

uint64_t api_resources_generation(kube::StoreApi& api) { return api.kinds().generation(); }

}  // namespace server
