#include "store/sqlite.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "store/change_hub.h"
#include "store/precondition.h"
#include "store/sqlite/encoding.h"
#include "store/sqlite/reader.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/syncer.h"
#include "store/sqlite/wal_vfs.h"
#include "store/sqlite/writer.h"
#include "sys/files.h"

namespace store {
namespace {

// One transaction's share, so that a crowd of large batches does not delay everybody.
constexpr size_t kGroupRequestsMax = 256, kGroupBytesMax = 16 << 20;
// A WAL of so many times the pages of a checkpoint makes writers wait for the next one.
constexpr uint64_t kCheckpointsMax = 2;
constexpr uint64_t kFrameBytes = 4096 + 24;  // of a page in the WAL

class SqliteStore final : public Store {
 public:
  SqliteStore(const SqliteOptions& options, std::unique_ptr<sys::FileLock> lock,
              std::unique_ptr<WalVfs> wal, std::unique_ptr<Writer> writer, Database checkpointer);
  ~SqliteStore() override;

  base::Result<Object> get(const Key& key) const override;
  base::Result<std::vector<std::optional<Object>>> get_many(
      const std::vector<Key>& keys) const override;
  base::Result<ListPage> list(const ListQuery& query) const override;
  base::Result<uint64_t> commit(Batch batch) override;
  base::Result<std::unique_ptr<Watch>> watch(std::string_view resource, std::string_view namespace_,
                                             uint64_t revision) override {
    return hub_.watch(resource, namespace_, revision);
  }
  base::Result<std::unique_ptr<Watch>> watch_early(std::string_view resource,
                                                   std::string_view namespace_) override {
    return hub_.watch_early(resource, namespace_);
  }
  base::Status rows(std::string_view owner_uid, std::string_view collection, uint64_t first_key,
                    const RowVisitor& visit) const override;
  uint64_t revision() const override { return hub_.revision(); }

 private:
  void prepare(Batch batch, Request& request) const;
  // Waits until the request is written, by this thread or by another that leads.
  void submit(Request& request);
  void lead(std::unique_lock<std::mutex>& hold);
  std::vector<Request*> take_group();
  void pass_lead_on();
  void write(const std::vector<Request*>& group, Wakes& wakes);
  base::Status sync(int result) const;
  void checkpoint();
  void wake_background();
  void work_in_background();
  bool needs_checkpoint() const {
    return writer_->wal_pages() > pages_done_ + options_.checkpoint_pages;
  }
  bool has_work() const {
    return writer_->has_dead_rows() || needs_checkpoint() || syncer_.has_failed();
  }
  bool work_once();

  const SqliteOptions options_;
  const std::unique_ptr<sys::FileLock> lock_;  // given up last
  const std::unique_ptr<WalVfs> wal_;
  mutable ReaderPool readers_;
  const std::unique_ptr<Writer> writer_;
  Database checkpointer_;
  ChangeHub hub_;
  mutable Syncer syncer_;

  std::mutex mutex_;  // of the queue
  std::deque<Request*> queue_;
  bool writing_ = false;

  std::mutex background_mutex_;
  std::condition_variable background_wake_;
  bool stopping_ = false;
  std::atomic<uint64_t> pages_done_{0};  // of the present WAL, in the database already
  std::thread background_;
};

SqliteStore::SqliteStore(const SqliteOptions& options, std::unique_ptr<sys::FileLock> lock,
                         std::unique_ptr<WalVfs> wal, std::unique_ptr<Writer> writer,
                         Database checkpointer)
    : options_(options),
      lock_(std::move(lock)),
      wal_(std::move(wal)),
      readers_(checkpointer.path(), options.vfs, options.unindexed),
      writer_(std::move(writer)),
      checkpointer_(std::move(checkpointer)),
      hub_({options.history_changes, options.history_bytes, options.pending_changes,
            options.pending_bytes},
           writer_->revision()),
      syncer_(
          hub_, [this] { return sync(wal_->sync()); }, writer_->revision()),
      background_([this] { work_in_background(); }) {
  wal_->begin_deferring();
}

SqliteStore::~SqliteStore() {
  {
    const std::lock_guard hold(background_mutex_);
    stopping_ = true;
  }
  background_wake_.notify_all();
  background_.join();
  wal_->end_deferring();
}

// What is read may be committed and not yet durable: it is handed out when it is.
base::Result<Object> SqliteStore::get(const Key& key) const {
  auto reader = readers_.take();
  if (!reader) return base::fail(reader.error());
  auto object = (*reader)->get(key);
  if (!object) return base::fail(object.error());
  // That there is nothing may be the doing of the last commit.
  auto revision = *object ? base::Result<uint64_t>((*object)->revision) : (*reader)->revision();
  if (!revision) return base::fail(revision.error());
  if (auto settled = syncer_.wait(*revision); !settled) return base::fail(settled.error());
  if (!*object) return base::fail(not_found(key));
  return std::move(**object);
}

base::Result<std::vector<std::optional<Object>>> SqliteStore::get_many(
    const std::vector<Key>& keys) const {
  auto reader = readers_.take();
  if (!reader) return base::fail(reader.error());
  auto objects = (*reader)->get_many(keys);
  if (!objects) return objects;
  auto revision = (*reader)->revision();
  if (!revision) return base::fail(revision.error());
  if (auto settled = syncer_.wait(*revision); !settled) return base::fail(settled.error());
  return objects;
}

base::Result<ListPage> SqliteStore::list(const ListQuery& query) const {
  auto reader = readers_.take();
  if (!reader) return base::fail(reader.error());
  auto page = (*reader)->list(query);
  if (!page) return page;
  if (auto settled = syncer_.wait(page->revision); !settled) return base::fail(settled.error());
  return page;
}

base::Status SqliteStore::rows(std::string_view owner_uid, std::string_view collection,
                               uint64_t first_key, const RowVisitor& visit) const {
  auto reader = readers_.take();
  if (!reader) return base::fail(reader.error());
  const auto settle = [this](uint64_t revision) { return syncer_.wait(revision); };
  return (*reader)->rows(owner_uid, collection, first_key, settle, visit);
}

base::Status SqliteStore::sync(int result) const {
  if (result == SQLITE_OK) return {};
  return base::fail(base::Code::kUnavailable, checkpointer_.path() + ": cannot sync the log (" +
                                                  sqlite3_errstr(result) + ")");
}

void SqliteStore::prepare(Batch batch, Request& request) const {
  request.checks = std::move(batch.checks);
  request.rows = std::move(batch.rows);
  request.deleted_rows = std::move(batch.deleted_rows);
  request.is_answer = batch.is_answer;
  for (DeleteObject& deletion : batch.deletes) request.deletes.push_back({std::move(deletion), {}});
  request.puts.reserve(batch.puts.size());
  for (PutObject& wanted : batch.puts) {
    Request::Put put;
    put.object = std::make_shared<Object>();
    put.labels = encode_labels(wanted.labels);
    put.owners = encode_owners(wanted.owner_uids);
    put.hashes = index_hashes(options_.unindexed, wanted.key.resource, put.labels, put.owners);
    put.precondition = std::move(wanted.precondition);
    put.owns_rows = std::find(options_.rowless.begin(), options_.rowless.end(),
                              wanted.key.resource) == options_.rowless.end();
    put.object->key = std::move(wanted.key);
    put.object->uid = std::move(wanted.uid);
    put.object->json = std::move(wanted.json);
    put.object->labels = std::move(wanted.labels);
    request.weight += put.object->json.size() + 200;
    request.puts.push_back(std::move(put));
  }
  for (const PutRow& row : request.rows) request.weight += row.bytes.size() + 50;
  request.weight += 50 * (request.deleted_rows.size() + request.deletes.size());
}

base::Result<uint64_t> SqliteStore::commit(Batch batch) {
  if (auto ok = check_shape(batch); !ok) return base::fail(ok.error());
  Request request;
  prepare(std::move(batch), request);
  submit(request);
  return request.result;
}

void SqliteStore::submit(Request& request) {
  std::unique_lock hold(mutex_);
  queue_.push_back(&request);
  if (writing_) {
    request.wake.wait(hold, [&] { return request.done || request.leads; });
    if (request.done) return;
  }
  lead(hold);
}

std::vector<Request*> SqliteStore::take_group() {
  std::vector<Request*> group;
  for (size_t weight = 0; !queue_.empty() && group.size() < kGroupRequestsMax;) {
    Request* next = queue_.front();
    // The store's own tasks go alone.
    const bool alone = next->task != Request::Task::kBatch;
    if (!group.empty() && (alone || weight + next->weight > kGroupBytesMax)) break;
    group.push_back(next);
    weight += next->weight;
    queue_.pop_front();
    if (alone) break;
  }
  return group;
}

void SqliteStore::pass_lead_on() {
  writing_ = !queue_.empty();
  if (!writing_) return;
  queue_.front()->leads = true;
  queue_.front()->wake.notify_one();
}

// The next group is written while this one is synced.
void SqliteStore::lead(std::unique_lock<std::mutex>& hold) {
  writing_ = true;
  const std::vector<Request*> group = take_group();
  Wakes wakes;
  hold.unlock();
  write(group, wakes);
  const uint64_t revision = writer_->revision();
  hold.lock();
  pass_lead_on();
  hold.unlock();
  wakes.fire();
  // A refusal may rest on what is not durable yet, so it waits too.
  const base::Status durable = syncer_.wait(revision);
  if (!durable) wake_background();
  hold.lock();
  // The leader's own request is the first of its group. Another's may end with its thread as soon
  // as it is done, so nothing of it is touched after that.
  for (Request* request : group) {
    if (!durable) request->result = base::fail(durable.error());
    request->done = true;
    request->wake.notify_one();
  }
}

void SqliteStore::write(const std::vector<Request*>& group, Wakes& wakes) {
  if (syncer_.has_failed()) {
    const base::Status repaired = syncer_.repair([this] { return sync(wal_->repair()); });
    if (!repaired) return;  // told to the group by Syncer::wait()
  }
  if (group[0]->task == Request::Task::kRepair) return;
  if (group[0]->task == Request::Task::kCheckpoint) {
    checkpoint();
    return;
  }
  const uint64_t revision = writer_->revision();
  writer_->write(group);
  if (writer_->revision() != revision) {
    std::vector<Change> changes;
    bool is_answer = false;
    for (Request* request : group) {
      for (Change& change : request->changes) changes.push_back(std::move(change));
      is_answer = is_answer || request->is_answer;
    }
    syncer_.committed(writer_->revision(), std::move(changes), is_answer, wakes);
  }
  // A WAL that begins anew is shorter than what was moved of the old one.
  if (writer_->wal_pages() < pages_done_) pages_done_ = 0;
  if (has_work()) wake_background();
}

void SqliteStore::wake_background() {
  { const std::lock_guard hold(background_mutex_); }
  background_wake_.notify_one();
}

// Moves what is in the WAL into the database; while others write (unless a leader calls this).
void SqliteStore::checkpoint() {
  // What could not be synced must not get into the database before it is repaired.
  if (syncer_.has_failed()) return;
  int pages = 0, moved = 0;
  const int result = sqlite3_wal_checkpoint_v2(checkpointer_.handle(), nullptr,
                                               SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
  // A failure (a full disk) leaves the WAL as it is.
  if (result == SQLITE_OK && moved > 0) pages_done_ = static_cast<uint64_t>(moved);
}

// False when nothing could be done: the disk is full, or a long read keeps the WAL.
bool SqliteStore::work_once() {
  bool progress = false;
  if (syncer_.has_failed()) {
    Request repair;
    repair.task = Request::Task::kRepair;
    submit(repair);
    progress = !syncer_.has_failed();
  }
  if (needs_checkpoint()) {
    checkpoint();
    // A WAL starts anew only when all of it has been moved; under steady load that needs a moment
    // without writers, in which just the rest is moved.
    if (writer_->wal_pages() > kCheckpointsMax * options_.checkpoint_pages) {
      Request rest;
      rest.task = Request::Task::kCheckpoint;
      submit(rest);
    }
    progress = progress || !needs_checkpoint();
  }
  if (writer_->has_dead_rows()) {
    Request slice;
    slice.task = Request::Task::kReap;
    submit(slice);
    progress = progress || slice.result.has_value();
  }
  return progress;
}

void SqliteStore::work_in_background() {
  std::unique_lock hold(background_mutex_);
  for (;;) {
    background_wake_.wait(hold, [&] { return stopping_ || has_work(); });
    if (stopping_) return;
    hold.unlock();
    const bool progress = work_once();
    hold.lock();
    if (!progress)
      background_wake_.wait_for(hold, std::chrono::seconds(1), [&] { return stopping_; });
  }
}

}  // namespace

base::Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions& options) {
  sys::RealFiles files;
  const std::string path = options.directory + "/store.db";
  if (auto made = files.make_directory(options.directory, 0700); !made)
    return base::fail(made.error());
  auto lock = files.lock(options.directory + "/store.lock");
  if (!lock) {
    if (lock.error().code == base::Code::kConflict)
      lock.error().text =
          "the data in " + options.directory + " is already in use: " + lock.error().text;
    return base::fail(lock.error());
  }
  if (auto ok = check_header(path); !ok) return base::fail(ok.error());
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  auto wal = std::make_unique<WalVfs>(options.vfs);
  auto database = Database::open(path, kFlags, wal->name());
  if (!database) return base::fail(database.error());
  if (auto ok = set_up_writer(*database, options.cache_kib); !ok) return base::fail(ok.error());
  database->reserve_wal((options.checkpoint_pages + 1) * kFrameBytes);
  if (auto ok = sys::sync_directory(options.directory); !ok) return base::fail(ok.error());
  auto writer = Writer::make(std::move(*database), options.unindexed);
  if (!writer) return base::fail(writer.error());
  auto checkpointer = Database::open(path, kFlags, options.vfs);
  if (!checkpointer) return base::fail(checkpointer.error());
  if (auto ok = checkpointer->execute("PRAGMA synchronous = FULL; PRAGMA cache_size = -256;"); !ok)
    return base::fail(ok.error());
  return std::make_unique<SqliteStore>(options, std::move(*lock), std::move(wal),
                                       std::move(*writer), std::move(*checkpointer));
}

}  // namespace store
