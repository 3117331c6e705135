// identity.h — who asks, and whether they may. All of it stands here.
//
// A Unix socket's peer has been checked by its uid and needs no token. TCP always needs the bearer
// token, and a Host and Origin that are ours: loopback is not a permission, for a web page that the
// user looks at can reach it too.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "server/call.h"

namespace server {

struct Identity {
  std::string subject;  // the name of the user
  bool is_local = false;
};

struct Access {
  std::string token;               // empty: nobody may come by TCP
  std::vector<std::string> hosts;  // "localhost:2746", "127.0.0.1:2746", …
  std::string user = "local";
};

// kUnauthorized, kForbidden.
base::Result<Identity> identify(const Call& call, const Access& access);

// May they? Every request asks here; today each known identity may do everything.
base::Status authorize(const Identity& identity, const Call& call);

}  // namespace server
