#include "engine/lock_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace engine {

std::optional<LockName> parse_lock_name(std::string_view text) {
  LockName out;
  const size_t first = text.find('/');
  const size_t second = first == text.npos ? text.npos : text.find('/', first + 1);
  if (second == text.npos) return std::nullopt;
  out.namespace_ = text.substr(0, first);
  const std::string_view kind = text.substr(first + 1, second - first - 1);
  out.name = text.substr(second + 1);
  if (kind == "Mutex") {
    out.kind = LockKind::kMutex;
  } else if (kind == "Database") {
    out.kind = LockKind::kDatabase;
  } else if (kind == "ConfigMap") {
    out.kind = LockKind::kConfigMap;
    const size_t slash = out.name.find('/');
    if (slash == out.name.npos) return std::nullopt;
    out.key = out.name.substr(slash + 1);
    out.name = out.name.substr(0, slash);
    if (out.key.empty() || out.key.find('/') != out.key.npos) return std::nullopt;
  } else {
    return std::nullopt;
  }
  if (out.namespace_.empty() || out.name.empty()) return std::nullopt;
  return out;
}

LockTable::LockId LockTable::id_of(const LockWish::Lock& lock) {
  const auto [at, fresh] = ids_.try_emplace(lock.name, static_cast<LockId>(locks_.size()));
  if (fresh && !unused_.empty()) {
    at->second = unused_.back();
    unused_.pop_back();
  } else if (fresh) {
    locks_.emplace_back();
  }
  Lock& place = locks_[at->second];
  if (fresh) place.name = lock.name;
  if (lock.is_mutex) place.limit = 1;
  return at->second;
}

// Names may be made by the million, {{item}} in them: what nobody asks for is not kept, not even
// its limit.
void LockTable::forget_idle(const std::set<LockId>& touched) {
  for (const LockId id : touched) {
    Lock& lock = locks_[id];
    if (lock.name.empty() || !lock.holders.empty() || lock.waiters != 0) continue;
    ids_.erase(lock.name);
    lock = Lock();
    unused_.push_back(id);
  }
}

const LockTable::Lock* LockTable::find(const std::string& lock) const {
  const auto found = ids_.find(lock);
  return found == ids_.end() ? nullptr : &locks_[found->second];
}

LockTable::Group& LockTable::group_of(const LockClient& client) {
  const auto [at, fresh] = groups_.try_emplace(client.workflow);
  if (fresh) at->second.order = {client.priority, client.created_at.ns, client.workflow};
  return at->second;
}

// The foremost workflow of each of the locks, and room on all of them.
bool LockTable::may_take(const Group& group, const LockSet& locks) const {
  return std::all_of(locks.begin(), locks.end(), [&](LockId id) {
    const Lock& lock = locks_[id];
    const bool is_first = lock.queue.empty() || !(lock.queue.begin()->first < group.order);
    return lock.is_free() && is_first;
  });
}

void LockTable::enqueue(const std::string& key, Client& client) {
  Group& group = *client.group;
  client.line = 0;
  while (client.line < group.lines.size() && group.lines[client.line].locks != client.locks)
    ++client.line;
  if (client.line == group.lines.size()) group.lines.push_back({client.locks, {}});
  client.turn = turns_++;
  group.lines[client.line].waiters.emplace(client.turn, key);
  for (const LockId id : client.locks) {
    ++locks_[id].waiters;
    if (++group.wanted_by[id] == 1) locks_[id].queue.emplace(group.order, &group);
  }
}

void LockTable::dequeue(const std::string& key, Client& client) {
  (void)key;
  Group& group = *client.group;
  group.lines[client.line].waiters.erase(client.turn);
  for (const LockId id : client.locks) {
    --locks_[id].waiters;
    if (--group.wanted_by[id] == 0) {
      group.wanted_by.erase(id);
      locks_[id].queue.erase(group.order);
    }
  }
}

void LockTable::take(const std::string& key, Client& client) {
  client.holds = true;
  for (const LockId id : client.locks) locks_[id].holders.insert(key);
}

void LockTable::set_limit(const std::string& lock, int64_t limit,
                          std::vector<std::string>& granted) {
  const LockId id = id_of({lock, false});
  if (locks_[id].limit == limit) return;
  locks_[id].limit = limit;
  serve({id}, granted);
}

std::optional<int64_t> LockTable::limit(const std::string& lock) const {
  const Lock* found = find(lock);
  return found == nullptr ? std::nullopt : found->limit;
}

LocksAnswer LockTable::request(const LockClient& client, const LockWish& wish) {
  const std::string key = client.key();
  if (const auto known = clients_.find(key); known != clients_.end())
    return known->second.holds ? LocksAnswer{} : waiting_answer(known->second);
  Client fresh;
  for (const LockWish::Lock& lock : wish.locks) fresh.as_asked.push_back(id_of(lock));
  for (size_t i = 0; i < wish.locks.size(); ++i) {
    // As Argo: no limit, or one of nothing, is a mistake where the lock is first asked for.
    const Lock& lock = locks_[fresh.as_asked[i]];
    if (lock.limit.value_or(0) > 0 || !lock.holders.empty() || lock.waiters != 0) continue;
    forget_idle({fresh.as_asked.begin(), fresh.as_asked.end()});
    return {LocksAnswer::State::kError,
            fmt::format("failed to initialize semaphore {} with limit", wish.locks[i].name),
            wish.locks[i].name,
            {}};
  }
  fresh.locks = fresh.as_asked;
  std::sort(fresh.locks.begin(), fresh.locks.end());
  fresh.locks.erase(std::unique(fresh.locks.begin(), fresh.locks.end()), fresh.locks.end());
  Group& group = group_of(client);
  fresh.group = &group;
  group.clients.insert(key);
  Client& kept = clients_.emplace(key, std::move(fresh)).first->second;
  if (may_take(group, kept.locks)) {
    take(key, kept);
    return {};
  }
  LocksAnswer answer = waiting_answer(kept);
  enqueue(key, kept);
  return answer;
}

LocksAnswer LockTable::waiting_answer(const Client& client) const {
  LocksAnswer out;
  out.state = LocksAnswer::State::kWaiting;
  for (const LockId id : client.as_asked) {
    const Lock& lock = locks_[id];
    out.holders.emplace_back(lock.name, holders(lock.name));
    if (!out.lock.empty() || may_take(*client.group, {id})) continue;
    out.lock = lock.name;
    const int64_t limit = lock.limit.value_or(0);
    out.message = fmt::format("Waiting for {} lock. Lock status: {}/{}", lock.name,
                              limit - static_cast<int64_t>(lock.holders.size()), limit);
    if (limit == 0) out.message = fmt::format("Failed to get semaphore limit for {}", lock.name);
  }
  return out;
}

void LockTable::forget(const std::string& key) {
  const auto found = clients_.find(key);
  Group& group = *found->second.group;
  clients_.erase(found);
  group.clients.erase(key);
  if (group.clients.empty()) groups_.erase(group.order.workflow);
}

void LockTable::release(const std::string& key, std::vector<std::string>& granted) {
  const auto found = clients_.find(key);
  if (found == clients_.end()) return;
  Client& client = found->second;
  if (client.holds)
    for (const LockId id : client.locks) locks_[id].holders.erase(key);
  else
    dequeue(key, client);
  const std::set<LockId> touched(client.locks.begin(), client.locks.end());
  forget(key);
  serve(touched, granted);
  forget_idle(touched);
}

void LockTable::release_workflow(const std::string& workflow, std::vector<std::string>& granted) {
  const auto found = groups_.find(workflow);
  if (found == groups_.end()) return;
  // All of them first: none of the workflow's own waiters is let in by its own end.
  const std::set<std::string> keys = found->second.clients;
  std::set<LockId> touched;
  for (const std::string& key : keys) {
    Client& client = clients_.at(key);
    touched.insert(client.locks.begin(), client.locks.end());
    if (client.holds)
      for (const LockId id : client.locks) locks_[id].holders.erase(key);
    else
      dequeue(key, client);
    forget(key);
  }
  serve(touched, granted);
  forget_idle(touched);
}

void LockTable::restore(const LockClient& client, const LockWish& wish) {
  const std::string key = client.key();
  std::vector<std::string> granted;
  release(key, granted);
  Client fresh;
  for (const LockWish::Lock& lock : wish.locks) fresh.as_asked.push_back(id_of(lock));
  fresh.locks = fresh.as_asked;
  std::sort(fresh.locks.begin(), fresh.locks.end());
  fresh.locks.erase(std::unique(fresh.locks.begin(), fresh.locks.end()), fresh.locks.end());
  fresh.group = &group_of(client);
  fresh.group->clients.insert(key);
  take(key, clients_.emplace(key, std::move(fresh)).first->second);
}

void LockTable::serve(std::set<LockId> touched, std::vector<std::string>& granted) {
  while (!touched.empty()) {
    const LockId id = *touched.begin();
    if (!serve_first(id, touched, granted)) touched.erase(id);
  }
}

// Lets in the first of the foremost workflow that can have all its locks. What it leaves, in
// whichever queue, may now be somebody else's turn.
bool LockTable::serve_first(LockId id, std::set<LockId>& touched,
                            std::vector<std::string>& granted) {
  Lock& lock = locks_[id];
  if (!lock.is_free() || lock.queue.empty()) return false;
  Group& group = *lock.queue.begin()->second;
  const Line* best = nullptr;
  for (const Line& line : group.lines) {
    if (line.waiters.empty() || !std::binary_search(line.locks.begin(), line.locks.end(), id))
      continue;
    if (best != nullptr && best->waiters.begin()->first < line.waiters.begin()->first) continue;
    if (may_take(group, line.locks)) best = &line;
  }
  if (best == nullptr) return false;
  const std::string key = best->waiters.begin()->second;
  Client& client = clients_.at(key);
  dequeue(key, client);
  take(key, client);
  granted.push_back(key);
  touched.insert(client.locks.begin(), client.locks.end());
  return true;
}

bool LockTable::holds(const std::string& key) const {
  const auto found = clients_.find(key);
  return found != clients_.end() && found->second.holds;
}

size_t LockTable::holder_count(const std::string& lock) const {
  const Lock* found = find(lock);
  return found == nullptr ? 0 : found->holders.size();
}

size_t LockTable::waiter_count(const std::string& lock) const {
  const Lock* found = find(lock);
  return found == nullptr ? 0 : found->waiters;
}

std::vector<std::string> LockTable::locks() const {
  std::vector<std::string> out;
  for (const auto& [name, id] : ids_)
    if (!locks_[id].holders.empty() || locks_[id].waiters != 0) out.push_back(name);
  return out;
}

std::vector<std::string> LockTable::holders(const std::string& lock) const {
  const Lock* found = find(lock);
  if (found == nullptr) return {};
  return {found->holders.begin(), found->holders.end()};
}

std::vector<std::string> LockTable::waiters(const std::string& lock, size_t most) const {
  std::vector<std::string> out;
  const auto id = ids_.find(lock);
  if (id == ids_.end()) return out;
  for (const auto& [order, group] : locks_[id->second].queue) {
    std::map<uint64_t, std::string> turns;
    for (const Line& line : group->lines)
      if (std::binary_search(line.locks.begin(), line.locks.end(), id->second))
        turns.insert(line.waiters.begin(), line.waiters.end());
    for (const auto& [turn, key] : turns) {
      if (out.size() >= most) return out;
      out.push_back(key);
    }
  }
  return out;
}

}  // namespace engine
