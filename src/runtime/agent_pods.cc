// Agent::Core: how pods come, wait, are made ready, and go.
#include <algorithm>
#include <filesystem>

#include "kube/pod_contract.h"
#include "runtime/agent_core.h"
#include "text/json.h"

namespace runtime {
namespace {

// A pod that waits longer than this says why: those of a large fan-out have their turn sooner.
constexpr base::Duration kTellWaiting = base::Duration::seconds(1);
constexpr base::Duration kTellPulling = base::Duration::seconds(1);
constexpr base::Duration kLongRunning = base::Duration::seconds(30);
constexpr size_t kNamesMax = 3;
constexpr base::Duration kPullBackoffFirst = base::Duration::seconds(5);
constexpr base::Duration kPullBackoffMax = base::Duration::seconds(300);
constexpr base::Duration kConfigRetry = base::Duration::seconds(2);

bool is_final(std::string_view phase) { return phase == "Succeeded" || phase == "Failed"; }

bool has_marks(const std::string& folder) {
  std::error_code ignored;
  for (const std::string& name : container_names(folder))
    if (std::filesystem::exists(container_folder(folder, name) + "/" + sys::monitor_file::kState,
                                ignored))
      return true;
  return false;
}

}  // namespace

void Agent::Core::on_pod(text::Value object, bool deleted) {
  const Uid uid(object.string_at("metadata", "uid"));
  LivePod* const pod = find(uid);
  if (deleted) {
    if (pod == nullptr) return remove_left_over(uid);
    pod->is_gone = true;
    pod->run.ask_stop(true);
    return advance(*pod);
  }
  if (pod != nullptr) return update(*pod, std::move(object));
  if (!is_final(object.string_at("status", "phase"))) return accept(std::move(object));
  if (object.string_at("metadata", "deletionTimestamp").empty()) return;
  // It has ended, and nobody but us holds its object back.
  const kube::ObjectRef ref{&pod_kind_, std::string(object.string_at("metadata", "namespace")),
                            std::string(object.string_at("metadata", "name"))};
  writers_.run([this, ref, uid] {
    kube::DeleteOptions options;
    options.uid = uid;
    options.grace_period_seconds = 0;
    (void)api_.remove(ref, options);
  });
}

void Agent::Core::accept(text::Value object) {
  trace("pod seen");
  base::Result<PodSpec> spec = read_pod(object);
  if (spec)
    if (base::Status volumes = check_volumes(object); !volumes) spec = base::fail(volumes.error());
  if (spec && spec->wants_process && config_.runtime == RuntimeKind::kContainers)
    spec = base::fail(base::Code::kForbidden,
                      "annotation " + std::string(kube::kRuntime) +
                          ": plain processes are not allowed; the server's --runtime grants them");
  if (!spec) return refuse(std::move(object), spec.error());
  const bool as_processes = config_.runtime == RuntimeKind::kProcesses ||
                            (config_.runtime == RuntimeKind::kAsked && spec->wants_process);
  const Uid uid = spec->uid;
  const PodNeed need{spec->cpu_milli, spec->memory_bytes, spec->priority};
  auto made = std::make_unique<LivePod>(std::move(*spec), as_processes);
  LivePod& pod = *made;
  pods_[uid] = std::move(made);
  set_active(uid, true);
  pod.watched.resize(pod.run.containers().size());
  pod.probes.resize(pod.run.containers().size());
  pod.arrived = clock_.now();
  pod.was_begun = has_marks(pod_folder(config_, uid));
  for (const ContainerRun& run : pod.run.containers())
    if (const auto* begun = processes_.find(uid + "/" + run.spec->name)) {
      pod.was_begun = true;
      if (owns_work(uid, begun->work)) pod.work = begun->work;
    }
  const auto started = base::parse_rfc3339(object.string_at("status", "startTime"));
  if (pod.was_begun) pod.stage = LivePod::Stage::kPreparing;
  update(pod, std::move(object));
  if (pod.was_begun) {
    pod.accepted = started.value_or(clock_.now());
    slots_.take(uid, need);
    return prepare(pod);
  }
  if (find(uid) != &pod || pod.stage != LivePod::Stage::kQueued) return;
  slots_.enqueue(uid, need);
  if (slots_.is_too_large(uid)) return tell_waiting(uid);
  loop_.after(kTellWaiting, [this, uid] { tell_waiting(uid); });
  schedule();
}

void Agent::Core::tell_waiting(const Uid& uid) {
  LivePod* const waiting = find(uid);
  if (waiting == nullptr || waiting->stage != LivePod::Stage::kQueued) return;
  const std::string reason = slots_.reason(uid) + long_running();
  if (reason != waiting->unschedulable) {
    waiting->unschedulable = reason;
    mark_dirty(*waiting, {});
  }
  loop_.after(kLongRunning, [this, uid] { tell_waiting(uid); });
}

// Daemons that hold every place wait for steps that wait for their places: say who they are.
std::string Agent::Core::long_running() const {
  std::string names;
  size_t count = 0;
  for (const auto& [uid, pod] : pods_) {
    if (pod->stage == LivePod::Stage::kQueued) continue;
    if (pod->stage != LivePod::Stage::kActive || pod->run.phase() != "Running" ||
        clock_.now() - pod->accepted < kLongRunning)
      return {};
    if (++count <= kNamesMax) names += (names.empty() ? "" : ", ") + pod->run.spec().name;
  }
  if (count == 0) return {};
  if (count > kNamesMax) names += " and " + std::to_string(count - kNamesMax) + " more";
  return "; none of those that run has ended for a while: " + names +
         " (daemons that hold every place are a deadlock)";
}

// A pod that cannot run here as it is asked for: it fails at once, with the field's name.
void Agent::Core::refuse(text::Value object, const base::Error& error) {
  text::Map status;
  status.set("phase", "Failed");
  status.set("reason", error.code == base::Code::kInvalid ? "Invalid" : "Unsupported");
  status.set("message", error.text);
  object["status"] = status;
  const kube::ObjectRef ref{&pod_kind_, std::string(object.string_at("metadata", "namespace")),
                            std::string(object.string_at("metadata", "name"))};
  object["metadata"].as_map().erase("resourceVersion");
  writers_.run([this, ref, object = std::move(object)] { (void)api_.update_status(ref, object); });
}

// The object has changed: only what asks for the pod's end matters to one that runs.
void Agent::Core::update(LivePod& pod, text::Value object) {
  pod.object = std::move(object);
  const std::string_view stop = pod.object.string_at("metadata", "annotations", kube::kStop);
  const bool deleting = !pod.object.string_at("metadata", "deletionTimestamp").empty();
  pod.grace_seconds = pod.run.spec().grace_seconds;
  if (const text::Value* grace = pod.object.find_path("metadata", "deletionGracePeriodSeconds"))
    pod.grace_seconds = grace->to_int().value_or(pod.grace_seconds);
  if (deleting) pod.is_deleting = true;
  if (stop.empty() && !deleting) return;
  pod.run.ask_stop(stop == "KILL" || (deleting && pod.grace_seconds <= 0));
  if (pod.stage == LivePod::Stage::kQueued)
    pod.run.fail("Stopped", "the pod was stopped before it began");
  advance(pod);
}

void Agent::Core::schedule() {
  // Not all at once, though there is room: each would hold a network while it waits for its turn.
  const size_t begins_max = config_.starts_max;
  if (begins_running_ >= begins_max) return;
  for (const Uid& uid : slots_.admit(begins_max - begins_running_)) {
    LivePod* const pod = find(uid);
    if (pod == nullptr) continue;
    pod->holds_begin = true;
    ++begins_running_;
    pod->accepted = clock_.now();
    prepare(*pod);
  }
}

void Agent::Core::give_back_begin(LivePod& pod) {
  if (!pod.holds_begin) return;
  pod.holds_begin = false;
  --begins_running_;
  loop_.post([this] { schedule(); });
}

void Agent::Core::prepare(LivePod& pod) {
  pod.stage = LivePod::Stage::kPreparing;
  if (pod.run.as_processes() && pod.work.empty()) {
    base::Result<std::string> work = works_.take();
    if (!work) return retry_prepare(pod, work.error());
    pod.work = std::move(*work);
  }
  if (pod.run.as_processes() && !has_volumes(pod.object))
    return on_prepared(pod.run.spec().uid,
                       prepare_sandbox(node_, pod.object, pod.run.spec(), pod.work));
  // The pod stays until on_prepared(); its object may change meanwhile.
  work_.run([this, uid = pod.run.spec().uid, object = pod.object, &spec = pod.run.spec(),
             work = pod.work] {
    base::Result<Sandbox> sandbox = prepare_sandbox(node_, object, spec, work);
    if (sandbox && work.empty())
      for (const auto* list : {&spec.init_containers, &spec.containers})
        for (const ContainerSpec& container : *list)
          if (container.pull_policy != PullPolicy::kAlways)
            if (auto image = images_.find(container.image))
              sandbox->images[container.image] = std::move(image);
    loop_.post([this, uid, result = std::move(sandbox)]() mutable {
      on_prepared(uid, std::move(result));
    });
  });
}

void Agent::Core::on_prepared(const Uid& uid, base::Result<Sandbox> sandbox) {
  LivePod* const pod = find(uid);
  if (pod == nullptr) return;
  if (!sandbox) return retry_prepare(*pod, sandbox.error());
  pod->sandbox = std::move(*sandbox);
  trace("sandbox prepared");
  if (pod->was_begun) adopt_containers(*pod);
  if (pod->run.is_stopping() || pod->run.as_processes()) return activate(*pod);
  need_images(*pod);
}

// As kubelet: a ConfigMap may still come; what the pod itself says wrongly will not change.
void Agent::Core::retry_prepare(LivePod& pod, const base::Error& error) {
  const bool may_pass =
      error.code == base::Code::kNotFound || error.code == base::Code::kUnavailable;
  if (!may_pass) {
    pod.run.fail(error.code == base::Code::kInvalid ? "Invalid" : "Unsupported", error.text);
  } else {
    for (ContainerRun& run : pod.run.containers()) {
      run.waiting_reason = "CreateContainerConfigError";
      run.waiting_message = error.text;
    }
    mark_dirty(pod, {});
    give_back_begin(pod);
  }
  if (pod.run.is_stopping()) return activate(pod);
  loop_.after(kConfigRetry, [this, uid = pod.run.spec().uid] {
    LivePod* const again = find(uid);
    if (again != nullptr && again->stage == LivePod::Stage::kPreparing) prepare(*again);
  });
}

void Agent::Core::need_images(LivePod& pod) {
  std::set<std::string> missing;
  for (const ContainerRun& run : pod.run.containers())
    if (run.phase == ContainerRun::Phase::kWaiting &&
        !pod.sandbox->images.contains(run.spec->image))
      missing.insert(run.spec->image);
  if (missing.empty()) return activate(pod);
  give_back_begin(pod);
  pod.images_left = missing.size();
  for (ContainerRun& run : pod.run.containers())
    if (missing.contains(run.spec->image)) run.waiting_message = "pulling " + run.spec->image;
  mark_dirty(pod, kTellPulling);
  for (const std::string& image : missing) pull(pod.run.spec().uid, image, 0);
}

void Agent::Core::pull(const Uid& uid, const std::string& image, int tries) {
  LivePod* const pod = find(uid);
  if (pod == nullptr || pod->stage != LivePod::Stage::kPreparing) return;
  PullPolicy policy = PullPolicy::kIfNotPresent;
  for (const ContainerRun& run : pod->run.containers())
    if (run.spec->image == image) policy = run.spec->pull_policy;
  pulls_.run([this, uid, image, tries, policy, secrets = pod->sandbox->pull_secrets] {
    auto result = images_.ensure(image, policy, secrets, [&](std::string_view line) {
      loop_.post([this, uid, image, text = std::string(line)] { tell_pulling(uid, image, text); });
    });
    loop_.post([this, uid, image, tries, done = std::move(result)]() mutable {
      on_pulled(uid, image, tries, std::move(done));
    });
  });
}

void Agent::Core::tell_pulling(const Uid& uid, const std::string& image, const std::string& line) {
  LivePod* const pod = find(uid);
  if (pod == nullptr || pod->stage != LivePod::Stage::kPreparing) return;
  for (ContainerRun& run : pod->run.containers())
    if (run.spec->image == image && run.phase == ContainerRun::Phase::kWaiting)
      run.waiting_message = line;
  mark_dirty(*pod, kTellPulling);
}

void Agent::Core::on_pulled(const Uid& uid, const std::string& image, int tries,
                            base::Result<std::shared_ptr<const Image>> result) {
  LivePod* const pod = find(uid);
  if (pod == nullptr || pod->stage != LivePod::Stage::kPreparing || !pod->sandbox) return;
  if (result) {
    pod->sandbox->images[image] = std::move(*result);
    if (--pod->images_left == 0) activate(*pod);
    return;
  }
  for (ContainerRun& run : pod->run.containers()) {
    if (run.spec->image != image) continue;
    run.waiting_reason = tries == 0 ? "ErrImagePull" : "ImagePullBackOff";
    if (run.spec->pull_policy == PullPolicy::kNever) run.waiting_reason = "ErrImageNeverPull";
    if (result.error().code == base::Code::kInvalid) run.waiting_reason = "InvalidImageName";
    run.waiting_message = result.error().text;
    if (!result.error().hint.empty()) run.waiting_message += "; " + result.error().hint;
  }
  mark_dirty(*pod, {});
  base::Duration pause = kPullBackoffFirst;
  for (int i = 0; i < tries && pause < kPullBackoffMax; ++i) pause.ns *= 2;
  loop_.after(std::min(pause, kPullBackoffMax),
              [this, uid, image, tries] { pull(uid, image, tries + 1); });
}

void Agent::Core::activate(LivePod& pod) {
  pod.stage = LivePod::Stage::kActive;
  for (ContainerRun& run : pod.run.containers()) {
    if (run.phase != ContainerRun::Phase::kWaiting) continue;
    run.waiting_reason = run.is_init || pod.run.spec().init_containers.empty() ? "ContainerCreating"
                                                                               : "PodInitializing";
    run.waiting_message.clear();
  }
  if (pod.sandbox)
    for (ContainerRun& run : pod.run.containers())
      if (const auto image = pod.sandbox->images.find(run.spec->image);
          image != pod.sandbox->images.end())
        run.image_id = image->second->digest;
  watch_sizes(pod);
  watch_progress(pod);
  if (const auto deadline = pod.run.spec().active_deadline_seconds)
    loop_.at(pod.accepted + base::Duration::seconds(*deadline), [this, uid = pod.run.spec().uid] {
      LivePod* const late = find(uid);
      if (late == nullptr || late->stage == LivePod::Stage::kOver) return;
      late->run.pass_deadline();
      advance(*late);
    });
  advance(pod);
}

// Nothing runs any more: its room is free at once, the rest is tidied up behind it.
void Agent::Core::finish(LivePod& pod) {
  pod.stage = LivePod::Stage::kOver;
  const Uid uid = pod.run.spec().uid;
  slots_.release(uid);
  give_back_begin(pod);
  bool tampered = false;
  for (const ContainerRun& run : pod.run.containers()) {
    const SecurityContext& security = run.spec->security;
    tampered = tampered || security.privileged ||
               std::any_of(security.add_capabilities.begin(), security.add_capabilities.end(),
                           [](const std::string& name) {
                             return name == "ALL" || name.ends_with("_ADMIN");
                           });
  }
  const bool is_plain = pod.run.as_processes() && !has_volumes(pod.object);
  if (pod.sandbox && (!is_plain || pod.is_gone))
    work_.run([this, folder = pod.sandbox->folder, tampered, gone = pod.is_gone] {
      release_sandbox(node_, folder, tampered);
      if (gone) (void)remove_pod_folder(folder);
    });
  pod.sandbox.reset();
  give_back_work(pod);
  if (pod.is_gone)
    forget(uid);
  else
    mark_dirty(pod, {});
  schedule();
}

void Agent::Core::forget(const Uid& uid) {
  const auto found = pods_.find(uid);
  if (found == pods_.end()) return;
  writes_due_.erase({found->second->write_at, uid});
  for (LivePod::Watched& watched : found->second->watched)
    if (watched.pidfd.is_open()) loop_.unwatch(watched.pidfd.get());
  for (const ContainerRun& run : found->second->run.containers())
    processes_.forget(uid + "/" + run.spec->name);
  slots_.release(uid);
  pods_.erase(found);
  set_active(uid, false);
}

void Agent::Core::give_back_work(LivePod& pod) {
  if (pod.work.empty() || works_.give_back(pod.work)) return pod.work.clear();
  work_.run([path = std::move(pod.work)] {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  });
  pod.work.clear();
}

bool Agent::Core::owns_work(const Uid& uid, const std::string& path) const {
  const auto owner = work_owners_.find(path);
  return owner == work_owners_.end() || owner->second == uid;
}

// Processes that an agent before us has begun, of pods that are told already or deleted.
void Agent::Core::discard_strangers() {
  for (const std::string& attempt : processes_.attempts()) {
    if (find(attempt.substr(0, attempt.find('/'))) != nullptr) continue;
    processes_.stop(attempt, {});
    on_process(attempt, *processes_.find(attempt));
  }
}

// A pod whose object is gone: ends what runs of it and removes its folder.
void Agent::Core::remove_left_over(const Uid& uid) {
  const std::string folder = pod_folder(config_, uid);
  std::error_code ignored;
  if (uid.empty() || !std::filesystem::exists(folder, ignored)) return;
  work_.run([this, folder, uid] {
    for (const std::string& name : container_names(folder)) {
      const std::string path = container_folder(folder, name);
      const ContainerFound found = inspect(path, boot_id_);
      if (found.state == ContainerFound::State::kLost) kill_left_over(path, uid + "/" + name);
      // One that has written its record may still be tidying up in the folder.
      const base::Result<sys::Fd> monitor = sys::open_process(marked_process(path));
      if (!monitor) continue;
      if (found.state == ContainerFound::State::kRunning) (void)request_stop(path, *monitor, {});
      sys::wait_process(*monitor, 10'000);
    }
    release_sandbox(node_, folder, true);
    (void)remove_pod_folder(folder);
  });
}

}  // namespace runtime
