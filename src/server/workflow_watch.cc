#include "server/workflow_watch.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "kube/kinds.h"
#include "kube/pod_contract.h"
#include "server/workflow_routes.h"
#include "server/workflow_view.h"
#include "text/json.h"
#include "text/selector.h"

namespace server {
namespace {

using Type = store::Change::Type;

// A busy workflow costs its watchers a quarter of a core here at most (half a core where many end),
// and as much as it takes to read 4 MB/s there.
constexpr size_t kBytesPerMicrosecond = 4;

struct Wanted {
  std::string name;  // "" for all
  text::Selector labels;
};

// "" when the change does not concern this watch.
std::string_view type_for(const store::Change& change, const Wanted& wanted) {
  if (!wanted.name.empty() && change.object->key.name != wanted.name) return "";
  const bool is_in = store::matches(wanted.labels, change.object->labels);
  if (change.type == Type::kAdded) return is_in ? "ADDED" : "";
  const bool was_in = store::matches(wanted.labels, change.previous_labels);
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
      auto changes = watch.next(wait_ms(), nullptr);
      if (!changes) {
        stream_.send_error(changes.error());
        break;
      }
      for (store::Change& change : *changes) hold(std::move(change));
      if (Clock::now() < (has_ended_ ? due_for_ends_ : due_)) continue;
      if (!send_held()) break;
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
    sent_bytes_ += line.size();
    return stream_.send(line);
  }

 private:
  using Clock = std::chrono::steady_clock;

  int wait_ms() const {
    if (held_.empty()) return 30'000;
    return Clock::now() < due_ ? 1 : 0;  // looks for ends meanwhile
  }

  // Changes coalesce while they wait, as they do in the store.
  void hold(store::Change change) {
    change.rows.clear();
    has_ended_ = has_ended_ || has_ended(change);
    const std::string& uid = change.object->uid;
    if (const auto found = place_.find(uid); found != place_.end()) {
      store::Change before = std::move(held_.at(found->second));
      held_.erase(found->second);
      place_.erase(found);
      const bool is_unseen = before.type == Type::kAdded;
      if (is_unseen && change.type == Type::kDeleted) return;
      if (is_unseen) change.type = Type::kAdded;
      change.previous_labels = std::move(before.previous_labels);
    }
    place_[uid] = ++last_place_;
    held_.emplace(last_place_, std::move(change));
  }

  // In order of revision, so that a client that comes again goes on where it was.
  bool send_held() {
    const auto began = Clock::now();
    sent_bytes_ = 0;
    for (const auto& [place, change] : held_)
      if (!send(change)) return false;
    held_.clear();
    place_.clear();
    has_ended_ = false;
    const auto now = Clock::now();
    due_for_ends_ = now + (now - began);
    due_ =
        now + std::max<Clock::duration>(
                  3 * (now - began), std::chrono::microseconds(sent_bytes_ / kBytesPerMicrosecond));
    return true;
  }

  static bool has_ended(const store::Change& change) {
    if (change.type == Type::kDeleted) return true;
    return store::find_label(change.object->labels, kube::kCompletedLabel) == "true";
  }

  kube::StoreApi& api_;
  Call& call_;
  const Wanted wanted_;
  const FieldFilter filter_;
  LineStream stream_;
  std::unordered_set<std::string> large_;   // uids of workflows with too many nodes to show
  std::map<uint64_t, store::Change> held_;  // one a workflow, in order
  std::unordered_map<std::string, uint64_t> place_;  // uid -> in held_
  uint64_t last_place_ = 0;
  bool has_ended_ = false;                // one of them
  Clock::time_point due_, due_for_ends_;  // of what is held
  size_t sent_bytes_ = 0;
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
