// argo — the command line, the API server with its controller, and the node agent: one program.
//
//   argo server …   argo agent …   and every other command: cli/cli.h
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "apps/program_flags.h"
#include "apps/serve.h"
#include "apps/terminal.h"
#include "cli/cli.h"
#include "server/locator.h"
#include "sys/certificates.h"

namespace {

std::string own_program() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).string();
}

int refuse(const base::Error& error) {
  fmt::print(stderr, "argo: {}\n", error.to_string());
  return 2;
}

int run_server(const std::vector<std::string>& args, const apps::Environment& environment) {
  auto options = apps::parse_server_flags(args, environment);
  if (!options) return refuse(options.error());
  if (options->with_agent) {
    std::vector<std::string> of_agent = options->agent_arguments;
    of_agent.push_back("--data=" + options->folder.root);
    if (auto agent = apps::parse_agent_flags(of_agent, environment); !agent)
      options->fault = agent.error();
  }
  options->program = own_program();
  options->version = ARGON_VERSION;
  options->git_commit = ARGON_COMMIT;
  return apps::serve(*options);
}

int run_agent(const std::vector<std::string>& args, const apps::Environment& environment) {
  auto options = apps::parse_agent_flags(args, environment);
  if (!options) return refuse(options.error());
  return runtime::run_agent(*options);
}

// What this machine's server asks of those who name it by TCP: its token, and trust in its
// authority. Not where other credentials or another authority tell that another server is meant.
void fill_local(const server::DataFolder& folder, sys::Endpoint& to) {
  const bool is_local = to.url.find("//localhost:") != std::string::npos ||
                        to.url.find("//127.0.0.1:") != std::string::npos ||
                        to.url.find("//[::1]:") != std::string::npos;
  const bool has_credentials =
      !to.client_certificate_pem.empty() ||
      std::ranges::any_of(to.headers, [](const auto& one) { return one.first == "Authorization"; });
  if (!is_local || has_credentials) return;
  sys::RealFiles files;
  const auto own = sys::ca_pem(files, folder.tls());
  if (!to.ca_pem.empty() && (!own || to.ca_pem != *own)) return;
  if (own) to.ca_pem = *own;
  if (to.bearer_token.empty())
    if (std::ifstream file(folder.token_file()); file) std::getline(file, to.bearer_token);
}

int run_command(const std::vector<std::string>& args, apps::Terminal& terminal) {
  cli::Surroundings& around = terminal.surroundings();
  const auto folder = server::find_data_folder(around.environment, geteuid() == 0);
  around.version.version = ARGON_VERSION;
  around.version.git_commit = ARGON_COMMIT;
  around.version.git_tree_state = "clean";
  around.version.compiler = "g++ " __VERSION__;
  around.version.platform = "linux/amd64";
  around.read_token = [folder]() -> base::Result<std::string> {
    if (auto made = server::make_data_folder(folder); !made) return base::fail(made.error());
    return server::ensure_token(folder);
  };
  around.read_authority = [&around, folder] { return sys::ca_pem(around.files, folder.tls()); };
  around.connect = [&around, folder](const std::optional<sys::Endpoint>& endpoint)
      -> base::Result<std::unique_ptr<sys::HttpClient>> {
    if (endpoint) {
      sys::Endpoint to = *endpoint;
      fill_local(folder, to);
      return sys::make_http_client(to);
    }
    server::LocatorOptions options;
    options.folder = folder;
    options.program = own_program();
    options.build_id = server::build_id_of(options.program);
    options.warn = [&around](std::string_view text) {
      around.err(fmt::format("argo: {}\n", text));
    };
    return server::connect_embedded(options);
  };
  return cli::run(args, around);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  apps::Terminal terminal;
  const bool wants_help = args.size() > 1 && (args[1] == "--help" || args[1] == "-h");
  if (!args.empty() && !wants_help) {
    const std::vector<std::string> rest(args.begin() + 1, args.end());
    const auto& environment = terminal.surroundings().environment;
    if (args[0] == "server") return run_server(rest, environment);
    if (args[0] == "agent") return run_agent(rest, environment);
  }
  return run_command(args, terminal);
}
