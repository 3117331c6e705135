// StoreApi::update_statuses(): what a node agent says of many objects, in one batch.
#include <set>
#include <utility>

#include "kube/metadata.h"
#include "kube/store_api.h"

namespace kube {

using base::Code;
using base::fail;

std::vector<base::Status> StoreApi::update_statuses(const std::vector<StatusUpdate>& updates) {
  std::vector<store::Key> keys;
  for (const StatusUpdate& update : updates) keys.push_back(key_of(update.ref));
  // A batch names an object once.
  const bool is_unique = std::set<store::Key>(keys.begin(), keys.end()).size() == keys.size();
  const auto stored = store_.get_many(keys);
  if (!stored) return std::vector<base::Status>(updates.size(), fail(stored.error()));
  if (!is_unique) return Api::update_statuses(updates);
  std::vector<base::Status> out(updates.size());
  store::Batch batch;
  std::vector<size_t> written;
  for (size_t i = 0; i < updates.size(); ++i) {
    auto put = prepare_status(updates[i], (*stored)[i]);
    if (!put) {
      out[i] = fail(put.error());
    } else if (*put) {
      batch.puts.push_back(std::move(**put));
      written.push_back(i);
    }
  }
  if (batch.empty()) return out;
  const auto done = store_.commit(std::move(batch));
  if (done) return out;
  // Somebody else has written one of them: each for itself.
  const bool is_overtaken =
      done.error().code == Code::kConflict || done.error().code == Code::kNotFound;
  for (const size_t i : written)
    out[i] = is_overtaken ? Api::update_statuses({updates[i]}).front() : fail(done.error());
  return out;
}

}  // namespace kube
