// change_hub.h — hands committed changes to watches, and keeps the latest ones for late comers.
//
// Shared by the bodies of the store. publish() is called by one thread at a time, in order of
// revision; watches are read by their owners. Nothing here waits for a reader.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace store {

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

  // The changes of one batch, which may be none.
  void publish(uint64_t revision, std::vector<Change> changes);
  base::Result<std::unique_ptr<Watch>> watch(std::string_view resource, std::string_view namespace_,
                                             uint64_t revision);
  uint64_t revision() const { return published_; }
  // A reader may see a batch in the instant between its commit and publish(): whoever hands out a
  // revision calls this first, so that a watch from it is never ahead of the hub.
  void wait_published(uint64_t revision);

 private:
  class Pending;
  struct History {
    Change change;
    size_t bytes;
  };
  void remember(Change change);
  void detach(Pending* pending);

  const Limits limits_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::atomic<uint64_t> published_;
  uint64_t forgotten_;  // the last revision that history does not have
  std::deque<History> history_;
  size_t history_bytes_ = 0;
  std::vector<Pending*> watches_;
};

}  // namespace store
