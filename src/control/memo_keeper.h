// memo_keeper.h — outcomes of earlier runs, in ConfigMaps (Argo's form) and in the database.
// Internal to control/.
//
// A round's outcomes and hits are gathered and written together, once for each ConfigMap, right
// before the round is committed: after a crash in between the nodes end once more, and their
// outcomes are kept again. A cache of the database is a row an entry, and has no limit of size.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/time.h"
#include "engine/ask.h"
#include "kube/store_api.h"
#include "text/value.h"

namespace control {

class MemoKeeper {
 public:
  explicit MemoKeeper(kube::StoreApi& api) : api_(api) {}

  // Nothing: the store cannot tell now. A hit is noted in the entry.
  std::optional<engine::MemoEntry> find(const std::string& namespace_, const engine::MemoKey& key,
                                        base::Time now);
  // `entry`: of engine::write_memo_entry(). An error says why it is not kept, in Argo's words.
  base::Status save(const std::string& namespace_, const engine::MemoKey& key, std::string entry);
  // kUnavailable: what is left is written by the next call.
  base::Status flush();

 private:
  using Place = std::pair<std::string, std::string>;  // namespace, name
  struct Cache {
    std::optional<text::Value> object;  // as it was read, with what has changed; none: not there
    std::map<std::string, std::string> changed;
    size_t bytes = 0;  // of keys and values
  };

  base::Result<Cache*> open(const Place& place);
  base::Status write(const Place& place, Cache& cache);
  base::Status write_rows();

  kube::StoreApi& api_;
  std::map<Place, Cache> caches_;      // of this round
  std::map<Place, std::string> rows_;  // of the database, to be written
};

}  // namespace control
