// user_namespace.h — makes an ordinary user's agent root in a user namespace of its own.
//
// In there it may mount, make network namespaces and a bridge, and chown, all without rights on the
// host; the user's ranges in /etc/subuid and /etc/subgid become the containers' users. A small
// process holds the namespaces, so that an agent that was killed finds bridge and pods again.
// Outbound traffic goes through slirp4netns, which does not lead to the host's loopback; images are
// pulled outside of it.
#pragma once
#include <memory>
#include <string>

#include "base/error.h"
#include "runtime/host_commands.h"

namespace runtime {

struct UserNamespace {
  bool entered = false;  // false: we are root on the host and stay there
  bool has_network = false;
  std::string warning;                 // what is missing and what to do; empty when all is well
  std::unique_ptr<HostCommands> host;  // what asks registries; null when not entered
};

// To be called once, before the process has a second thread. `folder` belongs to the agent and
// keeps the holder's pid. kUnavailable with advice when the host lacks what it takes (newuidmap,
// a range in /etc/subuid, user namespaces).
base::Result<UserNamespace> enter_user_namespace(const std::string& folder);

// Ends the holder and slirp4netns; for an agent that ends with no pod left. Does nothing for root.
void leave_user_namespace(const std::string& folder);

}  // namespace runtime
