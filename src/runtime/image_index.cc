#include "runtime/image_index.h"

#include <fmt/core.h>

namespace runtime {
namespace {

using base::Code;

template <class Strings>
text::Value list_of(const Strings& strings) {
  text::List list;
  for (const std::string& each : strings) list.emplace_back(each);
  return list;
}

// False when it is there and no list of strings. Null counts as absent: Go writes it so.
template <class Add>
bool read_strings(const text::Value* from, Add add) {
  if (!from || from->is_null()) return true;
  if (!from->is_list()) return false;
  for (const text::Value& each : from->as_list()) {
    if (!each.is_string()) return false;
    add(each.as_string());
  }
  return true;
}

auto appender(std::vector<std::string>& to) {
  return [&to](const std::string& each) { to.push_back(each); };
}

}  // namespace

text::Value to_value(const ImageRecord& record) {
  text::Value value;
  value["digest"] = record.digest;
  value["names"] = list_of(record.names);
  value["pulledAt"] = base::to_rfc3339(record.pulled_at);
  value["builtin"] = record.builtin;
  value["diffIds"] = list_of(record.diff_ids);
  value["blobs"] = list_of(record.blobs);
  value["entrypoint"] = list_of(record.entrypoint);
  value["command"] = list_of(record.command);
  value["env"] = list_of(record.env);
  value["workingDir"] = record.working_dir;
  value["user"] = record.user;
  return value;
}

base::Result<ImageRecord> record_from_value(const text::Value& value) {
  ImageRecord record;
  record.digest = value.string_at("digest");
  if (const auto time = base::parse_rfc3339(value.string_at("pulledAt"))) record.pulled_at = *time;
  const text::Value* builtin = value.find("builtin");
  record.builtin = builtin && builtin->is_bool() && builtin->as_bool();
  record.working_dir = value.string_at("workingDir");
  record.user = value.string_at("user");
  const bool whole = read_strings(value.find("names"),
                                  [&](const std::string& each) { record.names.insert(each); }) &&
                     read_strings(value.find("diffIds"), appender(record.diff_ids)) &&
                     read_strings(value.find("blobs"), appender(record.blobs)) &&
                     read_strings(value.find("entrypoint"), appender(record.entrypoint)) &&
                     read_strings(value.find("command"), appender(record.command)) &&
                     read_strings(value.find("env"), appender(record.env));
  if (!whole || !record.digest.starts_with("sha256:"))
    return base::fail(Code::kCorrupt, "the image's record is damaged");
  return record;
}

base::Status read_image_config(const text::Value& config, size_t layer_count, ImageRecord& record) {
  const std::string_view os = config.string_at("os");
  if (!os.empty() && os != "linux")
    return base::fail(Code::kUnsupported, fmt::format("the image is for {}, not for linux", os));
  record.working_dir = config.string_at("config", "WorkingDir");
  record.user = config.string_at("config", "User");
  const bool whole =
      read_strings(config.find_path("rootfs", "diff_ids"), appender(record.diff_ids)) &&
      read_strings(config.find_path("config", "Entrypoint"), appender(record.entrypoint)) &&
      read_strings(config.find_path("config", "Cmd"), appender(record.command)) &&
      read_strings(config.find_path("config", "Env"), appender(record.env));
  if (!whole) return base::fail(Code::kCorrupt, "the image's configuration is damaged");
  if (record.diff_ids.size() != layer_count)
    return base::fail(Code::kCorrupt,
                      fmt::format("the image has {} layers, its configuration names {}",
                                  layer_count, record.diff_ids.size()));
  for (const std::string& id : record.diff_ids)
    if (id.size() != 71 || !id.starts_with("sha256:") ||
        id.find_first_not_of("0123456789abcdef", 7) != std::string::npos)
      return base::fail(Code::kCorrupt,
                        fmt::format("the image's layer id \"{}\" is malformed", id));
  return {};
}

std::string record_file(const ImageRecord& record) {
  return record.digest.substr(record.digest.find(':') + 1) + ".json";
}

}  // namespace runtime
