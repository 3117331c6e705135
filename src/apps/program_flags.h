// program_flags.h — the flags of `argo server` and `argo agent`, and the agent's settings file.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/serve.h"
#include "base/error.h"
#include "runtime/agent_main.h"

namespace apps {

using Environment = std::map<std::string, std::string>;

// `args` without "server". Argo's flags act, or their hint is told at the start, or they are
// refused with words: see the rows of server_flags.cc.
base::Result<ServeOptions> parse_server_flags(const std::vector<std::string>& args,
                                              const Environment& environment);

// --data DIR --runtime KIND --pods-max N. Further settings come from <data>/agent.yaml (runtime,
// podsMax, logMax as a quantity, offline, mirrors and mappings as maps) and, before these, from the
// environment: ARGON_RUNTIME, ARGON_MIRRORS and ARGON_MAPPINGS
// ("docker.io=http://127.0.0.1:5000,…"), ARGON_OFFLINE, ARGON_TRACE (sys/trace.h).
base::Result<runtime::AgentOptions> parse_agent_flags(const std::vector<std::string>& args,
                                                      const Environment& environment);

}  // namespace apps
