#include "runtime/image_layer.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <linux/openat2.h>
#include <locale.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/image_digest.h"
#include "sys/fd.h"

namespace runtime {
namespace {

using base::Code;
using sys::Fd;

struct ArchiveFree {
  void operator()(archive* a) const { archive_read_free(a); }
};
using ArchivePtr = std::unique_ptr<archive, ArchiveFree>;

base::Status system_error(std::string_view what, std::string_view path) {
  return base::fail(Code::kUnavailable,
                    fmt::format("{} \"{}\": {}", what, path, std::strerror(errno)));
}

// The uncompressed bytes of a blob, hashed on their way.
class TarStream {
 public:
  base::Status open(const std::string& blob) {
    reader_.reset(archive_read_new());
    archive* a = reader_.get();
    archive_read_support_filter_gzip(a);
    archive_read_support_filter_zstd(a);
    archive_read_support_filter_xz(a);
    archive_read_support_filter_bzip2(a);
    archive_read_support_format_raw(a);
    archive_read_support_format_empty(a);
    archive_entry* entry = nullptr;
    if (archive_read_open_filename(a, blob.c_str(), 1 << 18) != ARCHIVE_OK)
      return base::fail(::access(blob.c_str(), R_OK) == 0 ? Code::kCorrupt : Code::kUnavailable,
                        archive_error_string(a));
    const int status = archive_read_next_header(a, &entry);
    ended_ = status == ARCHIVE_EOF;
    if (status != ARCHIVE_OK && !ended_) return base::fail(Code::kCorrupt, archive_error_string(a));
    return {};
  }
  // Gives 0 at the end, below 0 on damage.
  la_ssize_t read(const void** bytes) {
    *bytes = buffer_.data();
    if (ended_) return 0;
    const la_ssize_t count = archive_read_data(reader_.get(), buffer_.data(), buffer_.size());
    if (count > 0) hash_.update({buffer_.data(), static_cast<size_t>(count)});
    if (count == 0) ended_ = true;
    return count;
  }
  // Behind the last entry there may be padding, which belongs to the hash.
  base::Result<std::string> drain() {
    const void* bytes = nullptr;
    la_ssize_t count = 0;
    while ((count = read(&bytes)) > 0) continue;
    if (count < 0) return base::fail(Code::kCorrupt, error());
    return hash_.finish();
  }
  std::string error() const {
    const char* text = archive_error_string(reader_.get());
    return text ? text : "damaged stream";
  }

 private:
  ArchivePtr reader_;
  Sha256 hash_;
  std::vector<char> buffer_ = std::vector<char>(1 << 18);
  bool ended_ = false;
};

la_ssize_t read_tar(archive*, void* stream, const void** bytes) {
  return static_cast<TarStream*>(stream)->read(bytes);
}

// "./a//b/" as {"a", "b"}; nothing when it tries to go up.
std::optional<std::vector<std::string>> split_path(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (part.empty() || part == ".") continue;
    if (part == "..") return std::nullopt;
    parts.emplace_back(part);
  }
  return parts;
}

std::string join(const std::vector<std::string>& parts, size_t count) {
  std::string path;
  for (size_t i = 0; i < count; ++i) path += (i ? "/" : "") + parts[i];
  return path.empty() ? "." : path;
}

std::string proc_path(int directory, std::string_view leaf) {
  return fmt::format("/proc/self/fd/{}/{}", directory, leaf);
}

// May this process set an owner or make a device? Rootless it may not, and the file stays its own.
bool is_about_privilege(int error) { return error == EPERM || error == EINVAL; }

class LayerWriter {
 public:
  base::Status open(const std::string& directory) {
    root_ = Fd(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root_.is_open()) return system_error("cannot open", directory);
    return {};
  }

  base::Status write(archive* reader, archive_entry* entry) {
    const char* name = archive_entry_pathname_utf8(entry);
    if (!name) name = archive_entry_pathname(entry);
    if (!name) return base::fail(Code::kCorrupt, "an entry of the layer has no readable name");
    const auto parts = split_path(name);
    if (!parts) return escapes(name);
    if (parts->empty()) return write_root(entry);
    auto parent = parent_of(*parts);
    if (!parent) return tl::unexpected(parent.error());
    const std::string& leaf = parts->back();
    if (leaf.starts_with(".wh.")) return write_whiteout(*parent, leaf);
    const auto written = write_node(reader, entry, *parent, leaf);
    if (!written)
      return base::fail(written.error().code, fmt::format("{}: {}", name, written.error().text));
    return {};
  }

  // Directories get their times last: filling them has changed them.
  void finish() {
    for (const auto& [path, time] : directory_times_)
      if (const Fd fd = open_in_root(path, O_RDONLY | O_DIRECTORY); fd.is_open())
        ::futimens(fd.get(), time.data());
  }

  uint64_t bytes() const { return bytes_; }

 private:
  using Times = std::array<timespec, 2>;

  static base::Status escapes(std::string_view name) {
    return base::fail(Code::kCorrupt,
                      fmt::format("the layer's entry \"{}\" leads out of it", name));
  }

  // Follows symbolic links as if the layer were the root of all: an absolute link stays inside.
  Fd open_in_root(const std::string& path, int flags) const {
    open_how how = {};
    how.flags = static_cast<uint64_t>(flags) | O_CLOEXEC;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    return Fd(
        static_cast<int>(::syscall(SYS_openat2, root_.get(), path.c_str(), &how, sizeof how)));
  }

  base::Result<int> parent_of(const std::vector<std::string>& parts) {
    const std::string path = join(parts, parts.size() - 1);
    if (parent_.is_open() && path == parent_path_) return parent_.get();
    parent_ = open_in_root(path, O_PATH | O_DIRECTORY);
    if (!parent_.is_open() && errno == ENOENT) {
      if (auto made = make_parents(parts); !made) return tl::unexpected(made.error());
      parent_ = open_in_root(path, O_PATH | O_DIRECTORY);
    }
    if (!parent_.is_open()) return tl::unexpected(system_error("cannot enter", path).error());
    parent_path_ = path;
    return parent_.get();
  }

  base::Status make_parents(const std::vector<std::string>& parts) {
    for (size_t depth = 1; depth < parts.size(); ++depth) {
      const std::string step = join(parts, depth);
      if (open_in_root(step, O_PATH | O_DIRECTORY).is_open()) continue;
      const Fd above = open_in_root(join(parts, depth - 1), O_PATH | O_DIRECTORY);
      if (!above.is_open() || ::mkdirat(above.get(), parts[depth - 1].c_str(), 0755) != 0)
        return system_error("cannot make", step);
    }
    return {};
  }

  base::Status write_root(archive_entry* entry) {
    const Fd fd(::openat(root_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.is_open()) return system_error("cannot open", ".");
    return set_attributes(entry, fd.get());
  }

  base::Status write_whiteout(int parent, const std::string& leaf) {
    if (leaf == ".wh..wh..opq") return mark_opaque(parent);
    if (leaf.starts_with(".wh..wh.")) return {};  // aufs' own bookkeeping
    const std::string hidden = leaf.substr(4);
    if (hidden.empty() || hidden == "." || hidden == "..") return escapes(leaf);
    if (::mknodat(parent, hidden.c_str(), S_IFCHR | 0600, ::makedev(0, 0)) != 0 && errno != EEXIST)
      return system_error("cannot hide", hidden);
    return {};
  }

  // overlayfs reads trusted.* when mounted by root, user.* (with "userxattr") inside a user
  // namespace, where trusted.* cannot be set.
  static base::Status mark_opaque(int parent) {
    const std::string path = proc_path(parent, ".");
    if (::setxattr(path.c_str(), "trusted.overlay.opaque", "y", 1, 0) == 0) return {};
    if (::setxattr(path.c_str(), "user.overlay.opaque", "y", 1, 0) == 0) return {};
    return system_error("cannot mark as opaque", path);
  }

  base::Status write_node(archive* reader, archive_entry* entry, int parent,
                          const std::string& leaf) {
    if (archive_entry_hardlink_utf8(entry) || archive_entry_hardlink(entry))
      return write_hard_link(entry, parent, leaf);
    switch (archive_entry_filetype(entry)) {
      case AE_IFDIR:
        return write_directory(entry, parent, leaf);
      case AE_IFREG:
        return write_file(reader, entry, parent, leaf);
      case AE_IFLNK:
        return write_symlink(entry, parent, leaf);
      case AE_IFCHR:
      case AE_IFBLK:
      case AE_IFIFO:
        return write_device(entry, parent, leaf);
      default:
        return {};  // a socket: nobody listens behind it
    }
  }

  // A later entry of the same layer replaces an earlier one.
  base::Status make_way(int parent, const std::string& leaf) {
    std::error_code error;
    std::filesystem::remove_all(proc_path(parent, leaf), error);
    if (error) return base::fail(Code::kUnavailable, error.message());
    return {};
  }

  template <class Make>
  base::Status make_new(int parent, const std::string& leaf, Make make) {
    if (make() == 0) return {};
    if (errno == EEXIST) {
      if (auto gone = make_way(parent, leaf); !gone) return gone;
      if (make() == 0) return {};
    }
    return system_error("cannot make", leaf);
  }

  base::Status write_directory(archive_entry* entry, int parent, const std::string& leaf) {
    constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    Fd fd(::openat(parent, leaf.c_str(), kFlags));
    if (!fd.is_open()) {
      const auto made =
          make_new(parent, leaf, [&] { return ::mkdirat(parent, leaf.c_str(), 0755); });
      if (!made) return made;
      fd = Fd(::openat(parent, leaf.c_str(), kFlags));
      if (!fd.is_open()) return system_error("cannot open", leaf);
    }
    directory_times_.emplace_back(fmt::format("{}/{}", parent_path_, leaf), times_of(entry));
    return set_attributes(entry, fd.get());
  }

  base::Status write_file(archive* reader, archive_entry* entry, int parent,
                          const std::string& leaf) {
    Fd fd;
    const auto made = make_new(parent, leaf, [&] {
      fd = Fd(::openat(parent, leaf.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                       0600));
      return fd.is_open() ? 0 : -1;
    });
    if (!made) return made;
    const void* bytes = nullptr;
    size_t count = 0;
    la_int64_t offset = 0;
    int status = 0;
    while ((status = archive_read_data_block(reader, &bytes, &count, &offset)) == ARCHIVE_OK) {
      const char* at = static_cast<const char*>(bytes);
      while (count > 0) {
        const ssize_t written = ::pwrite(fd.get(), at, count, offset);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return system_error("cannot write", leaf);
        at += written;
        offset += written;
        count -= static_cast<size_t>(written);
        bytes_ += static_cast<uint64_t>(written);
      }
    }
    if (status != ARCHIVE_EOF) return base::fail(Code::kCorrupt, archive_error_string(reader));
    // A hole at the end of a sparse file is not written by any block.
    if (::ftruncate(fd.get(), archive_entry_size(entry)) != 0)
      return system_error("cannot size", leaf);
    return set_attributes(entry, fd.get());
  }

  base::Status write_hard_link(archive_entry* entry, int parent, const std::string& leaf) {
    const char* target = archive_entry_hardlink_utf8(entry);
    if (!target) target = archive_entry_hardlink(entry);
    const auto parts = split_path(target);
    if (!parts || parts->empty()) return escapes(target);
    const Fd from = open_in_root(join(*parts, parts->size() - 1), O_PATH | O_DIRECTORY);
    if (!from.is_open()) return system_error("cannot link to", target);
    const std::string& old = parts->back();
    return make_new(parent, leaf,
                    [&] { return ::linkat(from.get(), old.c_str(), parent, leaf.c_str(), 0); });
  }

  base::Status write_symlink(archive_entry* entry, int parent, const std::string& leaf) {
    const char* target = archive_entry_symlink_utf8(entry);
    if (!target) target = archive_entry_symlink(entry);
    if (!target) return base::fail(Code::kCorrupt, "a symbolic link without a target");
    const auto made =
        make_new(parent, leaf, [&] { return ::symlinkat(target, parent, leaf.c_str()); });
    if (!made) return made;
    return set_attributes_of_path(entry, parent, leaf);
  }

  base::Status write_device(archive_entry* entry, int parent, const std::string& leaf) {
    const mode_t mode = archive_entry_mode(entry);
    // 0:0 would hide the file of the layer below: in a tar it is no whiteout.
    if (S_ISCHR(mode) && archive_entry_rdev(entry) == 0) return {};
    const auto made = make_new(parent, leaf, [&] {
      const int status = ::mknodat(parent, leaf.c_str(), mode, archive_entry_rdev(entry));
      return status != 0 && errno == EPERM ? 0 : status;
    });
    if (!made) return made;
    if (::faccessat(parent, leaf.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) != 0) return {};
    if (auto set = set_attributes_of_path(entry, parent, leaf); !set) return set;
    ::fchmodat(parent, leaf.c_str(), mode & 07777, 0);
    return {};
  }

  static Times times_of(archive_entry* entry) {
    timespec time = {};
    time.tv_sec = archive_entry_mtime(entry);
    time.tv_nsec = archive_entry_mtime_nsec(entry);
    return {time, time};
  }

  static base::Status set_attributes(archive_entry* entry, int fd) {
    const auto uid = static_cast<uid_t>(archive_entry_uid(entry));
    const auto gid = static_cast<gid_t>(archive_entry_gid(entry));
    if (::fchown(fd, uid, gid) != 0 && !is_about_privilege(errno))
      return system_error("cannot set the owner of", archive_entry_pathname(entry));
    // After chown, which clears the setuid bits.
    if (::fchmod(fd, archive_entry_mode(entry) & 07777) != 0)
      return system_error("cannot set the mode of", archive_entry_pathname(entry));
    set_extended(entry, fd);
    ::futimens(fd, times_of(entry).data());
    return {};
  }

  static base::Status set_attributes_of_path(archive_entry* entry, int parent,
                                             const std::string& leaf) {
    const auto uid = static_cast<uid_t>(archive_entry_uid(entry));
    const auto gid = static_cast<gid_t>(archive_entry_gid(entry));
    if (::fchownat(parent, leaf.c_str(), uid, gid, AT_SYMLINK_NOFOLLOW) != 0 &&
        !is_about_privilege(errno))
      return system_error("cannot set the owner of", leaf);
    ::utimensat(parent, leaf.c_str(), times_of(entry).data(), AT_SYMLINK_NOFOLLOW);
    return {};
  }

  // File capabilities and the user's attributes. Never overlayfs' own: an image could point its
  // directories elsewhere with them.
  static void set_extended(archive_entry* entry, int fd) {
    const char* name = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    archive_entry_xattr_reset(entry);
    while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
      const std::string_view word = name;
      const bool wanted = word == "security.capability" ||
                          (word.starts_with("user.") && !word.starts_with("user.overlay."));
      if (wanted) ::fsetxattr(fd, name, value, size, 0);
    }
  }

  Fd root_, parent_;
  std::string parent_path_ = "\n";  // no path
  std::vector<std::pair<std::string, Times>> directory_times_;
  uint64_t bytes_ = 0;
};

// libarchive turns names through the thread's locale, and the C locale knows no "é".
class Utf8Locale {
 public:
  Utf8Locale() : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (locale_) before_ = ::uselocale(locale_);
  }
  ~Utf8Locale() {
    if (!locale_) return;
    ::uselocale(before_);
    ::freelocale(locale_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t locale_, before_ = nullptr;
};

}  // namespace

base::Result<UnpackedLayer> unpack_layer(const std::string& blob, const std::string& directory) {
  const Utf8Locale utf8;
  TarStream stream;
  if (auto opened = stream.open(blob); !opened) return tl::unexpected(opened.error());
  LayerWriter writer;
  if (auto opened = writer.open(directory); !opened) return tl::unexpected(opened.error());
  const ArchivePtr reader(archive_read_new());
  archive* tar = reader.get();
  archive_read_support_format_tar(tar);
  archive_read_support_format_empty(tar);
  if (archive_read_open(tar, &stream, nullptr, read_tar, nullptr) != ARCHIVE_OK)
    return base::fail(Code::kCorrupt, fmt::format("not a tar archive: {}", stream.error()));
  archive_entry* entry = nullptr;
  int status = 0;
  while ((status = archive_read_next_header(tar, &entry)) == ARCHIVE_OK || status == ARCHIVE_WARN)
    if (auto written = writer.write(tar, entry); !written) return tl::unexpected(written.error());
  if (status != ARCHIVE_EOF) {
    const char* why = archive_error_string(tar);
    return base::fail(Code::kCorrupt, fmt::format("damaged layer: {}", why ? why : stream.error()));
  }
  writer.finish();
  auto digest = stream.drain();
  if (!digest) return tl::unexpected(digest.error());
  return UnpackedLayer{*digest, writer.bytes()};
}

}  // namespace runtime
