#include "cli/settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/kubeconfig.h"
#include "text/quantity.h"

namespace cli {
namespace {

ClusterOverrides overrides_of(const Sources& from) {
  ClusterOverrides out;
  const std::pair<const char*, std::string*> words[] = {
      {"kubeconfig", &out.kubeconfig},
      {"context", &out.context},
      {"cluster", &out.cluster},
      {"user", &out.user},
      {"server", &out.server},
      {"certificate-authority", &out.certificate_authority},
      {"tls-server-name", &out.tls_server_name},
      {"proxy-url", &out.proxy_url},
      {"client-certificate", &out.client_certificate},
      {"client-key", &out.client_key},
      {"username", &out.username},
      {"password", &out.password},
      {"as", &out.as},
      {"as-uid", &out.as_uid}};
  for (const auto& [name, into] : words) *into = from.get(name);
  out.as_groups = from.all("as-group");
  out.insecure_skip_tls_verify =
      from.on("insecure-skip-tls-verify") || from.on("insecure-skip-verify");
  return out;
}

// "Bearer …", "Basic …" as in ARGO_TOKEN, or a bearer token alone.
base::Status use_token(std::string token, sys::Endpoint& out) {
  if (token.empty()) return {};
  std::erase_if(out.headers, [](const auto& header) { return header.first == "Authorization"; });
  out.bearer_token.clear();
  if (token.find_first_of("\r\n") != std::string::npos)
    return base::fail(base::Code::kInvalid, "the token has line ends");
  if (token.starts_with("Basic "))
    out.headers.emplace_back("Authorization", std::move(token));
  else
    out.bearer_token = token.starts_with("Bearer ") ? token.substr(7) : std::move(token);
  return {};
}

base::Status use_timeout(const Sources& from, sys::Endpoint& out) {
  const std::string text = from.get("request-timeout");
  if (text.empty()) return {};
  const auto timeout = text::parse_duration_or_seconds(text);
  if (!timeout || timeout->ns < 0)
    return base::fail(base::Code::kInvalid, fmt::format("--request-timeout: \"{}\"", text), {},
                      "write it as 1s, 2m or 3h");
  constexpr int64_t kNanosOfMilli = 1'000'000;
  out.timeout_ms = (timeout->ns + kNanosOfMilli - 1) / kNanosOfMilli;
  return {};
}

base::Status use_headers(const Sources& from, sys::Endpoint& out) {
  for (const std::string& text : from.all("header")) {
    const size_t colon = text.find(':');
    const std::string name = text.substr(0, colon);
    size_t start = std::min(colon, text.size() - 1) + 1;
    while (start < text.size() && text[start] == ' ') ++start;
    const bool good = colon != std::string::npos && !name.empty() &&
                      name.find_first_of(" \t\r\n") == std::string::npos &&
                      text.find_first_of("\r\n") == std::string::npos;
    if (!good)
      return base::fail(base::Code::kInvalid, fmt::format("--header: \"{}\"", text), {},
                        "write it as NAME: VALUE");
    out.headers.emplace_back(name, text.substr(start));
  }
  return {};
}

// What both kinds of servers have.
base::Status use_common(const Sources& from, sys::Endpoint& out) {
  if (auto used = use_token(from.get("token"), out); !used) return used;
  if (auto used = use_timeout(from, out); !used) return used;
  return use_headers(from, out);
}

bool is_near(const std::string& url) {
  return url.starts_with("unix:") || url.find("//localhost") != std::string::npos ||
         url.find("//127.") != std::string::npos || url.find("//[::1]") != std::string::npos;
}

base::Result<std::string> url_of(const Sources& from, std::string server) {
  if (server.find("://") == std::string::npos && !server.starts_with("unix:"))
    server = (from.on("secure", true) ? "https://" : "http://") + server;
  std::string path = from.get("argo-base-href");
  if (path.empty()) return server;
  if (server.starts_with("unix:"))
    return base::fail(base::Code::kInvalid, "--argo-base-href: a Unix socket has no path");
  if (!path.starts_with('/')) path = "/" + path;
  while (server.ends_with('/')) server.pop_back();
  return server + path;
}

base::Status use_argo_server(const Surroundings& around, const Sources& from, std::string server,
                             Settings& out) {
  for (const std::string_view flag : {"as", "as-group", "as-uid", "server"})
    if (from.has_flag(flag))
      return base::fail(base::Code::kInvalid,
                        fmt::format("--{} is for a Kubernetes API, not for an Argo server", flag));
  if (from.has("instanceid"))
    return base::fail(base::Code::kInvalid, "cannot use instance ID with Argo Server", {},
                      "that server has its own");
  auto url = url_of(from, std::move(server));
  if (!url) return base::fail(url.error());
  const ClusterOverrides given = overrides_of(from);
  sys::Endpoint& endpoint = out.endpoint.emplace();
  // As with Argo, who we are may stand in the kubeconfig. Not for this machine's own server.
  const bool asks_file = from.has("kubeconfig") || from.has("context") || from.has("user");
  if (!from.has("token") && given.username.empty() && (asks_file || !is_near(*url))) {
    ClusterOverrides who = given;
    who.cluster = who.server = who.certificate_authority = {};
    auto access = read_kubeconfig(around, who);
    if (!access && asks_file) return base::fail(access.error());
    if (access) {
      endpoint.bearer_token = access->endpoint.bearer_token;
      for (auto& header : access->endpoint.headers)
        if (header.first == "Authorization") endpoint.headers.push_back(std::move(header));
      if (!access->name_space.empty()) out.name_space = access->name_space;
    }
  }
  endpoint.url = *std::move(url);
  endpoint.insecure_skip_verify = given.insecure_skip_tls_verify;
  endpoint.tls_server_name = given.tls_server_name;
  endpoint.proxy_url = given.proxy_url;
  if (given.client_certificate.empty() != given.client_key.empty())
    return base::fail(base::Code::kInvalid,
                      "--client-certificate and --client-key must be provided together");
  for (const auto& [path, into] : {std::pair(&given.certificate_authority, &endpoint.ca_pem),
                                   {&given.client_certificate, &endpoint.client_certificate_pem},
                                   {&given.client_key, &endpoint.client_key_pem}}) {
    if (path->empty()) continue;
    auto pem = read_pem(around, *path);
    if (!pem) return base::fail(pem.error());
    *into = *std::move(pem);
  }
  if (!given.username.empty())
    endpoint.headers.push_back(basic_authorization(given.username, given.password));
  return use_common(from, endpoint);
}

base::Status use_cluster(const Surroundings& around, const Sources& from, Settings& out) {
  auto access = read_kubeconfig(around, overrides_of(from));
  if (!access) return base::fail(access.error());
  out.is_kubernetes = true;
  out.endpoint = std::move(access->endpoint);
  if (!access->name_space.empty()) out.name_space = access->name_space;
  return use_common(from, *out.endpoint);
}

// Flags that name a server's things say nothing to one that we start ourselves.
base::Status check_embedded(const Sources& from) {
  for (const std::string_view flag :
       {"argo-base-href", "as", "as-group", "as-uid", "certificate-authority", "client-certificate",
        "client-key", "header", "insecure-skip-tls-verify", "password", "proxy-url",
        "request-timeout", "tls-server-name", "token", "username"})
    if (from.has_flag(flag))
      return base::fail(base::Code::kInvalid, fmt::format("--{} needs a server", flag), {},
                        "give --argo-server, or for a cluster --kubeconfig or --server");
  return {};
}

base::Status read_logging(const Sources& from, const Flags& flags, Settings& out) {
  const std::string level = from.get("loglevel"), format = from.get("log-format");
  constexpr std::string_view kLevels[] = {"", "debug", "info", "warn", "error"};
  if (std::find(std::begin(kLevels), std::end(kLevels), level) == std::end(kLevels))
    return base::fail(base::Code::kInvalid, fmt::format("loglevel \"{}\"", level), {},
                      "one of debug, info, warn, error");
  if (!format.empty() && format != "text" && format != "json")
    return base::fail(base::Code::kInvalid, fmt::format("log-format \"{}\"", format), {},
                      "one of text, json");
  constexpr int64_t kGlogOfRequests = 6;
  const auto glog = flags.whole("gloglevel", 0);
  if (!glog) return base::fail(glog.error());
  out.shows_requests = from.on("verbose") || level == "debug" || *glog >= kGlogOfRequests;
  out.shows_warnings = level != "error";
  out.logs_json = format == "json";
  return {};
}

}  // namespace

base::Result<Settings> read_settings(const Surroundings& around, const Flags& flags) {
  const auto from = Sources::read(around, flags);
  if (!from) return base::fail(from.error());
  Settings out;
  if (auto read = read_logging(*from, flags, out); !read) return base::fail(read.error());
  const std::string backend = from->key("backend");
  if (!backend.empty() && backend != "kubernetes" && backend != "embedded")
    return base::fail(base::Code::kInvalid, fmt::format("backend \"{}\"", backend), {},
                      "one of embedded, kubernetes");
  const bool wants_cluster = backend == "kubernetes" || from->has("kubeconfig") ||
                             from->has("context") || from->has("cluster") || from->has("user") ||
                             from->has("server");
  const std::string server = from->get("argo-server");
  base::Status chosen = !server.empty() ? use_argo_server(around, *from, server, out)
                        : wants_cluster ? use_cluster(around, *from, out)
                                        : check_embedded(*from);
  if (!chosen) return base::fail(chosen.error());
  if (std::string name = from->get("namespace"); !name.empty()) {
    for (const std::string_view prefix : {"namespaces/", "namespace/", "ns/"})
      if (name.starts_with(prefix)) name.erase(0, prefix.size());
    out.name_space = std::move(name);
  }
  out.instance_id = from->get("instanceid");
  return out;
}

}  // namespace cli
