#include "runtime/work_folders.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>

namespace runtime {
namespace {

constexpr size_t kFreeMax = 256;

// As take() has made it.
bool is_untouched(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat info {};
  if (fd < 0) return false;
  if (::fstat(fd, &info) != 0 || (info.st_mode & 07777) != 0700 || info.st_uid != ::geteuid() ||
      ::flistxattr(fd, nullptr, 0) > 0) {
    ::close(fd);
    return false;
  }
  DIR* const folder = ::fdopendir(fd);
  if (folder == nullptr) {
    ::close(fd);
    return false;
  }
  size_t count = 0;
  while (const dirent* entry = ::readdir(folder)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != ".." && ++count > 0) break;
  }
  ::closedir(folder);
  return count == 0;
}

}  // namespace

std::vector<std::string> WorkFolders::open(const std::set<std::string>& in_use) {
  std::vector<std::string> unused;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(root_, ignored)) {
    const std::string path = entry.path();
    last_ = std::max<size_t>(last_, std::strtoull(entry.path().filename().c_str(), nullptr, 10));
    if (!in_use.contains(path)) unused.push_back(path);
  }
  return unused;
}

base::Result<std::string> WorkFolders::take() {
  if (!free_.empty()) {
    std::string path = std::move(free_.back());
    free_.pop_back();
    return path;
  }
  std::string path = root_ + "/" + std::to_string(++last_);
  if (::mkdir(path.c_str(), 0700) == 0) return path;
  if (errno == ENOENT && ::mkdir(root_.c_str(), 0711) == 0 && ::mkdir(path.c_str(), 0700) == 0)
    return path;
  return base::fail(base::Code::kUnavailable, "cannot make " + path + ": " + std::strerror(errno));
}

bool WorkFolders::give_back(const std::string& path) {
  if (free_.size() >= kFreeMax || !is_untouched(path)) return false;
  free_.push_back(path);
  return true;
}

}  // namespace runtime
