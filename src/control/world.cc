#include "control/world.h"

#include <algorithm>

#include "engine/config_map.h"
#include "kube/kinds.h"
#include "kube/sync_limit.h"

namespace control {
namespace {

using engine::LockKind;

kube::ObjectRef reference(const std::string& namespace_, const std::string& name) {
  return {&kube::kind_of("configmaps"), namespace_, name};
}

// What holds the limit: "<ns>/ConfigMap/<name>", "<ns>/Database/<key>".
std::string source_of(const engine::LockName& name) {
  const std::string_view kind = name.kind == LockKind::kConfigMap ? "/ConfigMap/" : "/Database/";
  return std::string(name.namespace_) + std::string(kind) + std::string(name.name);
}

std::string workflow_of(const Run& run) { return run.key.namespace_ + "/" + run.key.name; }

}  // namespace

engine::LockClient World::client_of(const Run& run, engine::NodeId node) const {
  // As time, and without two of the same.
  const base::Time created{static_cast<int64_t>(run.created_revision)};
  engine::LockClient out{workflow_of(run), "", run.priority, created};
  if (node.valid()) out.node_id = run.state->node_id(node);
  return out;
}

void World::enter(const std::shared_ptr<Run>& run) {
  const auto known = runs_.find(workflow_of(*run));
  if (known != runs_.end())
    if (const std::shared_ptr<Run> before = known->second.lock(); before && before != run)
      leave(*before);
  runs_[workflow_of(*run)] = run;
  if (!run->state) return;
  const std::lock_guard lock(mutex_);
  for (const auto& [node, wish] : run->state->held_locks()) {
    (void)learn_limits(wish);  // else with the next who asks
    locks_.restore(client_of(*run, node), wish);
  }
  for (engine::Ask& ask : run->state->asks()) run->unanswered.push_back(std::move(ask));
}

void World::leave(const Run& run) {
  const auto found = runs_.find(workflow_of(run));
  if (found == runs_.end() || found->second.lock().get() != &run) return;
  runs_.erase(found);
  release(run, engine::NodeId{});
}

base::Result<std::optional<text::Value>> World::config_map(const std::string& namespace_,
                                                           const std::string& name) const {
  auto object = api_.get(reference(namespace_, name));
  if (object) return std::optional(std::move(*object));
  const base::Code code = object.error().code;
  if (code == base::Code::kNotFound || code == base::Code::kInvalid)
    return std::optional<text::Value>();
  return base::fail(object.error());
}

std::optional<engine::Answer> World::read_keys(
    const Run& run, const std::vector<engine::ConfigMapKey>& keys) const {
  engine::ConfigMapValues out;
  for (const engine::ConfigMapKey& key : keys) {
    const auto object = config_map(run.key.namespace_, key.name);
    if (!object) return std::nullopt;
    out.push_back(engine::read_parameter(*object ? &**object : nullptr, key));
  }
  return out;
}

base::Result<std::optional<int64_t>> World::read_limit(const engine::LockName& name) const {
  const std::string namespace_(name.namespace_), holder(name.name);
  if (name.kind == LockKind::kDatabase) {
    const auto row = kube::get_sync_limit(api_.store(), namespace_, holder);
    if (row) return std::optional(row->limit);
    if (row.error().code == base::Code::kUnavailable) return base::fail(row.error());
    return std::optional<int64_t>();
  }
  const auto object = config_map(namespace_, holder);
  if (!object) return base::fail(object.error());
  return engine::read_limit(*object ? &**object : nullptr, name.key);
}

// The limits of semaphores that the table does not know yet.
bool World::learn_limits(const engine::LockWish& wish) {
  std::vector<std::string> granted;
  for (const engine::LockWish::Lock& lock : wish.locks) {
    const auto name = engine::parse_lock_name(lock.name);
    if (lock.is_mutex || !name || locks_.limit(lock.name).value_or(0) > 0) continue;
    const auto limit = read_limit(*name);
    if (!limit) return false;
    if (!*limit) continue;
    locks_.set_limit(lock.name, **limit, granted);
    semaphores_[source_of(*name)].insert(lock.name);
  }
  tell(granted);
  return true;
}

std::optional<engine::Answered> World::answer(const Run& run, const engine::Ask& ask,
                                              base::Time now) {
  if (const auto* keys = std::get_if<std::vector<engine::ConfigMapKey>>(&ask.question)) {
    auto values = read_keys(run, *keys);
    if (!values) return std::nullopt;
    return engine::Answered{ask.node, std::move(*values)};
  }
  if (const auto* wish = std::get_if<engine::LockWish>(&ask.question)) {
    const std::lock_guard lock(mutex_);
    if (!learn_limits(*wish)) return std::nullopt;
    return engine::Answered{ask.node, locks_.request(client_of(run, ask.node), *wish)};
  }
  auto entry = memos_.find(run.key.namespace_, std::get<engine::MemoKey>(ask.question), now);
  if (!entry) return std::nullopt;
  return engine::Answered{ask.node, std::move(*entry)};
}

void World::release(const Run& run, engine::NodeId node) {
  std::vector<std::string> granted;
  {
    const std::lock_guard lock(mutex_);
    if (node.valid())
      locks_.release(client_of(run, node).key(), granted);
    else
      locks_.release_workflow(workflow_of(run), granted);
  }
  tell(granted);
}

base::Status World::save(const Run& run, const engine::SaveMemo& memo, base::Time now) {
  return memos_.save(run.key.namespace_, memo.key,
                     engine::write_memo_entry(run.state->node_id(memo.node), memo.outputs, now));
}

void World::take_config_map(const std::string& namespace_, const std::string& name) {
  const auto found = semaphores_.find(namespace_ + "/ConfigMap/" + name);
  if (found != semaphores_.end()) read_limits(found->second);
}

void World::take_database_limit(const std::string& namespace_, const std::string& key) {
  const auto found = semaphores_.find(namespace_ + "/Database/" + key);
  if (found != semaphores_.end()) read_limits(found->second);
}

void World::read_all_limits() {
  for (auto& [source, semaphores] : semaphores_) read_limits(semaphores);
}

// A limit that was taken away is none: who waits goes on waiting, until there is one again.
void World::read_limits(std::set<std::string>& semaphores) {
  std::vector<std::string> granted;
  const std::lock_guard lock(mutex_);
  for (auto at = semaphores.begin(); at != semaphores.end();) {
    const auto name = engine::parse_lock_name(*at);
    if (!name || !locks_.limit(*at)) {  // nobody asks for it any more
      at = semaphores.erase(at);
      continue;
    }
    const auto limit = read_limit(*name);
    if (limit) locks_.set_limit(*at, limit->value_or(0), granted);
    ++at;
  }
  tell(granted);
}

void World::tell(const std::vector<std::string>& granted) {
  for (const std::string& key : granted) {
    const size_t slash = key.find('/', key.find('/') + 1);
    const auto found = runs_.find(key.substr(0, slash));
    const std::shared_ptr<Run> run = found == runs_.end() ? nullptr : found->second.lock();
    if (run == nullptr || !run->state) continue;
    engine::NodeId node;
    if (slash != key.npos) {
      const auto known = run->state->find_node_by_id(key.substr(slash + 1));
      if (!known) continue;
      node = *known;
    }
    run->events.emplace_back(engine::Answered{node, engine::LocksAnswer{}});
    woken_.push_back(run);
  }
}

std::vector<kube::LockReport> World::report(std::string_view namespace_,
                                            size_t waiters_most) const {
  const std::lock_guard lock(mutex_);
  std::vector<kube::LockReport> out;
  for (const std::string& name : locks_.locks()) {
    const auto parsed = engine::parse_lock_name(name);
    if (!namespace_.empty() && (!parsed || parsed->namespace_ != namespace_)) continue;
    out.push_back({name, locks_.limit(name).value_or(0), locks_.holders(name),
                   locks_.waiters(name, waiters_most), locks_.waiter_count(name)});
  }
  return out;
}

std::vector<std::shared_ptr<Run>> World::take_woken() { return std::exchange(woken_, {}); }

}  // namespace control
