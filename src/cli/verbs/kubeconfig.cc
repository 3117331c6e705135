// argo kubeconfig
#include "cli/verb.h"
#include "text/base64.h"
#include "text/yaml.h"

namespace cli {
namespace {

constexpr Flag kFlags[] = {
    {"output-file", 'f', "FILE", "write it there, for its owner alone, instead of printing it"}};

// kubectl sends a token by TLS only; the server takes both on its port.
std::string https_url(const Session& session) {
  std::string url = session.settings.endpoint ? session.settings.endpoint->url : "";
  if (url.empty() || url.starts_with("unix:")) return "https://localhost:2746";
  if (url.starts_with("http://")) url = "https://" + url.substr(strlen("http://"));
  return url;
}

text::Value named(std::string_view name, std::string_view what, text::Value value) {
  text::Value out;
  out["name"] = name;
  out[what] = std::move(value);
  return out;
}

}  // namespace

std::span<const Flag> kubeconfig_flags() { return kFlags; }

base::Result<int> run_kubeconfig(Session& session) {
  std::string token = session.settings.endpoint ? session.settings.endpoint->bearer_token : "";
  if (token.empty() && session.around.read_token) {
    auto own = session.around.read_token();
    if (!own) return base::fail(own.error());
    token = *std::move(own);
  }
  const auto authority = session.around.read_authority();
  if (!authority)
    return base::fail(base::Code::kNotFound, "there is no certificate of a server yet", {},
                      "start one: argo server");
  text::Value cluster, user, context, config;
  cluster["server"] = https_url(session);
  cluster["certificate-authority-data"] = text::to_base64(*authority);
  user["token"] = token;
  context["cluster"] = "argon";
  context["user"] = "argon";
  context["namespace"] = session.name_space;
  config["apiVersion"] = "v1";
  config["kind"] = "Config";
  config["clusters"] = text::List{named("argon", "cluster", std::move(cluster))};
  config["users"] = text::List{named("argon", "user", std::move(user))};
  config["contexts"] = text::List{named("argon", "context", std::move(context))};
  config["current-context"] = "argon";
  const std::string text = text::to_yaml(config);
  if (!session.flags.has("output-file")) {
    session.around.out(text);
    return 0;
  }
  const std::string file = session.flags.get("output-file");
  if (auto written = session.around.files.write_durably(file, text, 0600); !written)
    return base::fail(written.error());
  session.print("export KUBECONFIG={}\n", file);
  return 0;
}

}  // namespace cli
