// operation_log.h — wishes on running workflows are rows (model/operation.h) that control applies
// once and then takes away. Any thread.
#pragma once
#include <atomic>
#include <optional>
#include <vector>

#include "kube/store_api.h"
#include "model/operation.h"
#include "server/call.h"
#include "sys/clock.h"

namespace server {

class OperationLog {
 public:
  OperationLog(kube::StoreApi& api, const sys::Clock& clock) : api_(api), clock_(clock) {}

  // kInvalid, with Argo's words, when the workflow has ended.
  static base::Status check_unfinished(const store::Object& workflow, model::Operation::Kind kind);
  static bool is_completed(const store::Object& workflow);

  // Writes the operations, and in the same transaction the object where there is a `change` of it;
  // gives its answer when control has done them. kInvalid: control has refused one, in its words;
  // kUnavailable: it has not come to them yet, but will.
  base::Status apply(const store::Object& workflow, const std::vector<model::Operation>& operations,
                     std::optional<store::PutObject> change, const Call& call);

  base::Time now() const { return clock_.now(); }

 private:
  uint64_t next_key();
  base::Status wait_applied(store::Watch& watch, const store::Object& workflow,
                            model::Operation::Kind kind, uint64_t key, const Call& call);
  base::Status take_refusal(const std::string& uid, uint64_t key);

  kube::StoreApi& api_;
  const sys::Clock& clock_;
  std::atomic<uint64_t> last_key_ = 0;
};

}  // namespace server
