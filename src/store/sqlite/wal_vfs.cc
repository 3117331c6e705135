#include "store/sqlite/wal_vfs.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

namespace store {
namespace {

// Gathered bytes are written before they are more than this: a large transaction.
constexpr size_t kGatheredMax = 1 << 20;
// What is written in larger pieces is no frame of a page, and goes through.
constexpr int kFrameMax = 32 << 10;
// SQLite's own VFS cannot write 128 KiB at once.
constexpr size_t kPieceMax = 64 << 10;

int write_pieces(sqlite3_file* file, uint64_t offset, const std::string& bytes) {
  for (size_t at = 0; at < bytes.size(); at += kPieceMax) {
    const size_t size = std::min(kPieceMax, bytes.size() - at);
    const int result = file->pMethods->xWrite(file, bytes.data() + at, static_cast<int>(size),
                                              static_cast<sqlite3_int64>(offset + at));
    if (result != SQLITE_OK) return result;
  }
  return SQLITE_OK;
}

}  // namespace

// SQLite's file, with the inner VFS' own behind it in the same memory.
struct WalVfs::File {
  sqlite3_file base;
  WalVfs* vfs;
  sqlite3_file* inner() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  const sqlite3_io_methods& io() { return *inner()->pMethods; }
};

WalVfs::File* WalVfs::of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }

WalVfs::WalVfs(const std::string& inner)
    : name_("argon-wal-" + std::to_string(reinterpret_cast<uintptr_t>(this))),
      inner_(sqlite3_vfs_find(inner.empty() ? nullptr : inner.c_str())) {
  assert(inner_ != nullptr && "no such VFS");
  vfs_ = *inner_;
  vfs_.zName = name_.c_str();
  vfs_.szOsFile = static_cast<int>(sizeof(File)) + inner_->szOsFile;
  vfs_.pAppData = this;
  vfs_.pNext = nullptr;
  vfs_.xOpen = open;
  sqlite3_vfs_register(&vfs_, 0);
}

WalVfs::~WalVfs() {
  assert(wal_ == nullptr && "a connection outlives its VFS");
  sqlite3_vfs_unregister(&vfs_);
}

// Only the WAL is ours; SQLite uses every other file as the inner VFS has opened it.
int WalVfs::open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags,
                 int* out_flags) {
  auto* self = static_cast<WalVfs*>(vfs->pAppData);
  if ((flags & SQLITE_OPEN_WAL) == 0)
    return self->inner_->xOpen(self->inner_, name, file, flags, out_flags);
  File* ours = of(file);
  ours->base.pMethods = nullptr;
  ours->vfs = self;
  const int result = self->inner_->xOpen(self->inner_, name, ours->inner(), flags, out_flags);
  if (result != SQLITE_OK) return result;
  ours->base.pMethods = &methods();
  assert(self->wal_ == nullptr && "one connection for each WalVfs");
  self->wal_ = ours;
  return SQLITE_OK;
}

int WalVfs::close(sqlite3_file* file) {
  File* ours = of(file);
  WalVfs& self = *ours->vfs;
  const int flushed = self.flush(*ours);
  self.wal_ = nullptr;
  self.unsynced_.clear();
  const int closed = ours->io().xClose(ours->inner());
  return flushed != SQLITE_OK ? flushed : closed;
}

int WalVfs::flush(File& file) {
  if (gathered_.bytes.empty()) return SQLITE_OK;
  Written written = std::exchange(gathered_, {});
  if (const int result = write_pieces(file.inner(), written.offset, written.bytes);
      result != SQLITE_OK)
    return result;
  const std::lock_guard hold(mutex_);
  // A WAL that begins anew: a checkpoint has made all of the old one durable, elsewhere.
  if (written.offset == 0) unsynced_.clear();
  unsynced_.push_back(std::move(written));
  return SQLITE_OK;
}

int WalVfs::write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
  File* ours = of(file);
  WalVfs& self = *ours->vfs;
  const auto offset = static_cast<uint64_t>(at);
  const bool goes_on = offset == self.gathered_.offset + self.gathered_.bytes.size();
  if (!goes_on || size > kFrameMax || self.gathered_.bytes.size() > kGatheredMax)
    if (const int result = self.flush(*ours); result != SQLITE_OK) return result;
  if (size > kFrameMax) return ours->io().xWrite(ours->inner(), data, size, at);
  if (self.gathered_.bytes.empty()) self.gathered_.offset = offset;
  self.gathered_.bytes.append(static_cast<const char*>(data), static_cast<size_t>(size));
  return SQLITE_OK;
}

int WalVfs::read(sqlite3_file* file, void* into, int size, sqlite3_int64 at) {
  File* ours = of(file);
  const Written& gathered = ours->vfs->gathered_;
  const uint64_t end = static_cast<uint64_t>(at) + static_cast<uint64_t>(size);
  if (!gathered.bytes.empty() && end > gathered.offset)
    if (const int result = ours->vfs->flush(*ours); result != SQLITE_OK) return result;
  return ours->io().xRead(ours->inner(), into, size, at);
}

int WalVfs::truncate(sqlite3_file* file, sqlite3_int64 size) {
  File* ours = of(file);
  if (const int result = ours->vfs->flush(*ours); result != SQLITE_OK) return result;
  return ours->io().xTruncate(ours->inner(), size);
}

// SQLite's sync of the WAL: the end of a commit when frames are gathered, and put off then. The
// header of a new WAL stands at 0 and must be there before its frames are.
int WalVfs::commit(sqlite3_file* file, int flags) {
  File* ours = of(file);
  WalVfs& self = *ours->vfs;
  const bool is_commit = !self.gathered_.bytes.empty() && self.gathered_.offset != 0;
  if (const int result = self.flush(*ours); result != SQLITE_OK) return result;
  if (is_commit && self.defers_) return SQLITE_OK;
  return ours->io().xSync(ours->inner(), flags);
}

int WalVfs::sync() {
  if (wal_ == nullptr) return SQLITE_OK;  // nothing was committed yet
  std::vector<Written> syncing;
  {
    const std::lock_guard hold(mutex_);
    syncing = std::exchange(unsynced_, {});
  }
  const int result = wal_->io().xSync(wal_->inner(), SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
  if (result == SQLITE_OK) return result;
  const std::lock_guard hold(mutex_);
  // Unless the WAL has begun anew meanwhile: then the old one is not needed any more.
  if (unsynced_.empty() || unsynced_.front().offset != 0)
    unsynced_.insert(unsynced_.begin(), std::make_move_iterator(syncing.begin()),
                     std::make_move_iterator(syncing.end()));
  return result;
}

int WalVfs::repair() {
  const std::lock_guard hold(mutex_);
  if (wal_ == nullptr) return SQLITE_OK;
  for (const Written& one : unsynced_)
    if (const int result = write_pieces(wal_->inner(), one.offset, one.bytes); result != SQLITE_OK)
      return result;
  const int result = wal_->io().xSync(wal_->inner(), SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
  if (result == SQLITE_OK) unsynced_.clear();
  return result;
}

const sqlite3_io_methods& WalVfs::methods() {
  static const sqlite3_io_methods all = {
      1,  // no shared memory and no mapping: these are the database file's
      close,
      read,
      write,
      truncate,
      commit,
      [](sqlite3_file* f, sqlite3_int64* size) {
        if (const int result = of(f)->vfs->flush(*of(f)); result != SQLITE_OK) return result;
        return of(f)->io().xFileSize(of(f)->inner(), size);
      },
      [](sqlite3_file* f, int lock) { return of(f)->io().xLock(of(f)->inner(), lock); },
      [](sqlite3_file* f, int lock) { return of(f)->io().xUnlock(of(f)->inner(), lock); },
      [](sqlite3_file* f, int* out) { return of(f)->io().xCheckReservedLock(of(f)->inner(), out); },
      [](sqlite3_file* f, int op, void* arg) {
        return of(f)->io().xFileControl(of(f)->inner(), op, arg);
      },
      [](sqlite3_file* f) { return of(f)->io().xSectorSize(of(f)->inner()); },
      [](sqlite3_file* f) { return of(f)->io().xDeviceCharacteristics(of(f)->inner()); },
      nullptr,
      nullptr,
      nullptr,
      nullptr,
      nullptr,
      nullptr,
  };
  return all;
}

}  // namespace store
