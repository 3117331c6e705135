#include "server/api_server.h"

#include <fmt/format.h>

#include <algorithm>

#include "server/access_reviews.h"
#include "server/agent_routes.h"
#include "server/archive_routes.h"
#include "server/artifact_routes.h"
#include "server/evaluate_routes.h"
#include "server/event_dispatch.h"
#include "server/kube_routes.h"
#include "server/same_secret.h"
#include "server/status_routes.h"
#include "server/stored_routes.h"
#include "server/submit_routes.h"
#include "server/workflow_routes.h"

namespace server {
namespace {

using text::Value;

void info(Call& call) {
  call.reply_json(R"({"managedNamespace":"","links":[],"modals":{"feedback":false,)"
                  R"("firstTimeUser":false,"newVersion":false},"navColor":"","columns":[]})");
}

void version(const BuildInfo& build, Call& call) {
  Value out;
  out["version"] = build.version;
  out["buildDate"] = build.build_date;
  out["gitCommit"] = build.git_commit;
  out["gitTag"] = build.version;
  out["gitTreeState"] = "clean";
  out["goVersion"] = "";
  out["compiler"] = "g++";
  out["platform"] = build.platform;
  out["buildId"] = build.build_id;
  call.reply(out);
}

void user_info(Call& call) {
  const Identity& identity = *call.identity;
  Value out;
  out["issuer"] = "argo-server";
  out["subject"] = identity.subject;
  out["name"] = identity.subject;
  if (!identity.service_account.empty()) {
    out["serviceAccountName"] = identity.service_account;
    out["serviceAccountNamespace"] = identity.service_account_namespace;
  }
  call.reply(out);
}

void shut_down(const std::function<bool()>& try_shutdown, Call& call) {
  if (!call.peer.is_unix)
    return call.fail({base::Code::kForbidden, "only the user of this machine may end the server"});
  if (!try_shutdown()) return call.fail({base::Code::kConflict, "the server is not idle"});
  call.reply_json("{}");
}

// Streams that still hold a thread each leave some to short requests.
constexpr int kThreadStreamsMax = 768;
bool holds_thread(const Call& call) {
  return std::any_of(call.path.begin(), call.path.end(), [](const std::string& segment) {
    return segment == "workflow-events" || segment == "log" || segment == "exec" ||
           segment == "attach" || segment == "portforward";
  });
}

void home(Call& call) {
  call.out.send({200,
                 {{"Content-Type", "text/plain; charset=utf-8"}},
                 "This is argo server. Its API: /api/v1/workflows/{namespace}, "
                 "/apis/argoproj.io/v1alpha1; to browse: /apidocs\n"});
}

}  // namespace

ApiServer::ApiServer(kube::StoreApi& api, kube::NodeApi* node, const sys::Clock& clock,
                     ApiServerOptions options)
    : api_(api),
      node_(node),
      clock_(clock),
      options_(std::move(options)),
      tokens_(api, clock, options_.read_token_key),
      operations_(api, clock),
      router_(routes()) {
  tokens_.install_admission();
}
ApiServer::~ApiServer() = default;

std::vector<Route> ApiServer::routes() {
  std::vector<Route> rows = workflow_routes(api_, node_, clock_, operations_);
  for (Route& row : stored_routes(api_, watches_)) rows.push_back(std::move(row));
  for (Route& row : submit_routes(api_, clock_)) rows.push_back(std::move(row));
  for (Route& row : status_routes(api_, watches_, options_.metrics)) rows.push_back(std::move(row));
  for (Route& row : agent_routes(api_, node_)) rows.push_back(std::move(row));
  for (Route& row : evaluate_routes(api_, clock_)) rows.push_back(std::move(row));
  for (Route& row : artifact_routes()) rows.push_back(std::move(row));
  for (Route& row : archive_routes()) rows.push_back(std::move(row));
  for (Route& row : event_routes(api_, clock_)) rows.push_back(std::move(row));
  for (Route& row : sync_routes(api_, options_.find_locks)) rows.push_back(std::move(row));
  for (Route& row : documents_.routes()) rows.push_back(std::move(row));
  rows.push_back({"GET", "/api/v1/info", info});
  rows.push_back({"GET", "/api/v1/version", [this](Call& call) { version(options_.build, call); }});
  rows.push_back({"GET", "/api/v1/userinfo", user_info});
  rows.push_back({"POST", "/api/v1/server/shutdown",
                  [this](Call& call) { shut_down(options_.try_shutdown, call); }});
  rows.push_back({"POST", "/api/v1/tracking/event", [](Call& call) { call.reply_json("{}"); }});
  argo_documents_.add_to(rows);
  return rows;
}

void ApiServer::handle(const sys::HttpRequest& request, const sys::HttpPeer& peer,
                       sys::HttpWriter& out) {
  Call call(request, peer, out);
  const bool is_agent = peer.is_unix && (request.header("User-Agent") == kAgentUserAgent ||
                                         request.target == "/healthz");
  if (is_agent) return answer(call, agent_watches_);
  ++busy_;
  ++requests_;
  answer(call, watches_);
  --busy_;
}

void ApiServer::answer(Call& call, WatchPump& pump) {
  const bool is_kubernetes = !call.path.empty() && call.path[0] == "apis";
  if (is_kubernetes) call.manners = Manners::kKubernetes;
  if (call.is_malformed)
    return call.fail({base::Code::kInvalid, "the request's path is not percent-encoded well"});
  if (!call.peer.is_unix && call.path.empty()) {
    // The address that `argo server` prints has the token in its query: it goes into the cookie
    // that Argo's UI uses, and out of the address.
    if (const std::string_view token = call.query("token");
        !token.empty() && is_same_secret(token, options_.access.token))
      return call.out.send(
          {302,
           {{"Location", "/"},
            {"Set-Cookie",
             fmt::format("authorization=Bearer%20{}; Path=/; HttpOnly; SameSite=Strict", token)}},
           ""});
  }
  auto identity = identify(call, options_.access, api_, tokens_, options_.log);
  if (!identity) return call.fail(identity.error());
  if (auto allowed = authorize(*identity, attributes_of(call)); !allowed)
    return call.fail(allowed.error());
  call.identity = &*identity;
  if (call.path.empty()) return home(call);
  if (busy_ > kThreadStreamsMax && holds_thread(call))
    return call.fail({base::Code::kUnavailable, "too many streams: try again later"});
  if (router_.dispatch(call)) return;
  if (answer_review(api_, clock_, options_.access, tokens_, call)) return;
  if (answer_kube(api_, node_, clock_, operations_, pump, call)) return;
  call.fail({base::Code::kNotFound,
             fmt::format("{} {}: no such path", call.request.method, call.request.target)});
}

}  // namespace server
