// settings.h — where a command goes and in whose name: flags, environment, configuration file.
//
// The file is $ARGO_CONFIG, else $XDG_CONFIG_HOME/argo/config.yaml, else ~/.config/argo/config.yaml
// with the keys server, token, secure, insecureSkipVerify, namespace. A kubeconfig is not read.
#pragma once
#include <optional>
#include <string>

#include "cli/cli.h"
#include "cli/flags.h"

namespace cli {

struct Settings {
  std::optional<sys::Endpoint> endpoint;  // none: the embedded server
  std::string name_space = "default";
};

// The flags that every command has.
std::span<const Flag> shared_flags();
base::Result<Settings> read_settings(const Surroundings& around, const Flags& flags);

}  // namespace cli
