// attributes.h — what a request wants to do, in Kubernetes' terms, worked out in one place for
// Kubernetes' and Argo's REST: what authorize() decides by.
#pragma once
#include <string>
#include <string_view>

#include "server/call.h"

namespace server {

struct Attributes {
  // get, list, watch, create, update, patch, delete, deletecollection; of what is no resource the
  // method in small letters.
  std::string verb;
  bool is_resource = false;
  std::string group, version, resource, subresource, namespace_, name;
  std::string path;  // as it was sent, without its query
};

Attributes attributes_of(const Call& call);

}  // namespace server
