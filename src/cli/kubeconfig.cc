#include "cli/kubeconfig.h"

#include <fmt/format.h>

#include "cli/sources.h"
#include "text/base64.h"
#include "text/json.h"
#include "text/yaml.h"

namespace cli {
namespace {

using text::Value;

constexpr const char* kPodFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

std::string from_folder(const std::string& folder, std::string_view path) {
  if (path.empty() || path.starts_with('/') || folder.empty()) return std::string(path);
  return folder + "/" + std::string(path);
}

// An entry of one of the lists, with the folder of its file.
struct Entry {
  Value value;
  std::string folder;

  std::string text(std::string_view key) const { return std::string(value.string_at(key)); }
  bool on(std::string_view key) const {
    const Value* found = value.find(key);
    return found && found->is_bool() && found->as_bool();
  }
};

// All files together.
struct Kubeconfig {
  std::map<std::string, Entry> clusters, users, contexts;
  std::string current;
  std::string names;  // of the files, for messages
};

base::Status add_list(const Value& file, std::string_view list, std::string_view member,
                      const std::string& folder, std::map<std::string, Entry>& out) {
  const Value* entries = file.find(list);
  if (!entries || entries->is_null()) return {};
  if (!entries->is_list())
    return base::fail(base::Code::kInvalid, fmt::format("{} must be a list", list));
  for (const Value& entry : entries->as_list()) {
    const Value* value = entry.find(member);
    out.try_emplace(std::string(entry.string_at("name")),
                    Entry{value ? *value : Value(text::Map()), folder});
  }
  return {};
}

base::Status add_file(const Surroundings& around, const std::string& path, bool must_be,
                      Kubeconfig& out) {
  const auto bytes = around.files.read(path);
  if (!bytes && bytes.error().code == base::Code::kNotFound && !must_be) return {};
  if (!bytes) return base::fail(bytes.error());
  auto documents = text::parse_yaml(*bytes, path);
  if (!documents) return base::fail(documents.error());
  out.names += (out.names.empty() ? "" : ":") + path;
  if (documents->empty()) return {};
  const Value& file = documents->front();
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash);
  const std::tuple<const char*, const char*, std::map<std::string, Entry>*> lists[] = {
      {"clusters", "cluster", &out.clusters},
      {"users", "user", &out.users},
      {"contexts", "context", &out.contexts}};
  for (const auto& [list, member, into] : lists)
    if (auto added = add_list(file, list, member, folder, *into); !added) {
      added.error().where.file = path;
      return added;
    }
  if (out.current.empty()) out.current = file.string_at("current-context");
  return {};
}

base::Result<Kubeconfig> read_files(const Surroundings& around, const std::string& chosen) {
  Kubeconfig out;
  if (!chosen.empty()) {
    if (auto added = add_file(around, chosen, true, out); !added) return base::fail(added.error());
    return out;
  }
  std::string paths = variable(around, "KUBECONFIG");
  if (paths.empty() && !around.home.empty()) paths = around.home + "/.kube/config";
  std::string_view left = paths;
  while (!left.empty()) {
    const size_t end = std::min(left.find(':'), left.size());
    if (end > 0)
      if (auto added = add_file(around, std::string(left.substr(0, end)), false, out); !added)
        return base::fail(added.error());
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  return out;
}

base::Result<Entry> choose(const std::map<std::string, Entry>& from, const std::string& name,
                           std::string_view what, const Kubeconfig& file) {
  const auto found = from.find(name);
  if (found != from.end()) return found->second;
  std::string known;
  for (const auto& [one, entry] : from) known += (known.empty() ? "" : ", ") + one;
  return base::fail(base::Code::kNotFound,
                    fmt::format("the kubeconfig has no {} \"{}\"", what, name), {file.names, 0, 0},
                    known.empty() ? "" : "it has " + known);
}

// `key`-data in base64, else the file that `key` names.
base::Status read_data(const Surroundings& around, const Entry& entry, const std::string& key,
                       std::string& out) {
  if (const std::string data = entry.text(key + "-data"); !data.empty()) {
    auto bytes = text::from_base64(data);
    if (!bytes)
      return base::fail(base::Code::kInvalid,
                        fmt::format("the kubeconfig's {}-data is no base64", key));
    out = *std::move(bytes);
    return {};
  }
  const std::string path = from_folder(entry.folder, entry.text(key));
  if (path.empty()) return {};
  auto bytes = read_pem(around, path);
  if (!bytes) return base::fail(bytes.error());
  out = *std::move(bytes);
  return {};
}

base::Status use_cluster(const Surroundings& around, const Entry& cluster, sys::Endpoint& out) {
  out.url = cluster.text("server");
  out.tls_server_name = cluster.text("tls-server-name");
  out.proxy_url = cluster.text("proxy-url");
  out.insecure_skip_verify = cluster.on("insecure-skip-tls-verify");
  return read_data(around, cluster, "certificate-authority", out.ca_pem);
}

// The ExecCredential that a plugin is told of itself, in KUBERNETES_EXEC_INFO.
std::string exec_info(const Surroundings& around, const Value& exec, const sys::Endpoint& to) {
  Value out;
  out["apiVersion"] = exec.string_at("apiVersion");
  out["kind"] = "ExecCredential";
  out["spec"]["interactive"] =
      around.in_is_terminal && exec.string_at("interactiveMode") != "Never";
  if (const Value* wanted = exec.find("provideClusterInfo");
      wanted && wanted->is_bool() && wanted->as_bool()) {
    Value& cluster = out["spec"]["cluster"];
    cluster["server"] = to.url;
    if (!to.tls_server_name.empty()) cluster["tls-server-name"] = to.tls_server_name;
    if (to.insecure_skip_verify) cluster["insecure-skip-tls-verify"] = true;
    if (!to.ca_pem.empty()) cluster["certificate-authority-data"] = text::to_base64(to.ca_pem);
    if (!to.proxy_url.empty()) cluster["proxy-url"] = to.proxy_url;
  }
  return text::to_json(out);
}

base::Result<Value> run_plugin(const Surroundings& around, const Entry& user, const Value& exec,
                               const sys::Endpoint& to) {
  const std::string_view version = exec.string_at("apiVersion");
  if (version != "client.authentication.k8s.io/v1" &&
      version != "client.authentication.k8s.io/v1beta1")
    return base::fail(base::Code::kUnsupported,
                      fmt::format("the exec plugin's apiVersion \"{}\"", version), {},
                      "client.authentication.k8s.io/v1 or v1beta1");
  std::string command(exec.string_at("command"));
  if (command.find('/') != std::string::npos) command = from_folder(user.folder, command);
  PluginCall call;
  call.argv = {command};
  if (const Value* args = exec.find("args"); args && args->is_list())
    for (const Value& arg : args->as_list()) call.argv.push_back(arg.to_any_string());
  if (const Value* env = exec.find("env"); env && env->is_list())
    for (const Value& one : env->as_list())
      call.environment.emplace_back(one.string_at("name"), one.string_at("value"));
  call.environment.emplace_back("KUBERNETES_EXEC_INFO", exec_info(around, exec, to));
  if (exec.string_at("interactiveMode") == "Always" && !around.in_is_terminal)
    return base::fail(base::Code::kUnauthorized,
                      fmt::format("the exec plugin {} wants a terminal", command));
  if (!around.run_plugin)
    return base::fail(base::Code::kUnsupported, "exec plugins cannot be run here");
  auto output = around.run_plugin(call);
  if (!output) {
    base::Error error = output.error();
    error.text = fmt::format("the exec plugin {}: {}", command, error.text);
    if (error.code == base::Code::kNotFound) error.hint = exec.string_at("installHint");
    return base::fail(std::move(error));
  }
  auto answer = text::parse_json(*output);
  const Value* status = answer && answer->is_map() ? answer->find("status") : nullptr;
  if (!status || !status->is_map())
    return base::fail(base::Code::kUnauthorized,
                      fmt::format("the exec plugin {} gave no ExecCredential", command));
  if (const std::string_view own = answer->string_at("apiVersion"); own != version)
    return base::fail(
        base::Code::kUnauthorized,
        fmt::format("the exec plugin {} answers as \"{}\", not \"{}\"", command, own, version));
  return *status;
}

base::Status use_plugin(const Surroundings& around, const Entry& user, const Value& exec,
                        sys::Endpoint& out) {
  const auto status = run_plugin(around, user, exec, out);
  if (!status) return base::fail(status.error());
  out.bearer_token = status->string_at("token");
  out.client_certificate_pem = status->string_at("clientCertificateData");
  out.client_key_pem = status->string_at("clientKeyData");
  return {};
}

base::Status use_user(const Surroundings& around, const Entry& user, sys::Endpoint& out) {
  if (const Value* provider = user.value.find("auth-provider"); provider && provider->is_map())
    return base::fail(
        base::Code::kUnsupported,
        fmt::format("auth-provider \"{}\" of the kubeconfig's user", provider->string_at("name")),
        {}, "an exec plugin does the same");
  for (const auto& [key, into] : {std::pair("client-certificate", &out.client_certificate_pem),
                                  {"client-key", &out.client_key_pem}})
    if (auto read = read_data(around, user, key, *into); !read) return read;
  if (const std::string path = from_folder(user.folder, user.text("tokenFile")); !path.empty()) {
    auto token = around.files.read(path);
    if (!token) return base::fail(token.error());
    out.bearer_token = token->substr(0, token->find_first_of("\r\n"));
  }
  if (out.bearer_token.empty()) out.bearer_token = user.text("token");
  if (const std::string name = user.text("username"); !name.empty())
    out.headers.push_back(basic_authorization(name, user.text("password")));
  if (const std::string as = user.text("as"); !as.empty())
    out.headers.emplace_back("Impersonate-User", as);
  if (const std::string uid = user.text("as-uid"); !uid.empty())
    out.headers.emplace_back("Impersonate-Uid", uid);
  if (const Value* groups = user.value.find("as-groups"); groups && groups->is_list())
    for (const Value& group : groups->as_list())
      out.headers.emplace_back("Impersonate-Group", group.to_any_string());
  return {};
}

void drop_header(sys::Headers& headers, std::string_view name) {
  std::erase_if(headers, [&](const auto& header) { return header.first == name; });
}

base::Status use_overrides(const Surroundings& around, const ClusterOverrides& from,
                           sys::Endpoint& out) {
  if (!from.server.empty()) out.url = from.server;
  if (!from.tls_server_name.empty()) out.tls_server_name = from.tls_server_name;
  if (!from.proxy_url.empty()) out.proxy_url = from.proxy_url;
  if (from.insecure_skip_tls_verify) out.insecure_skip_verify = true;
  for (const auto& [path, into] : {std::pair(&from.certificate_authority, &out.ca_pem),
                                   {&from.client_certificate, &out.client_certificate_pem},
                                   {&from.client_key, &out.client_key_pem}}) {
    if (path->empty()) continue;
    auto pem = read_pem(around, *path);
    if (!pem) return base::fail(pem.error());
    *into = *std::move(pem);
  }
  if (!from.username.empty()) {
    drop_header(out.headers, "Authorization");
    out.bearer_token.clear();
    out.headers.push_back(basic_authorization(from.username, from.password));
  }
  if (!from.token.empty()) {
    drop_header(out.headers, "Authorization");
    out.bearer_token = from.token;
  }
  if (!from.as.empty()) {
    drop_header(out.headers, "Impersonate-User");
    out.headers.emplace_back("Impersonate-User", from.as);
  }
  if (!from.as_uid.empty()) {
    drop_header(out.headers, "Impersonate-Uid");
    out.headers.emplace_back("Impersonate-Uid", from.as_uid);
  }
  if (!from.as_groups.empty()) drop_header(out.headers, "Impersonate-Group");
  for (const std::string& group : from.as_groups)
    out.headers.emplace_back("Impersonate-Group", group);
  return {};
}

// Inside of a pod, as its service account.
std::optional<ClusterAccess> of_pod(const Surroundings& around) {
  const std::string host = variable(around, "KUBERNETES_SERVICE_HOST");
  const std::string port = variable(around, "KUBERNETES_SERVICE_PORT");
  const auto token = around.files.read(std::string(kPodFolder) + "/token");
  if (host.empty() || port.empty() || !token) return {};
  ClusterAccess out;
  const bool v6 = host.find(':') != std::string::npos;
  out.endpoint.url = fmt::format("https://{}{}{}:{}", v6 ? "[" : "", host, v6 ? "]" : "", port);
  out.endpoint.bearer_token = *token;
  if (auto pem = around.files.read(std::string(kPodFolder) + "/ca.crt"))
    out.endpoint.ca_pem = *std::move(pem);
  if (auto name = around.files.read(std::string(kPodFolder) + "/namespace"))
    out.name_space = *std::move(name);
  return out;
}

base::Status check(const ClusterAccess& access, const ClusterOverrides& overrides) {
  const sys::Endpoint& endpoint = access.endpoint;
  if (endpoint.url.empty())
    return base::fail(base::Code::kNotFound, "no cluster is chosen", {},
                      "give --kubeconfig, --context or --server");
  if (endpoint.client_certificate_pem.empty() != endpoint.client_key_pem.empty())
    return base::fail(base::Code::kInvalid,
                      "--client-certificate and --client-key must be provided together");
  if (overrides.as.empty() && (!overrides.as_uid.empty() || !overrides.as_groups.empty()))
    return base::fail(base::Code::kInvalid, "--as-uid and --as-group need --as");
  return {};
}

}  // namespace

base::Result<std::string> read_pem(const Surroundings& around, const std::string& path) {
  constexpr uint64_t kPemMax = 4 << 20;
  return around.files.read(path, kPemMax);
}

std::pair<std::string, std::string> basic_authorization(const std::string& username,
                                                        const std::string& password) {
  return {"Authorization", "Basic " + text::to_base64(username + ":" + password)};
}

base::Result<ClusterAccess> read_kubeconfig(const Surroundings& around,
                                            const ClusterOverrides& overrides) {
  const auto file = read_files(around, overrides.kubeconfig);
  if (!file) return base::fail(file.error());
  ClusterAccess out;
  std::string cluster = overrides.cluster, user = overrides.user;
  const std::string context = overrides.context.empty() ? file->current : overrides.context;
  if (!context.empty()) {
    const auto chosen = choose(file->contexts, context, "context", *file);
    if (!chosen) return base::fail(chosen.error());
    if (cluster.empty()) cluster = chosen->text("cluster");
    if (user.empty()) user = chosen->text("user");
    out.name_space = chosen->text("namespace");
  } else if (file->names.empty() && overrides.server.empty()) {
    if (auto pod = of_pod(around)) out = *std::move(pod);
  }
  if (!cluster.empty()) {
    const auto chosen = choose(file->clusters, cluster, "cluster", *file);
    if (!chosen) return base::fail(chosen.error());
    if (auto used = use_cluster(around, *chosen, out.endpoint); !used)
      return base::fail(used.error());
  }
  // A plugin need not run where a flag says who we are.
  const bool is_told = !overrides.token.empty() || !overrides.username.empty();
  if (!user.empty()) {
    const auto chosen = choose(file->users, user, "user", *file);
    if (!chosen) return base::fail(chosen.error());
    if (auto used = use_user(around, *chosen, out.endpoint); !used) return base::fail(used.error());
    const Value* exec = chosen->value.find("exec");
    if (exec && exec->is_map() && !is_told)
      if (auto used = use_plugin(around, *chosen, *exec, out.endpoint); !used)
        return base::fail(used.error());
  }
  if (auto used = use_overrides(around, overrides, out.endpoint); !used)
    return base::fail(used.error());
  if (auto good = check(out, overrides); !good) return base::fail(good.error());
  if (out.endpoint.url.find("://") == std::string::npos)
    out.endpoint.url = "https://" + out.endpoint.url;
  return out;
}

}  // namespace cli
