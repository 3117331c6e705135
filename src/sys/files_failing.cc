#include <utility>

#include "sys/files.h"

namespace sys {

void FailingFiles::fail_writes(Fault fault, int writes) {
  const std::lock_guard hold(mutex_);
  fault_ = fault;
  writes_left_ = writes;
}

base::Status FailingFiles::write_durably(const std::string& path, std::string_view bytes,
                                         uint32_t mode) {
  Fault fault = Fault::kNone;
  {
    const std::lock_guard hold(mutex_);
    if (fault_ != Fault::kNone && writes_left_-- <= 0) fault = fault_;
  }
  if (fault == Fault::kDiskFull)
    return base::fail(base::Code::kUnavailable, "cannot write " + path + ": no space left on disk");
  base::Status done = inner_.write_durably(path, bytes, mode);
  if (done && fault == Fault::kAfterWrite)
    return base::fail(base::Code::kUnavailable, "cannot sync " + path + ": outcome unknown");
  return done;
}

base::Result<std::string> FailingFiles::read(const std::string& path, uint64_t bytes_max) {
  return inner_.read(path, bytes_max);
}
base::Status FailingFiles::remove(const std::string& path) { return inner_.remove(path); }
base::Result<std::vector<std::string>> FailingFiles::list(const std::string& directory) {
  return inner_.list(directory);
}
base::Status FailingFiles::make_directory(const std::string& path, uint32_t mode) {
  return inner_.make_directory(path, mode);
}
base::Result<std::unique_ptr<FileLock>> FailingFiles::lock(const std::string& path) {
  return inner_.lock(path);
}

}  // namespace sys
