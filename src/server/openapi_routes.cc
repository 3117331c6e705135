#include "server/openapi_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/document_reply.h"
#include "server/served_kinds.h"
#include "text/json.h"

namespace server {
namespace {

constexpr std::string_view kV2 = "v2", kV2Protobuf = "v2-protobuf";
// kubectl asks with an @, which is no media type that it would read in an answer.
constexpr std::string_view kProtobuf = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
                           kProtobufAsked =
                               "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

}  // namespace

std::vector<std::string> OpenApiDocuments::groups() {
  std::vector<std::string> out;
  for (const model::ApiResource& resource : api_resources(api_)) {
    std::string path = resource.path().substr(1);
    if (std::find(out.begin(), out.end(), path) == out.end()) out.push_back(std::move(path));
  }
  return out;
}

std::string OpenApiDocuments::make(const std::string& key) {
  const std::vector<model::ApiResource> resources = api_resources(api_);
  if (key == kV2) return model::openapi_v2_json(resources);
  if (key == kV2Protobuf) return model::openapi_v2_protobuf(resources);
  const size_t slash = key.rfind('/');
  const std::string group = key.starts_with("apis/") ? key.substr(5, slash - 5) : "";
  return model::openapi_v3_json(resources, group, key.substr(slash + 1));
}

OpenApiDocuments::Document OpenApiDocuments::document(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (const uint64_t now = api_resources_generation(api_); now != generation_) {
    generation_ = now;
    made_.clear();
  }
  if (const auto found = made_.find(key); found != made_.end()) return found->second;
  Document& out = made_[key];
  out.text = std::make_shared<const std::string>(make(key));
  out.hash = document_hash(*out.text);
  return out;
}

void OpenApiDocuments::answer_v2(Call& call) {
  const std::string accept = call.request.header("Accept");
  if (accept.find(kProtobuf) != std::string::npos ||
      accept.find(kProtobufAsked) != std::string::npos) {
    const Document document = this->document(std::string(kV2Protobuf));
    return reply_document(call, *document.text, document.hash, kProtobuf);
  }
  const Document document = this->document(std::string(kV2));
  reply_document(call, *document.text, document.hash, "application/json");
}

void OpenApiDocuments::answer_index(Call& call) {
  text::Value out;
  text::Value& paths = out["paths"] = text::Map();
  for (const std::string& group : groups())
    paths[group]["serverRelativeURL"] =
        fmt::format("/openapi/v3/{}?hash={}", group, document(group).hash);
  const std::string text = text::to_json(out);
  reply_document(call, text, document_hash(text), "application/json");
}

void OpenApiDocuments::answer_v3(const std::string& path, Call& call) {
  call.manners = Manners::kKubernetes;
  const auto all = groups();
  if (std::find(all.begin(), all.end(), path) == all.end())
    return call.fail(
        {base::Code::kNotFound, "the server could not find the requested resource: " + path});
  const Document document = this->document(path);
  const std::string_view asked = call.query("hash");
  if (!asked.empty() && asked != document.hash)
    return call.out.send(
        {301, {{"Location", fmt::format("/openapi/v3/{}?hash={}", path, document.hash)}}, ""});
  sys::Headers more;
  // What has its hash in the address never changes.
  if (!asked.empty()) more.emplace_back("Cache-Control", "public, immutable, max-age=31536000");
  reply_document(call, *document.text, document.hash, "application/json", std::move(more));
}

std::vector<Route> OpenApiDocuments::routes() {
  return {
      {"GET", "/openapi/v2", [this](Call& call) { answer_v2(call); }},
      {"GET", "/openapi/v3", [this](Call& call) { answer_index(call); }},
      {"GET", "/openapi/v3/api/{version}",
       [this](Call& call) { answer_v3("api/" + call.args[0], call); }},
      {"GET", "/openapi/v3/apis/{group}/{version}",
       [this](Call& call) { answer_v3("apis/" + call.args[0] + "/" + call.args[1], call); }},
  };
}

}  // namespace server
