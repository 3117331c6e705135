// admission.h — what is checked and filled in before an object is written.
#pragma once
#include "kube/store_api.h"
#include "model/validate.h"

namespace server {

// A Workflow, a WorkflowTemplate of either kind and a CronWorkflow must make sense before they are
// taken: all their problems are told at once (kInvalid). What they refer to need not be there yet.
// Clients cannot write the status of a Workflow or a CronWorkflow: control does; only the phase of
// a stopped CronWorkflow may be set back to Active. A pod that ends is labelled completed.
void install_admission(kube::StoreApi& api);

// What `argo lint` asks of a server, for the kinds named above. The text has one problem a line;
// empty: none. What is kept and does nothing here is appended to `warnings`. `find`: the templates
// that are stored; without it nothing is said of references.
std::string find_problems(const text::Value& object, const model::FindTemplateHolder& find,
                          kube::Warnings& warnings);

// The same as a Status, and only where the object refers to something: for what is created next and
// has its other problems found then.
base::Status check_references(kube::Api& api, const std::string& namespace_,
                              const text::Value& object);

}  // namespace server
