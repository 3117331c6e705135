// files.h — whole files: read, written durably, and locks. Not for logs or big streams.
//
// Bodies: RealFiles; MemoryFiles (tests; its locks count within the object); FailingFiles, which
// wraps another and fails on demand. Any thread.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace sys {

// Held until it is destroyed, or the process ends in whatever way.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

class Files {
 public:
  virtual ~Files() = default;
  // kNotFound when there is no such file; kTooLarge above `bytes_max`.
  virtual base::Result<std::string> read(const std::string& path,
                                         uint64_t bytes_max = 256 << 20) = 0;
  // After a power loss the file has its old bytes or all of the new ones: writes beside it, fsyncs,
  // renames, fsyncs the directory. Its mode is `mode` less the umask. A full disk is kUnavailable.
  virtual base::Status write_durably(const std::string& path, std::string_view bytes,
                                     uint32_t mode = 0644) = 0;
  // No error when it is not there.
  virtual base::Status remove(const std::string& path) = 0;
  // Names without ".", "..", sorted.
  virtual base::Result<std::vector<std::string>> list(const std::string& directory) = 0;
  // With its parents.
  virtual base::Status make_directory(const std::string& path, uint32_t mode = 0755) = 0;
  // kConflict when another process holds it; the text names its pid when that is known.
  virtual base::Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
};

class RealFiles final : public Files {
 public:
  base::Result<std::string> read(const std::string& path, uint64_t bytes_max) override;
  base::Status write_durably(const std::string& path, std::string_view bytes,
                             uint32_t mode) override;
  base::Status remove(const std::string& path) override;
  base::Result<std::vector<std::string>> list(const std::string& directory) override;
  base::Status make_directory(const std::string& path, uint32_t mode) override;
  base::Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
};

class MemoryFiles final : public Files {
 public:
  base::Result<std::string> read(const std::string& path, uint64_t bytes_max) override;
  base::Status write_durably(const std::string& path, std::string_view bytes,
                             uint32_t mode) override;
  base::Status remove(const std::string& path) override;
  base::Result<std::vector<std::string>> list(const std::string& directory) override;
  base::Status make_directory(const std::string& path, uint32_t mode) override;
  base::Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> files_;
  std::shared_ptr<std::map<std::string, bool>> locks_ =
      std::make_shared<std::map<std::string, bool>>();
};

// Forwards, except where it was told to fail.
class FailingFiles final : public Files {
 public:
  enum class Fault : uint8_t {
    kNone,
    kDiskFull,   // the write fails, the old bytes stay
    kAfterWrite  // the bytes are written, yet the answer is an error
  };
  explicit FailingFiles(Files& inner) : inner_(inner) {}
  // The write after `writes` more ones, and all behind it, fail in this way; kNone ends that.
  void fail_writes(Fault fault, int writes = 0);

  base::Result<std::string> read(const std::string& path, uint64_t bytes_max) override;
  base::Status write_durably(const std::string& path, std::string_view bytes,
                             uint32_t mode) override;
  base::Status remove(const std::string& path) override;
  base::Result<std::vector<std::string>> list(const std::string& directory) override;
  base::Status make_directory(const std::string& path, uint32_t mode) override;
  base::Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;

 private:
  Files& inner_;
  std::mutex mutex_;
  Fault fault_ = Fault::kNone;
  int writes_left_ = 0;
};

// fsyncs a directory, so that names made in it stand after a power loss.
base::Status sync_directory(const std::string& path);

}  // namespace sys
