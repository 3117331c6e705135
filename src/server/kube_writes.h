// kube_writes.h — create, update, patch and apply of Kubernetes' REST.
//
// Parameters: dryRun, fieldManager, fieldValidation, force. Refusals name their causes in
// status.details, warnings come in the header Warning.
#pragma once
#include <optional>
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

// Of a request that writes: dryRun, fieldManager, fieldValidation, force. kInvalid.
base::Result<kube::ClientOptions> client_options(const Call& call, bool is_apply);
// By the Content-Type of a PATCH.
std::optional<kube::PatchType> patch_type(const Call& call);
// Answers with why a write was refused.
void tell_refusal(const base::Error& error, const kube::WriteNotes& notes,
                  const WriteTarget& target, const Call& call);

// A Status whose code is none of base::Code's.
void refuse_call(const Call& call, int status, std::string_view reason, std::string_view message);

}  // namespace server
