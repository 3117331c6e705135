#include "server/kube_routes.h"

#include <fmt/format.h>

#include <chrono>

#include "kube/http_api.h"
#include "kube/kinds.h"
#include "server/discovery.h"
#include "server/kube_lists.h"
#include "server/kube_watch.h"
#include "server/kube_writes.h"
#include "server/pod_log.h"
#include "server/port_forward.h"
#include "server/remote_command.h"
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

bool parse_target(const Call& call, Target& out) {
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
    out.kind = kube::find_resource(group, version, path[at + 2]);
    if (out.kind != nullptr && out.kind->namespaced) {
      out.namespace_ = path[at + 1];
      at += 2;
    } else {
      out.kind = nullptr;
    }
  }
  if (out.kind == nullptr) out.kind = kube::find_resource(group, version, path[at]);
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

kube::DeleteOptions delete_options(const Call& call, const Value& body) {
  kube::DeleteOptions out;
  out.propagation = call.query("propagationPolicy");
  if (out.propagation.empty()) out.propagation = body.string_at("propagationPolicy");
  out.grace_period_seconds = call.query_number("gracePeriodSeconds");
  if (const Value* grace = body.find("gracePeriodSeconds"); grace && !out.grace_period_seconds)
    out.grace_period_seconds = grace->to_int();
  if (const std::string_view uid = body.string_at("preconditions", "uid"); !uid.empty())
    out.uid = std::string(uid);
  if (const std::string_view version = body.string_at("preconditions", "resourceVersion");
      !version.empty())
    out.resource_version = std::string(version);
  const Value* dry_run = body.find("dryRun");
  out.dry_run = call.query("dryRun") == "All" ||
                (dry_run && dry_run->is_list() && !dry_run->as_list().empty());
  return out;
}

void remove(kube::StoreApi& api, const Target& target, const Call& call) {
  auto body = call.body();
  if (!body) return call.fail(body.error());
  const kube::DeleteOptions options = delete_options(call, *body);
  std::vector<kube::ObjectRef> refs;
  if (!target.name.empty()) {
    refs.push_back(target.ref());
  } else {
    auto found = api.list(*target.kind, target.namespace_, list_options(call));
    if (!found) return call.fail(found.error());
    for (const Value& item : found->items)
      refs.push_back({target.kind, std::string(item.string_at("metadata", "namespace")),
                      std::string(item.string_at("metadata", "name"))});
  }
  for (const kube::ObjectRef& ref : refs) {
    auto removed = api.remove(ref, options);
    if (!removed && !(target.name.empty() && removed.error().code == base::Code::kNotFound))
      return call.fail(removed.error());
  }
  call.reply_json(R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success"})");
}

void read(kube::StoreApi& api, const sys::Clock& clock, const Target& target, WatchPump& pump,
          Call& call) {
  const auto view = read_view(call, clock);
  if (!view && view.error().code == base::Code::kUnsupported)
    return refuse_call(call, 406, "NotAcceptable", view.error().text);
  if (!view) return call.fail(view.error());
  if (call.query_flag("watch") && target.subresource.empty()) {
    kube::ListOptions options = list_options(call);
    if (!target.name.empty()) options.field_selector = "metadata.name=" + target.name;
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
  if (answer_discovery(call)) return true;
  Target target;
  if (!parse_target(call, target)) {
    call.manners = Manners::kArgo;
    return false;
  }
  const std::string& method = call.request.method;
  if (answer_pod(api, node, target, call)) return true;
  if (!target.subresource.empty() && target.subresource != "status") {
    call.fail({base::Code::kNotFound,
               "the server could not find the requested resource: " + target.subresource});
  } else if (method == "GET") {
    read(api, clock, target, pump, call);
  } else if ((method == "POST" && target.name.empty()) ||
             ((method == "PUT" || method == "PATCH") && !target.name.empty())) {
    const WriteTarget to{target.ref(), target.subresource == "status"};
    answer_write(api, clock, log, to, call);
  } else if (method == "DELETE") {
    remove(api, target, call);
  } else {
    refuse_call(call, 405, "MethodNotAllowed",
                "the server does not allow this method on the requested resource");
  }
  return true;
}

}  // namespace server
