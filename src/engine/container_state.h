// container_state.h — one entry of a Pod's containerStatuses or initContainerStatuses.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "text/value.h"

namespace engine {

// Looks into the Value it was read from.
struct ContainerState {
  std::string_view name;
  const text::Value* waiting = nullptr;  // null: not in that state
  const text::Value* running = nullptr;
  const text::Value* terminated = nullptr;
  int64_t exit_code = 0;
  bool ready = false;
};

// The entries of the list `field` of a Pod's `.status`; none where there is no list.
std::vector<ContainerState> container_states(const text::Value& status, std::string_view field);

}  // namespace engine
