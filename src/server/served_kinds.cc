#include "server/served_kinds.h"

#include "model/api_types.h"
#include "server/discovery.h"

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
  // What is answered and never stored: only made.
  for (const ServedResource& row : served_resources(api.kinds())) {
    if (row.verbs.size() != 1 || row.verbs.front() != "create") continue;
    if (row.name.find('/') != std::string::npos) continue;
    model::ApiResource one;
    one.group = row.group;
    one.version = row.version;
    one.kind = row.kind;
    one.plural = row.name;
    one.namespaced = row.namespaced;
    one.is_custom = one.is_virtual = true;
    out.push_back(std::move(one));
  }
  return out;
}

uint64_t api_resources_generation(kube::StoreApi& api) { return api.kinds().generation(); }

}  // namespace server
