// machine_test.h — a node agent with real containers on this machine, for tests.
//
// Needs root and crun. Everything is in a folder of its own, which goes with it.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <thread>

#include "kube/kinds.h"
#include "kube/pod_contract.h"
#include "runtime/agent.h"
#include "runtime/api_test.h"
#include "sys/clock.h"
#include "text/yaml.h"

namespace runtime {

inline bool can_run_containers() {
  return ::geteuid() == 0 && ::access("/usr/bin/crun", X_OK) == 0;
}

// The disk's images, and "bare": a static program and nothing else; "app": with an ordinary user.
class TestImages final : public ImageStore {
 public:
  TestImages(std::unique_ptr<ImageStore> disk, const std::string& folder)
      : disk_(std::move(disk)), folder_(folder) {}
  base::Result<std::shared_ptr<const Image>> ensure(
      std::string_view name, PullPolicy policy, const std::vector<std::string>& secrets,
      const std::function<void(std::string_view)>& on_progress) override {
    if (auto own = find_own(name)) return own;
    return disk_->ensure(name, policy, secrets, on_progress);
  }
  std::shared_ptr<const Image> find(std::string_view name) override {
    if (auto own = find_own(name)) return own;
    return disk_->find(name);
  }
  base::Result<std::vector<kube::ImageInfo>> list() override { return disk_->list(); }
  base::Result<kube::ImageInfo> import(std::string_view path, std::string_view name) override {
    return disk_->import(path, name);
  }
  base::Status remove(std::string_view name) override { return disk_->remove(name); }
  base::Result<uint64_t> prune() override { return disk_->prune(); }

 private:
  std::shared_ptr<const Image> find_own(std::string_view name) {
    if (name != "bare" && name != "app") return nullptr;
    auto out = std::make_shared<Image>();
    out->name = name;
    const std::string layer = folder_ + "/layer-" + std::string(name);
    std::filesystem::create_directories(layer + "/etc");
    const char* const program = name == "bare" ? "/echo" : "/bin";
    if (name == "app") {
      const auto busybox = disk_->ensure("busybox", PullPolicy::kIfNotPresent, {}, {});
      EXPECT_TRUE(busybox);
      out->layer_dirs = {layer, busybox.value()->layer_dirs.at(0)};
      std::ofstream(layer + "/etc/passwd") << "root:x:0:0::/root:/bin/sh\napp:x:77:88::/home:/\n";
      out->user = "app";
      out->working_dir = "/tmp";
      out->env = {"FROM_IMAGE=yes"};
      out->entrypoint = {"sh", "-c"};
      out->command = {"id -u; id -g; pwd; echo $FROM_IMAGE"};
    } else {
      std::filesystem::copy_file("/bin/busybox", layer + program,
                                 std::filesystem::copy_options::skip_existing);
      out->layer_dirs = {layer};
      out->entrypoint = {"/echo"};
      out->command = {"from", "the", "image"};
    }
    return out;
  }
  std::unique_ptr<ImageStore> disk_;
  std::string folder_;
};

class Machine {
 public:
  explicit Machine(RuntimeKind kind = RuntimeKind::kContainers, uint32_t pods_max = 110,
                   const std::function<void(AgentConfig&)>& change = {}) {
    char name[] = "/tmp/argon-agent-XXXXXX";
    folder_ = ::mkdtemp(name);
    config_.data_dir = folder_ + "/node";
    config_.argoexec = ARGON_BINARY_DIR "/argoexec";
    config_.runtime = kind;
    config_.networks_ready = 2;
    config_.pods_max = pods_max;
    if (change) change(config_);
    images_ = std::make_unique<TestImages>(
        open_image_store({folder_ + "/images", "/bin/busybox", {}, {}, "", true}), folder_);
    start();
  }
  ~Machine() {
    stop();
    agent_->tear_down();
    agent_.reset();
    images_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  void start() {
    agent_ = std::make_unique<Agent>(api, *images_, config_, clock_);
    thread_ = std::thread([this] {
      const base::Status done = agent_->run();
      EXPECT_TRUE(done) << done.error().text;
    });
  }
  void stop() {
    agent_->stop();
    if (thread_.joinable()) thread_.join();
  }

  // `spec` is YAML; "@" in it stands for the image.
  void create(const std::string& name, const std::string& spec, const std::string& outputs = {},
              bool is_workflow = true) {
    base::Result<std::vector<text::Value>> value = text::parse_yaml(spec, name);
    ASSERT_TRUE(value) << value.error().to_string();
    text::Value pod;
    pod["metadata"]["name"] = name;
    if (is_workflow) pod["metadata"]["labels"][kube::kWorkflowLabel] = "wf";
    if (!outputs.empty()) pod["metadata"]["annotations"][kube::kOutputsWanted] = outputs;
    pod["spec"] = std::move(value->at(0));
    const auto made = api.create(kube::kind_of("pods"), "default", std::move(pod), false);
    ASSERT_TRUE(made) << made.error().text;
  }
  text::Value wait_end(const std::string& name, int seconds = 30) {
    return api.wait_for(
        name,
        [](const text::Value& pod) {
          const std::string_view phase = pod.string_at("status", "phase");
          return phase == "Succeeded" || phase == "Failed";
        },
        seconds);
  }
  text::Value wait_running(const std::string& name) {
    return api.wait_for(
        name, [](const text::Value& pod) { return pod.string_at("status", "phase") == "Running"; });
  }
  std::string log(const std::string& pod, const std::string& container = "main") {
    kube::LogOptions options;
    options.container = container;
    std::string out;
    (void)agent_->logs("uid-" + pod, options, [&](std::string_view line) {
      out.append(line).append("\n");
      return true;
    });
    return out;
  }
  void annotate(const std::string& name, std::string_view key, const std::string& value) {
    const kube::ObjectRef ref{&kube::kind_of("pods"), "default", name};
    base::Result<text::Value> pod = api.get(ref);
    ASSERT_TRUE(pod);
    (*pod)["metadata"]["annotations"][key] = value;
    ASSERT_TRUE(api.update(ref, *pod));
  }
  std::string state_folder(const std::string& pod, const std::string& container = "main") const {
    return config_.data_dir + "/pods/uid-" + pod + "/c." + container;
  }
  const std::string& folder() const { return folder_; }
  // For pods that append a line to the file "ran" in folder() when they begin, and go on until "go"
  // is there.
  int times_begun() const {
    std::ifstream file(folder_ + "/ran");
    return static_cast<int>(std::count(std::istreambuf_iterator<char>(file), {}, '\n'));
  }
  void let_go() const { std::ofstream(folder_ + "/go") << ""; }
  Agent& agent() { return *agent_; }
  AgentConfig& config() { return config_; }

  MapApi api;

 private:
  std::string folder_;
  AgentConfig config_;
  sys::RealClock clock_;
  std::unique_ptr<ImageStore> images_;
  std::unique_ptr<Agent> agent_;
  std::thread thread_;
};

inline const text::Value& terminated(const text::Value& pod, size_t index = 0,
                                     const char* list = "containerStatuses") {
  static const text::Value kNone;
  const text::Value* const all = pod.find_path("status", list);
  if (all == nullptr || !all->is_list() || all->as_list().size() <= index) return kNone;
  const text::Value* const found = all->as_list()[index].find_path("state", "terminated");
  return found == nullptr ? kNone : *found;
}
inline int64_t exit_code(const text::Value& pod, size_t index = 0) {
  const text::Value* const code = terminated(pod, index).find("exitCode");
  return code == nullptr ? -1 : code->to_int().value_or(-1);
}

#define NEEDS_CONTAINERS() \
  if (!runtime::can_run_containers()) GTEST_SKIP() << "needs root and crun"

}  // namespace runtime
