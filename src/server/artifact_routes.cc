#include "server/artifact_routes.h"

namespace server {
namespace {

void tell(Call& call, int status, std::string_view text) {
  call.out.send(
      {status,
       {{"Content-Type", "text/plain; charset=utf-8"}, {"X-Content-Type-Options", "nosniff"}},
       std::string(text) + "\n"});
}

void not_found(Call& call) { tell(call, 404, "Not Found"); }

// Argo's words for an argument that nobody knows.
void get_file(Call& call) {
  const bool is_known = (call.args[1] == "workflows" || call.args[1] == "archived-workflows") &&
                        (call.args[4] == "inputs" || call.args[4] == "outputs");
  if (!is_known) return tell(call, 400, "Bad Request");
  not_found(call);
}

}  // namespace

std::vector<Route> artifact_routes() {
  const std::string file =
      "/artifact-files/{namespace}/{idDiscriminator}/{id}/{nodeId}/{artifactDiscriminator}/"
      "{artifactName}";
  return {{"GET", file, get_file},
          {"GET", "/artifacts/{namespace}/{name}/{nodeId}/{artifactName}", not_found},
          {"GET", "/input-artifacts/{namespace}/{name}/{nodeId}/{artifactName}", not_found},
          {"GET", "/artifacts-by-uid/{uid}/{nodeId}/{artifactName}", not_found},
          {"GET", "/input-artifacts-by-uid/{uid}/{nodeId}/{artifactName}", not_found}};
}

}  // namespace server
