// agent.h — the node agent: makes the pods of the API server run on this machine.
//
// One loop thread decides; a few pools do what may block. What it knows it can lose: containers
// belong to their argoexec, their folders tell a new agent all, so killing this one changes no
// outcome. Runs each container at most once (sys/monitor_spec.h, kState). restartPolicy Never
// only. See design: "The node agent's contract".
#pragma once
#include <functional>
#include <memory>
#include <string_view>

#include "kube/api.h"
#include "kube/node_api.h"
#include "runtime/agent_config.h"
#include "runtime/images.h"
#include "sys/clock.h"

namespace runtime {

class Agent final : public kube::NodeApi {
 public:
  // All are borrowed. `images` is not used with processes only.
  Agent(kube::Api& api, ImageStore& images, AgentConfig config, const sys::Clock& clock);
  ~Agent() override;

  // kConflict: another agent has the data folder. Else it runs until stop().
  base::Status run();
  void stop();  // from any thread; what runs goes on running
  // The number of pods that are not done, for an agent that ends when idle. Any thread.
  size_t pods_active() const;
  // Gives back what is kept between runs: namespaces, bridge, cgroups. After run(), with no pod
  // left.
  void tear_down();

  base::Status logs(std::string_view pod_uid, const kube::LogOptions& options,
                    const std::function<bool(std::string_view line)>& on_line) override;
  base::Result<std::unique_ptr<kube::PodSession>> exec(const kube::ExecRequest& request) override;
  base::Result<std::unique_ptr<kube::PodSession>> attach(std::string_view pod_uid,
                                                         const std::string& container) override;
  base::Result<std::unique_ptr<sys::ByteStream>> connect(std::string_view pod_uid,
                                                         uint16_t port) override;
  base::Result<std::vector<kube::ImageInfo>> images() override;
  base::Result<kube::ImageInfo> pull_image(
      std::string_view name, const std::function<bool(std::string_view)>& on_progress) override;
  base::Result<kube::ImageInfo> import_image(std::string_view path, std::string_view name) override;
  base::Status remove_image(std::string_view name) override;
  base::Result<uint64_t> prune_images() override;
  base::Result<std::vector<kube::DoctorFinding>> doctor() override;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace runtime
