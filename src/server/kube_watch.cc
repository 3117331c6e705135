#include "server/kube_watch.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

#include "kube/http_api.h"
#include "text/json.h"

namespace server {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kBookmarkMs = 30'000;

std::string_view word(store::Change::Type type) {
  if (type == store::Change::Type::kAdded) return "ADDED";
  if (type == store::Change::Type::kModified) return "MODIFIED";
  return "DELETED";
}
std::string_view word(kube::WatchEvent::Type type) {
  if (type == kube::WatchEvent::Type::kAdded) return "ADDED";
  if (type == kube::WatchEvent::Type::kModified) return "MODIFIED";
  if (type == kube::WatchEvent::Type::kDeleted) return "DELETED";
  return "BOOKMARK";
}

void append_event(std::string& out, std::string_view type, std::string_view object) {
  out += "{\"type\":\"";
  out += type;
  out += "\",\"object\":";
  out += object;
  out += "}\n";
}

void append_bookmark(std::string& out, const kube::Kind& kind, std::string_view revision) {
  append_event(
      out, "BOOKMARK",
      fmt::format(R"({{"kind":"{}","apiVersion":"{}","metadata":{{"resourceVersion":"{}"}}}})",
                  kind.kind, kind.api_version(), revision));
}

void append_error(std::string& out, const base::Error& error) {
  append_event(out, "ERROR", text::to_json(kube::to_status_object(error)));
}

// Until `timeoutSeconds` has passed, or the client is gone.
class Pace {
 public:
  explicit Pace(const Call& call) : call_(call) {
    if (const auto seconds = call.query_number("timeoutSeconds"))
      end_ = Clock::now() + std::chrono::seconds(std::max<int64_t>(0, *seconds));
  }
  bool goes_on() const { return !call_.out.is_gone() && (!end_ || Clock::now() < *end_); }
  int wait_ms() const {
    if (!end_) return kBookmarkMs;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*end_ - Clock::now());
    return static_cast<int>(std::clamp<int64_t>(left.count() + 1, 0, kBookmarkMs));
  }

 private:
  const Call& call_;
  std::optional<Clock::time_point> end_;
};

void watch_raw(kube::StoreApi& api, const kube::Kind& kind, const std::string& namespace_,
               uint64_t revision, std::string present, const Call& call) {
  auto watch = api.store().watch(kind.resource(), namespace_, revision);
  if (!watch) return call.fail(watch.error());
  call.out.begin(200, {{"Content-Type", "application/json"}});
  if (!call.out.write(present)) return;
  call.out.on_gone([&] { (*watch)->cancel(); });
  const Pace pace(call);
  std::string lines;
  while (pace.goes_on()) {
    uint64_t bookmark = 0;
    auto changes = (*watch)->next(pace.wait_ms(), &bookmark);
    lines.clear();
    if (!changes) {
      append_error(lines, changes.error());
      call.out.write(lines);
      break;
    }
    for (const store::Change& change : *changes)
      append_event(lines, word(change.type),
                   kube::StoreApi::to_json(*change.object, change.revision));
    if (changes->empty() && call.query_flag("allowWatchBookmarks"))
      append_bookmark(lines, kind, std::to_string(bookmark));
    if (!lines.empty() && !call.out.write(lines)) break;
  }
  call.out.on_gone(nullptr);
  call.out.end();
}

void watch_selected(kube::StoreApi& api, const kube::Kind& kind, const std::string& namespace_,
                    const kube::ListOptions& options, std::string_view revision,
                    const std::string& present, const Call& call) {
  auto watch = api.watch(kind, namespace_, options, revision);
  if (!watch) return call.fail(watch.error());
  call.out.begin(200, {{"Content-Type", "application/json"}});
  if (!call.out.write(present)) return;
  call.out.on_gone([&] { (*watch)->cancel(); });
  const Pace pace(call);
  std::string lines;
  while (pace.goes_on()) {
    auto events = (*watch)->next(pace.wait_ms());
    lines.clear();
    if (!events) {
      append_error(lines, events.error());
      call.out.write(lines);
      break;
    }
    for (const kube::WatchEvent& event : *events)
      append_event(lines, word(event.type), text::to_json(event.object));
    if (events->empty() && call.query_flag("allowWatchBookmarks"))
      append_bookmark(lines, kind, (*watch)->bookmark());
    if (!lines.empty() && !call.out.write(lines)) break;
  }
  call.out.on_gone(nullptr);
  call.out.end();
}

}  // namespace

void watch_kind(kube::StoreApi& api, const kube::Kind& kind, const std::string& namespace_,
                const kube::ListOptions& options, Call& call) {
  std::string revision(call.query("resourceVersion"));
  std::string present;
  if (revision.empty() || revision == "0") {
    // Without a version a watch begins with what is there.
    kube::ListOptions all = options;
    all.limit = 0;
    auto found = api.list(kind, namespace_, all);
    if (!found) return call.fail(found.error());
    for (const text::Value& item : found->items)
      append_event(present, "ADDED", text::to_json(item));
    revision = found->resource_version;
  }
  if (!options.label_selector.empty() || !options.field_selector.empty())
    return watch_selected(api, kind, namespace_, options, revision, present, call);
  uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(revision.data(), revision.data() + revision.size(), number);
  if (error != std::errc() || end != revision.data() + revision.size())
    return call.fail(
        {base::Code::kInvalid, "resourceVersion \"" + revision + "\" is none of ours"});
  watch_raw(api, kind, namespace_, number, std::move(present), call);
}

}  // namespace server
