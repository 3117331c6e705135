#include "server/status_routes.h"

#include <algorithm>

#include "kube/kinds.h"
#include "server/object_stream.h"
#include "text/json.h"

namespace server {
namespace {

using text::Value;

// As the controller words it; the order is its own as well.
constexpr std::string_view kPostponed = "Workflow processing has been postponed";

struct Waiting {
  int64_t priority = 0;
  uint64_t created = 0;
  Value shown;
};

void show_queue(kube::StoreApi& api, Call& call) {
  auto pending = text::Selector::parse_labels("workflows.argoproj.io/phase=Pending");
  if (!pending) return call.fail(pending.error());
  store::ListQuery query;
  query.resource = kube::kind_of("workflows").resource();
  query.labels = std::move(*pending);
  query.limit = 500;
  std::vector<Waiting> all;
  do {
    auto page = api.store().list(query);
    if (!page) return call.fail(page.error());
    for (const store::Object& object : page->objects) {
      const auto value = text::parse_json(object.json);
      if (!value || !value->string_at("status", "message").starts_with(kPostponed)) continue;
      Waiting one;
      one.created = object.created_revision;
      for (const Value* priority :
           {value->find_path("status", "storedWorkflowTemplateSpec", "priority"),
            value->find_path("spec", "priority")})
        if (priority != nullptr && one.priority == 0) one.priority = priority->to_int().value_or(0);
      one.shown["namespace"] = object.key.namespace_;
      one.shown["name"] = object.key.name;
      one.shown["uid"] = object.uid;
      one.shown["priority"] = one.priority;
      all.push_back(std::move(one));
    }
    query.continue_token = page->continue_token;
  } while (!query.continue_token.empty());
  std::sort(all.begin(), all.end(), [](const Waiting& a, const Waiting& b) {
    return a.priority != b.priority ? a.priority > b.priority : a.created < b.created;
  });
  text::List items;
  for (Waiting& one : all) items.push_back(std::move(one.shown));
  Value out;
  out["items"] = std::move(items);
  call.reply(out);
}

}  // namespace

std::vector<Route> status_routes(kube::StoreApi& api, WatchPump& pump,
                                 std::function<std::string()> metrics) {
  const auto stream_events = [&pump](Call& call) {
    stream_objects(pump, kube::kind_of("events"), StreamForm::kObject, call);
  };
  std::vector<Route> rows = {
      {"GET", "/api/v1/stream/events/{namespace}", stream_events},
      {"GET", "/api/v1/stream/events", stream_events},
      {"GET", "/api/v1/workflow-queue", [&api](Call& c) { show_queue(api, c); }}};
  if (metrics)
    rows.push_back({"GET", "/metrics", [metrics = std::move(metrics)](Call& call) {
                      call.out.send({200,
                                     {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
                                     metrics()});
                    }});
  return rows;
}

}  // namespace server
