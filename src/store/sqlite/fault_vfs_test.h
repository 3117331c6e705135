// fault_vfs_test.h — an SQLite VFS over the system's that fails on demand, and that knows what a
// power loss would leave of its files. For tests.
#pragma once
#include <sqlite3.h>

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace store {

class FaultVfs {
 public:
  enum class Fault : uint8_t {
    kNone,
    kDiskFull,   // SQLITE_FULL, nothing of the write is done
    kTornWrite,  // half of the write is done, SQLITE_IOERR_WRITE
    kSync,       // SQLITE_IOERR_FSYNC
  };
  explicit FaultVfs(const std::string& name);
  ~FaultVfs() { sqlite3_vfs_unregister(&vfs_); }
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  // The write (for kSync: the sync) after `operations` more ones, and all behind it, fail.
  void fail(Fault fault, uint64_t operations) {
    const std::lock_guard hold(mutex_);
    fault_ = fault;
    left_ = operations;
  }
  // Writes what a power loss now would leave of the files, into another directory: what was synced,
  // and of every write since then, by sectors, perhaps.
  void write_image(const std::string& directory, const std::vector<std::string>& names,
                   const std::string& image, std::mt19937_64& random) {
    const std::lock_guard hold(mutex_);
    for (const std::string& name : names)
      write_one(directory + "/" + name, image + "/" + name, random);
  }

 private:
  static constexpr size_t kSector = 512;
  struct Change {
    uint64_t offset = 0, size_before = 0, size_after = 0;
    std::string before, after;  // of the bytes from `offset`; a truncation has no `after`
  };
  struct Tracked {
    std::vector<Change> unsynced;
  };
  struct File {
    sqlite3_file base;
    FaultVfs* vfs;
    Tracked* tracked;
    sqlite3_file* inner() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };
  static File* of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
  bool fails(Fault fault) { return fault_ == fault && (left_ == 0 || left_-- == 0); }

  static int open(sqlite3_vfs*, const char*, sqlite3_file*, int, int*);
  static int write(sqlite3_file*, const void*, int, sqlite3_int64);
  static int truncate(sqlite3_file*, sqlite3_int64);
  static int sync(sqlite3_file*, int);
  static const sqlite3_io_methods& methods();
  void write_one(const std::string& path, const std::string& image, std::mt19937_64& random);
  Change begin_change(File& file, uint64_t offset, uint64_t size);

  const std::string name_;
  sqlite3_vfs vfs_ = {};
  sqlite3_vfs* inner_ = nullptr;
  std::mutex mutex_;
  Fault fault_ = Fault::kNone;
  uint64_t left_ = 0;
  std::map<std::string, std::unique_ptr<Tracked>> tracked_;
};

inline FaultVfs::FaultVfs(const std::string& name)
    : name_(name), inner_(sqlite3_vfs_find(nullptr)) {
  vfs_ = *inner_;
  vfs_.zName = name_.c_str();
  vfs_.szOsFile = static_cast<int>(sizeof(File)) + inner_->szOsFile;
  vfs_.pAppData = this;
  vfs_.pNext = nullptr;
  vfs_.xOpen = open;
  sqlite3_vfs_register(&vfs_, 0);
}

inline const sqlite3_io_methods& FaultVfs::methods() {
  static const sqlite3_io_methods all = {
      3,
      [](sqlite3_file* f) { return of(f)->inner()->pMethods->xClose(of(f)->inner()); },
      [](sqlite3_file* f, void* into, int size, sqlite3_int64 at) {
        return of(f)->inner()->pMethods->xRead(of(f)->inner(), into, size, at);
      },
      write,
      truncate,
      sync,
      [](sqlite3_file* f, sqlite3_int64* size) {
        return of(f)->inner()->pMethods->xFileSize(of(f)->inner(), size);
      },
      [](sqlite3_file* f, int lock) {
        return of(f)->inner()->pMethods->xLock(of(f)->inner(), lock);
      },
      [](sqlite3_file* f, int lock) {
        return of(f)->inner()->pMethods->xUnlock(of(f)->inner(), lock);
      },
      [](sqlite3_file* f, int* out) {
        return of(f)->inner()->pMethods->xCheckReservedLock(of(f)->inner(), out);
      },
      [](sqlite3_file* f, int op, void* arg) {
        return of(f)->inner()->pMethods->xFileControl(of(f)->inner(), op, arg);
      },
      [](sqlite3_file* f) { return of(f)->inner()->pMethods->xSectorSize(of(f)->inner()); },
      [](sqlite3_file* f) {
        return of(f)->inner()->pMethods->xDeviceCharacteristics(of(f)->inner());
      },
      [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
        return of(f)->inner()->pMethods->xShmMap(of(f)->inner(), page, size, extend, out);
      },
      [](sqlite3_file* f, int at, int count, int flags) {
        return of(f)->inner()->pMethods->xShmLock(of(f)->inner(), at, count, flags);
      },
      [](sqlite3_file* f) { of(f)->inner()->pMethods->xShmBarrier(of(f)->inner()); },
      [](sqlite3_file* f, int remove) {
        return of(f)->inner()->pMethods->xShmUnmap(of(f)->inner(), remove);
      },
      [](sqlite3_file*, sqlite3_int64, int, void** out) {
        *out = nullptr;  // no memory map: every write comes through write()
        return SQLITE_OK;
      },
      [](sqlite3_file*, sqlite3_int64, void*) { return SQLITE_OK; },
  };
  return all;
}

inline int FaultVfs::open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags,
                          int* out_flags) {
  auto* self = static_cast<FaultVfs*>(vfs->pAppData);
  File* ours = of(file);
  ours->base.pMethods = nullptr;
  ours->vfs = self;
  const int result = self->inner_->xOpen(self->inner_, name, ours->inner(), flags, out_flags);
  if (result != SQLITE_OK) return result;
  const std::lock_guard hold(self->mutex_);
  auto& tracked = self->tracked_[name ? name : ""];
  if (!tracked) tracked = std::make_unique<Tracked>();
  ours->tracked = tracked.get();
  ours->base.pMethods = &methods();
  return SQLITE_OK;
}

inline FaultVfs::Change FaultVfs::begin_change(File& file, uint64_t offset, uint64_t size) {
  Change change;
  change.offset = offset;
  sqlite3_int64 total = 0;
  file.inner()->pMethods->xFileSize(file.inner(), &total);
  change.size_before = static_cast<uint64_t>(total);
  if (offset < change.size_before) {
    change.before.resize(std::min(size, change.size_before - offset));
    file.inner()->pMethods->xRead(file.inner(), change.before.data(),
                                  static_cast<int>(change.before.size()),
                                  static_cast<sqlite3_int64>(offset));
  }
  return change;
}

inline int FaultVfs::write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
  File* ours = of(file);
  const std::lock_guard hold(ours->vfs->mutex_);
  if (ours->vfs->fails(Fault::kDiskFull)) return SQLITE_FULL;
  const bool torn = ours->vfs->fails(Fault::kTornWrite);
  if (torn) size /= 2;
  const auto offset = static_cast<uint64_t>(at), count = static_cast<uint64_t>(size);
  Change change = ours->vfs->begin_change(*ours, offset, count);
  change.after.assign(static_cast<const char*>(data), count);
  change.size_after = std::max(change.size_before, offset + count);
  ours->tracked->unsynced.push_back(std::move(change));
  const int result = ours->inner()->pMethods->xWrite(ours->inner(), data, size, at);
  return torn ? SQLITE_IOERR_WRITE : result;
}

inline int FaultVfs::truncate(sqlite3_file* file, sqlite3_int64 size) {
  File* ours = of(file);
  const std::lock_guard hold(ours->vfs->mutex_);
  Change change = ours->vfs->begin_change(*ours, static_cast<uint64_t>(size), UINT64_MAX);
  change.size_after = static_cast<uint64_t>(size);
  ours->tracked->unsynced.push_back(std::move(change));
  return ours->inner()->pMethods->xTruncate(ours->inner(), size);
}

inline int FaultVfs::sync(sqlite3_file* file, int flags) {
  File* ours = of(file);
  const std::lock_guard hold(ours->vfs->mutex_);
  if (ours->vfs->fails(Fault::kSync)) return SQLITE_IOERR_FSYNC;
  ours->tracked->unsynced.clear();
  return ours->inner()->pMethods->xSync(ours->inner(), flags);
}

inline void FaultVfs::write_one(const std::string& path, const std::string& image,
                                std::mt19937_64& random) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), {});
  const auto found = tracked_.find(path);
  if (found != tracked_.end()) {
    const std::vector<Change>& changes = found->second->unsynced;
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
      bytes.resize(change->size_before);
      bytes.replace(change->offset, change->before.size(), change->before);
    }
    for (const Change& change : changes) {
      if (change.after.empty() && random() % 2) bytes.resize(change.size_after);
      for (size_t at = 0; at < change.after.size(); at += kSector) {
        if (random() % 2) continue;
        const std::string sector = change.after.substr(at, kSector);
        bytes.resize(std::max(bytes.size(), change.offset + at + sector.size()));
        bytes.replace(change.offset + at, sector.size(), sector);
      }
    }
  }
  std::ofstream(image, std::ios::binary) << bytes;
}

}  // namespace store
