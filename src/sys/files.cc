#include "sys/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "sys/fd.h"

namespace sys {
namespace {

using base::Code;
using base::fail;

tl::unexpected<base::Error> fail_errno(const std::string& doing, const std::string& path) {
  const int error = errno;
  Code code = Code::kUnavailable;
  if (error == ENOENT || error == ENOTDIR) code = Code::kNotFound;
  if (error == EACCES || error == EPERM) code = Code::kForbidden;
  return fail(code, doing + " " + path + ": " + std::strerror(error), {},
              error == ENOSPC ? "free some space on this disk" : "");
}

base::Status write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("cannot write", path);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

std::string parent_of(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

class RealLock final : public FileLock {
 public:
  explicit RealLock(Fd fd) : fd_(std::move(fd)) {}

 private:
  Fd fd_;  // closing it gives the lock up
};

}  // namespace

base::Status sync_directory(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open()) return fail_errno("cannot open directory", path);
  if (::fsync(fd.get()) != 0) return fail_errno("cannot sync directory", path);
  return {};
}

base::Result<std::string> RealFiles::read(const std::string& path, uint64_t bytes_max) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) return fail_errno("cannot open", path);
  std::string bytes;
  for (;;) {
    const size_t had = bytes.size();
    const size_t want = std::max<size_t>(had, 16384);
    bytes.resize(had + want);
    const ssize_t count = ::read(fd.get(), bytes.data() + had, want);
    if (count < 0 && errno != EINTR) return fail_errno("cannot read", path);
    bytes.resize(had + static_cast<size_t>(std::max<ssize_t>(count, 0)));
    if (bytes.size() > bytes_max)
      return fail(Code::kTooLarge,
                  path + " is larger than " + std::to_string(bytes_max) + " bytes");
    if (count == 0) return bytes;
  }
}

base::Status RealFiles::write_durably(const std::string& path, std::string_view bytes,
                                      uint32_t mode) {
  // Beside the file, so that the rename stays on one file system; the pid and the address keep
  // writers apart.
  const std::string beside = path + ".new." + std::to_string(::getpid()) + "." +
                             std::to_string(reinterpret_cast<uintptr_t>(&bytes));
  Fd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!fd.is_open()) return fail_errno("cannot create", beside);
  base::Status done = write_all(fd.get(), bytes, path);
  if (done && ::fsync(fd.get()) != 0) done = fail_errno("cannot sync", path);
  if (done && ::rename(beside.c_str(), path.c_str()) != 0) done = fail_errno("cannot rename", path);
  if (!done) {
    ::unlink(beside.c_str());
    return done;
  }
  return sync_directory(parent_of(path));
}

base::Status RealFiles::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail_errno("cannot remove", path);
  return {};
}

base::Result<std::vector<std::string>> RealFiles::list(const std::string& directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(directory.c_str()), ::closedir);
  if (!dir) return fail_errno("cannot list", directory);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

base::Status RealFiles::make_directory(const std::string& path, uint32_t mode) {
  for (size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
    const std::string part = path.substr(0, at);
    if (::mkdir(part.c_str(), at == std::string::npos ? mode : 0755) != 0 && errno != EEXIST)
      return fail_errno("cannot make directory", part);
    if (at == std::string::npos) break;
  }
  struct stat info;
  if (::stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    errno = ENOTDIR;
    return fail_errno("cannot make directory", path);
  }
  return {};
}

base::Result<std::unique_ptr<FileLock>> RealFiles::lock(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.is_open()) return fail_errno("cannot open", path);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail_errno("cannot lock", path);
    char pid[16] = {};
    const ssize_t count = ::pread(fd.get(), pid, sizeof pid - 1, 0);
    std::string owner(pid, static_cast<size_t>(std::max<ssize_t>(count, 0)));
    while (!owner.empty() && owner.back() == '\n') owner.pop_back();
    return fail(Code::kConflict, path + " is already locked by process " +
                                     (owner.empty() ? std::string("unknown") : owner));
  }
  // The pid is for messages; the lock itself is the kernel's.
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd.get(), 0) != 0 || ::pwrite(fd.get(), pid.data(), pid.size(), 0) < 0) {
    // A full disk: the lock holds all the same, only the message of a second process is poorer.
  }
  return std::make_unique<RealLock>(std::move(fd));
}

}  // namespace sys
