#include "cli/queue_place.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace cli {
namespace {

constexpr std::string_view kPostponed = "Workflow processing has been postponed";

struct Place {
  size_t overall = 0, within = 0;
};

}  // namespace

void add_queue_places(Session& session, const std::vector<text::Value*>& workflows) {
  const auto waits = [](const text::Value* workflow) {
    return workflow->string_at("status", "phase") == "Pending" &&
           workflow->string_at("status", "message").starts_with(kPostponed);
  };
  if (std::none_of(workflows.begin(), workflows.end(), waits)) return;
  const auto queue = session.api.get("/api/v1/workflow-queue");
  const text::Value* items = queue ? queue->find("items") : nullptr;
  if (items == nullptr || !items->is_list()) return;
  std::map<std::string, size_t, std::less<>> namespaces;
  std::map<std::string, Place, std::less<>> places;  // by uid
  for (const text::Value& item : items->as_list()) {
    const Place place{places.size() + 1, ++namespaces[std::string(item.string_at("namespace"))]};
    places.emplace(item.string_at("uid"), place);
  }
  for (text::Value* workflow : workflows) {
    const auto place = places.find(workflow->string_at("metadata", "uid"));
    if (!waits(workflow) || place == places.end()) continue;
    const std::string_view space = workflow->string_at("metadata", "namespace");
    std::string text =
        fmt::format("place {} of {} in the queue", place->second.overall, places.size());
    if (namespaces.size() > 1)
      text += fmt::format(", {} of {} in namespace {}", place->second.within,
                          namespaces.find(space)->second, space);
    (*workflow)["status"]["message"] =
        fmt::format("{}: {}", text, workflow->string_at("status", "message"));
  }
}

}  // namespace cli
