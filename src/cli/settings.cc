#include "cli/settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/yaml.h"

namespace cli {
namespace {

constexpr Flag kShared[] = {
    {"argo-server", 's', "HOST:PORT", "the server to ask (ARGO_SERVER); none: one of this user"},
    {"help", 'h', "", "show this help"},
    {"insecure-skip-verify", 'k', "", "do not check the server's certificate"},
    {"kubeconfig", 0, "FILE", "not supported yet"},
    {"context", 0, "NAME", "not supported yet"},
    {"namespace", 'n', "NAME", "the namespace to work in (ARGO_NAMESPACE)"},
    {"no-color", 0, "", "no colours"},
    {"secure", 'e', "", "use TLS where the server's address does not say (ARGO_SECURE, on)"},
    {"verbose", 'v', "", "say more about errors"},
};

std::string variable(const Surroundings& around, const std::string& name) {
  const auto found = around.environment.find(name);
  return found == around.environment.end() ? std::string() : found->second;
}

bool is_true(std::string_view text) {
  return text == "true" || text == "1" || text == "t" || text == "T" || text == "TRUE" ||
         text == "True";
}

std::string config_path(const Surroundings& around, bool& asked) {
  std::string path = variable(around, "ARGO_CONFIG");
  asked = !path.empty();
  if (asked) return path;
  const std::string base = variable(around, "XDG_CONFIG_HOME");
  if (!base.empty()) return base + "/argo/config.yaml";
  return around.home.empty() ? std::string() : around.home + "/.config/argo/config.yaml";
}

// A map, empty when there is no file.
base::Result<text::Value> read_config(const Surroundings& around) {
  bool asked = false;
  const std::string path = config_path(around, asked);
  if (path.empty()) return text::Value(text::Map());
  const auto bytes = around.files.read(path);
  if (!bytes) {
    if (asked || bytes.error().code != base::Code::kNotFound) return base::fail(bytes.error());
    return text::Value(text::Map());
  }
  auto documents = text::parse_yaml(*bytes, path);
  if (!documents) return base::fail(documents.error());
  if (documents->empty()) return text::Value(text::Map());
  text::Value& config = documents->front();
  if (!config.is_map()) return base::fail(base::Code::kInvalid, path + ": expected a map");
  static constexpr std::string_view kKeys[] = {"server", "token", "secure", "insecureSkipVerify",
                                               "namespace"};
  for (const text::Member& member : config.as_map())
    if (std::find(std::begin(kKeys), std::end(kKeys), member.key) == std::end(kKeys))
      return base::fail(base::Code::kInvalid, fmt::format("unknown setting \"{}\"", member.key),
                        {path, member.key_place.line, member.key_place.column},
                        "one of server, token, secure, insecureSkipVerify, namespace");
  return std::move(config);
}

// The first that says something: flag, environment, file.
std::string choose(const Flags& flags, std::string_view flag, const std::string& from_environment,
                   const text::Value& config, std::string_view key) {
  if (flags.has(flag)) return flags.get(flag);
  if (!from_environment.empty()) return from_environment;
  const text::Value* value = config.find(key);
  return value ? value->to_any_string() : std::string();
}

base::Result<std::string> bearer(std::string token) {
  if (token.starts_with("Bearer ")) return token.substr(7);
  if (token.starts_with("Basic "))
    return base::fail(base::Code::kUnsupported, "a Basic ARGO_TOKEN is not supported", {},
                      "give a bearer token: ARGO_TOKEN='Bearer …'");
  return token;
}

}  // namespace

std::span<const Flag> shared_flags() { return kShared; }

base::Result<Settings> read_settings(const Surroundings& around, const Flags& flags) {
  for (const std::string_view flag : {"kubeconfig", "context"})
    if (flags.has(flag))
      return base::fail(
          base::Code::kUnsupported,
          fmt::format("--{}: running in a Kubernetes cluster is not supported yet", flag), {},
          "leave it out to run on this machine, or give --argo-server");
  auto config = read_config(around);
  if (!config) return base::fail(config.error());
  Settings out;
  if (std::string chosen =
          choose(flags, "namespace", variable(around, "ARGO_NAMESPACE"), *config, "namespace");
      !chosen.empty())
    out.name_space = std::move(chosen);
  std::string server =
      choose(flags, "argo-server", variable(around, "ARGO_SERVER"), *config, "server");
  if (server.empty()) return out;
  if (server.find("://") == std::string::npos && !server.starts_with("unix:")) {
    const std::string secure =
        choose(flags, "secure", variable(around, "ARGO_SECURE"), *config, "secure");
    server = (secure.empty() || is_true(secure) ? "https://" : "http://") + server;
  }
  auto token = bearer(choose(flags, "", variable(around, "ARGO_TOKEN"), *config, "token"));
  if (!token) return base::fail(token.error());
  const std::string skip =
      choose(flags, "insecure-skip-verify", variable(around, "ARGO_INSECURE_SKIP_VERIFY"), *config,
             "insecureSkipVerify");
  out.endpoint = sys::Endpoint{std::move(server), *std::move(token), is_true(skip)};
  return out;
}

}  // namespace cli
