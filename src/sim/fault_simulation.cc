#include "sim/fault_simulation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "base/hash.h"
#include "control/controller.h"
#include "control/executed_spec.h"
#include "control/housekeeper.h"
#include "control/settings.h"
#include "engine/row.h"
#include "kube/garbage_collector.h"
#include "kube/kinds.h"
#include "kube/sync_limit.h"
#include "model/again.h"
#include "model/cron_workflow.h"
#include "model/operation.h"
#include "server/admission.h"
#include "server/ended_workflow.h"
#include "sim/fault_checks.h"
#include "sim/fault_crons.h"
#include "sim/fault_workflows.h"
#include "sim/faulty_agent.h"
#include "store/failing.h"
#include "store/memory.h"
#include "text/json.h"
#include "text/yaml.h"

namespace sim {
namespace {

using store::FailingStore;
using text::Value;

constexpr int64_t kLimitMost = 3;  // of the semaphores

// Of nodes that a person suspends.
constexpr std::string_view kSelectors[] = {"templateName=pod", "displayName=k1", "displayName!=k0"};

// Phases and outputs of all nodes, by name; the workflow's own phase by "".
using Outcome = std::map<std::string, std::string>;

class World {
 public:
  explicit World(uint64_t seed) : seed_(seed), random_(seed), chance_(seed) {
    restart_server();
    set_limits(kLimitMost);
    if (pick(4) == 0) set_parallelism(1 + static_cast<int64_t>(pick(3)));
  }

  void create_crons() { report.workflows += crons_.create(*api_, random_); }

  void submit(const std::string& name, uint32_t maker_seed, bool is_free);
  void disturb(uint64_t steps);
  void heal();
  // Whether one may be taken up again.
  bool has_failed() const;
  Outcome outcome(const Watched& workflow);

  FaultReport report;
  std::vector<Watched>& workflows() { return checks_.workflows; }

 private:
  uint64_t pick(uint64_t below) { return random_() % below; }
  void fail(std::string text) {
    if (report.problem.empty()) report.problem = std::move(text);
  }

  void restart_server();
  void step();
  void break_something();
  void move_clock();
  void set_limits(int64_t limit);
  void set_parallelism(int64_t limit);
  void change_template();
  base::Result<bool> clean_up();
  void operate();
  void retry(Watched& workflow);
  void resubmit(const Watched& workflow, bool memoized);
  PodFate fate_of(std::string_view pod) const;
  bool all_ended() const;
  bool all_deleted() const;
  void look();

  const uint64_t seed_;
  std::mt19937_64 random_;
  sys::SeededRandom chance_;
  sys::ManualClock clock_{base::Time::from_unix_seconds(1'800'000'000)};
  std::unique_ptr<store::Store> store_ = store::make_memory_store();
  FailingStore failing_{*store_};
  std::unique_ptr<kube::StoreApi> api_;
  control::ExecutedSpecs specs_;
  std::unique_ptr<control::Controller> controller_;
  std::unique_ptr<FaultyAgent> agent_;
  FaultCrons crons_{*store_, clock_};
  FaultChecks checks_{*store_, clock_};
  std::unique_ptr<control::Housekeeper> housekeeper_;
  std::unique_ptr<kube::GarbageCollector> collector_;
  std::vector<std::string> templates_;
  std::optional<int64_t> parallelism_;  // of the settings
  bool is_healing_ = false;
  uint64_t operations_ = 0, versions_ = 0, resubmitted_ = 0;
};

void World::restart_server() {
  controller_.reset();
  housekeeper_.reset();
  collector_.reset();
  auto old = std::move(api_);  // the agent lets go of it first
  api_ = std::make_unique<kube::StoreApi>(failing_, clock_, chance_);
  server::install_admission(*api_);
  control::ControllerOptions options;
  options.record_events = pick(2) == 0;
  // A daemon keeps its slot: in the end there is room for those who ask them.
  options.open_pods_max = is_healing_ ? 64 : 1 + pick(8);
  options.pods_per_batch = 1 + pick(4);
  options.specs = &specs_;
  controller_ = std::make_unique<control::Controller>(*api_, clock_, chance_, options);
  housekeeper_ =
      std::make_unique<control::Housekeeper>(*api_, clock_, control::HousekeeperOptions{});
  collector_ = std::make_unique<kube::GarbageCollector>(*api_);
  crons_.restart(*api_, chance_);
  if (agent_) return agent_->restart(*api_);
  agent_ = std::make_unique<FaultyAgent>(*api_, clock_, random_,
                                         [this](std::string_view pod) { return fate_of(pod); });
}

PodFate World::fate_of(std::string_view pod) const {
  const uint32_t hash = base::fnv1a32(fmt::format("{} {}", pod, seed_));
  PodFate fate;
  if (is_lister_pod(pod)) {
    constexpr std::string_view kLists[] = {"[]", R"(["a"])", R"(["a","b","c"])", R"([1,"two"])"};
    fate.parameter = kLists[hash % std::size(kLists)];
    return fate;
  }
  fate.stays = is_daemon_pod(pod);
  fate.exit_code = hash % 5 == 0 ? 1 : 0;
  fate.parameter = fmt::format("v{}", hash % 97);
  fate.is_lost = fate.exit_code != 0 && hash % 3 == 0;
  return fate;
}

void World::submit(const std::string& name, uint32_t maker_seed, bool is_free) {
  const MadeWorkflow made = make_workflow(name, maker_seed, is_free);
  for (const Value& holder : made.templates) {
    report.workflows += "---\n" + text::to_yaml(holder);
    auto created = api_->create(kube::kind_of("workflowtemplates"), "default", holder, false);
    if (!created && created.error().code != base::Code::kAlreadyExists)
      return fail("a made-up template was refused: " + created.error().text);
    if (created) templates_.emplace_back(holder.string_at("metadata", "name"));
  }
  report.workflows += "---\n" + text::to_yaml(made.object);
  auto created = api_->create(kube::kind_of("workflows"), "default", made.object, false);
  if (!created) return fail("a made-up workflow was refused: " + created.error().text);
  Watched watched;
  watched.name = name;
  watched.uid = created->string_at("metadata", "uid");
  watched.is_free = is_free;
  watched.is_locked = made.is_locked;
  watched.parallelism = made.parallelism;
  watched.ttl_seconds = made.ttl_seconds;
  checks_.add(std::move(watched));
}

void World::disturb(uint64_t steps) {
  for (uint64_t i = 0; i < steps && report.problem.empty(); ++i) {
    step();
    ++report.steps;
    look();
  }
  checks_.look_again();
  look();
}

void World::step() {
  switch (pick(20)) {
    case 0:
      ++report.kills;
      return restart_server();
    case 1:
      ++report.kills;
      return agent_->restart(*api_);
    case 2:
    case 3:
      return break_something();
    case 4:
      return move_clock();
    case 5:
      return operate();
    case 6:
    case 7:
    case 8:
    case 9:
    case 10:
      agent_->step();
      return;
    case 11:
    case 12:
      (void)crons_.step();
      return;
    case 13:
      (void)clean_up();
      return;
    case 14:
      return pick(3) == 0 ? change_template() : void(clean_up());
    default:
      (void)controller_->run_once();
  }
}

void World::break_something() {
  ++report.faults;
  constexpr FailingStore::Fault kFaults[] = {
      FailingStore::Fault::kDiskFull, FailingStore::Fault::kBusy, FailingStore::Fault::kAnswerLost,
      FailingStore::Fault::kConflict};
  switch (pick(6)) {
    case 0:
      return failing_.fail_reads(1 + pick(3));
    case 1:
      return failing_.lose_watches(pick(2) == 0);
    default:
      failing_.fail_commits(kFaults[pick(4)], pick(3), 1 + pick(3));
  }
}

void World::move_clock() {
  const uint64_t kind = pick(20);
  if (kind >= 18) return set_limits(1 + static_cast<int64_t>(pick(kLimitMost)));
  int64_t seconds = static_cast<int64_t>(pick(5));
  if (kind == 0) seconds = -30;  // somebody has set it
  if (kind == 1) seconds = 3600;
  if (kind > 14 && crons_.next_wake() > clock_.now())
    return clock_.advance(crons_.next_wake() - clock_.now());
  clock_.advance(base::Duration::seconds(seconds));
}

// Of all semaphores; when the store takes it.
void World::set_limits(int64_t limit) {
  const kube::Kind& kind = kube::kind_of("configmaps");
  auto object = text::parse_json(
      fmt::format(R"({{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"limits"}},)"
                  R"("data":{{"k":"{}"}}}})",
                  limit));
  if (!api_->patch({&kind, "default", "limits"}, kube::PatchType::kMerge, *object))
    (void)api_->create(kind, "default", *object, false);
  const kube::SyncLimit row{"default", "d", limit};
  if (!kube::update_sync_limit(failing_, row)) (void)kube::create_sync_limit(failing_, row);
}

// Of the settings.
void World::set_parallelism(int64_t limit) {
  const bool is_for_all = pick(2) == 0;
  auto object = text::parse_json(fmt::format(
      R"({{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"{}"}},"data":{{"{}":"{}"}}}})",
      control::kSettingsName, is_for_all ? "parallelism" : "namespaceParallelism", limit));
  const auto made =
      api_->create(kube::kind_of("configmaps"), control::kSettingsNamespace, *object, false);
  if (!made) return fail("the settings were refused: " + made.error().text);
  parallelism_ = limit;
}

// Or deletes it: whatever runs keeps what it has.
void World::change_template() {
  if (templates_.empty()) return;
  const std::string& name = templates_[pick(templates_.size())];
  const kube::ObjectRef ref{&kube::kind_of("workflowtemplates"), "default", name};
  if (pick(6) == 0) {
    (void)api_->remove(ref, {});
    return;
  }
  auto object = api_->get(ref);
  if (object) (void)api_->update(ref, changed_template(*std::move(object), ++versions_));
}

base::Result<bool> World::clean_up() {
  auto kept = housekeeper_->run_once();
  if (auto collected = collector_->run_once(); !collected) return base::fail(collected.error());
  return kept;
}

// As the server does it: an operation is a row of the workflow.
void World::operate() {
  const size_t chosen = pick(workflows().size());
  Watched& workflow = workflows()[chosen];
  if (!workflow.is_free || workflow.is_deleted) return;
  const uint64_t kind = pick(30);
  if (kind < 8) return retry(workflow);
  if (kind < 10) return resubmit(workflow, kind == 8);
  model::Operation operation;
  operation.kind = kind < 17   ? model::Operation::Kind::kSuspend
                   : kind < 23 ? model::Operation::Kind::kResume
                   : kind < 28 ? model::Operation::Kind::kSet
                   : kind < 29 ? model::Operation::Kind::kStop
                               : model::Operation::Kind::kTerminate;
  const bool is_of_one = operation.kind == model::Operation::Kind::kSet ||
                         (operation.kind == model::Operation::Kind::kResume && pick(2) == 0);
  if (is_of_one) {
    if (workflow.nodes.empty()) return;
    const Watched::Node& node = workflow.nodes[pick(workflow.nodes.size())];
    operation.node_ids = {fmt::format("{}-{}", workflow.name, node.id)};
    if (pick(2) == 0) operation.output_parameters = {{pick(2) == 0 ? "a" : "o", "said"}};
    if (operation.kind == model::Operation::Kind::kSet) {
      operation.phase = pick(3) == 0 ? "Failed" : "Succeeded";
      workflow.said.insert(node.name);
    }
  }
  // Of some seeds only: the others are to do what they did when they found something.
  if (operation.kind == model::Operation::Kind::kSuspend && seed_ % 4 == 1)
    operation.selector = kSelectors[pick(std::size(kSelectors))];
  store::Batch batch;
  batch.rows.push_back({workflow.uid, "operations", ++operations_, model::to_json(operation)});
  (void)failing_.commit(std::move(batch));
}

// As `argo retry` and `argo rerun`. Whatever the answer, what is stored tells whether it was done.
void World::retry(Watched& workflow) {
  const auto ended = server::read_ended(*api_, "default", workflow.name, "retry");
  if (!ended) return;
  engine::RerunRequest request;
  request.now = clock_.now();
  server::Parameters parameters;
  if (pick(3) == 0) parameters.emplace_back("a", fmt::format("y{}", pick(9)));
  request.new_arguments = !parameters.empty();
  if (pick(3) == 0 && !ended->nodes.empty())
    request.from.push_back(
        engine::NodeId{static_cast<uint32_t>(pick(std::min<size_t>(4, ended->nodes.size())))});
  const auto plan = server::plan_again(*ended, std::move(request));
  if (!plan) return;
  (void)server::take_up_again(*api_, *ended, *plan, parameters, clock_.now());
  const auto object = store_->get(ended->object.key);
  if (!object || object->revision == ended->object.revision) return;
  ++report.retries;
  checks_.take_up_again(workflow, object->revision);
  agent_->allow_again(workflow.name);
}

// As `argo resubmit`. Whatever the answer, what is stored tells whether it was done.
void World::resubmit(const Watched& workflow, bool memoized) {
  constexpr size_t kMost = 5;
  const auto ended = server::read_ended(*api_, "default", workflow.name, "resubmit");
  if (!ended || workflows().size() >= kMost) return;
  if (memoized) {
    (void)server::resubmit_memoized(*api_, *ended, {}, clock_.now());
  } else {
    (void)api_->create(kube::kind_of("workflows"), "default", model::resubmitted(ended->value, {}),
                       false);
  }
  Watched again;
  again.is_free = true;
  again.is_locked = workflow.is_locked;
  again.parallelism = workflow.parallelism;
  again.ttl_seconds = workflow.ttl_seconds;
  store::ListQuery query;
  query.resource = "workflows.argoproj.io";
  const auto page = store_->list(query);
  if (!page) return fail("workflows cannot be listed");
  for (const store::Object& object : page->objects) {
    if (checks_.knows(object.uid) ||
        store::find_label(object.labels, model::kCronWorkflowLabel).has_value())
      continue;
    again.name = object.key.name;
    again.uid = object.uid;
    ++resubmitted_;
    checks_.add(again);
    checks_.take_up_again(workflows().back(), object.revision);
    return;
  }
}

bool World::has_failed() const {
  for (const Watched& workflow : checks_.workflows)
    if (workflow.is_free && !workflow.is_deleted && workflow.phase != "Succeeded") return true;
  return false;
}

bool World::all_ended() const {
  if (!crons_.all_ended()) return false;
  for (const Watched& workflow : checks_.workflows)
    if (!is_over(workflow.phase)) return false;
  return true;
}

// Those that are to go have gone, with all that was theirs.
bool World::all_deleted() const {
  for (const Watched& workflow : checks_.workflows)
    if (workflow.is_to_go() && !workflow.is_deleted) return false;
  return checks_.orphans().empty();
}

// No more faults: everything comes to its end, in bounded time.
void World::heal() {
  failing_.fail_commits(FailingStore::Fault::kNone, 0, 0);
  failing_.fail_reads(0);
  failing_.lose_watches(false);
  is_healing_ = true;
  restart_server();
  agent_->restart(*api_);
  crons_.suspend(*api_);
  store::Batch resume;
  model::Operation operation;
  operation.kind = model::Operation::Kind::kResume;
  for (const Watched& workflow : checks_.workflows)
    if (workflow.is_free && !workflow.is_deleted)
      resume.rows.push_back({workflow.uid, "operations", ++operations_, model::to_json(operation)});
  if (!resume.rows.empty() && !failing_.commit(std::move(resume))) return fail("cannot resume");
  constexpr int kRoundsMax = 8000;
  for (int round = 0; round < kRoundsMax && report.problem.empty(); ++round) {
    const auto worked = controller_->run_once();
    if (!worked) return fail("control does not recover: " + worked.error().text);
    const auto fired = crons_.step();
    if (!fired) return fail("cron does not recover: " + fired.error().text);
    const auto cleaned = clean_up();
    if (!cleaned) return fail("the housekeeper does not recover: " + cleaned.error().text);
    bool any = *worked || *fired || *cleaned;
    // Several at once, as they may come.
    for (uint64_t left = 1 + pick(6); left > 0 && agent_->step(); --left) any = true;
    look();
    if (any) continue;
    if (!all_ended()) {
      clock_.advance(base::Duration::seconds(4));
    } else if (all_deleted()) {
      is_healing_ = false;
      crons_.check_counts();
      checks_.look_again();
      return look();
    } else {
      clock_.advance(base::Duration::seconds(1000));
    }
  }
  look();
  for (const Watched& workflow : checks_.workflows)
    if (report.problem.empty() && all_ended() && workflow.is_to_go() && !workflow.is_deleted)
      fail(fmt::format("{} was to be deleted {} s after its end ({})", workflow.name,
                       *workflow.ttl_seconds, base::to_rfc3339(workflow.finished)));
  if (report.problem.empty() && all_ended())
    fail("of deleted workflows there are still " + checks_.orphans());
  for (const Watched& workflow : checks_.workflows) {
    if (!report.problem.empty() || is_over(workflow.phase)) continue;
    std::string locks, open;
    for (const Watched::Node& node : workflow.nodes)
      if (!node.is_final) open += fmt::format(" {} ({})", node.name, node.phase);
    for (const kube::LockReport& lock : controller_->locks("", 5))
      locks += fmt::format("; {} (limit {}) held by [{}], waited for by [{}]", lock.name,
                           lock.limit, fmt::join(lock.holders, " "), fmt::join(lock.waiters, " "));
    fail(fmt::format("does not end: {} is \"{}\", {} pods open{};{}", workflow.name, workflow.phase,
                     agent_->open_count(), locks, open));
  }
}

void World::look() {
  if (!agent_->problem().empty()) fail(agent_->problem());
  if (!crons_.problem().empty()) fail(crons_.problem());
  report.cron_runs = crons_.run_count();
  checks_.look();
  if (!checks_.problem().empty()) fail(checks_.problem());
  report.pods = checks_.pods_most;
  report.hits = checks_.hit_count();
  report.deleted = checks_.deleted_count();
  report.collected = checks_.collected_count();
  report.nodes = checks_.node_count();
  report.workflow_count = workflows().size();
  report.resubmitted = resubmitted_;
  // What is taken up again has begun already, and counts without having waited.
  if (parallelism_ && report.retries + resubmitted_ == 0 && checks_.running_count() > *parallelism_)
    fail(fmt::format("more workflows run than the {} that may:{}", *parallelism_,
                     checks_.running_names()));
}

Outcome World::outcome(const Watched& workflow) {
  Outcome out{{"", workflow.phase}};
  (void)store_->rows(workflow.uid, "nodes", 0, [&](uint64_t, std::string_view bytes) {
    const auto row = engine::read_row(bytes);
    if (!row) return false;
    std::string& node = out[std::string(row->name)];
    node = engine::to_string(row->phase);
    for (const engine::RowParameter& one : row->inputs)
      node += fmt::format(" {}={}", one.name, one.value);
    for (const engine::RowParameter& one : row->outputs)
      node += fmt::format(" {}->{}", one.name, one.value);
    return true;
  });
  return out;
}

// The first difference, or "".
std::string difference(const Outcome& got, const Outcome& expected) {
  for (const auto& [name, text] : expected) {
    const auto found = got.find(name);
    if (found == got.end()) return fmt::format("node \"{}\" is missing ({})", name, text);
    if (found->second != text)
      return fmt::format("node \"{}\" is {}, without faults {}", name, found->second, text);
  }
  for (const auto& [name, text] : got)
    if (!expected.contains(name)) return fmt::format("node \"{}\" ({}) is too much", name, text);
  return "";
}

}  // namespace

FaultReport simulate_faults(uint64_t seed) {
  World disturbed(seed), steady(seed);
  std::mt19937_64 random(seed);
  const uint64_t count = 1 + random() % 3;
  for (uint64_t i = 0; i < count; ++i) {
    const bool is_free = random() % 2 == 0;
    const auto maker = static_cast<uint32_t>(random());
    disturbed.submit(fmt::format("w{}", i), maker, is_free);
    if (!is_free) steady.submit(fmt::format("w{}", i), maker, is_free);
  }
  disturbed.create_crons();
  disturbed.disturb(110 + random() % 220);
  disturbed.heal();
  FaultReport& report = disturbed.report;
  if (!report.problem.empty()) return report;
  steady.heal();
  if (!steady.report.problem.empty()) return steady.report;
  auto expected = steady.workflows().begin();
  for (const Watched& workflow : disturbed.workflows()) {
    if (workflow.is_free) continue;
    const std::string found = difference(disturbed.outcome(workflow), steady.outcome(*expected++));
    if (!found.empty()) report.problem = workflow.name + ": " + found;
  }
  // What has failed, and that is much, is taken up again.
  if (!report.problem.empty() || random() % 2 == 0 || !disturbed.has_failed()) return report;
  disturbed.disturb(60 + random() % 100);
  if (report.problem.empty()) disturbed.heal();
  return report;
}

}  // namespace sim
