// data_folder.h — where one Argon keeps everything: one folder, one server, one agent.
//
//   server.lock   held by the server while it lives; its pid stands inside
//   start.lock    held by a command while it starts a server
//   argo.sock     the server's socket, mode 0600
//   agent.sock    the node agent's
//   token         the bearer token for TCP, mode 0600
//   service-account.key  signs the tokens of service accounts, mode 0600
//   tls/          the server's certificate and the authority that it is of
//   server.log, agent.log
//   store/        the database        agent/   images, pods
#pragma once
#include <map>
#include <string>

#include "base/error.h"

namespace server {

struct DataFolder {
  std::string root;  // absolute

  std::string path(const char* name) const { return root + "/" + name; }
  std::string server_lock() const { return path("server.lock"); }
  std::string start_lock() const { return path("start.lock"); }
  std::string socket() const { return path("argo.sock"); }
  std::string agent_socket() const { return path("agent.sock"); }
  std::string token_file() const { return path("token"); }
  std::string service_account_key() const { return path("service-account.key"); }
  std::string server_log() const { return path("server.log"); }
  std::string agent_log() const { return path("agent.log"); }
  std::string tls() const { return path("tls"); }
  std::string store() const { return path("store"); }
  std::string agent() const { return path("agent"); }
};

// $ARGON_HOME, else /var/lib/argon for root, else $XDG_DATA_HOME/argon, else ~/.local/share/argon.
DataFolder find_data_folder(const std::map<std::string, std::string>& environment, bool is_root);

// Makes the folder with mode 0700. kForbidden when it belongs to somebody else.
base::Status make_data_folder(const DataFolder& folder);

// Reads the token, or makes one.
base::Result<std::string> ensure_token(const DataFolder& folder);
// The same of the key of service accounts' tokens.
base::Result<std::string> ensure_service_account_key(const DataFolder& folder);

}  // namespace server
