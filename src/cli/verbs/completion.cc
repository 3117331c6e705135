// argo completion: scripts made from the table of commands.
#include <algorithm>

#include "cli/verb.h"

namespace cli {
namespace {

std::span<const Flag> flags_of(const Verb& verb) {
  return verb.flags ? verb.flags() : std::span<const Flag>();
}

std::string long_flags(const Verb& verb, std::string_view before) {
  std::string out;
  for (const auto& rows : {flags_of(verb), shared_flags()})
    for (const Flag& flag : rows) out += fmt::format("{}{}", before, flag.name);
  return out;
}

std::string names(std::string_view between) {
  std::string out;
  for (const Verb& verb : verbs())
    out += fmt::format("{}{}", out.empty() ? "" : between, verb.name);
  return out + std::string(between) + "server";
}

// "create delete get", of "create|delete|get".
std::string words_of(const Verb& verb) {
  std::string out(verb.arguments);
  std::replace(out.begin(), out.end(), '|', ' ');
  return out;
}

bool takes_workflows(const Verb& verb) {
  return verb.arguments.find("WORKFLOW") != std::string::npos;
}
bool takes_files(const Verb& verb) { return verb.arguments.find("FILE") != std::string::npos; }

// bash; zsh reads it too, by way of bashcompinit.
std::string bash_script() {
  std::string out =
      "_argo() {\n"
      "  local word=\"${COMP_WORDS[COMP_CWORD]}\" verb=\"${COMP_WORDS[1]}\"\n"
      "  if [[ $COMP_CWORD -eq 1 ]]; then\n"
      "    COMPREPLY=( $(compgen -W \"" +
      names(" ") +
      "\" -- \"$word\") )\n    return\n  fi\n"
      "  case \"$verb\" in\n";
  for (const Verb& verb : verbs()) {
    out += fmt::format("    {})\n", verb.name);
    out += fmt::format(
        "      if [[ $word == -* ]]; then COMPREPLY=( $(compgen -W \"{}\" -- \"$word\") )\n",
        long_flags(verb, " --").substr(1));
    if (takes_workflows(verb))
      out +=
          "      else COMPREPLY=( $(compgen -W \"@latest $(argo list -o name 2>/dev/null)\" -- "
          "\"$word\") )\n";
    else if (takes_files(verb))
      out += "      else COMPREPLY=( $(compgen -f -- \"$word\") )\n";
    else if (verb.name == "image")
      out += "      else COMPREPLY=( $(compgen -W \"ls pull import rm prune\" -- \"$word\") )\n";
    else if (verb.actions)
      out += "      else COMPREPLY=( $(compgen -W \"" + words_of(verb) + "\" -- \"$word\") )\n";
    else if (verb.name == "completion")
      out += "      else COMPREPLY=( $(compgen -W \"bash zsh fish\" -- \"$word\") )\n";
    out += "      fi ;;\n";
  }
  return out + "  esac\n}\ncomplete -o default -F _argo argo\n";
}

std::string fish_script() {
  std::string out = "complete -c argo -f\n";
  for (const Verb& verb : verbs()) {
    out += fmt::format("complete -c argo -n __fish_use_subcommand -a {} -d '{}'\n", verb.name,
                       verb.help);
    const std::string when = fmt::format("-n '__fish_seen_subcommand_from {}'", verb.name);
    for (const auto& rows : {flags_of(verb), shared_flags()}) {
      for (const Flag& flag : rows) {
        out += fmt::format("complete -c argo {} -l {}", when, flag.name);
        if (flag.letter) out += fmt::format(" -s {}", flag.letter);
        if (!flag.value.empty()) out += " -r";
        std::string help(flag.help);
        for (size_t at = help.find('\''); at != help.npos; at = help.find('\'', at + 2))
          help.insert(at, "\\");
        out += fmt::format(" -d '{}'\n", help);
      }
    }
    if (verb.actions) out += fmt::format("complete -c argo {} -a '{}'\n", when, words_of(verb));
    if (takes_workflows(verb))
      out +=
          fmt::format("complete -c argo {} -a '@latest (argo list -o name 2>/dev/null)'\n", when);
    if (takes_files(verb)) out += fmt::format("complete -c argo {} -F\n", when);
  }
  return out;
}

}  // namespace

std::span<const Flag> completion_flags() { return {}; }

base::Result<int> run_completion(Session& session) {
  const std::string& shell = session.flags.arguments[0];
  if (shell == "bash")
    session.around.out(bash_script());
  else if (shell == "zsh")
    session.around.out("#compdef argo\nautoload -U +X bashcompinit && bashcompinit\n" +
                       bash_script());
  else if (shell == "fish")
    session.around.out(fish_script());
  else
    return base::fail(base::Code::kInvalid, fmt::format("unknown shell \"{}\"", shell), {},
                      "one of bash, zsh, fish");
  return 0;
}

}  // namespace cli
