// doctor.h — what this machine offers to pods, and what to do about what it lacks.
//
// Looks and tries, changes nothing that stays. Takes some 50 ms: for `argo doctor` and for the
// agent's start, not for each pod.
#pragma once
#include <string>
#include <vector>

#include "kube/node_api.h"

namespace runtime {

struct HostToExamine {
  std::string data_dir;         // where images and pods' files lie; is there
  std::string crun = "crun";    // as the agent calls it
  bool processes_only = false;  // no containers are wanted: what they need is no fault
  std::string root;             // before /proc, /sys and /etc; empty but in tests
};

// One finding a question, in the order in which one would mend them. `advice` is empty when ok.
std::vector<kube::DoctorFinding> examine_host(const HostToExamine& host);

}  // namespace runtime
