// sources.h — what a global setting says: its flag, else the environment, else the configuration
// file.
//
// Each setting has the name of its flag. In the environment "request-timeout" is
// ARGO_REQUEST_TIMEOUT, in the file requestTimeout; "argo-server" is ARGO_SERVER and server there,
// and "server", the address of a Kubernetes API, is only a flag. The file is $ARGO_CONFIG, else
// $XDG_CONFIG_HOME/argo/config.yaml, else ~/.config/argo/config.yaml.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "cli/cli.h"
#include "cli/flags.h"
#include "text/value.h"

namespace cli {

// The flags that every command has.
std::span<const Flag> shared_flags();

// "" where the environment does not have it.
std::string variable(const Surroundings& around, const std::string& name);

class Sources {
 public:
  // Borrows the flags. kInvalid with its place: an unknown key of the file.
  static base::Result<Sources> read(const Surroundings& around, const Flags& flags);

  std::string get(std::string_view name) const;  // "" where nobody says anything
  // All words of a setting that may have several.
  std::vector<std::string> all(std::string_view name) const;
  bool on(std::string_view name, bool without = false) const;
  bool has(std::string_view name) const { return !all(name).empty(); }
  bool has_flag(std::string_view name) const { return flags_->has(name); }
  // A key of the file alone.
  std::string key(std::string_view name) const { return std::string(config_.string_at(name)); }

 private:
  Sources(const Surroundings& around, const Flags& flags) : around_(&around), flags_(&flags) {}

  const Surroundings* around_;
  const Flags* flags_;
  text::Value config_{text::Map()};
};

}  // namespace cli
