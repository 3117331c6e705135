// kube_writes.h — create, update, patch and apply of Kubernetes' REST.
//
// Parameters: dryRun, fieldManager, fieldValidation, force. Refusals name their causes in
// status.details, warnings come in the header Warning.
#pragma once
#include <string_view>

#include "kube/client_writes.h"
#include "server/call.h"
#include "server/operation_log.h"

namespace server {

struct WriteTarget {
  kube::ObjectRef ref;  // without a name: a POST to the collection
  bool is_status = false;
};

// A POST, PUT or PATCH.
void answer_write(kube::StoreApi& api, const sys::Clock& clock, OperationLog& log,
                  const WriteTarget& target, Call& call);

// A Status whose code is none of base::Code's.
void refuse_call(const Call& call, int status, std::string_view reason, std::string_view message);

}  // namespace server
