#include "cli/instance_client.h"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "cli/request_path.h"
#include "text/json.h"

namespace cli {
namespace {

using text::Value;

constexpr std::string_view kLabel = "workflows.argoproj.io/controller-instanceid";

// The kinds of which each instance has its own, by the first part of the path.
bool is_of_instances(std::string_view part) {
  return part == "workflows" || part == "workflow-templates" ||
         part == "cluster-workflow-templates" || part == "cron-workflows" ||
         part == "workflow-events" || part == "archived-workflows";
}

void mark(Value& object, const std::string& id) {
  if (!id.empty()) {
    object["metadata"]["labels"][kLabel] = id;
    return;
  }
  Value* metadata = object.find("metadata");
  Value* labels = metadata ? metadata->find("labels") : nullptr;
  if (labels && labels->is_map()) labels->as_map().erase(kLabel);
}

// A body that makes something: the object, or the options for one.
std::string marked_body(const std::string& body, const std::string& id) {
  auto value = text::parse_json(body);
  if (!value || !value->is_map()) return body;
  for (const char* member : {"workflow", "template", "cronWorkflow"})
    if (Value* object = value->find(member); object && object->is_map()) mark(*object, id);
  if (value->find("resourceKind") && !id.empty()) {
    std::string labels(value->string_at("submitOptions", "labels"));
    (*value)["submitOptions"]["labels"] =
        fmt::format("{}{}{}={}", labels, labels.empty() ? "" : ",", kLabel, id);
  }
  return text::to_json(*value);
}

}  // namespace

sys::HttpRequest InstanceClient::marked(const sys::HttpRequest& request) const {
  sys::HttpRequest out = request;
  const RequestPath path = split_target(request.target);
  if (path.parts.empty() || !is_of_instances(path.parts[0])) return out;
  const bool is_cluster = path.parts[0] == "cluster-workflow-templates";
  const bool is_list = request.method == "GET" && path.parts.size() <= (is_cluster ? 1 : 2);
  if (!out.body.empty() && (request.method == "POST" || request.method == "PUT"))
    out.body = marked_body(out.body, id_);
  if (!is_list) return out;
  const std::string wanted =
      id_.empty() ? fmt::format("!{}", kLabel) : fmt::format("{}={}", kLabel, id_);
  RequestPath asked = path;
  std::string& selector = asked.query["listOptions.labelSelector"];
  selector += (selector.empty() ? "" : ",") + wanted;
  out.target = join_target(asked);
  return out;
}

bool InstanceClient::is_ours(std::string_view object) const {
  const auto value = text::parse_json(object);
  return value && value->string_at("metadata", "labels", kLabel) == id_;
}

base::Result<sys::HttpResponse> InstanceClient::send(const sys::HttpRequest& request) {
  const RequestPath path = split_target(request.target);
  const bool is_cluster = !path.parts.empty() && path.parts[0] == "cluster-workflow-templates";
  const size_t named = is_cluster ? 2 : 3;
  const bool is_one = !path.parts.empty() && is_of_instances(path.parts[0]) &&
                      path.parts.size() >= named && request.method != "POST";
  if (!is_one) return inner_->send(marked(request));
  // What is somebody else's is as if it were not there.
  sys::HttpRequest look{.method = "GET", .target = "/api/v1", .headers = {}, .body = {}};
  for (size_t at = 0; at < named; ++at) look.target += "/" + sys::percent_encode(path.parts[at]);
  auto found = inner_->send(look);
  if (!found || found->status != 200) return found;
  if (!is_ours(found->body))
    return sys::HttpResponse{
        400,
        {},
        fmt::format(R"({{"code":3,"message":"'{}' is not managed by the current Argo Server"}})",
                    path.parts[named - 1])};
  return inner_->send(marked(request));
}

base::Result<sys::HttpResponse> InstanceClient::stream(
    const sys::HttpRequest& request, const std::function<bool(std::string_view)>& on_bytes) {
  return inner_->stream(marked(request), on_bytes);
}

}  // namespace cli
