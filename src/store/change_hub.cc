#include "store/change_hub.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <optional>
#include <unordered_map>
#include <utility>

namespace store {

void Wakes::fire() {
  const uint64_t one = 1;
  for (const auto& event : events_) {
    [[maybe_unused]] const ssize_t written = ::write(event->get(), &one, sizeof one);
  }
  events_.clear();
}

namespace {

constexpr size_t kRowsMax = 4096;  // of one pending change

size_t size_of(const Change& change) {
  return 200 + change.object->json.size() + change.rows.size() * sizeof change.rows[0];
}

void add_rows(Change& to, const Change& from) {
  to.rows_lost = to.rows_lost || from.rows_lost || to.rows.size() + from.rows.size() > kRowsMax;
  if (to.rows_lost)
    to.rows.clear();
  else
    to.rows.insert(to.rows.end(), from.rows.begin(), from.rows.end());
}

}  // namespace

// What one watch has not yet taken, at most one change an object, in order of revision.
class ChangeHub::Pending final : public Watch {
 public:
  Pending(ChangeHub& hub, std::string_view resource, std::string_view namespace_, uint64_t revision)
      : hub_(hub), resource_(resource), namespace__(namespace_), revision_(revision) {}
  ~Pending() override { hub_.detach(this); }

  bool wants(const Key& key) const {
    return key.resource == resource_ && (namespace__.empty() || key.namespace_ == namespace__);
  }
  void offer(const Change& change, Wakes& wakes);
  void reached(uint64_t revision) {
    const std::lock_guard hold(mutex_);
    revision_ = std::max(revision_, revision);
  }

  base::Result<std::vector<Change>> next(int timeout_ms, uint64_t* bookmark) override;
  int fd() const override {
    const std::lock_guard hold(mutex_);
    return event().get();
  }
  void cancel() override {
    Wakes wakes;
    const std::lock_guard hold(mutex_);
    cancelled_ = true;
    signal(wakes);
  }

 private:
  void append(const std::string& slot_key, Change change);
  Change take(size_t slot);
  void compact();
  void signal(Wakes& wakes) {
    if (!std::exchange(is_signalled_, true) && event_) wakes.add(event_);
  }
  // Made for the first who waits: not all do.
  const sys::Fd& event() const {
    if (event_) return *event_;
    event_ = std::make_shared<const sys::Fd>(
        ::eventfd(is_signalled_ ? 1 : 0, EFD_CLOEXEC | EFD_NONBLOCK));
    assert(event_->is_open());
    return *event_;
  }
  // The write that belongs to a signal() may come only after this; next() bears it.
  void unsignal() {
    is_signalled_ = false;
    if (!event_) return;
    uint64_t count;
    [[maybe_unused]] const ssize_t had = ::read(event_->get(), &count, sizeof count);
  }
  std::vector<Change> take_all();

  ChangeHub& hub_;
  const std::string resource_, namespace__;
  mutable std::mutex mutex_;
  uint64_t revision_;  // everything up to here has been offered
  bool gone_ = false, cancelled_ = false, is_signalled_ = false;
  std::vector<std::optional<Change>> slots_;      // empty: replaced by a later one
  std::unordered_map<std::string, size_t> live_;  // key -> slot, unless that is a deletion
  size_t count_ = 0, bytes_ = 0;
  mutable std::shared_ptr<const sys::Fd> event_;  // null until somebody waits
};

void ChangeHub::Pending::append(const std::string& slot_key, Change change) {
  if (change.type == Change::Type::kDeleted)
    live_.erase(slot_key);
  else
    live_[slot_key] = slots_.size();
  ++count_;
  bytes_ += size_of(change);
  slots_.emplace_back(std::move(change));
}

Change ChangeHub::Pending::take(size_t slot) {
  Change change = std::move(*slots_[slot]);
  slots_[slot].reset();
  --count_;
  bytes_ -= size_of(change);
  return change;
}

void ChangeHub::Pending::compact() {
  if (slots_.size() < 2 * count_ + 1024) return;
  std::vector<std::optional<Change>> kept;
  kept.reserve(count_);
  for (std::optional<Change>& slot : slots_) {
    if (!slot) continue;
    if (slot->type != Change::Type::kDeleted) {
      const Key& key = slot->object->key;
      live_[key.namespace_ + '\0' + key.name] = kept.size();
    }
    kept.push_back(std::move(slot));
  }
  slots_ = std::move(kept);
}

void ChangeHub::Pending::offer(const Change& change, Wakes& wakes) {
  const std::lock_guard hold(mutex_);
  if (gone_ || change.revision <= revision_) return;
  const Key& key = change.object->key;
  std::string slot_key = key.namespace_ + '\0' + key.name;
  Change merged = change;
  if (const auto found = live_.find(slot_key); found != live_.end()) {
    Change before = take(found->second);
    live_.erase(found);
    const bool unseen = before.type == Change::Type::kAdded;
    if (change.type == Change::Type::kDeleted) {
      if (unseen) return;
    } else {
      if (unseen) merged.type = Change::Type::kAdded;
      merged.rows = std::move(before.rows);  // the older ones first
      merged.rows_lost = before.rows_lost;
      add_rows(merged, change);
    }
    merged.previous_labels = std::move(before.previous_labels);
  }
  append(slot_key, std::move(merged));
  compact();
  if (count_ > hub_.limits_.pending_changes || bytes_ > hub_.limits_.pending_bytes) {
    gone_ = true;
    slots_ = {};
    live_ = {};
    count_ = bytes_ = 0;
  }
  signal(wakes);
}

std::vector<Change> ChangeHub::Pending::take_all() {
  std::vector<Change> changes;
  changes.reserve(count_);
  for (std::optional<Change>& slot : slots_)
    if (slot) changes.push_back(std::move(*slot));
  slots_.clear();
  live_.clear();
  count_ = bytes_ = 0;
  return changes;
}

base::Result<std::vector<Change>> ChangeHub::Pending::next(int timeout_ms, uint64_t* bookmark) {
  using Clock = std::chrono::steady_clock;
  const auto until =
      timeout_ms > 0 ? Clock::now() + std::chrono::milliseconds(timeout_ms) : Clock::time_point();
  for (;;) {
    {
      const std::lock_guard hold(mutex_);
      if (gone_)
        return base::fail(base::Code::kGone,
                          "the watch of " + resource_ + " fell too far behind: list again");
      if (timeout_ms > 0) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
        timeout_ms = static_cast<int>(std::max<int64_t>(left.count(), 0));
      }
      // A cancelled watch stays readable, so that every later next() returns at once.
      if (is_signalled_ && !cancelled_) unsignal();
      if (count_ != 0 || cancelled_ || timeout_ms == 0) {
        if (bookmark) *bookmark = revision_;
        return take_all();
      }
    }
    pollfd waiting{fd(), POLLIN, 0};
    ::poll(&waiting, 1, timeout_ms);
    if (waiting.revents == 0) continue;
    // Perhaps only the late write of a signal that was answered before.
    const std::lock_guard hold(mutex_);
    if (!is_signalled_) unsignal();
  }
}

ChangeHub::ChangeHub(const Limits& limits, uint64_t revision)
    : limits_(limits), published_(revision), published_early_(revision), forgotten_(revision) {}

ChangeHub::~ChangeHub() {
  assert(watches_.empty() && early_watches_.empty() && "a watch outlives its store");
}

void ChangeHub::remember(Change change) {
  const size_t bytes = size_of(change);
  history_bytes_ += bytes;
  history_.push_back({std::move(change), bytes});
  while (history_.size() > limits_.history_changes || history_bytes_ > limits_.history_bytes) {
    forgotten_ = history_.front().change.revision;
    history_bytes_ -= history_.front().bytes;
    history_.pop_front();
  }
}

bool ChangeHub::offer(const std::vector<Pending*>& watches, const Change& change, Wakes& wakes) {
  bool is_wanted = false;
  for (Pending* watch : watches) {
    if (!watch->wants(change.object->key)) continue;
    watch->offer(change, wakes);
    is_wanted = true;
  }
  return is_wanted;
}

bool ChangeHub::publish_early(uint64_t revision, const std::vector<Change>& changes, Wakes& wakes) {
  const std::lock_guard hold(mutex_);
  bool is_wanted = false;
  for (const Change& change : changes)
    is_wanted = offer(early_watches_, change, wakes) || is_wanted;
  for (Pending* watch : early_watches_) watch->reached(revision);
  published_early_ = revision;
  return is_wanted;
}

void ChangeHub::publish(uint64_t revision, std::vector<Change> changes, Wakes& wakes) {
  const std::lock_guard hold(mutex_);
  // Without publish_early() the early watches are as the others.
  const bool is_early_too = published_early_ < revision;
  for (Change& change : changes) {
    offer(watches_, change, wakes);
    if (is_early_too) offer(early_watches_, change, wakes);
    remember(std::move(change));
  }
  for (Pending* watch : watches_) watch->reached(revision);
  for (Pending* watch : early_watches_) watch->reached(revision);
  published_ = revision;
  published_early_ = std::max(published_early_, revision);
}

base::Result<std::unique_ptr<Watch>> ChangeHub::watch(std::string_view resource,
                                                      std::string_view namespace_,
                                                      uint64_t revision) {
  const std::lock_guard hold(mutex_);
  if (revision == 0) revision = published_;
  if (revision > published_ || revision < forgotten_)
    return base::fail(base::Code::kGone, "revision " + std::to_string(revision) +
                                             " is not in the history: list again");
  auto watch = std::make_unique<Pending>(*this, resource, namespace_, revision);
  Wakes wakes;
  const auto later =
      std::partition_point(history_.begin(), history_.end(),
                           [&](const History& entry) { return entry.change.revision <= revision; });
  for (auto entry = later; entry != history_.end(); ++entry)
    if (watch->wants(entry->change.object->key)) watch->offer(entry->change, wakes);
  watch->reached(published_);
  watches_.push_back(watch.get());
  return watch;
}

std::unique_ptr<Watch> ChangeHub::watch_early(std::string_view resource,
                                              std::string_view namespace_) {
  const std::lock_guard hold(mutex_);
  auto watch = std::make_unique<Pending>(*this, resource, namespace_, published_early_);
  early_watches_.push_back(watch.get());
  return watch;
}

void ChangeHub::detach(Pending* pending) {
  const std::lock_guard hold(mutex_);
  std::erase(watches_, pending);
  std::erase(early_watches_, pending);
}

}  // namespace store
