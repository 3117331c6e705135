#include "server/watch_pump.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "kube/http_api.h"
#include "server/call.h"
#include "sys/fd.h"
#include "text/json.h"
#include "text/selector.h"

namespace server {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Bytes = std::shared_ptr<const std::string>;
constexpr auto kBookmarkPause = std::chrono::seconds(30);
constexpr auto kSweepPause = std::chrono::seconds(1);  // of what is due by the clock
constexpr size_t kAheadBytes = 256 << 10;  // of what is made as fast as the client takes it
constexpr uint64_t kPageObjects = 200;
constexpr std::string_view kInitialEnd = R"({"k8s.io/initial-events-end":"true"})";
constexpr uint64_t kWakeId = 0, kFeedId = UINT64_MAX;

std::string_view word(store::Change::Type type) {
  if (type == store::Change::Type::kAdded) return "ADDED";
  if (type == store::Change::Type::kModified) return "MODIFIED";
  return "DELETED";
}
std::string_view word(kube::WatchEvent::Type type) {
  if (type == kube::WatchEvent::Type::kAdded) return "ADDED";
  if (type == kube::WatchEvent::Type::kModified) return "MODIFIED";
  return "DELETED";
}

// In a stream of Argo's.
std::string wrapped(WatchFraming framing, std::string_view field, std::string_view json) {
  const bool is_event =
      framing == WatchFraming::kObjectEvents || framing == WatchFraming::kChangeEvents;
  return fmt::format("{}{{\"{}\":{}}}{}", is_event ? "data: " : "", field, json,
                     is_event ? "\n\n" : "\n");
}

// "": nothing is told.
std::string framed(WatchFraming framing, std::string_view type, std::string_view object) {
  if (framing == WatchFraming::kKubernetes) return watch_line(type, object);
  if (framing == WatchFraming::kChangeLines || framing == WatchFraming::kChangeEvents)
    return wrapped(framing, "result",
                   fmt::format("{{\"type\":\"{}\",\"object\":{}}}", type, object));
  return type == "DELETED" ? "" : wrapped(framing, "result", object);
}

std::string framed_error(WatchFraming framing, const base::Error& error) {
  if (framing == WatchFraming::kKubernetes)
    return watch_line("ERROR", text::to_json(kube::to_status_object(error)));
  return wrapped(framing, "error", argo_error_body(error));
}

std::string bookmark_line(const WatchRequest& request, uint64_t revision, bool ends_initial) {
  return watch_line("BOOKMARK",
                    shown_bookmark(*request.kind, request.view, std::to_string(revision),
                                   ends_initial ? kInitialEnd : ""));
}

// The object of a change as the watch shows it.
std::string shown_json(const WatchRequest& request, std::string json) {
  if (request.view.is_plain()) return json;
  auto object = text::parse_json(json);
  return object ? shown(*request.kind, request.view, *object) : json;
}

// What is written otherwise than it is stored: a selection, or another version of a custom kind.
bool is_selected(const WatchRequest& request) {
  const kube::ListOptions& select = request.select;
  return is_converted(*request.kind) || !select.label_selector.empty() ||
         !select.field_selector.empty();
}

// One change, written at most once in each framing and view.
class Lines {
 public:
  explicit Lines(const store::Change& change) : change_(change) {}
  const Bytes& in(const WatchRequest& request) {
    for (const Made& made : made_)
      if (made.framing == request.framing && made.view == request.view) return made.line;
    if (object_.empty()) object_ = kube::StoreApi::to_json(*change_.object, change_.revision);
    made_.push_back({request.framing, request.view,
                     std::make_shared<const std::string>(framed(request.framing, word(change_.type),
                                                                shown_json(request, object_)))});
    return made_.back().line;
  }

 private:
  struct Made {
    WatchFraming framing;
    View view;
    Bytes line;
  };
  const store::Change& change_;
  std::string object_;
  std::vector<Made> made_;
};

}  // namespace

base::Result<uint64_t> read_revision(std::string_view resource_version) {
  uint64_t out = 0;
  const char* const past = resource_version.data() + resource_version.size();
  const auto [end, error] = std::from_chars(resource_version.data(), past, out);
  if (resource_version.empty() || (error == std::errc() && end == past)) return out;
  return base::fail(base::Code::kInvalid,
                    fmt::format("resourceVersion \"{}\" is none of ours", resource_version));
}

std::string watch_line(std::string_view type, std::string_view object_json) {
  return fmt::format("{{\"type\":\"{}\",\"object\":{}}}\n", type, object_json);
}

class WatchPump::Loop {
 public:
  Loop(kube::StoreApi& api, size_t watches_max)
      : api_(api), watches_max_(watches_max), wake_(std::make_shared<Wake>()) {}
  ~Loop() { stop(); }

  base::Status add(WatchRequest request,
                   const std::function<std::shared_ptr<sys::HttpStream>()>& open);
  size_t count() const { return count_; }
  void stop();

 private:
  // Outlives the loop: streams may still call when it is gone.
  struct Wake {
    const sys::Fd fd{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    std::mutex mutex;
    std::vector<uint64_t> ready;  // watches whose client has taken all, or is gone
    void call() const {
      const uint64_t one = 1;
      [[maybe_unused]] const ssize_t written = write(fd.get(), &one, sizeof one);
    }
  };

  struct Watcher {
    enum class Step : uint8_t { kListing, kCatchingUp, kShared, kSelected };
    uint64_t id = 0;
    WatchRequest request;
    std::shared_ptr<sys::HttpStream> to;
    Step step = Step::kListing;
    std::string continue_token;           // of kListing
    std::unique_ptr<store::Watch> own;    // of kCatchingUp
    std::unique_ptr<kube::Watch> picked;  // of kSelected
    uint64_t seen = 0;                    // all changes up to this have been sent
    bool is_marked = false;               // the end of what was there
    SteadyClock::time_point bookmark_at, ends_at = SteadyClock::time_point::max();
  };
  using Watchers = std::vector<Watcher*>;

  // The shared watch of one resource.
  struct Feed {
    std::unique_ptr<store::Watch> changes;
    uint64_t seen = 0;
    std::unordered_map<std::string, Watchers> groups;  // by namespace; "" for all
    size_t size = 0;
  };

  void run();
  void take_new();
  void step(Watcher& watcher);
  void list_on(Watcher& watcher);
  void come_again(const Watcher& watcher);
  void catch_up(Watcher& watcher);
  void pick(Watcher& watcher);
  Feed* feed_of(const std::string& resource);
  void drain(const std::string& resource, Feed& feed);
  void share(Watcher& watcher, Feed& feed);
  void give(const Watchers& watchers, Lines& lines, uint64_t revision, std::vector<uint64_t>& gone);
  void mark_initial_end(Watcher& watcher);
  void fail(Watcher& watcher, const base::Error& error);
  void remove(uint64_t id);
  void sweep(SteadyClock::time_point now);
  bool send(Watcher& watcher, std::string text);
  void listen(int fd, uint64_t id);
  void hear_again(const Watcher& watcher);
  uint64_t last_seen(const Watcher& watcher) const;

  kube::StoreApi& api_;
  const size_t watches_max_;
  const std::shared_ptr<Wake> wake_;
  const sys::Fd epoll_{epoll_create1(EPOLL_CLOEXEC)};
  std::atomic<size_t> count_ = 0;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;  // of the next two, and of thread_'s beginning
  std::vector<std::unique_ptr<Watcher>> new_;
  uint64_t last_id_ = kWakeId;
  std::thread thread_;
  // Of the thread:
  std::unordered_map<uint64_t, std::unique_ptr<Watcher>> watchers_;
  std::map<std::string, Feed> feeds_;
  SteadyClock::time_point sweep_at_{};
};

base::Status WatchPump::Loop::add(WatchRequest request,
                                  const std::function<std::shared_ptr<sys::HttpStream>()>& open) {
  if (count_.fetch_add(1) >= watches_max_) {
    --count_;
    return base::fail(base::Code::kUnavailable, "too many watches: try again later");
  }
  auto watcher = std::make_unique<Watcher>();
  std::optional<base::Error> told;  // behind the answer's head
  const kube::Kind& kind = *request.kind;
  if (!kind.namespaced) request.namespace_.clear();
  watcher->seen = request.revision;
  if (is_selected(request)) {
    auto picked = api_.watch(kind, request.namespace_, request.select,
                             request.revision == 0 ? "" : std::to_string(request.revision));
    if (picked)
      watcher->picked = std::move(*picked);
    else
      told = picked.error();
    watcher->step = Watcher::Step::kSelected;
  } else if (request.revision != 0) {
    auto own = api_.store().watch(kind.resource(), request.namespace_, request.revision);
    if (own)
      watcher->own = std::move(*own);
    else
      told = own.error();
    watcher->step = Watcher::Step::kCatchingUp;
  }
  const bool is_told_late =
      told && told->code == base::Code::kGone && request.framing == WatchFraming::kKubernetes;
  if (told && !is_told_late) {
    --count_;
    return base::fail(*told);
  }
  watcher->to = open();
  if (told) {
    watcher->to->send(std::make_shared<const std::string>(framed_error(request.framing, *told)));
    watcher->to->end();
    --count_;
    return {};
  }
  const auto now = SteadyClock::now();
  watcher->bookmark_at = now + kBookmarkPause;
  if (request.timeout_seconds)
    watcher->ends_at = now + std::chrono::seconds(std::max<int64_t>(0, *request.timeout_seconds));
  watcher->is_marked = !request.marks_initial_end;
  watcher->request = std::move(request);
  {
    const std::lock_guard lock(mutex_);
    watcher->id = ++last_id_;
    watcher->to->on_drained([wake = wake_, id = watcher->id] {
      {
        const std::lock_guard ready_lock(wake->mutex);
        wake->ready.push_back(id);
      }
      wake->call();
    });
    new_.push_back(std::move(watcher));
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  }
  wake_->call();
  return {};
}

void WatchPump::Loop::stop() {
  stopping_ = true;
  wake_->call();
  if (thread_.joinable()) thread_.join();
}

// A watcher's own is heard once, and again after hear_again(): while its client is behind, nothing.
void WatchPump::Loop::listen(int fd, uint64_t id) {
  epoll_event event{};
  event.events =
      EPOLLIN | (id == kWakeId || id == kFeedId ? 0u : static_cast<uint32_t>(EPOLLONESHOT));
  event.data.u64 = id;
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
}

void WatchPump::Loop::hear_again(const Watcher& watcher) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLONESHOT;
  event.data.u64 = watcher.id;
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, watcher.picked->fd(), &event);
}

void WatchPump::Loop::run() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the main thread's
  listen(wake_->fd.get(), kWakeId);
  std::vector<epoll_event> events(256);
  std::vector<uint64_t> ready;
  while (!stopping_) {
    const int wait_ms = watchers_.empty() ? -1 : 1000;
    const int count =
        epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_ms);
    ready.clear();
    for (int i = 0; i < count; ++i) {
      const uint64_t id = events[static_cast<size_t>(i)].data.u64;
      if (id != kWakeId && id != kFeedId) ready.push_back(id);
      if (id != kWakeId) continue;
      uint64_t ignored;
      [[maybe_unused]] const ssize_t got = read(wake_->fd.get(), &ignored, sizeof ignored);
      take_new();
      const std::lock_guard lock(wake_->mutex);
      ready.insert(ready.end(), wake_->ready.begin(), wake_->ready.end());
      wake_->ready.clear();
    }
    for (auto feed = feeds_.begin(); feed != feeds_.end();) {
      const auto next = std::next(feed);
      drain(feed->first, feed->second);
      feed = next;
    }
    for (const uint64_t id : ready)
      if (const auto found = watchers_.find(id); found != watchers_.end()) step(*found->second);
    if (const auto now = SteadyClock::now(); now >= sweep_at_) sweep(now);
  }
  watchers_.clear();
}

void WatchPump::Loop::take_new() {
  std::vector<std::unique_ptr<Watcher>> fresh;
  {
    const std::lock_guard lock(mutex_);
    fresh.swap(new_);
  }
  for (auto& one : fresh) {
    Watcher& watcher = *one;
    watchers_[watcher.id] = std::move(one);
    if (watcher.picked) listen(watcher.picked->fd(), watcher.id);
    step(watcher);
  }
}

void WatchPump::Loop::step(Watcher& watcher) {
  if (watcher.to->is_gone()) return remove(watcher.id);
  switch (watcher.step) {
    case Watcher::Step::kListing:
      return list_on(watcher);
    case Watcher::Step::kCatchingUp:
      return catch_up(watcher);
    case Watcher::Step::kSelected:
      return pick(watcher);
    case Watcher::Step::kShared:
      return;
  }
}

bool WatchPump::Loop::send(Watcher& watcher, std::string text) {
  if (text.empty()) return true;
  if (watcher.to->send(std::make_shared<const std::string>(std::move(text)))) return true;
  remove(watcher.id);
  return false;
}

// What is there, page by page, as fast as the client takes it. The changes since the first page
// follow: whoever reads all of it has the state of its end.
void WatchPump::Loop::list_on(Watcher& watcher) {
  if (watcher.to->unsent_bytes() >= kAheadBytes) return;  // comes again when that is taken
  const WatchRequest& request = watcher.request;
  store::ListQuery query;
  query.resource = request.kind->resource();
  query.namespace_ = request.namespace_;
  query.limit = kPageObjects;
  query.continue_token = watcher.continue_token;
  auto page = api_.store().list(query);
  if (!page) return fail(watcher, page.error());
  if (!watcher.own) {
    // From here on nothing is missed, however long the client takes.
    watcher.seen = page->revision;
    auto own = api_.store().watch(query.resource, query.namespace_, page->revision);
    if (!own) return fail(watcher, own.error());
    watcher.own = std::move(*own);
    // "From now" is later than an empty store's list.
    if (page->revision == 0) return come_again(watcher);
  }
  std::string lines;
  for (const store::Object& object : page->objects)
    lines += framed(request.framing, "ADDED", shown_json(request, kube::StoreApi::to_json(object)));
  if (!send(watcher, std::move(lines))) return;
  watcher.continue_token = page->continue_token;
  if (!watcher.continue_token.empty()) return come_again(watcher);
  mark_initial_end(watcher);
  watcher.step = Watcher::Step::kCatchingUp;
  catch_up(watcher);
}

// Behind the others: a long list holds nobody up.
void WatchPump::Loop::come_again(const Watcher& watcher) {
  {
    const std::lock_guard lock(wake_->mutex);
    wake_->ready.push_back(watcher.id);
  }
  wake_->call();
}

void WatchPump::Loop::mark_initial_end(Watcher& watcher) {
  if (watcher.is_marked) return;
  watcher.is_marked = true;
  (void)watcher.to->send(std::make_shared<const std::string>(
      bookmark_line(watcher.request, last_seen(watcher), true)));
}

// Joins the shared watch at a moment when both have given the same: nothing is lost or given twice.
void WatchPump::Loop::catch_up(Watcher& watcher) {
  const std::string resource = watcher.request.kind->resource();
  while (true) {
    if (watcher.to->unsent_bytes() >= kAheadBytes) return;  // comes again when that is taken
    Feed* const feed = feed_of(resource);
    if (feed == nullptr) return fail(watcher, {base::Code::kUnavailable, "the store is not there"});
    drain(resource, *feed);
    if (!feeds_.contains(resource)) continue;
    uint64_t seen = watcher.seen;
    auto changes = watcher.own->next(0, &seen);
    if (!changes) return fail(watcher, changes.error());
    watcher.seen = seen;
    if (changes->empty()) return share(watcher, *feed);
    std::string lines;
    for (const store::Change& change : *changes) lines += *Lines(change).in(watcher.request);
    if (!send(watcher, std::move(lines))) return;
  }
}

void WatchPump::Loop::pick(Watcher& watcher) {
  if (watcher.to->unsent_bytes() >= kAheadBytes) return;
  auto events = watcher.picked->next(0);
  if (!events) return fail(watcher, events.error());
  std::string lines;
  for (const kube::WatchEvent& event : *events)
    lines += framed(watcher.request.framing, word(event.type),
                    shown(*watcher.request.kind, watcher.request.view, event.object));
  if (!send(watcher, std::move(lines))) return;
  mark_initial_end(watcher);
  hear_again(watcher);
}

WatchPump::Loop::Feed* WatchPump::Loop::feed_of(const std::string& resource) {
  if (const auto found = feeds_.find(resource); found != feeds_.end()) return &found->second;
  auto changes = api_.store().watch(resource, "", 0);
  if (!changes) return nullptr;
  Feed& feed = feeds_[resource];
  feed.changes = std::move(*changes);
  listen(feed.changes->fd(), kFeedId);
  return &feed;
}

void WatchPump::Loop::share(Watcher& watcher, Feed& feed) {
  watcher.own.reset();
  watcher.step = Watcher::Step::kShared;
  feed.groups[watcher.request.namespace_].push_back(&watcher);
  ++feed.size;
}

void WatchPump::Loop::give(const Watchers& watchers, Lines& lines, uint64_t revision,
                           std::vector<uint64_t>& gone) {
  for (Watcher* const watcher : watchers) {
    if (revision <= watcher->seen) continue;
    const Bytes& line = lines.in(watcher->request);
    if (!watcher->to->send(line)) gone.push_back(watcher->id);
  }
}

void WatchPump::Loop::drain(const std::string& resource, Feed& feed) {
  uint64_t seen = feed.seen;
  auto changes = feed.changes->next(0, &seen);
  std::vector<uint64_t> gone;
  if (!changes) {
    // Too far behind: all of them list again.
    Watchers all;
    for (const auto& [group, watchers] : feed.groups)
      all.insert(all.end(), watchers.begin(), watchers.end());
    for (Watcher* const watcher : all) fail(*watcher, changes.error());
    feeds_.erase(resource);
    return;
  }
  for (const store::Change& change : *changes) {
    Lines lines(change);
    for (const std::string_view group :
         {std::string_view(), std::string_view(change.object->key.namespace_)}) {
      const auto found = feed.groups.find(std::string(group));
      if (found != feed.groups.end()) give(found->second, lines, change.revision, gone);
      if (change.object->key.namespace_.empty()) break;
    }
  }
  feed.seen = seen;
  for (const uint64_t id : gone) remove(id);
}

void WatchPump::Loop::fail(Watcher& watcher, const base::Error& error) {
  (void)watcher.to->send(
      std::make_shared<const std::string>(framed_error(watcher.request.framing, error)));
  watcher.to->end();
  remove(watcher.id);
}

// The feed stays until the sweep, which is never in the middle of one.
void WatchPump::Loop::remove(uint64_t id) {
  const auto found = watchers_.find(id);
  if (found == watchers_.end()) return;
  Watcher& watcher = *found->second;
  if (watcher.step == Watcher::Step::kShared) {
    Feed& feed = feeds_.at(watcher.request.kind->resource());
    Watchers& group = feed.groups[watcher.request.namespace_];
    std::erase(group, &watcher);
    if (group.empty()) feed.groups.erase(watcher.request.namespace_);
    --feed.size;
  }
  watchers_.erase(found);
  --count_;
}

uint64_t WatchPump::Loop::last_seen(const Watcher& watcher) const {
  if (watcher.picked) return std::strtoull(watcher.picked->bookmark().c_str(), nullptr, 10);
  const auto feed = feeds_.find(watcher.request.kind->resource());
  const bool is_shared = watcher.step == Watcher::Step::kShared && feed != feeds_.end();
  return is_shared ? std::max(watcher.seen, feed->second.seen) : watcher.seen;
}

void WatchPump::Loop::sweep(SteadyClock::time_point now) {
  sweep_at_ = now + kSweepPause;
  std::vector<uint64_t> done;
  for (const auto& [id, watcher] : watchers_) {
    const bool has_begun = watcher->step != Watcher::Step::kListing;
    if (watcher->to->is_gone()) done.push_back(id);
    if (now >= watcher->ends_at) {
      watcher->to->end();
      done.push_back(id);
    } else if (watcher->request.bookmarks && has_begun && now >= watcher->bookmark_at) {
      watcher->bookmark_at = now + kBookmarkPause;
      (void)watcher->to->send(std::make_shared<const std::string>(
          bookmark_line(watcher->request, last_seen(*watcher), false)));
    }
  }
  for (const uint64_t id : done) remove(id);
  std::erase_if(feeds_, [](const auto& entry) { return entry.second.size == 0; });
}

WatchPump::WatchPump(kube::StoreApi& api, size_t watches_max)
    : loop_(std::make_unique<Loop>(api, watches_max)) {}
WatchPump::~WatchPump() = default;
base::Status WatchPump::add(WatchRequest request,
                            const std::function<std::shared_ptr<sys::HttpStream>()>& open) {
  return loop_->add(std::move(request), open);
}
size_t WatchPump::count() const { return loop_->count(); }

}  // namespace server
