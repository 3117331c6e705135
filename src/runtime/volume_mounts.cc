// What a container mounts of its pod's volumes; declared in volumes.h.
#include <fcntl.h>
#include <fmt/core.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "runtime/volumes.h"
#include "sys/fd.h"

namespace runtime {
namespace {

namespace fs = std::filesystem;
using base::Code;

sys::Fd open_beneath(int root, const std::string& path, int flags) {
  open_how how = {};
  how.flags = static_cast<uint64_t>(flags) | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  return sys::Fd(static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how)));
}

base::Status leaves(const std::string& where, const std::string& sub_path) {
  return base::fail(Code::kInvalid,
                    fmt::format("{}: \"{}\" leads out of its volume", where, sub_path));
}

// Opens volume/sub_path without ever leaving the volume; what is missing is made as directories
// with the volume's own mode, as kubelet does.
base::Result<sys::Fd> open_sub_path(const std::string& volume, const std::string& sub_path,
                                    const std::string& where) {
  const sys::Fd root(::open(volume.c_str(), O_PATH | O_CLOEXEC));
  struct stat status = {};
  if (!root.is_open() || ::fstat(root.get(), &status) != 0)
    return base::fail(Code::kUnavailable,
                      fmt::format("cannot open \"{}\": {}", volume, std::strerror(errno)));
  sys::Fd found = open_beneath(root.get(), sub_path, O_PATH);
  if (found.is_open()) return found;
  if (errno == EXDEV) return tl::unexpected(leaves(where, sub_path).error());
  if (errno == ENOENT) {
    fs::path done = ".";
    for (const fs::path& part : fs::path(sub_path)) {
      if (part.empty()) continue;
      const sys::Fd above = open_beneath(root.get(), done.string(), O_PATH | O_DIRECTORY);
      if (above.is_open() && ::mkdirat(above.get(), part.c_str(), 0755) == 0)
        ::fchmodat(above.get(), part.c_str(), status.st_mode & 07777, 0);
      done /= part;
    }
    found = open_beneath(root.get(), sub_path, O_PATH);
    if (found.is_open()) return found;
    if (errno == EXDEV) return tl::unexpected(leaves(where, sub_path).error());
  }
  return base::fail(Code::kInvalid,
                    fmt::format("{}: \"{}\": {}", where, sub_path, std::strerror(errno)));
}

// Binds the open file to a place that the pod cannot reach. Where this process may not mount, its
// path has to do.
base::Result<std::string> pin(const sys::Fd& fd, const std::string& place) {
  const std::string open_path = fmt::format("/proc/self/fd/{}", fd.get());
  struct stat status = {};
  std::error_code error;
  fs::create_directories(fs::path(place).parent_path(), error);
  ::umount2(place.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);  // of an attempt that was cut short
  if (::fstat(fd.get(), &status) == 0 && S_ISDIR(status.st_mode))
    fs::create_directory(place, error);
  else
    std::ofstream(place, std::ios::app).close();
  if (::mount(open_path.c_str(), place.c_str(), nullptr, MS_BIND | MS_REC, nullptr) == 0)
    return place;
  if (errno == EPERM) return fs::read_symlink(open_path, error).string();
  return base::fail(Code::kUnavailable,
                    fmt::format("cannot bind \"{}\": {}", place, std::strerror(errno)));
}

base::Result<std::string> propagation_of(const text::Value& mount, const std::string& where) {
  const std::string_view word = mount.string_at("mountPropagation");
  if (word.empty() || word == "None") return std::string("rprivate");
  if (word == "HostToContainer") return std::string("rslave");
  if (word == "Bidirectional") return std::string("rshared");
  return base::fail(Code::kInvalid,
                    fmt::format("{}.mountPropagation: \"{}\" is unknown", where, word));
}

bool flag_at(const text::Value& value, std::string_view field) {
  const text::Value* flag = value.find(field);
  return flag && flag->is_bool() && flag->as_bool();
}

// The subPath as written, or its expression's value; empty when there is none.
base::Result<std::string> sub_path_of(const text::Value& mount, const std::vector<std::string>& env,
                                      const std::string& where) {
  std::string path(mount.string_at("subPath"));
  const std::string_view expression = mount.string_at("subPathExpr");
  if (!path.empty() && !expression.empty())
    return base::fail(Code::kInvalid, where + ": has subPath and subPathExpr");
  if (!expression.empty()) {
    path = expand_references(expression, env);
    if (path.find("$(") != std::string::npos)
      return base::fail(Code::kInvalid,
                        fmt::format("{}.subPathExpr: \"{}\" names a variable that is not set",
                                    where, expression));
  }
  const std::string field = where + (expression.empty() ? ".subPath" : ".subPathExpr");
  if (path.starts_with('/')) return base::fail(Code::kInvalid, field + ": must be relative");
  for (const fs::path& part : fs::path(path))
    if (part == "..") return tl::unexpected(leaves(field, path).error());
  return path;
}

base::Result<VolumeMount> resolve(const text::Value& mount,
                                  const std::vector<PreparedVolume>& volumes,
                                  const std::vector<std::string>& env, const std::string& pin_place,
                                  const std::string& where) {
  const std::string_view name = mount.string_at("name");
  const auto volume = std::ranges::find(volumes, name, &PreparedVolume::name);
  if (volume == volumes.end())
    return base::fail(Code::kInvalid,
                      fmt::format("{}.name: there is no volume \"{}\"", where, name));
  if (mount.string_at("recursiveReadOnly") == "Enabled")
    return base::fail(Code::kUnsupported, where + ".recursiveReadOnly is not supported");
  const auto propagation = propagation_of(mount, where);
  if (!propagation) return tl::unexpected(propagation.error());
  VolumeMount made;
  made.propagation = *propagation;
  made.host_path = volume->host_path;
  made.read_only = volume->read_only || flag_at(mount, "readOnly");
  const std::string_view path = mount.string_at("mountPath");
  made.destination = (fs::path("/") / path).lexically_normal().string();
  while (made.destination.size() > 1 && made.destination.ends_with('/'))
    made.destination.pop_back();
  if (path.empty() || made.destination == "/")
    return base::fail(Code::kInvalid,
                      fmt::format("{}.mountPath: \"{}\" is no place to mount at", where, path));
  const auto sub_path = sub_path_of(mount, env, where);
  if (!sub_path) return tl::unexpected(sub_path.error());
  if (sub_path->empty()) return made;
  const auto fd = open_sub_path(volume->host_path, *sub_path, where + ".subPath");
  if (!fd) return tl::unexpected(fd.error());
  auto pinned = pin(*fd, pin_place);
  if (!pinned) return tl::unexpected(pinned.error());
  made.host_path = std::move(*pinned);
  return made;
}

}  // namespace

base::Result<std::vector<VolumeMount>> container_mounts(const text::Value& container,
                                                        const std::vector<PreparedVolume>& volumes,
                                                        const std::vector<std::string>& env,
                                                        const PodSurroundings& around) {
  std::vector<VolumeMount> mounts;
  const text::Value* rows = container.find("volumeMounts");
  if (!rows || !rows->is_list()) return mounts;
  const std::string_view name = container.string_at("name");
  std::set<std::string> destinations;
  for (size_t i = 0; i < rows->as_list().size(); ++i) {
    const std::string where = fmt::format("container \"{}\": volumeMounts[{}]", name, i);
    const std::string place = fmt::format("{}/subpaths/{}/{}", around.pod_dir, name, i);
    auto mount = resolve(rows->as_list()[i], volumes, env, place, where);
    if (!mount) return tl::unexpected(mount.error());
    if (!destinations.insert(mount->destination).second)
      return base::fail(Code::kInvalid, fmt::format("{}.mountPath: \"{}\" is there twice", where,
                                                    mount->destination));
    mounts.push_back(std::move(*mount));
  }
  // What lies deeper is mounted later, else it would be covered.
  std::ranges::stable_sort(mounts, {}, [](const VolumeMount& mount) {
    return std::ranges::count(mount.destination, '/');
  });
  return mounts;
}

}  // namespace runtime
