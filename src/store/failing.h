// failing.h — wraps a store and fails on demand, for the tests of what stands on a store.
#pragma once
#include <atomic>
#include <mutex>

#include "store/store.h"

namespace store {

class FailingStore final : public Store {
 public:
  enum class Fault : uint8_t {
    kNone,
    kDiskFull,    // nothing is written, kUnavailable
    kBusy,        // nothing is written, kUnavailable
    kAnswerLost,  // the batch is written, yet the answer is kUnavailable: as a crash after commit
    kConflict,    // nothing is written, kConflict: somebody else was faster
  };
  explicit FailingStore(Store& inner) : inner_(inner) {}

  // Lets `commits` more commits through; the `count` behind them fail in this way.
  void fail_commits(Fault fault, uint64_t commits = 0, uint64_t count = 1);
  // The next `count` reads (get, list, rows) give kUnavailable.
  void fail_reads(uint64_t count) { reads_to_fail_ = count; }
  // Watches opened from now on give kGone at once, until it is called with false.
  void lose_watches(bool lose) { lose_watches_ = lose; }
  uint64_t commits() const { return commits_; }  // that came here, failed ones too

  base::Result<Object> get(const Key& key) const override;
  base::Result<std::vector<std::optional<Object>>> get_many(
      const std::vector<Key>& keys) const override;
  base::Result<ListPage> list(const ListQuery& query) const override;
  base::Result<uint64_t> commit(Batch batch) override;
  base::Result<std::unique_ptr<Watch>> watch(std::string_view resource, std::string_view namespace_,
                                             uint64_t revision) override;
  base::Result<std::unique_ptr<Watch>> watch_early(std::string_view resource,
                                                   std::string_view namespace_) override;
  base::Status rows(std::string_view owner_uid, std::string_view collection, uint64_t first_key,
                    const RowVisitor& visit) const override;
  uint64_t revision() const override { return inner_.revision(); }

 private:
  bool take_read_fault() const;
  base::Result<std::unique_ptr<Watch>> lose(base::Result<std::unique_ptr<Watch>> watch) const;

  Store& inner_;
  std::mutex mutex_;
  Fault fault_ = Fault::kNone;
  uint64_t commits_before_fault_ = 0, faults_left_ = 0;
  std::atomic<uint64_t> commits_{0};
  mutable std::atomic<uint64_t> reads_to_fail_{0};
  std::atomic<bool> lose_watches_{false};
};

}  // namespace store
