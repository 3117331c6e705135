#include "runtime/volumes.h"

#include <fmt/core.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "runtime/mount_points.h"
#include "runtime/volume_files.h"
#include "text/quantity.h"

namespace runtime {
namespace {

namespace fs = std::filesystem;
using base::Code;

const text::Value& empty_map() {
  static const text::Value kEmpty{text::Map()};
  return kEmpty;
}

base::Status system_error(std::string_view what, const std::string& path) {
  return base::fail(Code::kUnavailable,
                    fmt::format("cannot {} \"{}\": {}", what, path, std::strerror(errno)));
}

base::Status make_directory(const std::string& path, mode_t mode) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error)
    return base::fail(Code::kUnavailable,
                      fmt::format("cannot make \"{}\": {}", path, error.message()));
  if (::chmod(path.c_str(), mode) != 0) return system_error("set the mode of", path);
  return {};
}

bool is_mounted(const std::string& path) {
  struct stat self = {}, parent = {};
  return ::stat(path.c_str(), &self) == 0 && ::stat((path + "/..").c_str(), &parent) == 0 &&
         self.st_dev != parent.st_dev;
}

// Where the process may not mount (no privilege in any namespace), memory is the disk.
base::Status mount_tmpfs(const std::string& path, std::optional<int64_t> bytes, mode_t mode) {
  if (is_mounted(path)) return {};
  std::string options = fmt::format("mode={:o}", mode);
  if (bytes) options += fmt::format(",size={}", std::max<int64_t>(*bytes, 4096));
  if (::mount("tmpfs", path.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) == 0 ||
      errno == EPERM)
    return {};
  return system_error("mount memory on", path);
}

base::Result<std::optional<int64_t>> size_limit_of(const text::Value& empty_dir,
                                                   const std::string& where) {
  const text::Value* limit = empty_dir.find("sizeLimit");
  if (!limit || limit->is_null()) return std::nullopt;
  const auto milli = text::parse_quantity_milli(limit->to_any_string());
  if (!milli)
    return base::fail(Code::kInvalid, fmt::format("{}.sizeLimit: {}", where, milli.error().text));
  if (*milli == 0) return std::nullopt;  // "the default is nil", and 0 is treated as such
  return *milli / 1000;
}

base::Result<PreparedVolume> prepare_empty_dir(const text::Value& source, PreparedVolume volume,
                                               const std::string& where) {
  constexpr mode_t kMode = 0777;
  const auto limit = size_limit_of(source, where);
  if (!limit) return tl::unexpected(limit.error());
  if (auto made = make_directory(volume.host_path, kMode); !made)
    return tl::unexpected(made.error());
  if (source.string_at("medium") != "Memory") {
    volume.size_limit_bytes = *limit;
    return volume;
  }
  if (auto mounted = mount_tmpfs(volume.host_path, *limit, kMode); !mounted)
    return tl::unexpected(mounted.error());
  return volume;
}

// hostPath.type: what has to be there, and what is made when nothing is.
struct HostPathType {
  std::string_view name;
  mode_t wanted;  // of S_IFMT; 0: anything
  bool make;
  std::string_view word;
};
constexpr HostPathType kHostPathTypes[] = {
    {"", 0, true, "anything"},  // containerd makes a missing directory
    {"DirectoryOrCreate", S_IFDIR, true, "a directory"},
    {"Directory", S_IFDIR, false, "a directory"},
    {"FileOrCreate", S_IFREG, true, "a file"},
    {"File", S_IFREG, false, "a file"},
    {"Socket", S_IFSOCK, false, "a socket"},
    {"CharDevice", S_IFCHR, false, "a character device"},
    {"BlockDevice", S_IFBLK, false, "a block device"},
};

const HostPathType* find_host_path_type(std::string_view name) {
  const auto* row = std::ranges::find(kHostPathTypes, name, &HostPathType::name);
  return row == std::end(kHostPathTypes) ? nullptr : row;
}

base::Result<PreparedVolume> prepare_host_path(const text::Value& source, PreparedVolume volume,
                                               const std::string& where) {
  volume.host_path = source.string_at("path");
  const HostPathType* type = find_host_path_type(source.string_at("type"));
  struct stat status = {};
  if (::stat(volume.host_path.c_str(), &status) == 0) {
    if (type->wanted == 0 || (status.st_mode & S_IFMT) == type->wanted) return volume;
    return base::fail(Code::kInvalid, fmt::format("{}.type: \"{}\" is not {}", where,
                                                  volume.host_path, type->word));
  }
  if (!type->make)
    return base::fail(Code::kNotFound, fmt::format("{}.type: there is no \"{}\" on this machine",
                                                   where, volume.host_path));
  if (type->wanted != S_IFREG) {
    if (auto made = make_directory(volume.host_path, 0755); !made)
      return tl::unexpected(made.error());
    return volume;
  }
  std::ofstream file(volume.host_path, std::ios::app);
  if (!file) return tl::unexpected(system_error("make", volume.host_path).error());
  file.close();
  ::chmod(volume.host_path.c_str(), 0644);
  return volume;
}

std::optional<gid_t> fs_group_of(const text::Value& pod) {
  const text::Value* group = pod.find_path("spec", "securityContext", "fsGroup");
  const auto number = group ? group->to_int() : std::nullopt;
  return number ? std::optional(static_cast<gid_t>(*number)) : std::nullopt;
}

// The group may use all that is there, and what is made later belongs to it.
base::Status give_to_group(const std::string& path, gid_t group, bool read_only) {
  const auto give = [&](const std::string& each, bool directory) -> base::Status {
    struct stat status = {};
    if (::lstat(each.c_str(), &status) != 0 || S_ISLNK(status.st_mode)) return {};
    const mode_t wanted =
        directory ? S_ISGID | (read_only ? 0550 : 0770) : (read_only ? 0440 : 0660);
    if (::lchown(each.c_str(), static_cast<uid_t>(-1), group) != 0)
      return system_error("give to the pod's fsGroup", each);
    if (::chmod(each.c_str(), (status.st_mode & 07777) | wanted) != 0)
      return system_error("set the mode of", each);
    return {};
  };
  if (auto given = give(path, true); !given) return given;
  std::error_code error;
  for (const auto& file : fs::recursive_directory_iterator(path, error))
    if (auto given = give(file.path().string(), file.is_directory(error)); !given) return given;
  return {};
}

base::Result<PreparedVolume> prepare_files(const text::Value& pod, const text::Value& source,
                                           PreparedVolume volume, const PodSurroundings& around,
                                           const std::string& where) {
  volume.read_only = true;
  const auto files = files_of_volume(pod, source, around, where);
  if (!files) return tl::unexpected(files.error());
  if (auto made = make_directory(volume.host_path, 0755); !made)
    return tl::unexpected(made.error());
  // Secrets do not touch the disk.
  const text::Value* projected = source.find("projected");
  if (source.find("secret") || projected)
    if (auto mounted = mount_tmpfs(volume.host_path, std::nullopt, 0755); !mounted)
      return tl::unexpected(mounted.error());
  if (auto written = write_volume_files(volume.host_path, *files); !written)
    return tl::unexpected(written.error());
  return volume;
}

base::Result<PreparedVolume> prepare(const text::Value& pod, const text::Value& source,
                                     const PodSurroundings& around, const std::string& where) {
  PreparedVolume volume;
  volume.name = source.string_at("name");
  volume.host_path = fmt::format("{}/volumes/{}", around.pod_dir, volume.name);
  const text::Value* host_path = source.find("hostPath");
  if (host_path && host_path->is_map())
    return prepare_host_path(*host_path, volume, where + ".hostPath");
  const bool has_files = std::ranges::any_of(
      std::initializer_list<const char*>{"configMap", "secret", "downwardAPI", "projected"},
      [&](const char* kind) { return source.find(kind) && !source.find(kind)->is_null(); });
  const text::Value* empty = source.find("emptyDir");
  auto prepared =
      has_files ? prepare_files(pod, source, volume, around, where)
                : prepare_empty_dir(empty ? *empty : empty_map(), volume, where + ".emptyDir");
  const auto group = fs_group_of(pod);
  if (!prepared || !group) return prepared;
  if (auto given = give_to_group(prepared->host_path, *group, prepared->read_only); !given)
    return tl::unexpected(given.error());
  return prepared;
}

constexpr std::string_view kKinds[] = {"emptyDir", "hostPath",    "configMap",
                                       "secret",   "downwardAPI", "projected"};

base::Status check_volume(const text::Value& volume, const std::string& where) {
  const std::string_view name = volume.string_at("name");
  if (name.empty() || name.find('/') != std::string_view::npos || name == "." || name == "..")
    return base::fail(Code::kInvalid,
                      fmt::format("{}.name: \"{}\" is no volume name", where, name));
  int kinds = 0;
  for (const text::Member& member : volume.as_map()) {
    if (member.key == "name" || member.value.is_null()) continue;
    if (std::ranges::find(kKinds, member.key) == std::end(kKinds))
      return base::fail(Code::kUnsupported,
                        fmt::format("{}.{} is not supported by this node agent", where, member.key),
                        {}, "emptyDir, hostPath, configMap, secret, downwardAPI and projected are");
    ++kinds;
  }
  if (kinds > 1)
    return base::fail(Code::kInvalid,
                      fmt::format("{}: a volume has one source, not {}", where, kinds));
  if (const std::string_view medium = volume.string_at("emptyDir", "medium");
      !medium.empty() && medium != "Memory")
    return base::fail(Code::kUnsupported,
                      fmt::format("{}.emptyDir.medium: \"{}\" is not supported", where, medium));
  const text::Value* host_path = volume.find("hostPath");
  if (host_path && host_path->is_map()) {
    if (!host_path->string_at("path").starts_with('/'))
      return base::fail(Code::kInvalid, fmt::format("{}.hostPath.path: must be absolute", where));
    if (!find_host_path_type(host_path->string_at("type")))
      return base::fail(Code::kInvalid, fmt::format("{}.hostPath.type: \"{}\" is unknown", where,
                                                    host_path->string_at("type")));
  }
  return check_volume_files(volume, where);
}

const text::List& list_of(const text::Value* value) {
  static const text::List kNone;
  return value && value->is_list() ? value->as_list() : kNone;
}

}  // namespace

base::Status check_volumes(const text::Value& pod) {
  std::set<std::string, std::less<>> names;
  const text::List& volumes = list_of(pod.find_path("spec", "volumes"));
  for (size_t i = 0; i < volumes.size(); ++i) {
    const std::string where = fmt::format("spec.volumes[{}]", i);
    if (!volumes[i].is_map()) return base::fail(Code::kInvalid, where + ": must be a map");
    if (auto good = check_volume(volumes[i], where); !good) return good;
    if (!names.emplace(volumes[i].string_at("name")).second)
      return base::fail(Code::kInvalid, fmt::format("{}.name: \"{}\" is there twice", where,
                                                    volumes[i].string_at("name")));
  }
  for (const char* list : {"initContainers", "containers"}) {
    const text::List& containers = list_of(pod.find_path("spec", list));
    for (size_t i = 0; i < containers.size(); ++i) {
      const text::List& devices = list_of(containers[i].find("volumeDevices"));
      if (!devices.empty())
        return base::fail(Code::kUnsupported,
                          fmt::format("spec.{}[{}].volumeDevices is not supported by this node "
                                      "agent",
                                      list, i));
      const text::List& mounts = list_of(containers[i].find("volumeMounts"));
      for (size_t m = 0; m < mounts.size(); ++m)
        if (!names.contains(mounts[m].string_at("name")))
          return base::fail(Code::kInvalid,
                            fmt::format("spec.{}[{}].volumeMounts[{}].name: there is no volume "
                                        "\"{}\"",
                                        list, i, m, mounts[m].string_at("name")));
    }
  }
  return {};
}

base::Result<std::vector<PreparedVolume>> prepare_volumes(const text::Value& pod,
                                                          const PodSurroundings& around) {
  if (auto good = check_volumes(pod); !good) return tl::unexpected(good.error());
  std::vector<PreparedVolume> prepared;
  const text::List& volumes = list_of(pod.find_path("spec", "volumes"));
  for (size_t i = 0; i < volumes.size(); ++i) {
    auto volume = prepare(pod, volumes[i], around, fmt::format("spec.volumes[{}]", i));
    if (!volume) return tl::unexpected(volume.error());
    prepared.push_back(std::move(*volume));
  }
  return prepared;
}

base::Status release_volumes(const std::string& pod_dir) {
  for (const char* folder : {"/subpaths", "/volumes"}) {
    const std::string path = pod_dir + folder;
    // Before anything is removed: a pinned subPath is a window into somebody's own folder.
    if (auto gone = unmount_below(path); !gone) return gone;
    if (!mounts_below(path).empty())
      return base::fail(Code::kUnavailable, fmt::format("something is mounted below \"{}\"", path));
    std::error_code error;
    fs::remove_all(path, error);
    if (error)
      return base::fail(Code::kUnavailable,
                        fmt::format("cannot remove \"{}\": {}", path, error.message()));
  }
  return {};
}

}  // namespace runtime
