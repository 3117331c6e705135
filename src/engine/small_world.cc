#include "engine/small_world.h"

#include "engine/config_map.h"

namespace engine {

const text::Value* SmallWorld::config_map(std::string_view name) const {
  const auto found = config_maps_.find(name);
  return found == config_maps_.end() ? nullptr : &found->second;
}

void SmallWorld::add_config_map(text::Value object) {
  const std::string name(object.string_at("metadata", "name"));
  config_maps_[name] = std::move(object);
}

void SmallWorld::put_config_map(text::Value object, State& state, std::vector<Event>& events) {
  add_config_map(std::move(object));
  std::vector<std::string> granted;
  for (const std::string& name : locks_.locks()) {
    const auto parsed = parse_lock_name(name);
    if (!parsed || parsed->kind != LockKind::kConfigMap) continue;
    if (const auto limit = read_limit(config_map(parsed->name), parsed->key))
      locks_.set_limit(name, *limit, granted);
  }
  tell(state, granted, events);
}

LockClient SmallWorld::client_of(const State& state, NodeId node) const {
  LockClient out = client_;
  if (node.valid()) out.node_id = state.node_id(node);
  return out;
}

void SmallWorld::learn_limits(const LockWish& wish) {
  std::vector<std::string> granted;
  for (const LockWish::Lock& lock : wish.locks) {
    const auto parsed = parse_lock_name(lock.name);
    if (lock.is_mutex || !parsed || locks_.limit(lock.name)) continue;
    auto limit = parsed->kind == LockKind::kConfigMap
                     ? read_limit(config_map(parsed->name), parsed->key)
                     : std::nullopt;
    if (!limit) limit = default_limit_;
    if (limit) locks_.set_limit(lock.name, *limit, granted);
  }
}

MemoEntry SmallWorld::memo(const MemoKey& key) const {
  if (const auto found = memos_.find(place_of(key)); found != memos_.end())
    return read_memo_entry(found->second);
  return key.in_database ? MemoEntry() : read_memo(config_map(key.cache), key.key);
}

void SmallWorld::answer_one(State& state, base::Time now, const Ask& ask, std::vector<Event>& out) {
  (void)now;
  if (const auto* keys = std::get_if<std::vector<ConfigMapKey>>(&ask.question)) {
    ConfigMapValues values;
    for (const ConfigMapKey& key : *keys)
      values.push_back(read_parameter(config_map(key.name), key));
    out.emplace_back(Answered{ask.node, std::move(values)});
  } else if (const auto* wish = std::get_if<LockWish>(&ask.question)) {
    learn_limits(*wish);
    out.emplace_back(Answered{ask.node, locks_.request(client_of(state, ask.node), *wish)});
  } else {
    out.emplace_back(Answered{ask.node, memo(std::get<MemoKey>(ask.question))});
  }
}

void SmallWorld::tell(State& state, const std::vector<std::string>& granted,
                      std::vector<Event>& out) const {
  for (const std::string& key : granted) {
    NodeId node;
    if (key != client_.workflow) {
      const auto found = state.find_node_by_id(key.substr(client_.workflow.size() + 1));
      if (!found) continue;
      node = *found;
    }
    out.emplace_back(Answered{node, LocksAnswer{}});
  }
}

std::vector<Event> SmallWorld::answer(State& state, base::Time now, const Actions& actions) {
  std::vector<Event> out;
  std::vector<std::string> granted;
  for (const Action& action : actions) {
    if (const auto* save = std::get_if<SaveMemo>(&action)) {
      memos_[place_of(save->key)] = write_memo_entry(state.node_id(save->node), save->outputs, now);
    } else if (const auto* release = std::get_if<ReleaseLocks>(&action)) {
      if (release->node.valid())
        locks_.release(client_of(state, release->node).key(), granted);
      else
        locks_.release_workflow(client_.workflow, granted);
    } else if (const auto* ask = std::get_if<Ask>(&action)) {
      answer_one(state, now, *ask, out);
    }
  }
  tell(state, granted, out);
  return out;
}

std::vector<Event> SmallWorld::take_up(State& state, base::Time now) {
  for (const auto& [node, wish] : state.held_locks()) {
    learn_limits(wish);
    locks_.restore(client_of(state, node), wish);
  }
  std::vector<Event> out;
  for (const Ask& ask : state.asks()) answer_one(state, now, ask, out);
  return out;
}

}  // namespace engine
