// reader.h — a connection that reads snapshots, and the pool of them. A reader is used by one
// thread at a time; readers never wait for the writer.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite/database.h"
#include "store/sqlite/encoding.h"
#include "store/store.h"

namespace store {

class Reader {
 public:
  static base::Result<std::unique_ptr<Reader>> open(const std::string& path, const std::string& vfs,
                                                    Unindexed unindexed);

  base::Result<std::optional<Object>> get(const Key& key);
  base::Result<std::vector<std::optional<Object>>> get_many(const std::vector<Key>& keys);
  base::Result<ListPage> list(const ListQuery& query);
  // `settle` gets the revision of what is read, before the first row is handed out.
  base::Status rows(std::string_view owner_uid, std::string_view collection, uint64_t first_key,
                    const std::function<base::Status(uint64_t revision)>& settle,
                    const Store::RowVisitor& visit);
  // Of the last commit.
  base::Result<uint64_t> revision();

 private:
  Reader(Database database, Unindexed unindexed)
      : database_(std::move(database)), unindexed_(std::move(unindexed)) {}

  // Prepared once; null on failure, which is in `failed_`.
  Statement* statement(std::string_view sql);
  base::Status in_snapshot(const std::function<base::Status()>& read);
  base::Status scan(const ListQuery& query, ListPage& page);
  base::Status list_owned(const ListQuery& query, ListPage& page);
  // Nothing when the index finds too many to sort them: scan() then.
  base::Result<bool> list_labelled(const ListQuery& query, int64_t hash, ListPage& page);
  base::Error error(int result) const { return database_.error(result); }

  Database database_;
  const Unindexed unindexed_;
  base::Error failed_;
  std::map<std::string, Statement, std::less<>> statements_;
};

class ReaderPool {
 public:
  ReaderPool(std::string path, std::string vfs, Unindexed unindexed)
      : path_(std::move(path)), vfs_(std::move(vfs)), unindexed_(std::move(unindexed)) {}

  // Given back when it is destroyed.
  class Lease {
   public:
    Lease(ReaderPool& pool, std::unique_ptr<Reader> reader)
        : pool_(&pool), reader_(std::move(reader)) {}
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (reader_) pool_->give_back(std::move(reader_));
    }
    Reader* operator->() const { return reader_.get(); }

   private:
    ReaderPool* pool_;
    std::unique_ptr<Reader> reader_;
  };
  base::Result<Lease> take();

 private:
  void give_back(std::unique_ptr<Reader> reader);

  const std::string path_, vfs_;
  const Unindexed unindexed_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Reader>> idle_;
};

}  // namespace store
