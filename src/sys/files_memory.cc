#include <algorithm>
#include <utility>

#include "sys/files.h"

namespace sys {
namespace {

class MemoryLock final : public FileLock {
 public:
  MemoryLock(std::shared_ptr<std::map<std::string, bool>> locks, std::string path)
      : locks_(std::move(locks)), path_(std::move(path)) {}
  ~MemoryLock() override { locks_->erase(path_); }

 private:
  std::shared_ptr<std::map<std::string, bool>> locks_;
  std::string path_;
};

}  // namespace

base::Result<std::string> MemoryFiles::read(const std::string& path, uint64_t bytes_max) {
  const std::lock_guard hold(mutex_);
  const auto found = files_.find(path);
  if (found == files_.end()) return base::fail(base::Code::kNotFound, "cannot open " + path);
  if (found->second.size() > bytes_max)
    return base::fail(base::Code::kTooLarge,
                      path + " is larger than " + std::to_string(bytes_max) + " bytes");
  return found->second;
}

base::Status MemoryFiles::write_durably(const std::string& path, std::string_view bytes, uint32_t) {
  const std::lock_guard hold(mutex_);
  files_[path] = std::string(bytes);
  return {};
}

base::Status MemoryFiles::remove(const std::string& path) {
  const std::lock_guard hold(mutex_);
  files_.erase(path);
  return {};
}

base::Result<std::vector<std::string>> MemoryFiles::list(const std::string& directory) {
  const std::lock_guard hold(mutex_);
  const std::string prefix = directory + "/";
  std::vector<std::string> names;
  for (auto file = files_.lower_bound(prefix); file != files_.end(); ++file) {
    if (file->first.compare(0, prefix.size(), prefix) != 0) break;
    std::string name = file->first.substr(prefix.size());
    name.resize(std::min(name.size(), name.find('/')));
    if (names.empty() || names.back() != name) names.push_back(std::move(name));
  }
  return names;
}

base::Status MemoryFiles::make_directory(const std::string&, uint32_t) { return {}; }

base::Result<std::unique_ptr<FileLock>> MemoryFiles::lock(const std::string& path) {
  const std::lock_guard hold(mutex_);
  if (!locks_->emplace(path, true).second)
    return base::fail(base::Code::kConflict, path + " is already locked");
  return std::make_unique<MemoryLock>(locks_, path);
}

}  // namespace sys
