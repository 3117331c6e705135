// lock_report.h — how a lock stands: who holds it, and who waits.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace kube {

// Clients as Argo writes them: "<ns>/<workflow>", or "<ns>/<workflow>/<node id>".
struct LockReport {
  std::string name;   // "<ns>/Mutex/<name>" and its like: engine/lock_table.h
  int64_t limit = 0;  // 0: nobody has set it
  std::vector<std::string> holders;
  std::vector<std::string> waiters;  // the foremost ones, in their order
  size_t waiter_count = 0;           // of all
};

}  // namespace kube
