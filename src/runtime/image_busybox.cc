#include "runtime/image_busybox.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string_view>

#include "runtime/image_command.h"

namespace runtime {
namespace {

namespace fs = std::filesystem;

struct Directory {
  const char* path;
  mode_t mode;
};
constexpr Directory kDirectories[] = {
    {"bin", 0755},  {"dev", 0755},     {"etc", 0755},  {"home", 0755},      {"proc", 0755},
    {"root", 0700}, {"run", 0755},     {"sbin", 0755}, {"sys", 0755},       {"tmp", 01777},
    {"usr", 0755},  {"usr/bin", 0755}, {"var", 0755},  {"var/spool", 0755}, {"var/tmp", 01777},
};

struct File {
  const char *path, *text;
};
constexpr File kFiles[] = {
    {"etc/passwd",
     "root:x:0:0:root:/root:/bin/sh\n"
     "daemon:x:1:1:daemon:/usr/sbin:/bin/false\n"
     "bin:x:2:2:bin:/bin:/bin/false\n"
     "sys:x:3:3:sys:/dev:/bin/false\n"
     "www-data:x:33:33:www-data:/var/www:/bin/false\n"
     "nobody:x:65534:65534:nobody:/home:/bin/false\n"},
    {"etc/group",
     "root:x:0:\ndaemon:x:1:\nbin:x:2:\nsys:x:3:\ntty:x:5:\nwww-data:x:33:\nusers:x:100:\n"
     "nogroup:x:65534:\n"},
    {"etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"},
    {"etc/hosts", "127.0.0.1 localhost\n"},
};

base::Status link_applets(const std::string& binary, const fs::path& bin) {
  auto listed = run_command({binary, "--list"});
  if (!listed) return tl::unexpected(listed.error());
  if (listed->exit_code != 0 || listed->out.empty())
    return base::fail(base::Code::kUnavailable, fmt::format("{} --list names no applets", binary));
  std::string_view names = listed->out;
  while (!names.empty()) {
    const size_t end = std::min(names.find('\n'), names.size());
    const std::string name(names.substr(0, end));
    names.remove_prefix(std::min(end + 1, names.size()));
    if (name.empty() || name == "busybox" || name.find('/') != std::string::npos) continue;
    std::error_code error;
    fs::create_hard_link(bin / "busybox", bin / name, error);
    if (error) return base::fail(base::Code::kUnavailable, error.message());
  }
  return {};
}

}  // namespace

base::Result<uint64_t> make_busybox_root(const std::string& binary, const std::string& directory) {
  const fs::path root = directory;
  const auto broken = [](const std::error_code& error) {
    return base::fail(base::Code::kUnavailable,
                      fmt::format("the built-in busybox image: {}", error.message()));
  };
  std::error_code error;
  for (const Directory& each : kDirectories) {
    fs::create_directory(root / each.path, error);
    if (error) return broken(error);
    ::chmod((root / each.path).c_str(), each.mode);
  }
  for (const File& file : kFiles) {
    std::ofstream(root / file.path) << file.text;
    ::chmod((root / file.path).c_str(), 0644);
  }
  fs::copy_file(binary, root / "bin/busybox", error);
  if (error) return broken(error);
  ::chmod((root / "bin/busybox").c_str(), 0755);
  // Scripts begin with #!/usr/bin/env.
  fs::create_symlink("../../bin/env", root / "usr/bin/env", error);
  if (auto linked = link_applets(binary, root / "bin"); !linked)
    return tl::unexpected(linked.error());
  const uint64_t bytes = fs::file_size(root / "bin/busybox", error);
  if (error) return broken(error);
  return bytes;
}

}  // namespace runtime
