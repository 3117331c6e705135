// change_hub.h — hands committed changes to watches, and keeps the latest ones for late comers.
//
// Shared by the bodies of the store. publish() is called by one thread at a time, in order of
// revision; watches are read by their owners. Nothing here waits for a reader, and waking one,
// which takes longer than all the rest, is left to the caller when he holds no lock.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"
#include "sys/fd.h"

namespace store {

// The watches that became readable; told when this goes, or before by fire().
class Wakes {
 public:
  Wakes() = default;
  Wakes(Wakes&&) = default;
  Wakes& operator=(Wakes&&) = delete;
  ~Wakes() { fire(); }
  void add(std::shared_ptr<const sys::Fd> event) { events_.push_back(std::move(event)); }
  void fire();

 private:
  std::vector<std::shared_ptr<const sys::Fd>> events_;
};

class ChangeHub {
 public:
  struct Limits {
    size_t history_changes = 8192, history_bytes = 8 << 20;
    size_t pending_changes = 200'000, pending_bytes = 64 << 20;
  };
  // History begins behind `revision`.
  ChangeHub(const Limits& limits, uint64_t revision);
  ~ChangeHub();
  ChangeHub(const ChangeHub&) = delete;
  ChangeHub& operator=(const ChangeHub&) = delete;

  // The changes of one batch, which may be none. publish_early(), when it is called, comes first
  // and gives them to the early watches (false: none of them wants any), publish() to the others.
  bool publish_early(uint64_t revision, const std::vector<Change>& changes, Wakes& wakes);
  void publish(uint64_t revision, std::vector<Change> changes, Wakes& wakes);
  base::Result<std::unique_ptr<Watch>> watch(std::string_view resource, std::string_view namespace_,
                                             uint64_t revision);
  // From now on, which for an early watch is behind the last publish_early().
  std::unique_ptr<Watch> watch_early(std::string_view resource, std::string_view namespace_);
  uint64_t revision() const { return published_; }

 private:
  class Pending;
  struct History {
    Change change;
    size_t bytes;
  };
  void remember(Change change);
  static bool offer(const std::vector<Pending*>& watches, const Change& change, Wakes& wakes);
  void detach(Pending* pending);

  const Limits limits_;
  std::mutex mutex_;
  std::atomic<uint64_t> published_;
  uint64_t published_early_;
  uint64_t forgotten_;  // the last revision that history does not have
  std::deque<History> history_;
  size_t history_bytes_ = 0;
  std::vector<Pending*> watches_, early_watches_;
};

}  // namespace store
