// The flags of `argo server`: Argo's, and our own.
#include <unistd.h>

#include <algorithm>

#include "apps/flag_reader.h"
#include "apps/program_flags.h"
#include "base/diagnostic.h"
#include "control/settings.h"
#include "expr/pattern.h"

namespace apps {
namespace {

struct Taking {
  ServeOptions& out;
  FlagReader& flags;
  std::string flag;
  Environment& environment;

  void hint(std::string text) const { out.hints.push_back(flag + ": " + std::move(text)); }
  tl::unexpected<base::Error> refuse(const std::string& why) const {
    return base::fail(base::Code::kUnsupported, flag + ": " + why);
  }
};

using Take = base::Status (*)(Taking&);
struct Row {
  std::string_view name;
  Take take;
};

template <auto Member>
base::Status word(Taking& t) {
  return put(t.out.*Member, t.flags.value(t.flag));
}
template <auto Member>
base::Status number(Taking& t) {
  return put(t.out.*Member, t.flags.number(t.flag));
}
template <auto Member>
base::Status truth(Taking& t) {
  return put(t.out.*Member, t.flags.truth(t.flag));
}

base::Status to_agent(Taking& t) {
  auto value = t.flags.value(t.flag);
  if (!value) return base::fail(value.error());
  t.out.agent_arguments.push_back(t.flag + "=" + *value);
  return {};
}

base::Status auth_mode(Taking& t) {
  const auto modes = t.flags.value(t.flag);
  if (!modes) return base::fail(modes.error());
  std::string_view left = *modes;
  while (!left.empty()) {
    const std::string_view mode = left.substr(0, left.find(','));
    left.remove_prefix(std::min(left.size(), mode.size() + 1));
    if (mode == "sso") return t.refuse("single sign-on is not there yet; give client");
    if (mode != "client" && mode != "server")
      return base::fail(
          usage(fmt::format("{}: \"{}\" is none of client, server, sso", t.flag, mode)));
    if (mode == "server")
      t.hint("a token is asked for all the same (argo auth token); only the socket needs none");
  }
  return {};
}

base::Status base_href(Taking& t) {
  std::string text;
  if (auto taken = put(text, t.flags.value(t.flag)); !taken) return taken;
  if (text.find_first_of("?#% \r\n\"<>") != std::string::npos)
    return base::fail(usage(fmt::format("{}: \"{}\" is no path", t.flag, text)));
  t.out.front.base_href = server::clean_base_href(text);
  return {};
}

base::Status frame_options(Taking& t) {
  std::string text;
  if (auto taken = put(text, t.flags.value(t.flag)); !taken) return taken;
  if (text.find_first_of("\r\n") != std::string::npos)
    return base::fail(usage(t.flag + " is one line"));
  t.out.front.frame_options = std::move(text);
  return {};
}

base::Status allowed_origin(Taking& t) {
  std::string text;
  if (auto taken = put(text, t.flags.value(t.flag)); !taken) return taken;
  if (text == "*") return t.refuse("pages of everybody may not ask: name one origin");
  const bool good = text.empty() || text.starts_with("http://") || text.starts_with("https://");
  if (!good || text.find_first_of("\r\n ,") != std::string::npos)
    return base::fail(
        usage(fmt::format("{}: \"{}\" is not of the form https://host", t.flag, text)));
  t.out.front.allowed_origin = std::move(text);
  return {};
}

base::Status log_format(Taking& t) {
  const auto text = t.flags.value(t.flag);
  if (!text) return base::fail(text.error());
  if (*text != "text" && *text != "json")
    return base::fail(usage(fmt::format("{}: \"{}\" is none of text, json", t.flag, *text)));
  t.out.logs_json = *text == "json";
  return {};
}

base::Status log_level(Taking& t) {
  const auto text = t.flags.value(t.flag);
  if (!text) return base::fail(text.error());
  if (*text != "debug" && *text != "info" && *text != "warn" && *text != "error")
    return base::fail(
        usage(fmt::format("{}: \"{}\" is none of debug, info, warn, error", t.flag, *text)));
  t.out.logs_requests = *text == "debug";
  t.out.logs_news = *text == "debug" || *text == "info";
  return {};
}

base::Status config_map(Taking& t) {
  const auto text = t.flags.value(t.flag);
  if (!text) return base::fail(text.error());
  if (*text == control::kSettingsName) return {};
  return t.refuse(fmt::format("the settings are ConfigMap {} of namespace {}",
                              control::kSettingsName, control::kSettingsNamespace));
}

base::Status own_namespace(Taking& t) {
  const auto text = t.flags.value(t.flag);
  if (!text) return base::fail(text.error());
  if (*text == control::kSettingsNamespace) return {};
  return t.refuse(fmt::format("the server's own things are in namespace {}; it serves all others",
                              control::kSettingsNamespace));
}

base::Status one_namespace(Taking& t) {
  if (t.flag == "--namespaced") {
    const auto on = t.flags.truth(t.flag);
    if (!on) return base::fail(on.error());
    if (!*on) return {};
  }
  return t.refuse("this server serves all namespaces; who may see which is not there yet");
}

base::Status link_protocol(Taking& t) {
  const auto text = t.flags.value(t.flag);
  if (!text) return base::fail(text.error());
  if (*text == "http" || *text == "https") return {};
  return t.refuse("links are not there yet");
}

base::Status event_async(Taking& t) {
  const auto on = t.flags.truth(t.flag);
  if (!on) return base::fail(on.error());
  if (*on) t.hint("bindings are run before the answer, always");
  return {};
}

base::Status no_event_queue(Taking& t) {
  if (const auto count = t.flags.number(t.flag); !count) return base::fail(count.error());
  t.hint("bindings are run before the answer: there is no queue");
  return {};
}

base::Status no_cluster(Taking& t) {
  if (const auto text = t.flags.value(t.flag); !text) return base::fail(text.error());
  t.hint("there is no Kubernetes API behind this server to be spared");
  return {};
}

base::Status no_agent(Taking& t) {
  const auto on = t.flags.truth(t.flag);
  if (!on) return base::fail(on.error());
  t.out.with_agent = !*on;
  return {};
}

constexpr Row kRows[] = {
    {"--access-control-allow-origin", allowed_origin},
    {"--address", word<&ServeOptions::address>},
    {"--allowed-link-protocol", link_protocol},
    {"--api-rate-limit", number<&ServeOptions::requests_per_second_max>},
    {"--auth-mode", auth_mode},
    {"--base-href", base_href},
    {"--browser", truth<&ServeOptions::opens_browser>},
    {"--configmap", config_map},
    {"--data", [](Taking& t) { return put(t.environment["ARGON_HOME"], t.flags.value(t.flag)); }},
    {"--embedded", truth<&ServeOptions::embedded>},
    {"--event-async-dispatch", event_async},
    {"--event-operation-queue-size", no_event_queue},
    {"--event-worker-count", no_event_queue},
    {"--host", [](Taking& t) { return put(t.out.hosts.emplace_back(), t.flags.value(t.flag)); }},
    {"--hsts", [](Taking& t) { return put(t.out.front.hsts, t.flags.truth(t.flag)); }},
    {"--idle-seconds", number<&ServeOptions::idle_seconds>},
    {"--kube-api-burst", no_cluster},
    {"--kube-api-qps", no_cluster},
    {"--log-format", log_format},
    {"--loglevel", log_level},
    {"--managed-namespace", one_namespace},
    {"--namespace", own_namespace},
    {"--namespaced", one_namespace},
    {"--no-agent", no_agent},
    {"--pods-max", to_agent},
    {"--port", number<&ServeOptions::port>},
    {"--ready-fd", number<&ServeOptions::ready_fd>},
    {"--runtime", to_agent},
    {"--secure", truth<&ServeOptions::secure>},
    {"--tls-certificate", word<&ServeOptions::tls_certificate>},
    {"--tls-certificate-secret-name", word<&ServeOptions::tls_secret>},
    {"--tls-key", word<&ServeOptions::tls_key>},
    {"--x-frame-options", frame_options},
};

// Of Argo's server: how it reaches its cluster.
constexpr std::string_view kOfClusters[] = {"--as",
                                            "--as-group",
                                            "--as-uid",
                                            "--certificate-authority",
                                            "--client-certificate",
                                            "--client-key",
                                            "--cluster",
                                            "--context",
                                            "--disable-compression",
                                            "--insecure-skip-tls-verify",
                                            "--kubeconfig",
                                            "--password",
                                            "--proxy-url",
                                            "--request-timeout",
                                            "--server",
                                            "--tls-server-name",
                                            "--token",
                                            "--user",
                                            "--username"};

const Row* find_row(std::string_view flag) {
  constexpr std::pair<std::string_view, std::string_view> kLetters[] = {
      {"-b", "--browser"}, {"-e", "--secure"}, {"-n", "--namespace"}, {"-p", "--port"}};
  for (const auto& [letter, name] : kLetters)
    if (flag == letter) flag = name;
  const auto found = std::ranges::find(kRows, flag, &Row::name);
  return found == std::end(kRows) ? nullptr : found;
}

base::Error unknown(const std::string& flag) {
  if (std::ranges::find(kOfClusters, flag) != std::end(kOfClusters))
    return {base::Code::kUnsupported,
            flag + ": argo server keeps its objects itself; there is no cluster behind it"};
  std::vector<std::string_view> names;
  for (const Row& row : kRows) names.push_back(row.name);
  const std::string near = base::nearest(flag, names);
  return usage("unknown flag: " + flag + (near.empty() ? "" : " (did you mean " + near + "?)"));
}

// ARGO_BASE_HREF and its like, where the flag is not given. Not ARGO_SECURE, which is the
// command line's, and would take TLS off; nor ARGO_PORT, which Kubernetes sets to something else.
base::Status take_environment(const std::vector<std::string>& args, ServeOptions& out,
                              Environment& environment) {
  for (const std::string_view name :
       {"--access-control-allow-origin", "--api-rate-limit", "--auth-mode", "--base-href", "--hsts",
        "--log-format", "--loglevel", "--tls-certificate-secret-name", "--x-frame-options"}) {
    const bool is_given = std::ranges::any_of(args, [&](const std::string& arg) {
      return arg == name || arg.starts_with(std::string(name) + "=");
    });
    std::string variable = "ARGO_";
    for (const char c : name.substr(2))
      variable += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    const auto found = environment.find(variable);
    if (is_given || found == environment.end() || found->second.empty()) continue;
    const std::vector<std::string> one = {std::string(name) + "=" + found->second};
    FlagReader flags(one);
    Taking taking{out, flags, *flags.next(), environment};
    if (auto taken = find_row(name)->take(taking); !taken) {
      taken.error().text = variable + ": " + taken.error().text;
      return taken;
    }
  }
  return {};
}

}  // namespace

base::Result<ServeOptions> parse_server_flags(const std::vector<std::string>& args,
                                              const Environment& environment) {
  ServeOptions out;
  Environment adjusted = environment;
  out.trace_file = adjusted["ARGON_TRACE"];
  out.transient_error_pattern = adjusted["TRANSIENT_ERROR_PATTERN"];
  if (const auto pattern = expr::compile_pattern(out.transient_error_pattern); !pattern)
    return base::fail(usage("TRANSIENT_ERROR_PATTERN: " + pattern.error().text));
  FlagReader flags(args);
  while (auto flag = flags.next()) {
    const Row* row = find_row(*flag);
    if (!row) return base::fail(unknown(*flag));
    Taking taking{out, flags, std::string(row->name), adjusted};
    if (auto taken = row->take(taking); !taken) return base::fail(taken.error());
  }
  if (!out.embedded)
    if (auto taken = take_environment(args, out, adjusted); !taken)
      return base::fail(taken.error());
  if (out.tls_certificate.empty() != out.tls_key.empty())
    return base::fail(usage("--tls-certificate and --tls-key go together"));
  const bool has_files = !out.tls_certificate.empty(), has_secret = !out.tls_secret.empty();
  if (has_files && has_secret)
    return base::fail(
        usage("--tls-certificate and --tls-certificate-secret-name exclude each other"));
  if ((has_files || has_secret) && out.secure == false)
    return base::fail(usage("--secure=false and a TLS certificate exclude each other"));
  out.folder = server::find_data_folder(adjusted, geteuid() == 0);
  return out;
}

}  // namespace apps
