#include "apps/program_flags.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "apps/flag_reader.h"
#include "base/diagnostic.h"
#include "text/quantity.h"
#include "text/yaml.h"

namespace apps {
namespace {

constexpr int64_t kLogMaxLeast = 1 << 20;

std::string value_of(const Environment& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

// "a=b,c=d"
base::Status add_pairs(std::string_view text, const char* name, Pairs& out) {
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(','));
    const size_t equals = one.find('=');
    if (equals == std::string_view::npos)
      return base::fail(usage(fmt::format("{}: \"{}\" is not of the form from=to", name, one)));
    out.emplace_back(one.substr(0, equals), one.substr(equals + 1));
    text.remove_prefix(std::min(text.size(), one.size() + 1));
  }
  return {};
}

base::Status add_pairs(const text::Value& map, const std::string& where, Pairs& out) {
  if (!map.is_map()) return base::fail(usage(where + " must be a map"));
  for (const text::Member& member : map.as_map())
    out.emplace_back(member.key, member.value.to_any_string());
  return {};
}

base::Status read_runtime(const std::string& word, runtime::AgentOptions& out) {
  if (runtime::parse_runtime_kind(word, out.runtime)) return {};
  return base::fail(usage(
      fmt::format("runtime \"{}\" is none of: containers, process, containers,process", word)));
}

constexpr std::string_view kSettings[] = {"logMax",  "mappings", "mirrors",
                                          "offline", "podsMax",  "runtime"};

base::Status read_setting(const std::string& name, const text::Value& value,
                          runtime::AgentOptions& out) {
  if (name == "runtime") return read_runtime(value.to_any_string(), out);
  if (name == "mirrors") return add_pairs(value, name, out.mirrors);
  if (name == "mappings") return add_pairs(value, name, out.mappings);
  if (name == "podsMax") {
    const auto number = value.to_int();
    if (!number || *number < 1) return base::fail(usage(name + " must be a number from 1"));
    out.pods_max = static_cast<uint32_t>(*number);
  } else if (name == "logMax") {
    const auto milli = text::parse_quantity_milli(value.to_any_string());
    if (!milli) return base::fail(usage(name + ": " + milli.error().text));
    out.log_bytes_max = *milli / 1000;
    if (out.log_bytes_max != 0 && out.log_bytes_max < kLogMaxLeast)
      return base::fail(usage(name + " must be at least 1Mi, or 0 for no bound"));
  } else if (name == "offline") {
    if (!value.is_bool()) return base::fail(usage(name + " must be true or false"));
    out.offline = value.as_bool();
  } else {
    base::Error error = usage(fmt::format("unknown setting \"{}\"", name));
    const std::string near = base::nearest(name, {std::begin(kSettings), std::end(kSettings)});
    error.hint = near.empty() ? fmt::format("one of {}", fmt::join(kSettings, ", "))
                              : fmt::format("did you mean \"{}\"?", near);
    return base::fail(std::move(error));
  }
  return {};
}

base::Status read_settings(const std::string& path, runtime::AgentOptions& out) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return {};
  const std::string source((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
  auto documents = text::parse_yaml(source, path);
  if (!documents) return base::fail(documents.error());
  if (documents->empty()) return {};
  const text::Value& settings = documents->front();
  if (!settings.is_map()) return base::fail(usage(path + " must hold a map"));
  for (const text::Member& member : settings.as_map()) {
    base::Status taken = read_setting(member.key, member.value, out);
    if (taken) continue;
    taken.error().where = {path, member.key_place.line, member.key_place.column};
    return taken;
  }
  return {};
}

base::Status read_environment(const Environment& environment, runtime::AgentOptions& out) {
  if (const std::string kind = value_of(environment, "ARGON_RUNTIME"); !kind.empty())
    if (auto read = read_runtime(kind, out); !read) return read;
  if (auto read = add_pairs(value_of(environment, "ARGON_MIRRORS"), "ARGON_MIRRORS", out.mirrors);
      !read)
    return read;
  if (auto read =
          add_pairs(value_of(environment, "ARGON_MAPPINGS"), "ARGON_MAPPINGS", out.mappings);
      !read)
    return read;
  if (!value_of(environment, "ARGON_OFFLINE").empty()) out.offline = true;
  out.trace_file = value_of(environment, "ARGON_TRACE");
  return {};
}

}  // namespace

base::Result<runtime::AgentOptions> parse_agent_flags(const std::vector<std::string>& args,
                                                      const Environment& environment) {
  runtime::AgentOptions out;
  Environment adjusted = environment;
  std::optional<std::string> kind;
  std::optional<int> pods_max;
  FlagReader flags(args);
  while (auto flag = flags.next()) {
    base::Status taken;
    if (*flag == "--data")
      taken = put(adjusted["ARGON_HOME"], flags.value(*flag));
    else if (*flag == "--runtime")
      taken = put(kind.emplace(), flags.value(*flag));
    else if (*flag == "--pods-max")
      taken = put(pods_max.emplace(), flags.number(*flag));
    else
      return base::fail(usage("unknown flag: " + *flag));
    if (!taken) return base::fail(taken.error());
  }
  const server::DataFolder folder = server::find_data_folder(adjusted, geteuid() == 0);
  out.data_dir = folder.agent();
  out.server_url = "unix:" + folder.socket();
  out.agent_socket = folder.agent_socket();
  out.docker_config = value_of(environment, "DOCKER_CONFIG");
  if (out.docker_config.empty() && !value_of(environment, "HOME").empty())
    out.docker_config = value_of(environment, "HOME") + "/.docker";
  if (!out.docker_config.empty()) out.docker_config += "/config.json";
  if (auto read = read_settings(folder.path("agent.yaml"), out); !read)
    return base::fail(read.error());
  if (auto read = read_environment(environment, out); !read) return base::fail(read.error());
  if (kind)
    if (auto read = read_runtime(*kind, out); !read) return base::fail(read.error());
  if (pods_max) out.pods_max = static_cast<uint32_t>(*pods_max);
  return out;
}

}  // namespace apps
