#include "server/data_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "sys/fd.h"
#include "sys/random.h"

namespace server {
namespace {

std::string value_of(const std::map<std::string, std::string>& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

base::Error world(const std::string& what) {
  const base::Code code =
      errno == EACCES || errno == EPERM ? base::Code::kForbidden : base::Code::kUnavailable;
  return {code, fmt::format("{}: {}", what, strerror(errno))};
}

}  // namespace

DataFolder find_data_folder(const std::map<std::string, std::string>& environment, bool is_root) {
  std::string root = value_of(environment, "ARGON_HOME");
  if (root.empty() && is_root) root = "/var/lib/argon";
  if (root.empty()) {
    root = value_of(environment, "XDG_DATA_HOME");
    if (root.empty()) root = value_of(environment, "HOME") + "/.local/share";
    root += "/argon";
  }
  std::error_code ignored;
  const auto absolute = std::filesystem::absolute(root, ignored);
  if (!ignored) root = absolute.lexically_normal().string();
  while (root.size() > 1 && root.back() == '/') root.pop_back();
  return {root};
}

base::Status make_data_folder(const DataFolder& folder) {
  std::error_code error;
  const auto parent = std::filesystem::path(folder.root).parent_path();
  std::filesystem::create_directories(parent, error);
  if (mkdir(folder.root.c_str(), 0700) != 0 && errno != EEXIST)
    return base::fail(world(folder.root));
  struct stat info {};
  if (stat(folder.root.c_str(), &info) != 0) return base::fail(world(folder.root));
  if (!S_ISDIR(info.st_mode))
    return base::fail(base::Code::kInvalid, folder.root + " is no folder");
  if (info.st_uid != geteuid())
    return base::fail(
        base::Code::kForbidden,
        folder.root + " belongs to another user: set ARGON_HOME to a folder of yours");
  return {};
}

namespace {

// Reads what is secret from the file, or makes it.
base::Result<std::string> ensure_secret(const std::string& path) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    const sys::Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.is_open()) {
      char bytes[256];
      const ssize_t count = read(file.get(), bytes, sizeof bytes);
      std::string token(bytes, count > 0 ? static_cast<size_t>(count) : 0);
      while (!token.empty() && (token.back() == '\n' || token.back() == ' ')) token.pop_back();
      if (token.size() >= 32) return token;
    }
    // Written aside and renamed, so that nobody reads half a token.
    sys::RealRandom random;
    const std::string token = random.hex(32), draft = path + "." + random.hex(4);
    const sys::Fd out(open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!out.is_open()) return base::fail(world(draft));
    const std::string line = token + "\n";
    if (write(out.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
        rename(draft.c_str(), path.c_str()) != 0) {
      const base::Error error = world(path);
      unlink(draft.c_str());
      return base::fail(error);
    }
  }
  return base::fail(base::Code::kUnavailable, path + ": cannot be read");
}

}  // namespace

base::Result<std::string> ensure_token(const DataFolder& folder) {
  return ensure_secret(folder.token_file());
}

base::Result<std::string> ensure_service_account_key(const DataFolder& folder) {
  return ensure_secret(folder.service_account_key());
}

}  // namespace server
