#include "server/status_routes.h"

#include <algorithm>
#include <charconv>

#include "kube/kinds.h"
#include "kube/workflow_rows.h"
#include "server/object_stream.h"
#include "text/json.h"
#include "text/json_scan.h"

namespace server {
namespace {

using text::Value;

struct Waiting {
  int64_t priority = 0;
  uint64_t created = 0;
  Value shown;
};

// A workflow without rows has not begun; what waits for locks has (control/start_queue.h).
base::Result<bool> waits_to_start(kube::StoreApi& api, const store::Object& object) {
  bool has_rows = false;
  auto read = api.store().rows(object.uid, kube::kEngine, 0, [&](uint64_t, std::string_view) {
    has_rows = true;
    return false;
  });
  if (!read) return base::fail(read.error());
  return !has_rows;
}

// Of the spec that is run, without reading all of it.
int64_t priority_of(std::string_view json) {
  const std::string_view stored =
      text::json_member(text::json_member(json, "status"), "storedWorkflowTemplateSpec");
  for (const std::string_view spec : {stored, text::json_member(json, "spec")}) {
    const std::string_view text = text::json_member(spec, "priority");
    int64_t value = 0;
    (void)std::from_chars(text.data(), text.data() + text.size(), value);
    if (value != 0) return value;
  }
  return 0;
}

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
      const auto waits = waits_to_start(api, object);
      if (!waits) return call.fail(waits.error());
      if (!*waits) continue;
      Waiting one;
      one.created = object.created_revision;
      one.priority = priority_of(object.json);
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
