#include "kube/http_api.h"

#include <utility>

#include "kube/http_clients.h"
#include "kube/http_watch.h"
#include "kube/kinds.h"
#include "kube/status_update.h"

namespace kube {
namespace {

using base::fail;

class HttpApi final : public Api {
 public:
  explicit HttpApi(HttpClientFactory clients) : clients_(std::move(clients)) {}

  base::Result<text::Value> get(const ObjectRef& ref) override {
    return clients_.send_json(request_of("GET", target_of(ref)));
  }
  base::Result<ObjectList> list(const Kind& kind, std::string_view namespace_,
                                const ListOptions& options) override;
  base::Result<text::Value> create(const Kind& kind, std::string_view namespace_,
                                   text::Value object, bool dry_run) override;
  base::Result<text::Value> update(const ObjectRef& ref, text::Value object) override {
    return clients_.send_json(request_of("PUT", target_of(ref), typed(*ref.kind, object)));
  }
  base::Result<text::Value> update_status(const ObjectRef& ref, text::Value object) override {
    return clients_.send_json(
        request_of("PUT", target_of(ref, "/status"), typed(*ref.kind, object)));
  }
  std::vector<base::Status> update_statuses(const std::vector<StatusUpdate>& updates) override;
  base::Result<text::Value> patch(const ObjectRef& ref, PatchType type,
                                  const text::Value& patch) override {
    return send_patch(target_of(ref), type, patch);
  }
  base::Result<text::Value> patch_status(const ObjectRef& ref, PatchType type,
                                         const text::Value& patch) override {
    return send_patch(target_of(ref, "/status"), type, patch);
  }
  base::Status remove(const ObjectRef& ref, const DeleteOptions& options) override;
  base::Result<std::unique_ptr<Watch>> watch(const Kind& kind, std::string_view namespace_,
                                             const ListOptions& options,
                                             std::string_view resource_version) override;

 private:
  static Target target_of(const ObjectRef& ref, std::string_view subresource = {}) {
    return Target(rest_path(*ref.kind, ref.namespace_, ref.name) + std::string(subresource));
  }
  static Target selecting(const Kind& kind, std::string_view namespace_,
                          const ListOptions& options) {
    return Target(rest_path(kind, namespace_))
        .with("labelSelector", options.label_selector)
        .with("fieldSelector", options.field_selector);
  }
  // Servers of Kubernetes want apiVersion and kind in what is written.
  static text::Value& typed(const Kind& kind, text::Value& object) {
    if (!object.is_map() && !object.is_null()) return object;
    if (object.string_at("apiVersion").empty()) object["apiVersion"] = kind.api_version();
    if (object.string_at("kind").empty()) object["kind"] = kind.kind;
    return object;
  }
  base::Result<text::Value> send_patch(const Target& target, PatchType type,
                                       const text::Value& patch) {
    return clients_.send_json(request_of("PATCH", target, patch, std::string(content_type(type))));
  }

  HttpClients clients_;
};

base::Result<ObjectList> HttpApi::list(const Kind& kind, std::string_view namespace_,
                                       const ListOptions& options) {
  const std::string limit = options.limit ? std::to_string(options.limit) : std::string();
  Target target = selecting(kind, namespace_, options);
  target.with("limit", limit).with("continue", options.continue_token);
  auto body = clients_.send_json(request_of("GET", target));
  if (!body) return fail(body.error());
  ObjectList list;
  list.resource_version = body->string_at("metadata", "resourceVersion");
  list.continue_token = body->string_at("metadata", "continue");
  if (text::Value* items = body->find("items"); items && items->is_list())
    list.items = std::move(items->as_list());
  // Kubernetes leaves them out of its own kinds' items.
  for (text::Value& item : list.items) typed(kind, item);
  return list;
}

base::Result<text::Value> HttpApi::create(const Kind& kind, std::string_view namespace_,
                                          text::Value object, bool dry_run) {
  Target target(rest_path(kind, namespace_));
  target.with("dryRun", dry_run ? "All" : "");
  return clients_.send_json(request_of("POST", target, typed(kind, object)));
}

std::vector<base::Status> HttpApi::update_statuses(const std::vector<StatusUpdate>& updates) {
  const auto answer =
      clients_.send_json(request_of("POST", Target(std::string(kStatusesPath)), to_value(updates)));
  // An API server that has not our route gets them one by one.
  if (!answer && answer.error().code == base::Code::kNotFound) return Api::update_statuses(updates);
  if (!answer) return std::vector<base::Status>(updates.size(), fail(answer.error()));
  return read_status_answers(*answer, updates.size());
}

base::Status HttpApi::remove(const ObjectRef& ref, const DeleteOptions& options) {
  text::Value body;
  body["kind"] = "DeleteOptions";
  body["apiVersion"] = "v1";
  if (!options.propagation.empty()) body["propagationPolicy"] = options.propagation;
  if (options.grace_period_seconds) body["gracePeriodSeconds"] = *options.grace_period_seconds;
  if (options.uid) body["preconditions"]["uid"] = *options.uid;
  if (options.resource_version)
    body["preconditions"]["resourceVersion"] = *options.resource_version;
  if (options.dry_run) body["dryRun"] = text::List{"All"};
  const auto response = clients_.send(request_of("DELETE", target_of(ref), body));
  return response ? base::Status() : fail(response.error());
}

base::Result<std::unique_ptr<Watch>> HttpApi::watch(const Kind& kind, std::string_view namespace_,
                                                    const ListOptions& options,
                                                    std::string_view resource_version) {
  std::string revision(resource_version);
  std::vector<WatchEvent> first;
  if (revision.empty() || revision == "0") {
    ListOptions all = options;
    all.limit = 0;
    auto present = list(kind, namespace_, all);
    if (!present) return fail(present.error());
    revision = present->resource_version;
    for (text::Value& item : present->items)
      first.push_back({WatchEvent::Type::kAdded, std::move(item)});
  }
  Target target = selecting(kind, namespace_, options);
  target.with("watch", "true").with("allowWatchBookmarks", "true");
  target.with("resourceVersion", revision);
  return make_http_watch(clients_.make(), request_of("GET", target), std::move(revision),
                         std::move(first));
}

}  // namespace

std::unique_ptr<Api> make_http_api(HttpClientFactory clients) {
  return std::make_unique<HttpApi>(std::move(clients));
}

}  // namespace kube
