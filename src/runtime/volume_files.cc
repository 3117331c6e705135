#include "runtime/volume_files.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include "runtime/pod_values.h"
#include "runtime/volumes.h"

namespace runtime {
namespace {

namespace fs = std::filesystem;
using base::Code;

constexpr int64_t kDefaultMode = 0644;
constexpr std::string_view kSources[] = {"configMap", "secret", "downwardAPI"};

bool stays_below(std::string_view path) {
  if (path.empty() || path.starts_with('/')) return false;
  for (const fs::path& part : fs::path(path))
    if (part == "..") return false;
  return true;
}

base::Result<uint32_t> mode_at(const text::Value& value, std::string_view field, int64_t otherwise,
                               const std::string& where) {
  const text::Value* mode = value.find(field);
  if (!mode || mode->is_null()) return static_cast<uint32_t>(otherwise);
  const auto number = mode->to_int();
  if (number && *number >= 0 && *number <= 0777) return static_cast<uint32_t>(*number);
  return base::fail(Code::kInvalid,
                    fmt::format("{}.{}: must be between 0 and 0777 (octal)", where, field));
}

// One of a volume's sources, with the mode that its files have unless they say otherwise.
struct Source {
  const text::Value& value;
  uint32_t mode;
  std::string where;
};

const text::List* list_at(const text::Value& value, std::string_view field) {
  const text::Value* list = value.find(field);
  return list && list->is_list() ? &list->as_list() : nullptr;
}

base::Status check_path(const text::Value& item, const std::string& where) {
  if (stays_below(item.string_at("path"))) return {};
  return base::fail(Code::kInvalid,
                    fmt::format("{}.path: \"{}\" must be relative and must not contain '..'", where,
                                item.string_at("path")));
}

// The files of a ConfigMap or Secret: all keys, or those of `items`.
base::Status add_data(DataKind kind, const Source& source, const text::Value& pod,
                      const PodSurroundings& around, std::vector<VolumeFile>& files) {
  std::string_view name = source.value.string_at("name");
  if (name.empty()) name = source.value.string_at("secretName");
  const auto data = data_of(kind, pod, name, around);
  if (!data && data.error().code == Code::kNotFound && is_optional(source.value)) return {};
  if (!data)
    return base::fail(data.error().code, fmt::format("{}: {}", source.where, data.error().text));
  const text::List* items = list_at(source.value, "items");
  if (!items) {
    for (const auto& [key, bytes] : *data) files.push_back({key, bytes, source.mode});
    return {};
  }
  for (size_t i = 0; i < items->size(); ++i) {
    const text::Value& item = (*items)[i];
    const std::string where = fmt::format("{}.items[{}]", source.where, i);
    const auto mode = mode_at(item, "mode", source.mode, where);
    if (!mode) return tl::unexpected(mode.error());
    const auto found = data->find(std::string(item.string_at("key")));
    if (found != data->end())
      files.push_back({std::string(item.string_at("path")), found->second, *mode});
    else if (!is_optional(source.value))
      return base::fail(Code::kNotFound, fmt::format("{}: {} \"{}\" has no key \"{}\"", where,
                                                     word_of(kind), name, item.string_at("key")));
  }
  return {};
}

base::Status add_downward(const Source& source, const text::Value& pod,
                          const PodSurroundings& around, std::vector<VolumeFile>& files) {
  const text::List* items = list_at(source.value, "items");
  for (size_t i = 0; items && i < items->size(); ++i) {
    const text::Value& item = (*items)[i];
    const std::string where = fmt::format("{}.items[{}]", source.where, i);
    const auto mode = mode_at(item, "mode", source.mode, where);
    if (!mode) return tl::unexpected(mode.error());
    const text::Value* field = item.find("fieldRef");
    const text::Value* resource = item.find("resourceFieldRef");
    base::Result<std::string> value =
        base::fail(Code::kInvalid, where + ": needs fieldRef or resourceFieldRef");
    if (field && field->is_map())
      value = field_of_pod(pod, field->string_at("fieldPath"), FieldUse::kFile, around,
                           where + ".fieldRef.fieldPath");
    else if (resource && resource->is_map())
      value = resource_of_container(pod, *resource, "", around, where + ".resourceFieldRef");
    if (!value) return tl::unexpected(value.error());
    files.push_back({std::string(item.string_at("path")), *value, *mode});
  }
  return {};
}

// Calls `visit(kind, source)` for each source of the volume, of `projected` too.
template <class Visit>
base::Status each_source(const text::Value& volume, const std::string& where, Visit visit) {
  for (const std::string_view kind : kSources) {
    const text::Value* value = volume.find(kind);
    if (!value || !value->is_map()) continue;
    const std::string place = fmt::format("{}.{}", where, kind);
    const auto mode = mode_at(*value, "defaultMode", kDefaultMode, place);
    if (!mode) return tl::unexpected(mode.error());
    if (auto visited = visit(kind, Source{*value, *mode, place}); !visited) return visited;
  }
  const text::Value* projected = volume.find("projected");
  if (!projected || !projected->is_map()) return {};
  const auto mode = mode_at(*projected, "defaultMode", kDefaultMode, where + ".projected");
  if (!mode) return tl::unexpected(mode.error());
  const text::List* sources = list_at(*projected, "sources");
  for (size_t i = 0; sources && i < sources->size(); ++i) {
    if (!(*sources)[i].is_map()) continue;
    for (const text::Member& member : (*sources)[i].as_map()) {
      if (member.value.is_null()) continue;
      const std::string place = fmt::format("{}.projected.sources[{}].{}", where, i, member.key);
      auto visited = visit(std::string_view(member.key), Source{member.value, *mode, place});
      if (!visited) return visited;
    }
  }
  return {};
}

}  // namespace

base::Status check_volume_files(const text::Value& volume, const std::string& where) {
  return each_source(
      volume, where, [](std::string_view kind, const Source& source) -> base::Status {
        if (std::ranges::find(kSources, kind) == std::end(kSources))
          return base::fail(Code::kUnsupported,
                            fmt::format("{} is not supported by this node agent", source.where));
        const text::List* items = list_at(source.value, "items");
        for (size_t i = 0; items && i < items->size(); ++i) {
          const std::string place = fmt::format("{}.items[{}]", source.where, i);
          if (auto good = check_path((*items)[i], place); !good) return good;
        }
        return {};
      });
}

base::Result<std::vector<VolumeFile>> files_of_volume(const text::Value& pod,
                                                      const text::Value& volume,
                                                      const PodSurroundings& around,
                                                      const std::string& where) {
  std::vector<VolumeFile> files;
  const auto added =
      each_source(volume, where, [&](std::string_view kind, const Source& source) -> base::Status {
        if (kind == "configMap") return add_data(DataKind::kConfigMap, source, pod, around, files);
        if (kind == "secret") return add_data(DataKind::kSecret, source, pod, around, files);
        return add_downward(source, pod, around, files);
      });
  if (!added) return tl::unexpected(added.error());
  for (const VolumeFile& file : files)
    if (!stays_below(file.path))
      return base::fail(Code::kInvalid,
                        fmt::format("{}: \"{}\" is no name for a file below it", where, file.path));
  return files;
}

base::Status write_volume_files(const std::string& directory,
                                const std::vector<VolumeFile>& files) {
  std::error_code error;
  for (const auto& old : fs::directory_iterator(directory, error)) fs::remove_all(old, error);
  for (const VolumeFile& file : files) {
    const fs::path path = fs::path(directory) / file.path;
    fs::create_directories(path.parent_path(), error);
    std::ofstream out(path, std::ios::binary);
    out.write(file.bytes.data(), static_cast<std::streamsize>(file.bytes.size()));
    out.close();
    if (!out || ::chmod(path.c_str(), file.mode) != 0)
      return base::fail(Code::kUnavailable, fmt::format("cannot write \"{}\"", path.string()));
  }
  return {};
}

}  // namespace runtime
