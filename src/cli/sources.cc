#include "cli/sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/diagnostic.h"
#include "text/yaml.h"

namespace cli {
namespace {

constexpr Flag kShared[] = {
    {"argo-base-href", 0, "PATH", "the path that the Argo server stands under"},
    {"argo-http1", 0, "", "speak HTTP/1.1 with the Argo server (this argo always does)"},
    {"argo-server", 's', "HOST:PORT", "the server to ask (ARGO_SERVER); none: one of this user"},
    {"as", 0, "USER", "act as this user of the cluster"},
    {"as-group", 0, "GROUP", "act as one of this group; may be given several times"},
    {"as-uid", 0, "UID", "act as the user of this uid"},
    {"certificate-authority", 0, "FILE", "trust the certificates of this authority, in PEM"},
    {"client-certificate", 0, "FILE", "our own certificate, in PEM"},
    {"client-key", 0, "FILE", "its key"},
    {"cluster", 0, "NAME", "the cluster of the kubeconfig"},
    {"context", 0, "NAME", "the context of the kubeconfig"},
    {"disable-compression", 0, "", "ask for answers as they are (this argo always does)"},
    {"gloglevel", 0, "NUMBER", "from 6 on as --loglevel debug"},
    {"header", 'H', "NAME: VALUE", "send this header with each request; several, or by commas"},
    {"help", 'h', "", "show this help"},
    {"insecure-skip-tls-verify", 0, "", "do not check the cluster's certificate"},
    {"insecure-skip-verify", 'k', "", "do not check the server's certificate"},
    {"instanceid", 0, "NAME", "work on what has this instance ID, and submit with it"},
    {"kubeconfig", 0, "FILE", "work in the cluster that this file names, by its Kubernetes API"},
    {"log-format", 0, "FORMAT", "format of warnings and of --verbose", "text|json"},
    {"loglevel", 0, "LEVEL", "what to tell besides", "debug|info|warn|error"},
    {"namespace", 'n', "NAME", "the namespace to work in (ARGO_NAMESPACE)"},
    {"no-color", 0, "", "no colours"},
    {"password", 0, "TEXT", "the password of --username"},
    {"proxy-url", 0, "URL", "reach the server by this proxy"},
    {"request-timeout", 0, "DURATION", "wait so long for an answer (1s, 2m); 0: as it takes"},
    {"secure", 'e', "", "use TLS where the server's address does not say (ARGO_SECURE, on)"},
    {"server", 0, "URL", "the address of a Kubernetes API"},
    {"tls-server-name", 0, "NAME", "the name that the server's certificate must have"},
    {"token", 0, "TEXT", "the bearer token (ARGO_TOKEN)"},
    {"user", 0, "NAME", "the user of the kubeconfig"},
    {"username", 0, "NAME", "the user, by name and password"},
    {"verbose", 'v', "", "as --loglevel debug: show each request"},
};

// Shown by each command, and of no use but there.
bool is_of_the_moment(std::string_view name) { return name == "help" || name == "no-color"; }

std::string variable_of(std::string_view flag) {
  if (flag == "argo-server") return "ARGO_SERVER";
  if (flag == "server" || is_of_the_moment(flag)) return {};
  std::string out(flag.starts_with("argo-") ? "" : "ARGO_");
  for (const char c : flag)
    out += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

std::string key_of(std::string_view flag) {
  if (flag == "argo-server") return "server";
  if (flag == "server" || is_of_the_moment(flag)) return {};
  if (flag.starts_with("argo-")) flag.remove_prefix(5);
  std::string out;
  for (size_t at = 0; at < flag.size(); ++at)
    out += flag[at] == '-' && at + 1 < flag.size()
               ? static_cast<char>(std::toupper(static_cast<unsigned char>(flag[++at])))
               : flag[at];
  return out;
}

// Of a kind that may be given several times: by commas too, where a comma cannot be in a word.
bool has_several(std::string_view flag) { return flag == "header" || flag == "as-group"; }

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

base::Status check_keys(const text::Value& config, const std::string& path) {
  std::vector<std::string> keys = {"backend"};
  for (const Flag& flag : kShared)
    if (std::string key = key_of(flag.name); !key.empty()) keys.push_back(std::move(key));
  const std::vector<std::string_view> known(keys.begin(), keys.end());
  for (const text::Member& member : config.as_map()) {
    if (std::find(keys.begin(), keys.end(), member.key) != keys.end()) continue;
    const std::string near = base::nearest(member.key, known);
    return base::fail(base::Code::kInvalid, fmt::format("unknown setting \"{}\"", member.key),
                      {path, member.key_place.line, member.key_place.column},
                      near.empty() ? "they are named as the flags: server, namespace, token, …"
                                   : fmt::format("did you mean \"{}\"?", near));
  }
  return {};
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
  if (auto good = check_keys(config, path); !good) return base::fail(good.error());
  return std::move(config);
}

void add_words(std::string_view text, std::vector<std::string>& out) {
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

std::span<const Flag> shared_flags() { return kShared; }

std::string variable(const Surroundings& around, const std::string& name) {
  const auto found = around.environment.find(name);
  return found == around.environment.end() ? std::string() : found->second;
}

base::Result<Sources> Sources::read(const Surroundings& around, const Flags& flags) {
  Sources out(around, flags);
  auto config = read_config(around);
  if (!config) return base::fail(config.error());
  out.config_ = *std::move(config);
  return out;
}

std::string Sources::get(std::string_view name) const {
  const auto words = all(name);
  return words.empty() ? std::string() : words.back();
}

std::vector<std::string> Sources::all(std::string_view name) const {
  std::vector<std::string> out;
  const bool several = has_several(name);
  if (flags_->has(name)) {
    if (name != "header") return flags_->all(name);
    for (const std::string& text : flags_->all(name)) add_words(text, out);
    return out;
  }
  const std::string from_environment = variable(*around_, variable_of(name));
  if (!from_environment.empty()) {
    if (several)
      add_words(from_environment, out);
    else
      out.push_back(from_environment);
    return out;
  }
  const text::Value* value = config_.find(key_of(name));
  if (!value) return out;
  if (several && value->is_list())
    for (const text::Value& one : value->as_list()) out.push_back(one.to_any_string());
  else if (std::string text = value->to_any_string(); !text.empty())
    out.push_back(std::move(text));
  return out;
}

bool Sources::on(std::string_view name, bool without) const {
  const std::string text = get(name);
  return text.empty() ? without : is_true(text);
}

}  // namespace cli
