#include "kube/store_watch.h"

#include <optional>
#include <set>
#include <utility>

#include "kube/fields.h"
#include "kube/metadata.h"

namespace kube {
namespace {

using base::fail;
using Type = WatchEvent::Type;

class StoreWatch final : public Watch {
 public:
  struct Selection {
    text::Selector labels, fields;
  };
  StoreWatch(const Kind& kind, std::unique_ptr<store::Watch> changes, Selection selection,
             uint64_t revision)
      : kind_(kind),
        changes_(std::move(changes)),
        selection_(std::move(selection)),
        revision_(revision) {}

  base::Result<std::vector<WatchEvent>> next(int timeout_ms) override;
  std::string bookmark() const override { return std::to_string(revision_); }
  int fd() const override { return changes_->fd(); }
  void cancel() override { changes_->cancel(); }

  // What is there already; with `give` it is given as kAdded by the first next().
  void begin(std::vector<text::Value> objects, bool give);

 private:
  base::Status translate(const store::Change& change, std::vector<WatchEvent>& events);
  bool was_selected(const store::Change& change, const std::string& name) const;

  const Kind& kind_;
  std::unique_ptr<store::Watch> changes_;
  const Selection selection_;
  uint64_t revision_;
  std::vector<WatchEvent> first_;
  // Objects whose fields matched when they were last seen; kept only for fields that can change.
  std::set<std::string, std::less<>> selected_;
};

std::string name_of(const store::Key& key) { return key.namespace_ + "/" + key.name; }

void StoreWatch::begin(std::vector<text::Value> objects, bool give) {
  for (text::Value& object : objects) {
    if (!is_by_name_only(selection_.fields))
      selected_.insert(std::string(object.string_at("metadata", "namespace")) + "/" +
                       std::string(object.string_at("metadata", "name")));
    if (give) first_.push_back({Type::kAdded, std::move(object)});
  }
}

bool StoreWatch::was_selected(const store::Change& change, const std::string& name) const {
  if (change.type == store::Change::Type::kAdded) return false;
  if (!is_by_name_only(selection_.fields)) return selected_.contains(name);
  return store::matches(selection_.labels, change.previous_labels);
}

base::Status StoreWatch::translate(const store::Change& change, std::vector<WatchEvent>& events) {
  const store::Object& object = *change.object;
  const std::string name = name_of(object.key);
  const bool is_deleted = change.type == store::Change::Type::kDeleted;
  const bool was = was_selected(change, name);
  bool is = !is_deleted && store::matches(selection_.labels, object.labels);
  // Nothing is parsed for those who do not want it.
  if (!was && !is) return {};
  auto value = StoreApi::to_value(kind_, object);
  if (!value) return fail(value.error());
  (*value)["metadata"]["resourceVersion"] = std::to_string(change.revision);
  if (!selection_.fields.empty()) {
    const bool fields_match = matches_fields(selection_.fields, *value);
    is = is && fields_match;
    if (is_by_name_only(selection_.fields)) {
      if (!fields_match) return {};
    } else if (is) {
      selected_.insert(name);
    } else {
      selected_.erase(name);
    }
  }
  if (!was && !is) return {};
  const Type type = !is ? Type::kDeleted : was ? Type::kModified : Type::kAdded;
  events.push_back({type, std::move(*value)});
  return {};
}

base::Result<std::vector<WatchEvent>> StoreWatch::next(int timeout_ms) {
  std::vector<WatchEvent> events = std::move(first_);
  first_.clear();
  if (!events.empty()) timeout_ms = 0;
  uint64_t bookmark = revision_;
  auto changes = changes_->next(timeout_ms, &bookmark);
  if (!changes) return fail(changes.error());
  events.reserve(events.size() + changes->size());
  for (const store::Change& change : *changes)
    if (auto ok = translate(change, events); !ok) return fail(ok.error());
  revision_ = bookmark;
  return events;
}

}  // namespace

base::Result<std::unique_ptr<Watch>> watch_store(StoreApi& api, const Kind& kind,
                                                 std::string_view namespace_,
                                                 const ListOptions& options,
                                                 std::string_view resource_version) {
  auto labels = text::Selector::parse_labels(options.label_selector);
  if (!labels) return fail(labels.error());
  auto fields = text::Selector::parse_fields(options.field_selector);
  if (!fields) return fail(fields.error());
  const bool from_start = resource_version.empty() || resource_version == "0";
  uint64_t revision = 0;
  if (!from_start) {
    const auto parsed = parse_revision(resource_version);
    if (!parsed)
      return fail(base::Code::kInvalid,
                  "invalid resource version \"" + std::string(resource_version) + "\"");
    revision = *parsed;
  }
  const bool needs_list = from_start || !is_by_name_only(*fields);
  ObjectList list;
  if (needs_list) {
    ListOptions all = options;
    all.limit = 0;
    all.continue_token.clear();
    auto listed = api.list(kind, namespace_, all);
    if (!listed) return fail(listed.error());
    list = std::move(*listed);
    if (from_start) revision = parse_revision(list.resource_version).value_or(0);
  }
  auto changes = api.store().watch(kind.resource(),
                                   kind.namespaced ? namespace_ : std::string_view(), revision);
  if (!changes) return fail(changes.error());
  auto watch = std::make_unique<StoreWatch>(
      kind, std::move(*changes), StoreWatch::Selection{std::move(*labels), std::move(*fields)},
      revision);
  watch->begin(std::move(list.items), from_start);
  return watch;
}

}  // namespace kube
