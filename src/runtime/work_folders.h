// work_folders.h — the private folders in which plain processes run, one a pod.
//
// A folder that its pod has left as it found it serves another pod: making and removing one costs
// more than most steps' own work. Loop thread.
#pragma once
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"

namespace runtime {

class WorkFolders {
 public:
  explicit WorkFolders(std::string root) : root_(std::move(root)) {}

  // Those on the disk that nobody uses are to be removed: gives their paths. New ones get names
  // that none of these has.
  std::vector<std::string> open(const std::set<std::string>& in_use);
  // An empty folder that nobody else has, of mode 0700.
  base::Result<std::string> take();
  // True: it is kept for the next pod. False: something is in it, and the caller removes it.
  bool give_back(const std::string& path);

 private:
  const std::string root_;
  size_t last_ = 0;
  std::vector<std::string> free_;
};

}  // namespace runtime
