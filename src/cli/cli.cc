#include "cli/cli.h"

#include "cli/session.h"
#include "cli/verb.h"

namespace cli {
namespace {

constexpr int kBadCommandLine = 2;

// The program of that name takes them: apps/program_flags.h.
constexpr std::string_view kServer = "server", kServerHelp = "start the server in the foreground";
constexpr Flag kServerFlags[] = {
    {"access-control-allow-origin", 0, "ORIGIN", "pages of this origin may ask, besides our own"},
    {"address", 0, "ADDRESS", "listen here, besides the socket (127.0.0.1)"},
    {"allowed-link-protocol", 0, "WORD", "http and https; there are no links yet"},
    {"api-rate-limit", 0, "NUMBER", "requests a second of one address (1000); 0: no limit"},
    {"auth-mode", 0, "MODE", "a token is always asked for; sso is not there yet", "client|server"},
    {"base-href", 0, "PATH", "the path that a proxy serves this below (/)"},
    {"browser", 'b', "", "open the address in the browser"},
    {"configmap", 0, "NAME", "the settings (workflow-controller-configmap, and no other)"},
    {"data", 0, "DIR", "the data folder (ARGON_HOME)"},
    {"event-async-dispatch", 0, "", "no effect: events are handled before their answer"},
    {"event-operation-queue-size", 0, "NUMBER", "no effect: there is no queue"},
    {"event-worker-count", 0, "NUMBER", "no effect: there is no queue"},
    {"help", 'h', "", "show this help"},
    {"host", 0, "NAME", "a further name that requests may have in Host and Origin"},
    {"hsts", 0, "", "tell browsers to come by TLS only, on TLS (on)"},
    {"kube-api-burst", 0, "NUMBER", "no effect: there is no cluster behind it"},
    {"kube-api-qps", 0, "NUMBER", "no effect: there is no cluster behind it"},
    {"log-format", 0, "FORMAT", "format of the log", "text|json"},
    {"loglevel", 0, "LEVEL", "debug: requests too; warn, error: no news", "debug|info|warn|error"},
    {"managed-namespace", 0, "NAME", "refused: all namespaces are served"},
    {"namespace", 'n', "NAME", "of the settings and Secrets (argo, and no other)"},
    {"namespaced", 0, "", "refused: all namespaces are served"},
    {"no-agent", 0, "", "run no pods on this machine"},
    {"pods-max", 0, "NUMBER", "so many pods at once (110)"},
    {"port", 'p', "NUMBER", "listen on this port (2746)"},
    {"runtime", 0, "KIND", "what pods run as", "containers|process|containers,process"},
    {"secure", 'e', "",
     "TLS only; else plain HTTP is answered too, on loopback. =false: no TLS, beyond loopback too"},
    {"tls-certificate", 0, "FILE", "in PEM, instead of one of our own authority (tls/ca.crt)"},
    {"tls-certificate-secret-name", 0, "NAME", "a Secret of namespace argo with tls.crt, tls.key"},
    {"tls-key", 0, "FILE", "its key"},
    {"x-frame-options", 0, "TEXT", "who may frame our pages (DENY)"},
};

std::string server_help() {
  return fmt::format(
      "{}\n\nUsage:\n  argo {} [FLAGS]\n\nFlags:\n{}\nIt prints its address with the token that "
      "requests over TCP need.\n",
      kServerHelp, kServer, describe(kServerFlags));
}

std::string help() {
  std::string out =
      "argo runs Argo Workflows on this machine, or on a server.\n\nUsage:\n  argo COMMAND "
      "[FLAGS]\n\nCommands:\n";
  for (const Verb& verb : verbs()) out += fmt::format("  {:<12} {}\n", verb.name, verb.help);
  out += fmt::format("  {:<12} {}\n", kServer, kServerHelp);
  out += "\nFlags of every command:\n" + describe(shared_flags());
  return out + "\n`argo COMMAND --help` tells more about a command.\n";
}

std::string help(const Verb& verb) {
  if (verb.actions) {
    std::string out = fmt::format("{}\n\nUsage:\n  argo {} {} [FLAGS]\n\nCommands:\n", verb.help,
                                  verb.name, verb.arguments);
    for (const Verb& action : verb.actions())
      out += fmt::format("  {:<26} {}\n", action.name, action.help);
    return out + fmt::format("\n`argo {} COMMAND --help` tells more about a command.\n", verb.name);
  }
  std::string out =
      fmt::format("{}\n\nUsage:\n  argo {} {} [FLAGS]\n", verb.help, verb.name, verb.arguments);
  const auto own = verb.flags();
  if (!own.empty()) out += "\nFlags:\n" + describe(own);
  return out + "\nFlags of every command:\n" + describe(shared_flags());
}

void show(Surroundings& around, const base::Error& error) {
  if (is_already_said(error)) return;
  around.err(fmt::format("argo: {}\n", error.to_string()));
  if (!error.hint.empty()) around.err(fmt::format("      {}\n", error.hint));
}

int refuse(Surroundings& around, const base::Error& error) {
  show(around, error);
  return kBadCommandLine;
}

// The word that names the command: the first that is neither a flag nor the value of one.
size_t find_word(const std::vector<std::string>& args) {
  for (size_t at = 0; at < args.size(); ++at) {
    const std::string& text = args[at];
    if (text.size() < 2 || text[0] != '-') return at;
    if (text.find('=') != std::string::npos) continue;
    for (const Flag& flag : shared_flags()) {
      const bool named = text == fmt::format("--{}", flag.name) ||
                         (flag.letter && text == fmt::format("-{}", flag.letter));
      if (named && !flag.value.empty()) ++at;
    }
  }
  return args.size();
}

int refuse_unknown(Surroundings& around, const std::string& name) {
  std::vector<std::string_view> names;
  for (const Verb& verb : verbs()) names.push_back(verb.name);
  const std::string near = base::nearest(name, names);
  return refuse(around, {base::Code::kInvalid,
                         fmt::format("unknown command \"{}\"", name),
                         {},
                         near.empty() ? "`argo --help` lists the commands"
                                      : fmt::format("did you mean \"{}\"?", near)});
}

std::string usage_mistake(const Verb& verb, size_t count) {
  return fmt::format(
      "`argo {}` {}: argo {} {}", verb.name,
      count < verb.arguments_least ? "needs more arguments" : "takes fewer arguments", verb.name,
      verb.arguments);
}

int run_verb(const Verb& verb, const std::vector<std::string>& args, Surroundings& around) {
  auto flags = Flags::parse(args, verb.flags(), shared_flags());
  if (!flags) return refuse(around, flags.error());
  if (flags->on("help")) {
    around.out(help(verb));
    return 0;
  }
  const size_t count = flags->arguments.size();
  if (count < verb.arguments_least || count > verb.arguments_most)
    return refuse(around, {base::Code::kInvalid, usage_mistake(verb, count), {}, {}});
  auto settings = read_settings(around, *flags);
  if (!settings) return refuse(around, settings.error());
  Session session(around, *std::move(flags), *std::move(settings));
  const base::Result<int> done = verb.run(session);
  if (done) return *done;
  show(around, done.error());
  return 1;
}

int run_found(const Verb& verb, std::vector<std::string> args, size_t word, Surroundings& around) {
  args.erase(args.begin() + static_cast<std::ptrdiff_t>(word));
  if (!verb.actions) return run_verb(verb, args, around);
  const size_t second = find_word(args);
  if (second == args.size()) {
    around.out(help(verb));
    return 0;
  }
  std::vector<std::string_view> names;
  for (const Verb& action : verb.actions()) {
    names.push_back(action.name.substr(verb.name.size() + 1));
    if (names.back() != args[second]) continue;
    args.erase(args.begin() + static_cast<std::ptrdiff_t>(second));
    return run_verb(action, args, around);
  }
  const std::string near = base::nearest(args[second], names);
  return refuse(around,
                {base::Code::kInvalid,
                 fmt::format("unknown command \"{} {}\"", verb.name, args[second]),
                 {},
                 near.empty() ? fmt::format("`argo {} --help` lists the commands", verb.name)
                              : fmt::format("did you mean \"{}\"?", near)});
}

}  // namespace

int run(const std::vector<std::string>& args, Surroundings& around) {
  const size_t word = find_word(args);
  int code = 0;
  if (word == args.size()) {
    const auto flags = Flags::parse(args, {}, shared_flags());
    if (!flags)
      code = refuse(around, flags.error());
    else
      around.out(help());
  } else if (args[word] == "help") {
    const std::string about = word + 1 < args.size() ? args[word + 1] : "";
    const Verb* verb = find_verb(about);
    around.out(verb ? help(*verb) : about == kServer ? server_help() : help());
  } else if (args[word] == kServer) {  // with --help: else it is no command of ours
    around.out(server_help());
  } else if (const Verb* verb = find_verb(args[word])) {
    code = run_found(*verb, args, word, around);
  } else {
    code = refuse_unknown(around, args[word]);
  }
  around.flush();
  return code;
}

}  // namespace cli
