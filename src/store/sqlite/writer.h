// writer.h — writes groups of requests, each group in one transaction.
//
// Used by one thread at a time (the leader of the moment, see sqlite.cc).
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/sqlite/database.h"
#include "store/sqlite/encoding.h"
#include "store/sqlite/request.h"

namespace store {

class Writer {
 public:
  // Of a database that is set up.
  static base::Result<std::unique_ptr<Writer>> make(Database database, Unindexed unindexed);

  // Fills result and changes of each. When the transaction fails (a full disk, …) nothing of it is
  // written and each request is tried alone, so that one too large does not take others along.
  void write(std::span<Request* const> requests);

  uint64_t revision() const { return revision_; }
  uint64_t wal_pages() const { return wal_pages_; }
  bool has_dead_rows() const { return has_dead_rows_; }

 private:
  struct RowOwner {
    int64_t id = 0;
    std::shared_ptr<const Object> object;
  };
  Writer(Database database, Unindexed unindexed)
      : database_(std::move(database)), unindexed_(std::move(unindexed)) {}

  base::Status load();
  base::Status transact(std::span<Request* const> requests);
  void roll_back(uint64_t revision, int64_t next_object);
  void apply(Request& request);
  void reap(Request& request);

  bool check(Request& request);
  bool reject(Request& request, base::Error error);
  bool check_row_owner(Request& request, const std::string& uid);
  Found find(const Key& key);
  void put(Request& request, Request::Put& put);
  void remove(Request& request, Request::Delete& deletion);
  void write_rows(Request& request);
  void index(int64_t object, const std::vector<int64_t>& hashes, Statement& statement);
  // Null when there is no such object; valid until the next call.
  RowOwner* row_owner(const std::string& uid);
  std::shared_ptr<Object> read_object(int64_t id);
  void run(Statement& statement);
  void cache(const std::string& uid, RowOwner owner);

  Database database_;
  const Unindexed unindexed_;
  Statement begin_, commit_, rollback_, find_, read_, insert_, update_, delete_, index_, unindex_,
      insert_owner_, delete_owner_, find_owner_, has_rows_, insert_dead_, first_dead_, delete_dead_,
      put_row_, delete_row_, reap_rows_, put_meta_;
  int failed_ = SQLITE_OK;  // the first error of this transaction
  uint64_t revision_ = 0;
  int64_t next_object_ = 0;
  std::atomic<uint64_t> wal_pages_{0};
  std::atomic<bool> has_dead_rows_{false};
  // Owners of rows that were written lately, so that a batch of rows need not read them.
  std::unordered_map<std::string, RowOwner> row_owners_;
  size_t row_owner_bytes_ = 0;
};

}  // namespace store
