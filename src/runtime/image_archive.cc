#include "runtime/image_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/core.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "sys/files.h"
#include "text/json.h"

namespace runtime {
namespace {

namespace fs = std::filesystem;
using base::Code;

// The two files that tell the formats apart, where they are there.
struct Tables {
  std::optional<std::string> docker_manifest;  // manifest.json
  std::optional<std::string> oci_index;        // index.json
  bool is_oci = false;                         // there is a file oci-layout
};

struct ArchiveFree {
  void operator()(archive* a) const { archive_read_free(a); }
};

base::Result<std::string> read_entry(archive* reader, archive_entry* entry) {
  constexpr la_int64_t kMax = 64 << 20;
  if (archive_entry_size(entry) > kMax)
    return base::fail(Code::kTooLarge, "the archive's table of contents is larger than 64 MiB");
  std::string text(static_cast<size_t>(archive_entry_size(entry)), '\0');
  if (archive_read_data(reader, text.data(), text.size()) != static_cast<la_ssize_t>(text.size()))
    return base::fail(Code::kCorrupt, "the archive is cut short");
  return text;
}

base::Result<Tables> read_tar(const std::string& path) {
  const std::unique_ptr<archive, ArchiveFree> owner(archive_read_new());
  archive* reader = owner.get();
  archive_read_support_filter_gzip(reader);
  archive_read_support_filter_zstd(reader);
  archive_read_support_filter_xz(reader);
  archive_read_support_filter_bzip2(reader);
  archive_read_support_format_tar(reader);
  if (archive_read_open_filename(reader, path.c_str(), 1 << 16) != ARCHIVE_OK)
    return base::fail(Code::kInvalid,
                      fmt::format("\"{}\": {}", path, archive_error_string(reader)));
  Tables tables;
  archive_entry* entry = nullptr;
  int status = 0;
  while ((status = archive_read_next_header(reader, &entry)) == ARCHIVE_OK) {
    std::string_view name = archive_entry_pathname(entry) ? archive_entry_pathname(entry) : "";
    if (name.starts_with("./")) name.remove_prefix(2);
    if (name == "oci-layout") tables.is_oci = true;
    if (name != "manifest.json" && name != "index.json") continue;
    auto text = read_entry(reader, entry);
    if (!text) return tl::unexpected(text.error());
    (name == "manifest.json" ? tables.docker_manifest : tables.oci_index) = std::move(*text);
  }
  if (status != ARCHIVE_EOF)
    return base::fail(Code::kInvalid, fmt::format("\"{}\" is no image archive: {}", path,
                                                  archive_error_string(reader)));
  return tables;
}

base::Result<ImageArchive> read_docker(const std::string& manifest) {
  ImageArchive archive{"docker-archive", {}};
  const auto table = text::parse_json(manifest);
  if (!table || !table->is_list())
    return base::fail(Code::kCorrupt, "the archive's manifest.json is damaged");
  for (size_t i = 0; i < table->as_list().size(); ++i) {
    const text::Value* tags = table->as_list()[i].find("RepoTags");
    const std::string by_place = fmt::format(":@{}", i);
    if (!tags || !tags->is_list() || tags->as_list().empty()) {
      archive.contents.push_back({by_place, ""});
      continue;
    }
    for (const text::Value& tag : tags->as_list())
      if (tag.is_string()) archive.contents.push_back({by_place, tag.as_string()});
  }
  return archive;
}

base::Result<ImageArchive> read_oci(const std::string& transport, const std::string& index) {
  ImageArchive archive{transport, {}};
  const auto table = text::parse_json(index);
  const text::Value* manifests = table ? table->find("manifests") : nullptr;
  if (!manifests || !manifests->is_list())
    return base::fail(Code::kCorrupt, "the layout's index.json is damaged");
  for (const text::Value& each : manifests->as_list()) {
    const std::string_view short_name =
        each.string_at("annotations", "org.opencontainers.image.ref.name");
    std::string name(each.string_at("annotations", "io.containerd.image.name"));
    // A bare tag ("latest") names no image.
    if (name.empty() && short_name.find_first_of(":/") != std::string_view::npos) name = short_name;
    const bool single = manifests->as_list().size() == 1;
    if (!single && short_name.empty()) continue;  // skopeo has no way to ask for it
    archive.contents.push_back({single ? "" : fmt::format(":{}", short_name), name});
  }
  return archive;
}

}  // namespace

base::Result<ImageArchive> examine_image_archive(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status))
    return base::fail(Code::kNotFound, fmt::format("there is no file or directory \"{}\"", path));
  sys::RealFiles files;
  base::Result<ImageArchive> archive = base::fail(
      Code::kInvalid, fmt::format("\"{}\" is neither a docker archive nor an OCI layout", path), {},
      "make one by \"docker save\", \"podman save\" or \"skopeo copy docker://NAME oci:DIR\"");
  if (fs::is_directory(status)) {
    if (fs::exists(path + "/oci-layout", error)) {
      const auto index = files.read(path + "/index.json", 64 << 20);
      if (!index) return tl::unexpected(index.error());
      archive = read_oci("oci", *index);
    } else if (fs::exists(path + "/version", error) && fs::exists(path + "/manifest.json", error)) {
      archive = ImageArchive{"dir", {{"", ""}}};
    }
  } else {
    const auto tables = read_tar(path);
    if (!tables) return tl::unexpected(tables.error());
    // Docker's own archives are both; its manifest.json has the whole names.
    if (tables->docker_manifest)
      archive = read_docker(*tables->docker_manifest);
    else if (tables->is_oci && tables->oci_index)
      archive = read_oci("oci-archive", *tables->oci_index);
  }
  if (archive && archive->contents.empty())
    return base::fail(Code::kInvalid, fmt::format("\"{}\" holds no image", path));
  return archive;
}

}  // namespace runtime
