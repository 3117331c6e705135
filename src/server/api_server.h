// api_server.h — all that the server answers: Argo's REST, Kubernetes' REST, the agent's extras.
//
// Holds no state of its own: everything is in the store or asked of the node agent. Any thread.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "kube/node_api.h"
#include "kube/store_api.h"
#include "server/argo_documents.h"
#include "server/identity.h"
#include "server/openapi_routes.h"
#include "server/operation_log.h"
#include "server/router.h"
#include "server/sync_routes.h"
#include "server/watch_pump.h"
#include "sys/http_server.h"

namespace server {

struct BuildInfo {
  std::string version, git_commit, build_date, build_id, platform;
};

struct ApiServerOptions {
  Access access;
  // The key of service accounts' tokens; asked at most once, when it is needed first.
  ServiceTokens::ReadKey read_token_key = [] {
    return base::fail(base::Code::kUnsupported, "this server has no key for service accounts");
  };
  BuildInfo build;
  // Begins to end the server, when nobody needs it; false: somebody does.
  std::function<bool()> try_shutdown = [] { return false; };
  // The text of /metrics, in Prometheus' format; unset: there is no such path.
  std::function<std::string()> metrics;
  // Who holds and who waits, as control knows it.
  FindLocks find_locks = [](std::string_view, size_t) { return std::vector<kube::LockReport>(); };
  // One line for the operator's log.
  std::function<void(std::string_view)> log = [](std::string_view) {};
};

class ApiServer {
 public:
  // `node` is null when no agent belongs to this server.
  ApiServer(kube::StoreApi& api, kube::NodeApi* node, const sys::Clock& clock,
            ApiServerOptions options);
  ~ApiServer();

  void handle(const sys::HttpRequest& request, const sys::HttpPeer& peer, sys::HttpWriter& out);

  // Requests of people in progress; the node agent's own do not count. Any thread.
  int busy_count() const { return busy_ + static_cast<int>(watches_.count()); }
  uint64_t request_count() const { return requests_; }

 private:
  static constexpr size_t kWatchesMax = 12'000;

  std::vector<Route> routes();
  void answer(Call& call, WatchPump& pump);

  kube::StoreApi& api_;
  kube::NodeApi* const node_;
  const sys::Clock& clock_;
  const ApiServerOptions options_;
  ServiceTokens tokens_;
  OperationLog operations_;
  OpenApiDocuments documents_{api_};
  ArgoDocuments argo_documents_{options_.build.version};
  // The node agent waits behind nobody.
  WatchPump watches_{api_, kWatchesMax}, agent_watches_{api_, kWatchesMax};
  const Router router_;
  std::atomic<int> busy_ = 0;
  std::atomic<uint64_t> requests_ = 0;
};

// The User-Agent by which the node agent is told from people.
inline constexpr std::string_view kAgentUserAgent = "argo-agent";

}  // namespace server
