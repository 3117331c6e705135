#include "server/archive_routes.h"

#include <fmt/format.h>

#include "text/selector.h"

namespace server {
namespace {

void not_found(Call& call) { call.fail({base::Code::kNotFound, "not found"}); }

// As Argo: of one label, which is asked for by its name alone.
void label_values(Call& call) {
  const auto labels = text::Selector::parse_labels(call.query("listOptions.labelSelector"));
  if (!labels) return call.fail(labels.error());
  const size_t count = labels->requirements().size();
  if (count != 1)
    return call.fail(
        {base::Code::kInvalid, fmt::format("only allow 1 labelRequirement, found {}", count)});
  if (labels->requirements().front().op != text::Requirement::Operator::kExists)
    return call.fail({base::Code::kInvalid, "the labelSelector must be the name of a label alone"});
  call.reply_json("{}");
}

}  // namespace

std::vector<Route> archive_routes() {
  const std::string all = "/api/v1/archived-workflows", one = all + "/{uid}";
  return {
      {"GET", all, [](Call& call) { call.reply_json(R"({"metadata":{},"items":null})"); }},
      {"GET", "/api/v1/archived-workflows-label-keys", [](Call& call) { call.reply_json("{}"); }},
      {"GET", "/api/v1/archived-workflows-label-values", label_values},
      {"GET", one, not_found},
      {"DELETE", one, not_found},
      {"PUT", one + "/resubmit", not_found},
      {"PUT", one + "/retry", not_found}};
}

}  // namespace server
