#include "sim/fault_crons.h"

#include <fmt/format.h>

#include <algorithm>

#include "kube/kinds.h"
#include "model/cron_workflow.h"
#include "text/json.h"
#include "text/yaml.h"

namespace sim {
namespace {

using text::Value;

constexpr std::string_view kNamespace = "default";

bool is_final(std::string_view phase) {
  return phase == "Succeeded" || phase == "Failed" || phase == "Error";
}

kube::ObjectRef ref_of(const std::string& name) {
  return {&kube::kind_of("cronworkflows"), std::string(kNamespace), name};
}

std::string random_cron(const std::string& name, std::mt19937_64& random) {
  constexpr std::string_view kSchedules[] = {"'@every 3s'", "'@every 7s'", "'* * * * *'",
                                             "'* * * * *', '@every 20s'"};
  constexpr std::string_view kPolicies[] = {"Allow", "Forbid", "Replace"};
  constexpr std::string_view kCatchUps[] = {"newest", "all", "none"};
  const auto pick = [&](uint64_t below) { return random() % below; };
  std::string out =
      "apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nmetadata:\n  name: " + name + "\n";
  if (pick(2) == 0)
    out += fmt::format("  annotations: {{cronworkflows.argoproj.io/catch-up: {}}}\n",
                       kCatchUps[pick(3)]);
  out += fmt::format("spec:\n  schedules: [{}]\n  concurrencyPolicy: {}\n", kSchedules[pick(4)],
                     kPolicies[pick(3)]);
  if (pick(3) != 0) out += fmt::format("  startingDeadlineSeconds: {}\n", pick(2) == 0 ? 30 : 90);
  if (pick(2) == 0) out += fmt::format("  successfulJobsHistoryLimit: {}\n", pick(3));
  if (pick(2) == 0) out += fmt::format("  failedJobsHistoryLimit: {}\n", pick(3));
  return out +
         "  workflowSpec:\n    entrypoint: main\n    templates:\n    - name: main\n"
         "      steps: [[{name: a, template: work}], [{name: b, template: work}]]\n"
         "    - {name: work, container: {image: busybox, command: ['true']}}\n";
}

}  // namespace

FaultCrons::FaultCrons(store::Store& store, const sys::Clock& clock)
    : store_(store), clock_(clock), latest_(clock.now()) {
  if (auto watch = store_.watch(kube::kind_of("workflows").resource(), "", 0))
    watch_ = std::move(*watch);
  else
    fail("workflows cannot be watched");
}

std::string FaultCrons::create(kube::StoreApi& api, std::mt19937_64& random) {
  std::string out;
  for (uint64_t i = 0, count = random() % 3; i < count; ++i) {
    const std::string name = fmt::format("c{}", i);
    const std::string yaml = random_cron(name, random);
    out += "---\n" + yaml;
    const auto documents = text::parse_yaml(yaml, "random");
    const auto made = documents ? api.create(kube::kind_of("cronworkflows"), kNamespace,
                                             documents->front(), false)
                                : base::fail(documents.error());
    if (!made) fail("a made-up CronWorkflow was refused: " + made.error().text);
    is_forbid_[name] = yaml.find("concurrencyPolicy: Forbid") != yaml.npos;
  }
  return out;
}

void FaultCrons::restart(kube::StoreApi& api, sys::Random& chance) {
  controller_.reset();
  controller_ =
      std::make_unique<control::CronController>(api, clock_, chance, control::CronOptions{});
}

base::Result<bool> FaultCrons::step() {
  latest_ = std::max(latest_, clock_.now());
  auto worked = controller_->run_once();
  look();
  return worked;
}

void FaultCrons::suspend(kube::StoreApi& api) {
  for (const auto& [name, is_forbid] : is_forbid_) {
    const auto done = api.patch(ref_of(name), kube::PatchType::kMerge,
                                *text::parse_json(R"({"spec":{"suspend":true}})"));
    if (!done) fail("cannot suspend: " + done.error().text);
  }
}

bool FaultCrons::all_ended() const {
  return std::all_of(runs_.begin(), runs_.end(), [](const auto& one) {
    return one.second.is_gone || is_final(one.second.phase);
  });
}

// The watch is read after each step, so that it leaves out nothing that was made and deleted.
void FaultCrons::look() {
  const auto changes = watch_->next(0, nullptr);
  if (!changes) return fail("the watch of workflows is lost");
  for (const store::Change& change : *changes) look_at(change);
  std::map<std::string, int> open;
  for (const auto& [name, run] : runs_)
    if (!run.is_gone && !is_final(run.phase) && ++open[run.cron] > 1 && is_forbid_[run.cron])
      fail("concurrencyPolicy is Forbid, and two run: " + name + " is one");
}

void FaultCrons::look_at(const store::Change& change) {
  const store::Object& object = *change.object;
  const std::string cron(store::find_label(object.labels, model::kCronWorkflowLabel).value_or(""));
  if (cron.empty()) return;
  Run& run = runs_.try_emplace(object.key.name, Run{object.uid, cron, "", false}).first->second;
  if (run.uid != object.uid) return fail("a slot has two runs: " + object.key.name);
  const std::string slot = object.key.name.substr(cron.size() + 1);
  if (std::atoll(slot.c_str()) > latest_.unix_seconds())
    fail("a slot began before its time: " + object.key.name);
  run.is_gone = change.type == store::Change::Type::kDeleted;
  if (const auto value = text::parse_json(object.json))
    run.phase = value->string_at("status", "phase");
}

void FaultCrons::check_counts() {
  look();
  for (const auto& [name, is_forbid] : is_forbid_) {
    const auto object =
        store_.get({kube::kind_of("cronworkflows").resource(), std::string(kNamespace), name});
    const auto value = object ? text::parse_json(object->json) : base::Result<Value>();
    if (!object || !value) return fail(name + " is gone");
    const model::CronWorkflowStatus status = model::decode_cron_workflow(*value).status;
    int64_t succeeded = 0, failed = 0;
    for (const auto& [workflow, run] : runs_)
      if (run.cron == name) ++(run.phase == "Succeeded" ? succeeded : failed);
    if (!status.active.empty() || status.succeeded != succeeded || status.failed != failed)
      fail(fmt::format(
          "{}: {} have succeeded and {} failed, and its status says {}, {} and {} active", name,
          succeeded, failed, status.succeeded, status.failed, status.active.size()));
  }
}

}  // namespace sim
