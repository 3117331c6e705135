// admission.h — what is checked and filled in before an object is written.
#pragma once
#include "kube/store_api.h"

namespace server {

// A Workflow must make sense before it is taken: all its problems are told at once (kInvalid).
// Clients cannot write a Workflow's status: control does. A pod that ends is labelled completed.
void install_admission(kube::StoreApi& api);

// What `argo lint` asks of a server. The text has one problem a line; empty: none. What is kept and
// does nothing here is appended to `warnings`.
std::string find_problems(const text::Value& workflow, kube::Warnings& warnings);

}  // namespace server
