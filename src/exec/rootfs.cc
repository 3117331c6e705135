#include "exec/rootfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sys/fd.h"

namespace exec {
namespace {

// A page of options is the kernel's limit; some room is left for the rest of them.
constexpr size_t kLayersTextMax = 3500;

std::string problem(const std::string& what) { return what + ": " + std::strerror(errno); }

int open_below(int root, const char* path, uint64_t flags) {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(::syscall(SYS_openat2, root, path, &how, sizeof how));
}

std::string escaped(const std::string& path) {
  std::string out;
  for (const char c : path) {
    if (c == ':' || c == '\\' || c == ',') out += '\\';
    out += c;
  }
  return out;
}

// "lowerdir=" names; by short links in the folder (the working directory) when they are too long.
std::string lower_names(const sys::MonitorSpec& spec) {
  std::string names;
  for (const std::string& layer : spec.layers) {
    if (!names.empty()) names += ':';
    names += escaped(layer);
  }
  if (names.size() <= kLayersTextMax) return names;
  names.clear();
  ::mkdir("l", 0700);
  for (size_t i = 0; i < spec.layers.size(); ++i) {
    const std::string link = "l/" + std::to_string(i);
    if (::symlink(spec.layers[i].c_str(), link.c_str()) != 0) return {};
    names += (i == 0 ? "" : ":") + link;
  }
  return names;
}

void remove_tree(int parent, const char* name) {
  if (::unlinkat(parent, name, 0) == 0 || (errno != EISDIR && errno != EPERM)) return;
  const int fd = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) {
    ::unlinkat(parent, name, AT_REMOVEDIR);
    return;
  }
  DIR* const folder = ::fdopendir(fd);
  if (folder == nullptr) {
    ::close(fd);
    return;
  }
  while (const dirent* entry = ::readdir(folder)) {
    const std::string_view child = entry->d_name;
    if (child != "." && child != "..") remove_tree(fd, entry->d_name);
  }
  ::closedir(folder);
  ::unlinkat(parent, name, AT_REMOVEDIR);
}

// "" and the text, or what is wrong; `missing` when there is no such file.
std::string read_output(int root, const std::string& path, std::string& text, bool& missing) {
  const sys::Fd fd(open_below(root, path.c_str(), O_RDONLY | O_NONBLOCK));
  if (!fd.is_open()) {
    missing = errno == ENOENT || errno == ENOTDIR;
    return problem("cannot read " + path);
  }
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return problem("cannot read " + path);
  if (!S_ISREG(info.st_mode)) return "cannot read " + path + ": it is no file";
  if (static_cast<uint64_t>(info.st_size) > sys::kOutputMax)
    return path + " has " + std::to_string(info.st_size) + " bytes; an output parameter holds " +
           std::to_string(sys::kOutputMax);
  text.resize(sys::kOutputMax + 1);
  size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(fd.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return problem("cannot read " + path);
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  text.resize(size);
  return {};
}

// The container's mounts went with its namespace: put the volumes back where they were, for us.
void mount_volumes(int root, const sys::MonitorSpec& spec) {
  for (const auto& volume : spec.volumes) {
    const sys::Fd target(open_below(root, volume.path.c_str(), O_PATH));
    if (!target.is_open()) continue;
    const std::string name = "/proc/self/fd/" + std::to_string(target.get());
    ::mount(volume.host.c_str(), name.c_str(), nullptr, MS_BIND | MS_REC, nullptr);
  }
}

}  // namespace

std::string mount_root(const std::string& folder, const sys::MonitorSpec& spec) {
  if (::unshare(CLONE_NEWNS) != 0) return problem("cannot make a mount namespace");
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0)
    return problem("cannot make the mounts private");
  if (spec.hide_unified_cgroups) ::umount2("/sys/fs/cgroup/unified", MNT_DETACH);
  for (const char* name : {sys::monitor_file::kRootfs, "upper", "work"})
    if (::mkdir((folder + "/" + name).c_str(), 0755) != 0 && errno != EEXIST)
      return problem("cannot make the folder " + std::string(name));
  const std::string lower = lower_names(spec);
  if (lower.empty()) return "the image has no layers";
  // "volatile": no sync of the whole disk at the end; the upper layer is thrown away anyhow.
  const std::string options = "volatile,lowerdir=" + lower + ",upperdir=upper,workdir=work" +
                              (spec.in_user_namespace ? ",userxattr" : "");
  const std::string root = folder + "/" + sys::monitor_file::kRootfs;
  // No device nodes: an image cannot bring any in.
  if (::mount("overlay", root.c_str(), "overlay", MS_NODEV, options.c_str()) == 0) return {};
  if (errno != EINVAL) return problem("cannot mount the image");
  const std::string plain = options.substr(std::strlen("volatile,"));  // before Linux 5.10
  if (::mount("overlay", root.c_str(), "overlay", MS_NODEV, plain.c_str()) == 0) return {};
  return problem("cannot mount the image");
}

void read_outputs(const std::string& folder, const sys::MonitorSpec& spec, ExitRecord& record) {
  if (spec.outputs.empty()) return;
  const std::string path = spec.is_process ? "/" : folder + "/" + sys::monitor_file::kRootfs;
  const sys::Fd root(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.is_open()) {
    record.output_error = problem("cannot open the container's root");
    return;
  }
  if (!spec.is_process) mount_volumes(root.get(), spec);
  for (const auto& wanted : spec.outputs) {
    std::string text;
    bool missing = false;
    const std::string name =
        wanted.path.front() == '/' ? wanted.path : spec.cwd + "/" + wanted.path;
    const std::string wrong = read_output(root.get(), name, text, missing);
    if (wrong.empty()) {
      if (text.ends_with('\n')) text.pop_back();  // as Argo: one trailing newline is no content
      record.parameters.push_back({wanted.name, std::move(text)});
    } else if (missing && wanted.optional) {
      record.missing.push_back(wanted.name);
    } else if (record.output_error.empty()) {
      record.output_error = wrong;
    }
  }
}

void clean_up(const std::string& folder) {
  ::umount2((folder + "/" + sys::monitor_file::kRootfs).c_str(), MNT_DETACH);
  const sys::Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (const char* name : {"upper", "work", sys::monitor_file::kCrunState, "l", "pid"})
    remove_tree(fd.get(), name);
}

}  // namespace exec
