// Single nodes are suspended by a field selector: what matches it and is about to begin waits,
// Pending, before it asks for locks, until a person lets it begin. What runs already, or has asked
// for its locks, goes on. `timeout` and `pendingTimeout` of the template do not end such a wait.
#include <fmt/format.h>

#include <algorithm>

#include "engine/machine.h"

namespace engine {

bool State::has_hold(std::string_view selector) const {
  return std::any_of(machine_->holds_.begin(), machine_->holds_.end(),
                     [&](const auto& hold) { return hold.first == selector; });
}

// False: it is there already, or cannot be read.
bool State::Machine::add_hold(const std::string& selector) {
  auto parsed = text::Selector::parse_fields(selector);
  if (!parsed) return false;
  for (const auto& [text, known] : holds_)
    if (text == selector) return false;
  holds_.emplace_back(selector, std::move(*parsed));
  return true;
}

std::vector<std::string> State::Machine::hold_texts() const {
  std::vector<std::string> out;
  for (const auto& [text, selector] : holds_) out.push_back(text);
  return out;
}

// As clients see them in the node's status.
std::optional<std::string> State::Machine::field_of(uint32_t id, std::string_view key) const {
  const Node& node = nodes_[id];
  if (key == "name") return name_of(id);
  if (key == "displayName") return display_name_of(id);
  if (key == "templateName") return std::string(template_name_of(node));
  if (key == "id") return id_of(id);
  constexpr std::string_view kRef = "templateRef.", kInput = "inputs.parameters.";
  if (key.starts_with(kRef)) {  // "@holder/template", "@@holder/template" of a cluster's
    std::string ref = template_ref_of(node);
    ref.erase(0, ref.find_first_not_of('@'));
    const size_t slash = ref.find('/');
    if (slash == ref.npos) return "";
    if (key == "templateRef.name") return ref.substr(0, slash);
    if (key == "templateRef.template") return ref.substr(slash + 1);
    return {};
  }
  if (!key.starts_with(kInput) || !key.ends_with(".value") || node.inputs == nullptr) return {};
  key.remove_prefix(kInput.size());
  key.remove_suffix(std::min(key.size(), std::string_view(".value").size()));
  const std::vector<PlanInput>& inputs = template_of(node).inputs;
  for (size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].name == key) return std::string(node.inputs[i]);
  return {};
}

bool State::Machine::hold_back(uint32_t id) {
  for (const auto& [text, selector] : holds_) {
    std::string value;
    const bool matches =
        selector.matches([&](std::string_view key) -> std::optional<std::string_view> {
          auto field = field_of(id, key);
          if (!field) return {};
          value = std::move(*field);
          return value;
        });
    if (!matches) continue;
    hold(id, Wait::Stage::kHeld);
    waits_.at(id).was_told = true;
    set_message(id, "suspended: " + text);
    return true;
  }
  return false;
}

bool State::Machine::is_held(uint32_t id) const {
  if (!nodes_[id].is(flag::kWaiting)) return false;
  const auto wait = waits_.find(id);
  return wait != waits_.end() && wait->second.stage == Wait::Stage::kHeld;
}

// It goes on as one whose inputs have been answered: so a row of it says, too. Its time begins now.
void State::Machine::let_begin(uint32_t id) {
  Wait& wait = waits_.at(id);
  wait.stage = Wait::Stage::kInputs;
  wait.answer = ConfigMapValues();
  nodes_[id].started = now_;
  set_message(id, "");
  changed(id);
  notify(id);
}

}  // namespace engine
