#include "runtime/users.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <optional>

#include "sys/fd.h"

namespace runtime {
namespace {

constexpr size_t kDatabaseMax = 1 << 20;

struct Line {
  std::vector<std::string_view> fields;
};

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> out;
  for (;;) {
    const size_t at = text.find(by);
    out.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + 1);
  }
}

std::optional<uint32_t> number(std::string_view text) {
  if (text.empty() || text.size() > 10) return std::nullopt;
  uint64_t value = 0;
  for (const char c : text) {
    if (std::isdigit(static_cast<unsigned char>(c)) == 0) return std::nullopt;
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  if (value > UINT32_MAX - 1) return std::nullopt;
  return static_cast<uint32_t>(value);
}

class Database {
 public:
  explicit Database(const Image& image)
      : passwd_(read_image_file(image, "etc/passwd", kDatabaseMax)),
        group_(read_image_file(image, "etc/group", kDatabaseMax)) {}

  // name:x:uid:gid:gecos:home:shell
  bool find_user(std::string_view word, ProcessUser& out) const {
    const std::optional<uint32_t> id = number(word);
    for (const std::string_view line : split(passwd_, '\n')) {
      const std::vector<std::string_view> field = split(line, ':');
      if (field.size() < 6 || !(id ? number(field[2]) == id : field[0] == word)) continue;
      out.uid = number(field[2]).value_or(0);
      out.gid = number(field[3]).value_or(0);
      out.home = field[5];
      add_groups(field[0], out);
      return true;
    }
    if (!id) return false;
    out.uid = *id;
    return true;
  }

  std::optional<uint32_t> find_group(std::string_view word) const {
    if (const auto id = number(word)) return id;
    for (const std::string_view line : split(group_, '\n')) {
      const std::vector<std::string_view> field = split(line, ':');
      if (field.size() >= 3 && field[0] == word) return number(field[2]);
    }
    return std::nullopt;
  }

 private:
  void add_groups(std::string_view user, ProcessUser& out) const {
    for (const std::string_view line : split(group_, '\n')) {
      const std::vector<std::string_view> field = split(line, ':');
      if (field.size() < 4) continue;
      const std::vector<std::string_view> members = split(field[3], ',');
      const std::optional<uint32_t> id = number(field[2]);
      if (id && std::find(members.begin(), members.end(), user) != members.end())
        out.groups.push_back(*id);
    }
  }

  std::string passwd_, group_;
};

}  // namespace

std::string read_image_file(const Image& image, const std::string& path, size_t size_max) {
  for (const std::string& layer : image.layer_dirs) {
    const sys::Fd root(::open(layer.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    open_how how{};
    how.flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    const sys::Fd fd(
        static_cast<int>(::syscall(SYS_openat2, root.get(), path.c_str(), &how, sizeof how)));
    struct stat info {};
    if (!fd.is_open() || ::fstat(fd.get(), &info) != 0) continue;
    if (!S_ISREG(info.st_mode)) return {};  // a whiteout: removed by this layer
    std::string out(std::min<size_t>(static_cast<size_t>(info.st_size), size_max), '\0');
    const ssize_t got = ::read(fd.get(), out.data(), out.size());
    out.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return out;
  }
  return {};
}

base::Result<ProcessUser> resolve_user(const ContainerSpec& container, const PodSpec& pod,
                                       const Image& image) {
  const SecurityContext& security = container.security;
  ProcessUser out;
  std::string_view of_image = image.user;
  const size_t colon = of_image.find(':');
  const std::string_view group_word =
      colon == std::string_view::npos ? std::string_view() : of_image.substr(colon + 1);
  const std::string_view user_word = of_image.substr(0, colon);
  const std::string as_number =
      security.run_as_user ? std::to_string(*security.run_as_user) : std::string(user_word);
  const bool root = as_number.empty() || as_number == "0" || as_number == "root";
  if (!root) {
    const Database database(image);
    if (!database.find_user(as_number, out))
      return base::fail(base::Code::kInvalid,
                        "the image's user \"" + as_number + "\" is not in its /etc/passwd");
    if (!security.run_as_user && !group_word.empty()) {
      const auto group = database.find_group(group_word);
      if (!group)
        return base::fail(base::Code::kInvalid, "the image's group \"" + std::string(group_word) +
                                                    "\" is not in its /etc/group");
      out.gid = *group;
    }
  }
  if (security.run_as_group) out.gid = static_cast<uint32_t>(*security.run_as_group);
  for (const int64_t group : pod.supplemental_groups)
    out.groups.push_back(static_cast<uint32_t>(group));
  if (security.run_as_non_root.value_or(false) && out.uid == 0)
    return base::fail(
        base::Code::kInvalid,
        "container \"" + container.name + "\" has runAsNonRoot and its image will run as root");
  return out;
}

}  // namespace runtime
