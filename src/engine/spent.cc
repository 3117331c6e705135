// resourcesDuration: what a pod has asked for, times the seconds that it ran. A pod keeps the
// seconds; the rest follows from its template, and the sums of what holds pods are made when they
// are shown (status.cc).
#include <algorithm>

#include "engine/machine.h"
#include "text/quantity.h"

namespace engine {

void State::Machine::note_run_time(uint32_t id, const PodEnded& event) {
  if (!event.started_at.is_set() || !event.finished_at.is_set()) return;
  const int64_t seconds = (event.finished_at - event.started_at).ns / 1'000'000'000;
  if (seconds <= 0) return;
  auto* outputs = arena_.array<NodeOutputs>(1);
  if (nodes_[id].outputs != nullptr) *outputs = *nodes_[id].outputs;
  outputs->run_seconds = static_cast<uint32_t>(std::min<int64_t>(seconds, INT32_MAX));
  nodes_[id].outputs = outputs;
  for (const auto& [name, spent] : spent_by(id)) total_spent_[std::string(name)] += spent;
}

// By name; nothing of a node that is no pod or has run for less than a second.
std::vector<std::pair<std::string_view, uint64_t>> State::Machine::spent_by(uint32_t id) const {
  std::vector<std::pair<std::string_view, uint64_t>> out;
  const Node& node = nodes_[id];
  if (node.type != NodeType::kPod || node.outputs == nullptr || node.outputs->run_seconds == 0)
    return out;
  for (const PlanRequest& request : template_of(node).requests) {
    int64_t milli = request.milli;
    if (milli < 0) {  // it may have tags
      std::string text;
      const_cast<Machine*>(this)->render_dynamic(request.quantity, scope_of(id), Strict::kLenient,
                                                 text, nullptr);
      const auto parsed = text::parse_quantity_milli(text);
      if (!parsed) continue;
      milli = *parsed;
    }
    const auto seconds =
        static_cast<uint64_t>(static_cast<long double>(milli) * node.outputs->run_seconds /
                              PlanRequest::unit_milli(request.name));
    const auto known = std::find_if(out.begin(), out.end(),
                                    [&](const auto& one) { return one.first == request.name; });
    if (known == out.end())
      out.emplace_back(request.name, seconds);
    else
      known->second += seconds;
  }
  return out;
}

}  // namespace engine
