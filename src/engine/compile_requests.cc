// What the containers of a template ask for: the base of resourcesDuration.
//
// Source: Argo docs "resource-duration". Containers of Argo's own (init, wait) do not exist here.
#include <algorithm>

#include "engine/compile.h"
#include "text/quantity.h"

namespace engine {
namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;

// Requests stand over limits, and both over Argo's defaults.
void add_container(const text::Value& container, std::vector<PlanRequest>& out) {
  Entries entries = {{"cpu", "100m"}, {"memory", "100Mi"}};
  for (const std::string_view member : {"limits", "requests"}) {
    const text::Value* given = container.find_path("resources", member);
    if (given == nullptr || !given->is_map()) continue;
    for (const text::Member& one : given->as_map()) {
      const auto known = std::find_if(entries.begin(), entries.end(),
                                      [&](const auto& entry) { return entry.first == one.key; });
      if (known == entries.end())
        entries.emplace_back(one.key, one.value.to_any_string());
      else
        known->second = one.value.to_any_string();
    }
  }
  for (auto& [name, quantity] : entries) {
    const auto milli = text::parse_quantity_milli(quantity);
    out.push_back({std::move(name), std::move(quantity), milli ? *milli : -1});
  }
}

void add_containers(const text::Value* list, std::vector<PlanRequest>& out) {
  if (list == nullptr || !list->is_list()) return;
  for (const text::Value& container : list->as_list()) add_container(container, out);
}

}  // namespace

int64_t PlanRequest::unit_milli(std::string_view name) {
  constexpr int64_t kMi = int64_t{1} << 20;
  if (name == "memory") return 100 * kMi * 1000;
  if (name == "storage" || name == "ephemeral-storage") return 10 * 1024 * kMi * 1000;
  return 1000;
}

std::vector<PlanRequest> requests_of(const model::Template& tmpl) {
  std::vector<PlanRequest> out;
  add_containers(tmpl.rest.find("initContainers"), out);
  if (const text::Value* set = tmpl.container_set.find("containers"))
    add_containers(set, out);
  else
    add_container(tmpl.script.is_map() ? tmpl.script : tmpl.container, out);
  add_containers(tmpl.rest.find("sidecars"), out);
  return out;
}

}  // namespace engine
