#include "store/failing.h"

#include <utility>

namespace store {
namespace {

class LostWatch final : public Watch {
 public:
  explicit LostWatch(std::unique_ptr<Watch> inner) : inner_(std::move(inner)) { inner_->cancel(); }
  base::Result<std::vector<Change>> next(int, uint64_t*) override {
    return base::fail(base::Code::kGone, "the watch was lost: list again");
  }
  int fd() const override { return inner_->fd(); }
  void cancel() override { inner_->cancel(); }

 private:
  std::unique_ptr<Watch> inner_;
};

tl::unexpected<base::Error> unavailable(std::string text) {
  return base::fail(base::Code::kUnavailable, std::move(text));
}

}  // namespace

void FailingStore::fail_commits(Fault fault, uint64_t commits, uint64_t count) {
  const std::lock_guard hold(mutex_);
  fault_ = fault;
  commits_before_fault_ = commits;
  faults_left_ = count;
}

bool FailingStore::take_read_fault() const {
  uint64_t left = reads_to_fail_;
  while (left > 0 && !reads_to_fail_.compare_exchange_weak(left, left - 1)) {
  }
  return left > 0;
}

base::Result<uint64_t> FailingStore::commit(Batch batch) {
  Fault fault = Fault::kNone;
  {
    const std::lock_guard hold(mutex_);
    ++commits_;
    if (commits_before_fault_ > 0)
      --commits_before_fault_;
    else if (faults_left_ > 0)
      --faults_left_, fault = fault_;
  }
  switch (fault) {
    case Fault::kNone:
      return inner_.commit(std::move(batch));
    case Fault::kDiskFull:
      return unavailable("cannot write: database or disk is full");
    case Fault::kBusy:
      return unavailable("cannot write: database is locked");
    case Fault::kConflict:
      return base::fail(conflict(batch.puts.empty() ? Key{} : batch.puts[0].key));
    case Fault::kAnswerLost:
      break;
  }
  auto done = inner_.commit(std::move(batch));
  if (!done) return done;
  return unavailable("cannot sync: the outcome is unknown");
}

base::Result<Object> FailingStore::get(const Key& key) const {
  if (take_read_fault()) return unavailable("cannot read: input/output error");
  return inner_.get(key);
}

base::Result<std::vector<std::optional<Object>>> FailingStore::get_many(
    const std::vector<Key>& keys) const {
  if (take_read_fault()) return unavailable("cannot read: input/output error");
  return inner_.get_many(keys);
}

base::Result<ListPage> FailingStore::list(const ListQuery& query) const {
  if (take_read_fault()) return unavailable("cannot read: input/output error");
  return inner_.list(query);
}

base::Status FailingStore::rows(std::string_view owner_uid, std::string_view collection,
                                uint64_t first_key, const RowVisitor& visit) const {
  if (take_read_fault()) return unavailable("cannot read: input/output error");
  return inner_.rows(owner_uid, collection, first_key, visit);
}

base::Result<std::unique_ptr<Watch>> FailingStore::lose(
    base::Result<std::unique_ptr<Watch>> watch) const {
  if (!watch || !lose_watches_) return watch;
  return std::make_unique<LostWatch>(std::move(*watch));
}

base::Result<std::unique_ptr<Watch>> FailingStore::watch(std::string_view resource,
                                                         std::string_view namespace_,
                                                         uint64_t revision) {
  return lose(inner_.watch(resource, namespace_, revision));
}

base::Result<std::unique_ptr<Watch>> FailingStore::watch_early(std::string_view resource,
                                                               std::string_view namespace_) {
  return lose(inner_.watch_early(resource, namespace_));
}

}  // namespace store
