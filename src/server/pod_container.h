// pod_container.h — which container of a pod is meant: the rules of Kubernetes' pods/log, exec and
// attach, and its words when none is.
#pragma once
#include <string>
#include <string_view>

#include "kube/store_api.h"
#include "server/call.h"
#include "text/value.h"

namespace server {

struct PodContainer {
  std::string pod_uid, name;
  text::Value pod;
  text::Value spec;   // of the container
  std::string waits;  // the reason why it has not begun; empty: it has
  bool is_running = false;
  // "Pending", "Running", "Succeeded", …
  std::string_view phase() const { return pod.string_at("status", "phase"); }
};

// The one that the query names, or the only one. Nothing when there is no such pod or container:
// the call has been answered then.
std::optional<PodContainer> find_container(kube::StoreApi& api, const kube::ObjectRef& pod,
                                           Call& call);

}  // namespace server
