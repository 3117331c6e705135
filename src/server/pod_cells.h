// pod_cells.h — how a pod is, in a word, as `kubectl get pods` shows it.
#pragma once
#include <string>

#include "base/time.h"
#include "text/value.h"

namespace server {

struct PodCells {
  std::string ready, status, restarts;  // "1/2", "CrashLoopBackOff", "3 (2m ago)"
};
PodCells pod_cells(const text::Value& pod, base::Time now);

}  // namespace server
