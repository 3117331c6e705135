#include "server/workflow_watch.h"

#include <chrono>
#include <thread>
#include <unordered_set>

#include "kube/kinds.h"
#include "server/workflow_routes.h"
#include "server/workflow_view.h"
#include "text/json.h"
#include "text/selector.h"

namespace server {
namespace {

using Type = store::Change::Type;

struct Wanted {
  std::string name;  // "" for all
  text::Selector labels;
};

bool has_labels(const text::Selector& selector, const store::Labels& labels) {
  return selector.matches([&](std::string_view key) -> std::optional<std::string_view> {
    for (const auto& [name, value] : labels)
      if (name == key) return value;
    return {};
  });
}

// "" when the change does not concern this watch.
std::string_view type_for(const store::Change& change, const Wanted& wanted) {
  if (!wanted.name.empty() && change.object->key.name != wanted.name) return "";
  const bool is_in = has_labels(wanted.labels, change.object->labels);
  if (change.type == Type::kAdded) return is_in ? "ADDED" : "";
  const bool was_in = has_labels(wanted.labels, change.previous_labels);
  if (change.type == Type::kDeleted) return was_in || is_in ? "DELETED" : "";
  if (is_in) return was_in ? "MODIFIED" : "ADDED";
  return was_in ? "DELETED" : "";
}

class WorkflowWatch {
 public:
  WorkflowWatch(kube::StoreApi& api, Call& call, Wanted wanted)
      : api_(api),
        call_(call),
        wanted_(std::move(wanted)),
        filter_(call.query("fields"), "result.object."),
        stream_(call, true) {}

  void run(store::Watch& watch) {
    call_.out.on_gone([&watch] { watch.cancel(); });
    while (!call_.out.is_gone()) {
      auto changes = watch.next(30'000, nullptr);
      if (!changes) {
        stream_.send_error(changes.error());
        break;
      }
      const auto began = std::chrono::steady_clock::now();
      for (const store::Change& change : *changes)
        if (!send(change)) break;
      // Meanwhile changes coalesce: a busy workflow costs its watchers a quarter of a core at most.
      if (!changes->empty())
        std::this_thread::sleep_for(3 * (std::chrono::steady_clock::now() - began));
    }
    call_.out.on_gone(nullptr);
    call_.out.end();
  }

  bool send(const store::Change& change) {
    const std::string_view type = type_for(change, wanted_);
    if (type.empty()) return true;
    bool is_large = large_.contains(change.object->uid);
    auto json = view_json(api_, *change.object, filter_, &is_large);
    if (!json) return true;
    if (is_large) large_.insert(change.object->uid);
    std::string line = "{\"type\":\"";
    line += type;
    line += "\",\"object\":" + *json + "}";
    return stream_.send(line);
  }

 private:
  kube::StoreApi& api_;
  Call& call_;
  const Wanted wanted_;
  const FieldFilter filter_;
  LineStream stream_;
  std::unordered_set<std::string> large_;  // uids of workflows with too many nodes to show
};

}  // namespace

void watch_workflows(kube::StoreApi& api, Call& call) {
  Wanted wanted;
  auto labels = text::Selector::parse_labels(call.query("listOptions.labelSelector"));
  if (!labels) return call.fail(labels.error());
  wanted.labels = std::move(*labels);
  auto fields = text::Selector::parse_fields(call.query("listOptions.fieldSelector"));
  if (!fields) return call.fail(fields.error());
  for (const text::Requirement& one : fields->requirements()) {
    if (one.key != "metadata.name" || one.op != text::Requirement::Operator::kEquals)
      return call.fail(
          {base::Code::kUnsupported, "a watch selects by metadata.name only, not by " + one.key});
    wanted.name = one.values.empty() ? "" : one.values.front();
  }
  const std::string resource = kube::kind_of("workflows").resource();
  if (wanted.name == "@latest") {
    auto latest = find_workflow(api, call.args[0], wanted.name);
    if (!latest) return call.fail(latest.error());
    wanted.name = latest->key.name;
  }
  const uint64_t revision =
      static_cast<uint64_t>(call.query_number("listOptions.resourceVersion").value_or(0));
  auto watch = api.store().watch(resource, call.args[0], revision);
  if (!watch) return call.fail(watch.error());
  std::vector<store::Object> present;
  if (revision == 0) {
    // From now means: what is there first, as a Kubernetes watch without a version begins.
    if (!wanted.name.empty() && !call.args[0].empty()) {
      if (auto object = api.store().get({resource, call.args[0], wanted.name}))
        present.push_back(std::move(*object));
    } else {
      store::ListQuery query;
      query.resource = resource;
      query.namespace_ = call.args[0];
      query.labels = wanted.labels;
      auto page = api.store().list(query);
      if (!page) return call.fail(page.error());
      present = std::move(page->objects);
    }
  }
  WorkflowWatch stream(api, call, std::move(wanted));
  for (store::Object& object : present) {
    store::Change change;
    change.type = Type::kAdded;
    change.object = std::make_shared<const store::Object>(std::move(object));
    if (!stream.send(change)) return;
  }
  stream.run(**watch);
}

}  // namespace server
