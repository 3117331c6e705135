// Names and ids. A name continues the name of the node's owner, and so does its hash.
//
// Ids are Argo's: "<workflow>-<fnv1a32 of the name>". In a large workflow two names have the same
// 32 bits now and then (a million nodes: some hundred pairs). The node that is created first keeps
// Argo's id; the later one gets "<workflow>-<fnv1a64 of the name>", and the same holds for its pod.
// Which one is first is certain, for nodes are created in a certain order and the row says it.
#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "engine/machine.h"
#include "engine/node_name.h"

namespace engine {
namespace {

uint32_t fnv_more(uint32_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 16777619u;
  return hash;
}

struct Digits {
  char text[12];
  size_t size;
  std::string_view view() const { return {text, size}; }
};

Digits digits_of(uint32_t number) {
  Digits out;
  out.size = static_cast<size_t>(fmt::format_to(out.text, "{}", number) - out.text);
  return out;
}

}  // namespace

void State::Machine::append_name(uint32_t id, std::string& out) const {
  const Node& node = nodes_[id];
  if (node.shape != Shape::kRoot) append_name(node.owner, out);
  append_own_name(node, out);
}

// What a node's name adds to that of its owner.
void State::Machine::append_own_name(const Node& node, std::string& out) const {
  switch (node.shape) {
    case Shape::kRoot:
      out += plan_->workflow_name;
      break;
    case Shape::kGroup:
      fmt::format_to(std::back_inserter(out), "[{}]", node.index);
      break;
    case Shape::kAttempt:
      fmt::format_to(std::back_inserter(out), "({})", node.index);
      break;
    case Shape::kExit:
      out += ".onExit";
      break;
    case Shape::kHook:
      out += ".hooks.";
      out += plan_->hooks[node.index].name;
      break;
    case Shape::kContainer:
      out += '.';
      out += template_of(node).containers[node.index].name;
      break;
    default:
      if (nodes_[node.owner].type != NodeType::kTaskGroup) {
        out += '.';
        out += plan_->task_name(plan_->tasks[node.task]);
      }
      if (node.shape == Shape::kItem)
        fmt::format_to(std::back_inserter(out), "({}:{})", node.index, node.item);
  }
}

uint32_t State::Machine::hash_of(const Node& node) const {
  if (node.shape == Shape::kRoot) return base::fnv1a32(plan_->workflow_name);
  uint32_t hash = nodes_[node.owner].hash;
  switch (node.shape) {
    case Shape::kGroup:
      return fnv_more(fnv_more(fnv_more(hash, "["), digits_of(node.index).view()), "]");
    case Shape::kAttempt:
      return fnv_more(fnv_more(fnv_more(hash, "("), digits_of(node.index).view()), ")");
    case Shape::kExit:
      return fnv_more(hash, ".onExit");
    case Shape::kHook:
      return fnv_more(fnv_more(hash, ".hooks."), plan_->hooks[node.index].name);
    case Shape::kContainer:
      return fnv_more(fnv_more(hash, "."), template_of(node).containers[node.index].name);
    default:
      break;
  }
  if (nodes_[node.owner].type != NodeType::kTaskGroup)
    hash = fnv_more(fnv_more(hash, "."), plan_->task_name(plan_->tasks[node.task]));
  if (node.shape != Shape::kItem) return hash;
  hash = fnv_more(fnv_more(fnv_more(hash, "("), digits_of(node.index).view()), ":");
  return fnv_more(fnv_more(hash, node.item), ")");
}

std::string State::Machine::name_of(uint32_t id) const {
  std::string out;
  append_name(id, out);
  return out;
}

// The part of the name behind the boundary, without the "[0]." or "." between them.
std::string_view State::Machine::display_part(std::string_view name, size_t boundary_size) {
  name.remove_prefix(boundary_size);
  size_t skip = 0;
  if (name.starts_with('[')) {
    const size_t close = name.find_first_not_of("0123456789", 1);
    if (close != std::string::npos && close > 1 && name[close] == ']') skip = close + 1;
  }
  return skip < name.size() && name[skip] == '.' ? name.substr(skip + 1) : name;
}

std::string State::Machine::display_name_of(uint32_t id) const {
  const Node& node = nodes_[id];
  const std::string name = name_of(id);
  if (node.boundary == kNil) return name;
  return std::string(display_part(name, name_of(node.boundary).size()));
}

// What {{steps.name}} and {{tasks.name}} are inside the node's template.
std::string State::Machine::step_name_of(uint32_t id) const {
  const Node* node = &nodes_[id];
  if (node->shape == Shape::kAttempt) node = &nodes_[node->owner];
  if (node->shape != Shape::kChild && node->shape != Shape::kItem) return "";
  std::string out(plan_->task_name(plan_->tasks[node->task]));
  if (node->shape == Shape::kItem)
    fmt::format_to(std::back_inserter(out), "({}:{})", node->index, node->item);
  return out;
}

void State::Machine::append_number(uint32_t id, std::string& out) const {
  if (id >= ids_entered_) const_cast<Machine*>(this)->enter_ids();
  if (nodes_[id].is(flag::kWideId))
    fmt::format_to(std::back_inserter(out), "{}", base::fnv1a64(name_of(id)));
  else
    fmt::format_to(std::back_inserter(out), "{}", nodes_[id].hash);
}

std::string State::Machine::id_of(uint32_t id) const {
  std::string out = plan_->workflow_name;
  if (nodes_[id].shape == Shape::kRoot) return out;
  out += '-';
  append_number(id, out);
  return out;
}

std::string State::Machine::pod_name_of(uint32_t id) const {
  const Node& node = nodes_[id];
  if (node.shape == Shape::kRoot) return plan_->workflow_name;
  std::string out =
      pod_name_prefix(plan_->workflow_name, node.tmpl != kNil ? template_of(node).name : "");
  out += '-';
  append_number(id, out);
  return out;
}

namespace {

// shown_reference() of a template that came by reference.
std::string shown_scope(const PlanTemplate& tmpl) {
  const size_t slash = tmpl.scope.find('/');
  return (tmpl.scope.starts_with("cluster/") ? "@@" : "@") + tmpl.scope.substr(slash + 1) + "/" +
         tmpl.name;
}

}  // namespace

// Of a templateRef in the form of shown_reference(), else empty.
std::string State::Machine::template_ref_of(const Node& node) const {
  if (node.type == NodeType::kStepGroup) return "";
  const Node* named = &node;
  while (named->task == kNil &&
         (named->shape == Shape::kAttempt || named->shape == Shape::kContainer))
    named = &nodes_[named->owner];
  if (named->task != kNil) {
    const PlanTask& task = plan_->tasks[named->task];
    if (!task.by_reference) return "";
    // Tags in the name: the template that they led to says it.
    if (!task.template_text.valid() || node.tmpl == kNil)
      return std::string(plan_->str(plan_->odd_template_names.at(named->task)));
    return shown_scope(template_of(node));
  }
  // An exit handler bears no task; a template of another holder can only have come by reference.
  if (node.tmpl == kNil || template_of(node).scope == scope_name_of(node)) return "";
  return shown_scope(template_of(node));
}

// Where the node's template was looked for: beside the templates of the one that it stands in.
const std::string& State::Machine::scope_name_of(const Node& node) const {
  if (node.shape == Shape::kContainer) return scope_name_of(nodes_[node.owner]);
  if (node.boundary == kNil || nodes_[node.boundary].tmpl == kNil) return plan_->scope;
  return template_of(nodes_[node.boundary]).scope;
}

std::string_view State::Machine::template_name_of(const Node& node) const {
  if (node.type == NodeType::kStepGroup) return "";
  if (node.tmpl != kNil && template_of(node).is_inline) return "";
  if (node.tmpl != kNil) return template_of(node).name;
  const auto odd = plan_->odd_template_names.find(node.task);
  return odd == plan_->odd_template_names.end() ? "" : plan_->str(odd->second);
}

// Nodes enter the table of ids when one is asked for, or their batch ends: many together, for each
// goes to a place of its own, and these are fetched ahead.
void State::Machine::enter_ids() {
  constexpr uint32_t kAhead = 8;
  const auto count = static_cast<uint32_t>(nodes_.size());
  make_room_for_ids();
  for (; ids_entered_ < count; ++ids_entered_) {
    if (ids_entered_ + kAhead < count)
      __builtin_prefetch(&id_table_[home_of(nodes_[ids_entered_ + kAhead].hash)], 1);
    enter_id(ids_entered_);
  }
}

void State::Machine::make_room_for_ids() {
  if (nodes_.size() * 3 <= id_table_.size() * 2) return;
  size_t size = std::max<size_t>(64, id_table_.size());
  while (nodes_.size() * 3 > size * 2) size *= 2;
  base::LargeVector<IdEntry> old(size);
  old.swap(id_table_);
  const size_t mask = id_table_.size() - 1;
  for (const IdEntry& other : old)
    if (other.node != kNil) {
      size_t at = home_of(other.hash);
      while (id_table_[at].node != kNil) at = (at + 1) & mask;
      id_table_[at] = other;
    }
}

// A taken one makes the node's id a wide one.
void State::Machine::enter_id(uint32_t id) {
  Node& node = nodes_[id];
  if (node.shape == Shape::kRoot) return;
  const size_t mask = id_table_.size() - 1;
  size_t at = home_of(node.hash);
  for (; id_table_[at].node != kNil; at = (at + 1) & mask)
    if (id_table_[at].hash == node.hash) {
      node.flags |= flag::kWideId;
      wide_ids_.emplace(base::fnv1a64(name_of(id)), id);
      return;
    }
  id_table_[at] = {node.hash, id};
}

}  // namespace engine
