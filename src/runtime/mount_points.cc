#include "runtime/mount_points.h"

#include <fmt/core.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace runtime {
namespace {

bool is_octal(char c) { return c >= '0' && c <= '7'; }

// The kernel writes blanks and backslashes as \040.
std::string unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
        is_octal(text[i + 3])) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                               (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> parse_mountinfo(std::string_view text) {
  constexpr int kMountPoint = 4;
  std::vector<std::string> points;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    for (int i = 0; i < kMountPoint; ++i)
      line.remove_prefix(
          std::min(line.find(' ') == line.npos ? line.size() : line.find(' ') + 1, line.size()));
    if (!line.empty()) points.push_back(unescape(line.substr(0, line.find(' '))));
  }
  return points;
}

std::vector<std::string> mounts_below(const std::string& directory) {
  std::error_code error;
  const std::string real = std::filesystem::canonical(directory, error).string();
  std::vector<std::string> below;
  if (error) return below;
  std::ostringstream text;
  text << std::ifstream("/proc/self/mountinfo").rdbuf();
  for (std::string& point : parse_mountinfo(text.str()))
    if (point == real || point.starts_with(real + "/")) below.push_back(std::move(point));
  return below;
}

base::Status unmount_below(const std::string& directory) {
  const std::vector<std::string> points = mounts_below(directory);
  for (auto point = points.rbegin(); point != points.rend(); ++point)
    if (::umount2(point->c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0)
      return base::fail(base::Code::kUnavailable,
                        fmt::format("cannot unmount \"{}\": {}", *point, std::strerror(errno)));
  return {};
}

}  // namespace runtime
