#include "server/kube_routes.h"

#include <fmt/format.h>

#include <chrono>

#include "kube/http_api.h"
#include "kube/kinds.h"
#include "server/discovery.h"
#include "server/kube_deletes.h"
#include "server/kube_lists.h"
#include "server/kube_watch.h"
#include "server/kube_writes.h"
#include "server/pod_log.h"
#include "server/port_forward.h"
#include "server/remote_command.h"
#include "server/scale_routes.h"
#include "server/workflow_view.h"
#include "text/json.h"

namespace server {
namespace {

using text::Value;

// What a path names: a collection (no name), an object, or a subresource of it.
struct Target {
  const kube::Kind* kind = nullptr;
  std::string namespace_, name, subresource;
  kube::ObjectRef ref() const { return {kind, namespace_, name}; }
};

bool parse_target(const kube::KindRegistry& kinds, const Call& call, Target& out) {
  const auto& path = call.path;
  size_t at = 0;
  std::string_view group, version;
  if (path.size() >= 3 && path[0] == "api") {
    version = path[1];
    at = 2;
  } else if (path.size() >= 4 && path[0] == "apis") {
    group = path[1];
    version = path[2];
    at = 3;
  } else {
    return false;
  }
  if (path[at] == "namespaces" && path.size() >= at + 3) {
    out.kind = kinds.find(group, version, path[at + 2]);
    if (out.kind != nullptr && out.kind->namespaced) {
      out.namespace_ = path[at + 1];
      at += 2;
    } else {
      out.kind = nullptr;
    }
  }
  if (out.kind == nullptr) out.kind = kinds.find(group, version, path[at]);
  if (out.kind == nullptr) return false;
  if (path.size() > at + 1) out.name = path[at + 1];
  if (path.size() > at + 2) out.subresource = path[at + 2];
  return path.size() <= at + 3;
}

void get(kube::StoreApi& api, const Target& target, const View& view, const Call& call) {
  if (target.kind->plural == "workflows" && view.is_plain()) {
    auto stored = api.store().get(kube::StoreApi::key_of(target.ref()));
    if (stored) return answer_workflow(api, *stored, FieldFilter(""), call);
  }
  auto object = api.get(target.ref());
  if (!object) return call.fail(object.error());
  call.reply_json(shown(*target.kind, view, *object));
}

// Who watches one of these by name waits for a state that nobody brings about.
bool waits_in_vain(const kube::Kind& kind, const kube::ListOptions& options) {
  return kind.is_idle && kind.group == "apps" &&
         options.field_selector.find("metadata.name=") != std::string::npos;
}

void refuse_wait(const kube::Kind& kind, const Call& call) {
  refuse_call(call, 422, "Invalid",
              fmt::format("a {} is kept here and no controller acts on it: to wait for its "
                          "conditions or its rollout would never end",
                          kind.kind));
}

void read(kube::StoreApi& api, const sys::Clock& clock, const Target& target, WatchPump& pump,
          Call& call) {
  if (auto good = check_field_selector(*target.kind, call); !good)
    return refuse_call(call, 400, "BadRequest", good.error().text);
  const auto view = read_view(call, clock);
  if (!view && view.error().code == base::Code::kUnsupported)
    return refuse_call(call, 406, "NotAcceptable", view.error().text);
  if (!view) return call.fail(view.error());
  if (call.query_flag("watch") && target.subresource.empty()) {
    kube::ListOptions options = list_options(call);
    if (!target.name.empty()) options.field_selector = "metadata.name=" + target.name;
    if (waits_in_vain(*target.kind, options)) return refuse_wait(*target.kind, call);
    watch_kind(api, pump, *target.kind, target.namespace_, options, *view, call);
  } else if (target.name.empty()) {
    answer_list(api, *target.kind, target.namespace_, *view, call);
  } else {
    get(api, target, *view, call);
  }
}

// What reaches into a pod. Streams are asked for by GET (WebSocket) or POST (SPDY).
bool answer_pod(kube::StoreApi& api, kube::NodeApi* node, const Target& target, Call& call) {
  if (target.kind->plural != "pods" || !target.kind->group.empty()) return false;
  const std::string& method = call.request.method;
  const std::string& what = target.subresource;
  const bool opens = method == "GET" || method == "POST";
  if (what == "log" && method == "GET")
    answer_pod_log(api, node, target.ref(), call);
  else if (what == "exec" && opens)
    answer_exec(api, node, target.ref(), call);
  else if (what == "attach" && opens)
    answer_attach(api, node, target.ref(), call);
  else if (what == "portforward" && opens)
    answer_port_forward(api, node, target.ref(), call);
  else
    return false;
  return true;
}

}  // namespace

bool answer_kube(kube::StoreApi& api, kube::NodeApi* node, const sys::Clock& clock,
                 OperationLog& log, WatchPump& pump, Call& call) {
  call.manners = Manners::kKubernetes;
  if (answer_discovery(api.kinds(), call)) return true;
  Target target;
  if (!parse_target(api.kinds(), call, target)) {
    call.manners = Manners::kArgo;
    return false;
  }
  const std::string& method = call.request.method;
  if (answer_pod(api, node, target, call)) return true;
  if (target.subresource == "scale" && target.kind->has_scale) {
    answer_scale(api, clock, target.ref(), call);
  } else if (!target.subresource.empty() &&
             (target.subresource != "status" || !target.kind->has_status)) {
    call.fail({base::Code::kNotFound,
               "the server could not find the requested resource: " + target.subresource});
  } else if (method == "GET") {
    read(api, clock, target, pump, call);
  } else if ((method == "POST" && target.name.empty()) ||
             ((method == "PUT" || method == "PATCH") && !target.name.empty())) {
    const WriteTarget to{target.ref(), target.subresource == "status"};
    answer_write(api, clock, log, to, call);
  } else if (method == "DELETE" && target.subresource.empty()) {
    if (target.name.empty())
      delete_collection(api, *target.kind, target.namespace_, call);
    else
      delete_one(api, target.ref(), call);
  } else {
    refuse_call(call, 405, "MethodNotAllowed",
                "the server does not allow this method on the requested resource");
  }
  return true;
}

}  // namespace server
