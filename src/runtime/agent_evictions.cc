// Agent::Core: pods whose emptyDir takes more than its sizeLimit, as kubelet's eviction manager.
#include "runtime/agent_core.h"
#include "runtime/disk_usage.h"

namespace runtime {
namespace {

std::string limit_text(const text::Value& pod, const std::string& volume) {
  const text::Value* const volumes = pod.find_path("spec", "volumes");
  if (volumes == nullptr || !volumes->is_list()) return {};
  for (const text::Value& one : volumes->as_list())
    if (one.string_at("name") == volume)
      if (const text::Value* limit = one.find_path("emptyDir", "sizeLimit"))
        return limit->to_any_string();
  return {};
}

}  // namespace

// Again and again while the pod runs; nothing for pods without such a limit.
void Agent::Core::watch_sizes(const LivePod& pod) {
  if (!pod.sandbox) return;
  std::vector<PreparedVolume> limited;
  for (const PreparedVolume& volume : pod.sandbox->volumes)
    if (volume.size_limit_bytes) limited.push_back(volume);
  if (limited.empty()) return;
  const Uid uid = pod.run.spec().uid;
  loop_.after(base::Duration::millis(config_.size_check_ms), [this, uid, limited] {
    if (find(uid) == nullptr) return;
    work_.run([this, uid, limited] {
      std::string over;
      for (const PreparedVolume& volume : limited)
        if (over.empty() && disk_usage(volume.host_path) > *volume.size_limit_bytes)
          over = volume.name;
      loop_.post([this, uid, over] { on_sizes(uid, over); });
    });
  });
}

void Agent::Core::on_sizes(const Uid& uid, const std::string& volume_over) {
  LivePod* const pod = find(uid);
  if (pod == nullptr || pod->stage != LivePod::Stage::kActive) return;
  if (volume_over.empty()) return watch_sizes(*pod);
  const std::string message = "Usage of EmptyDir volume \"" + volume_over +
                              "\" exceeds the limit \"" + limit_text(pod->object, volume_over) +
                              "\". ";
  record_event(*pod, "Evicted", message);
  pod->run.fail("Evicted", message);
  pod->run.ask_stop(true);
  advance(*pod);
}

}  // namespace runtime
