#include "sim/fault_checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/row.h"
#include "kube/pod_contract.h"
#include "kube/workflow_rows.h"
#include "text/json_scan.h"

namespace sim {
namespace {

constexpr std::string_view kWorkflows = "workflows.argoproj.io";

// As the agent hands it in: JSON in a string.
constexpr std::string_view kReportedOutput = R"("name\":\"o\",\"value\":\")";

std::unique_ptr<store::Watch> watch(store::Store& store, std::string_view resource) {
  auto watch = store.watch(resource, "", 0);
  return watch ? std::move(*watch) : nullptr;
}

}  // namespace

bool is_over(std::string_view phase) {
  return phase == "Succeeded" || phase == "Failed" || phase == "Error";
}

FaultChecks::FaultChecks(store::Store& store, const sys::Clock& clock)
    : store_(store),
      workflow_watch_(watch(store, kWorkflows)),
      pod_watch_(watch(store, "pods")),
      clock_(clock) {
  if (!workflow_watch_ || !pod_watch_) fail("nothing can be watched");
}

void FaultChecks::add(Watched workflow) { workflows.push_back(std::move(workflow)); }

Watched* FaultChecks::find(std::string_view uid) {
  for (Watched& workflow : workflows)
    if (kube::uid_stem(workflow.uid) == kube::uid_stem(uid)) return &workflow;
  return nullptr;
}

uint64_t FaultChecks::node_count() const {
  uint64_t count = 0;
  for (const Watched& workflow : workflows) count += workflow.nodes.size();
  return count;
}

uint64_t FaultChecks::deleted_count() const {
  return static_cast<uint64_t>(std::count_if(workflows.begin(), workflows.end(),
                                             [](const Watched& one) { return one.is_deleted; }));
}

int64_t FaultChecks::running_count() const {
  return std::count_if(workflows.begin(), workflows.end(),
                       [](const Watched& one) { return one.is_running(); });
}

std::string FaultChecks::running_names() const {
  std::string out;
  for (const Watched& one : workflows)
    if (one.is_running()) out += " " + one.name;
  return out;
}

std::string FaultChecks::orphans() const {
  std::string out;
  for (const Watched& workflow : workflows) {
    const auto pods = pods_.find(std::string(kube::uid_stem(workflow.uid)));
    if (workflow.is_deleted && pods != pods_.end())
      out += fmt::format("{}", fmt::join(pods->second, " "));
  }
  return out;
}

void FaultChecks::look() {
  latest_ = std::max(latest_, clock_.now());
  const auto changes = workflow_watch_->next(0, nullptr);
  const auto pods = pod_watch_->next(0, nullptr);
  if (!changes || !pods) return fail("a watch is lost");
  if (changes->empty() && pods->empty()) return;
  for (const store::Change& change : *changes)
    if (Watched* workflow = find(change.object->uid)) look_at(*workflow, change);
  for (const store::Change& change : *pods) look_at_pod(change);
  look_at_limits();
}

void FaultChecks::look_again() {
  look();
  for (Watched& workflow : workflows) {
    if (workflow.is_deleted) continue;
    const auto object = store_.get({std::string(kWorkflows), "default", workflow.name});
    if (!object) return fail(workflow.name + " is gone");
    look_at_object(workflow, *object);
    read_all(workflow);
  }
  look_at_hits();
}

void FaultChecks::take_up_again(Watched& workflow, uint64_t revision) {
  workflow.phase.clear();
  workflow.spec.clear();
  workflow.stored.clear();
  workflow.revision = revision;
  workflow.is_just_retried = true;
  workflow.nodes.clear();
  workflow.keys.clear();
  workflow.pod_base = kube::read_pod_base(store_, workflow.uid).value_or(0);
  read_all(workflow);
}

void FaultChecks::look_at(Watched& workflow, const store::Change& change) {
  look_at_object(workflow, *change.object);
  if (change.type == store::Change::Type::kDeleted) return delete_one(workflow);
  if (change.rows_lost) return read_all(workflow);
  for (const auto& [collection, key] : change.rows)
    if (collection == kube::kNodes) look_at_node(workflow, key);
}

void FaultChecks::look_at_object(Watched& workflow, const store::Object& object) {
  if (object.revision <= workflow.revision) return;
  workflow.revision = object.revision;
  workflow.is_just_retried = false;
  const std::string_view status = text::json_member(object.json, "status");
  const std::string_view phase = text::json_string(text::json_member(status, "phase"));
  look_at_spec(workflow, object.json, status);
  const auto finished =
      base::parse_rfc3339(text::json_string(text::json_member(status, "finishedAt")));
  workflow.finished = finished ? *finished : base::Time();
  if (is_over(workflow.phase) && phase != workflow.phase)
    fail(fmt::format("{} had ended as {} and is {}", workflow.name, workflow.phase, phase));
  workflow.phase = phase;
}

// Once it has begun. A person suspends and stops by it, and that is all.
void FaultChecks::look_at_spec(Watched& workflow, std::string_view json, std::string_view status) {
  std::string spec, stored;
  std::string_view key, value;
  for (text::JsonScan members(text::json_member(json, "spec")); members.next(key, value);)
    if (key != "suspend" && key != "shutdown") spec.append(key).append(value);
  if (workflow.phase.empty()) workflow.spec = spec;
  for (const std::string_view name : {"storedWorkflowTemplateSpec", "storedTemplates"})
    stored += text::json_member(status, name);
  if (workflow.stored.empty()) workflow.stored = stored;
  if (workflow.spec != spec) fail(workflow.name + ": its spec has changed");
  if (workflow.stored != stored) fail(workflow.name + ": the templates that it runs have changed");
  workflow.is_stopped = !text::json_member(text::json_member(json, "spec"), "shutdown").empty();
}

void FaultChecks::delete_one(Watched& workflow) {
  workflow.is_deleted = true;
  workflow.open_pods.clear();
  if (!is_over(workflow.phase)) return fail(workflow.name + " is gone, and had not ended");
  if (!workflow.ttl_seconds) return fail(workflow.name + " is gone, and was to be kept");
  const base::Time due = workflow.finished + base::Duration::seconds(*workflow.ttl_seconds);
  if (latest_ < due) fail(workflow.name + " is gone before its time");
}

// Whether its node still waits for its end.
bool FaultChecks::is_under_its_node(const Watched& workflow, const std::string& pod_uid) const {
  const auto number = kube::number_of_pod_uid(pod_uid);
  if (!number || *number < workflow.pod_base || workflow.is_deleted) return false;
  const uint64_t key = *number - workflow.pod_base;
  return key >= workflow.nodes.size() || !workflow.nodes[key].is_final;
}

// What was kept of a pod whose end came to nothing in between counts, too.
void FaultChecks::look_at_hits() {
  for (const auto& [key, value] : hits_)
    if (!produced_[key].contains(value) && !reported_.contains(value))
      fail(fmt::format("the cache gave {} for {}, and nobody has put that there", value, key));
  hits_.clear();
}

void FaultChecks::read_all(Watched& workflow) {
  uint64_t next = 0;
  (void)store_.rows(workflow.uid, kube::kNodes, 0, [&](uint64_t key, std::string_view bytes) {
    if (key != next++) fail(fmt::format("{}: no row of node {}", workflow.name, next - 1));
    take_node(workflow, key, bytes);
    return problem_.empty();
  });
  if (next < workflow.nodes.size())
    fail(fmt::format("{}: node {} is gone", workflow.name, workflow.nodes[next].name));
}

void FaultChecks::look_at_node(Watched& workflow, uint64_t key) {
  bool is_there = false;
  (void)store_.rows(workflow.uid, kube::kNodes, key, [&](uint64_t found, std::string_view bytes) {
    is_there = found == key;
    if (is_there) take_node(workflow, key, bytes);
    return false;
  });
  if (!is_there && key < workflow.nodes.size())
    fail(fmt::format("node {} ({}) is gone", workflow.nodes[key].name, workflow.nodes[key].phase));
}

void FaultChecks::take_node(Watched& workflow, uint64_t key, std::string_view bytes) {
  const auto row = engine::read_row(bytes);
  if (!row) return fail("a row cannot be read: " + row.error().text);
  Watched::Node node{std::string(row->name),
                     std::string(engine::to_string(row->phase)),
                     std::to_string(engine::id_number(*row)),
                     engine::is_final(row->phase),
                     {}};
  if (row->locks_held)
    for (const engine::RowLock& lock : row->locks) node.locks.emplace_back(lock.name);
  if (row->has_memo && row->phase == engine::Phase::kSucceeded) {
    std::string cached;
    for (const engine::RowParameter& one : row->outputs)
      cached += fmt::format("{}={} ", one.name, one.value);
    const std::string entry =
        fmt::format("{} {} {}", row->memo_cache, row->memo_in_database, row->memo_key);
    if (row->memo_hit)
      ++hit_count_, hits_.emplace_back(entry, std::move(cached));
    else
      produced_[entry].insert(std::move(cached));
  }
  if (key >= workflow.nodes.size()) workflow.nodes.resize(key + 1);
  Watched::Node& before = workflow.nodes[key];
  if (!before.name.empty() && before.name != node.name)
    fail(fmt::format("node {} has become {}", before.name, node.name));
  if (before.is_final && before.phase != node.phase && !workflow.is_said(node.name))
    fail(fmt::format("node {} had ended as {} and is {} ({})", node.name, before.phase, node.phase,
                     row->message));
  if (workflow.keys.emplace(node.name, key).first->second != key)
    fail("two nodes are named " + node.name);
  before = std::move(node);
}

void FaultChecks::look_at_pod(const store::Change& change) {
  const store::Object& pod = *change.object;
  const bool is_gone = change.type == store::Change::Type::kDeleted;
  std::set<std::string>& all = pods_[std::string(kube::uid_stem(pod.uid))];
  if (is_gone)
    all.erase(pod.uid);
  else
    all.insert(pod.uid);
  pods_most = std::max<uint64_t>(pods_most, all.size());
  Watched* const workflow = find(pod.uid);
  if (workflow == nullptr) return;
  if (const size_t at = pod.json.find(kReportedOutput); at != std::string::npos) {
    const size_t from = at + kReportedOutput.size();
    reported_.insert(fmt::format("o={} ", pod.json.substr(from, pod.json.find('\\', from) - from)));
  }
  bool is_open = false;
  for (const auto& [key, value] : pod.labels)
    is_open = is_open || (key == kube::kCompletedLabel && value == "false");
  if (is_gone) {
    ++collected_;
    if (is_open && is_under_its_node(*workflow, pod.uid)) fail("a pod is gone under its node");
  }
  if (is_open && !is_gone)
    workflow->open_pods.insert(pod.uid);
  else
    workflow->open_pods.erase(pod.uid);
}

void FaultChecks::look_at_limits() {
  std::map<std::string, uint64_t> held;
  int running = 0;
  for (const Watched& workflow : workflows) {
    if (workflow.is_deleted) continue;
    running += workflow.is_locked && workflow.phase == "Running" && !workflow.is_just_retried;
    for (const Watched::Node& node : workflow.nodes) {
      if (node.name.empty()) fail(workflow.name + ": the row of a node is missing");
      for (const std::string& lock : node.locks) ++held[lock];
    }
    // One that is being stopped does not count any more: its node has ended, or an earlier run.
    const int64_t open =
        std::count_if(workflow.open_pods.begin(), workflow.open_pods.end(),
                      [&](const std::string& uid) { return is_under_its_node(workflow, uid); });
    if (workflow.parallelism && open > *workflow.parallelism)
      fail(fmt::format("{}: {} pods at once, {} are allowed", workflow.name, open,
                       *workflow.parallelism));
  }
  for (const auto& [lock, holders] : held) {
    const bool is_mutex = lock.ends_with("/m") || lock.ends_with("/other");
    if (holders > (is_mutex ? 1 : locks_most))
      fail(fmt::format("{} nodes hold {} at once", holders, lock));
  }
  if (running > 1) fail(fmt::format("{} workflows hold the same mutex", running));
}

}  // namespace sim
