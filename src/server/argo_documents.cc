#include "server/argo_documents.h"

#include "server/apidocs_page.h"
#include "server/argo_operations.h"
#include "server/document_reply.h"

namespace server {
namespace {

// Nothing from elsewhere is loaded, and nobody shows the page in a frame.
void send_page(std::string_view type, std::string_view text, Call& call) {
  call.out.send({200,
                 {{"Content-Type", std::string(type)},
                  {"Content-Security-Policy",
                   "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
                   "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"},
                  {"X-Content-Type-Options", "nosniff"},
                  {"Referrer-Policy", "no-referrer"}},
                 std::string(text)});
}

}  // namespace

void ArgoDocuments::answer(model::OpenApi version, Call& call) {
  std::shared_ptr<const std::string> text;
  {
    const std::lock_guard lock(mutex_);
    auto& made = made_[version == model::OpenApi::kV2 ? 0 : 1];
    if (!made)
      made = std::make_shared<const std::string>(
          model::argo_openapi_json(version, operations_, program_version_));
    text = made;
  }
  reply_document(call, *text, document_hash(*text), "application/json");
}

void ArgoDocuments::add_to(std::vector<Route>& routes) {
  operations_ = argo_operations(routes);
  const auto add = [&](std::string pattern, std::function<void(Call&)> answer) {
    routes.push_back({"GET", std::move(pattern), std::move(answer)});
  };
  add("/api/openapi-spec/swagger.json",
      [this](Call& call) { this->answer(model::OpenApi::kV2, call); });
  add("/api/openapi-spec/openapi.json",
      [this](Call& call) { this->answer(model::OpenApi::kV3, call); });
  add("/apidocs", [](Call& call) { send_page("text/html; charset=utf-8", apidocs_html(), call); });
  add("/apidocs/page.js",
      [](Call& call) { send_page("text/javascript; charset=utf-8", apidocs_script(), call); });
  add("/apidocs/page.css",
      [](Call& call) { send_page("text/css; charset=utf-8", apidocs_style(), call); });
}

}  // namespace server
