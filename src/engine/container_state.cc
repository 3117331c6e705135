#include "engine/container_state.h"

namespace engine {

using text::Value;

std::vector<ContainerState> container_states(const Value& status, std::string_view field) {
  std::vector<ContainerState> out;
  const Value* list = status.find(field);
  if (list == nullptr || !list->is_list()) return out;
  for (const Value& one : list->as_list()) {
    ContainerState c;
    c.name = one.string_at("name");
    const auto state = [&](std::string_view name) {
      const Value* found = one.find_path("state", name);
      return found && found->is_map() ? found : nullptr;
    };
    c.waiting = state("waiting");
    c.running = state("running");
    c.terminated = state("terminated");
    if (const Value* code = c.terminated ? c.terminated->find("exitCode") : nullptr)
      c.exit_code = code->to_int().value_or(0);
    const Value* ready = one.find("ready");
    c.ready = ready && ready->is_bool() && ready->as_bool();
    out.push_back(c);
  }
  return out;
}

}  // namespace engine
