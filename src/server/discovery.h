// discovery.h — what Kubernetes' clients ask first: versions, groups, resources, health.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "kube/kind_registry.h"
#include "server/call.h"

namespace server {

// True when the path is one of discovery's, and has been answered. Groups and resources come in
// the old form and, where the client prefers it, aggregated (APIGroupDiscoveryList v2, v2beta1).
bool answer_discovery(const kube::KindRegistry& kinds, const Call& call);

// A row of what is served, as discovery tells it. A subresource ("pods/log") follows its resource.
struct ServedResource {
  std::string group, version;  // of the path
  std::string name, singular, kind;
  std::string kind_group, kind_version;  // of the kind, where they are others
  bool namespaced = true;
  std::vector<std::string_view> verbs, short_names, categories;
};
// Stored and virtual kinds, subresources behind their resource.
std::vector<ServedResource> served_resources(const kube::KindRegistry& kinds);

}  // namespace server
