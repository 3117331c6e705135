// launch_container() of sandbox.h: from a container's spec to its running argoexec.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "runtime/bundle.h"
#include "runtime/cgroups.h"
#include "runtime/container_dir.h"
#include "runtime/sandbox.h"

namespace runtime {
namespace {

namespace file = sys::monitor_file;

// A plain process of the host cannot be isolated: what asks for it is refused.
base::Status check_process(const ContainerSpec& container) {
  const SecurityContext& security = container.security;
  const char* field = nullptr;
  if (security.run_as_user) field = "runAsUser";
  if (security.run_as_group) field = "runAsGroup";
  if (security.run_as_non_root.value_or(false)) field = "runAsNonRoot";
  if (security.read_only_root) field = "readOnlyRootFilesystem";
  if (security.privileged) field = "privileged";
  if (!security.add_capabilities.empty() || !security.drop_capabilities.empty())
    field = "capabilities";
  if (field != nullptr)
    return base::fail(base::Code::kUnsupported, "container \"" + container.name +
                                                    "\": securityContext." + field +
                                                    " cannot be enforced by the process runtime");
  return {};
}

// Nothing can be mounted at a path of the host's for one process: where a word of the command, an
// environment's value or an output's path begins with a volume's mountPath, the volume's own folder
// takes its place.
void lead_to_volume(const std::vector<VolumeMount>& mounts, std::string& text, size_t from) {
  const VolumeMount* best = nullptr;
  for (const VolumeMount& mount : mounts) {
    const std::string& path = mount.destination;
    const bool matches = text.compare(from, path.size(), path) == 0 &&
                         (text.size() == from + path.size() || text[from + path.size()] == '/');
    if (matches && (best == nullptr || best->destination.size() < path.size())) best = &mount;
  }
  if (best != nullptr) text.replace(from, best->destination.size(), best->host_path);
}

struct Draft {
  std::string folder, attempt;
  std::vector<std::string> env, argv;
  std::vector<VolumeMount> mounts;
  sys::MonitorSpec spec;
  std::string warning;
};

void add_outputs(const LaunchRequest& request, Draft& draft) {
  draft.spec.deadline_ns = request.deadline_ns;
  draft.spec.grace_ns = request.spec->grace_seconds * 1'000'000'000;
  const bool is_main =
      request.container->name == "main" && request.spec->is_main(*request.container);
  if (!request.spec->outputs || !is_main) return;
  draft.spec.capture_result = request.spec->outputs->result;
  for (const auto& parameter : request.spec->outputs->parameters)
    draft.spec.outputs.push_back({parameter.name, parameter.path, parameter.optional});
}

void add_cgroup(const NodeFacilities& node, const LaunchRequest& request, Draft& draft) {
  std::string id = draft.attempt;
  for (char& c : id)
    if (c == '/') c = '_';
  base::Result<ContainerCgroup> cgroup = node.cgroups->make(id, request.container->resources);
  if (!cgroup) {
    draft.warning = "container \"" + request.container->name +
                    "\" runs without its limits: " + cgroup.error().text;
    return;
  }
  draft.spec.cgroup_folders = cgroup->folders;
  draft.spec.oom_file = cgroup->oom_file;
}

base::Status resolve_env(const NodeFacilities& node, const LaunchRequest& request, Draft& draft) {
  const Sandbox& sandbox = *request.sandbox;
  const PodSurroundings around{
      node.api,     sandbox.folder, node.config->node_name, node.config->host_ip,
      sandbox.ip(), node.cpu_milli, node.memory_bytes};
  std::vector<std::string> own;
  const text::Value& raw = request.container->raw;
  if (raw.find("env") != nullptr || raw.find("envFrom") != nullptr) {
    base::Result<std::vector<std::string>> env = container_env(*request.pod, raw, around);
    if (!env) return base::fail(env.error());
    own = std::move(*env);
  }
  const auto image = sandbox.images.find(request.container->image);
  const Image* const of =
      request.as_process || image == sandbox.images.end() ? nullptr : image->second.get();
  draft.env =
      merge_env(of != nullptr ? of->env : std::vector<std::string>(), own, request.spec->hostname);
  base::Result<std::vector<std::string>> argv = container_argv(*request.container, of, own);
  if (!argv) return base::fail(argv.error());
  draft.argv = std::move(*argv);
  if (raw.find("volumeMounts") == nullptr) return {};
  base::Result<std::vector<VolumeMount>> mounts =
      container_mounts(raw, sandbox.volumes, own, around);
  if (!mounts) return base::fail(mounts.error());
  draft.mounts = std::move(*mounts);
  return {};
}

base::Status draft_container(const NodeFacilities& node, const LaunchRequest& request, Draft& draft,
                             std::string& bundle) {
  const Sandbox& sandbox = *request.sandbox;
  const auto image = sandbox.images.find(request.container->image);
  if (image == sandbox.images.end())
    return base::fail(base::Code::kInternal, "no image " + request.container->image);
  BundleInput input;
  input.pod = request.spec;
  input.container = request.container;
  input.image = image->second.get();
  const base::Result<ProcessUser> user =
      resolve_user(*request.container, *request.spec, *input.image);
  if (!user) return base::fail(user.error());
  input.user = *user;
  input.argv = draft.argv;
  input.env = draft.env;
  input.mounts = draft.mounts;
  if (!user->home.empty())
    input.env = merge_env({"HOME=" + user->home}, input.env, request.spec->hostname);
  input.mounts.push_back({sandbox.hosts_file, "/etc/hosts", false, "rprivate"});
  input.mounts.push_back({sandbox.resolv_file, "/etc/resolv.conf", false, "rprivate"});
  if (request.container->wants_termination_message) {
    const std::string log = draft.folder + "/" + file::kTerminationLog;
    if (base::Status done = write_file(log, "", 0666); !done) return done;
    ::chmod(log.c_str(), 0666);
    input.mounts.push_back({log, request.container->termination_message_path, false, "rprivate"});
    draft.spec.termination_log = true;
  }
  input.shm_folder = sandbox.shm_folder;
  input.ipc_namespace = sandbox.ipc_namespace;
  input.uts_namespace = sandbox.uts_namespace;
  if (sandbox.network) input.network_namespace = sandbox.network->namespace_path;
  input.has_limits = !draft.spec.cgroup_folders.empty();
  input.devices_are_guarded = node.config->devices_are_guarded;
  bundle = make_bundle(input);
  draft.spec.crun = node.crun;
  draft.spec.in_user_namespace = node.in_user_namespace;
  draft.spec.layers = input.image->layer_dirs;
  draft.spec.hide_unified_cgroups = node.cgroups->must_hide_unified();
  if (!draft.spec.outputs.empty())
    for (const VolumeMount& mount : draft.mounts)
      draft.spec.volumes.push_back({mount.host_path, mount.destination});
  return {};
}

base::Status draft_process(const LaunchRequest& request, Draft& draft) {
  if (base::Status done = check_process(*request.container); !done) return done;
  for (std::string& word : draft.argv) lead_to_volume(draft.mounts, word, 0);
  for (std::string& pair : draft.env) lead_to_volume(draft.mounts, pair, pair.find('=') + 1);
  for (auto& output : draft.spec.outputs) lead_to_volume(draft.mounts, output.path, 0);
  const std::string& work = request.sandbox->work_folder;
  draft.spec.is_process = true;
  draft.spec.argv = draft.argv;
  draft.spec.env = draft.env;
  draft.spec.env.push_back(std::string(kAttemptVariable) + draft.attempt);
  // A home and a place for scratch files of its own; the pod may say otherwise.
  for (const char* name : {"HOME=", "TMPDIR="})
    if (std::none_of(draft.spec.env.begin(), draft.spec.env.end(),
                     [&](const std::string& pair) { return pair.starts_with(name); }))
      draft.spec.env.push_back(name + work);
  draft.spec.cwd = request.container->working_dir.empty() ? work : request.container->working_dir;
  draft.spec.work = work;
  draft.spec.log = draft.folder + "/" + file::kLog;
  return {};
}

}  // namespace

bool launches_at_once(const LaunchRequest& request) {
  const text::Value& raw = request.container->raw;
  const Resources& limits = request.container->resources;
  if (!request.as_process || raw.find("envFrom") != nullptr ||
      raw.find("volumeMounts") != nullptr || limits.cpu_request || limits.cpu_limit ||
      limits.memory_limit)
    return false;
  const text::Value* const env = raw.find("env");
  return env == nullptr || !env->is_list() ||
         std::none_of(env->as_list().begin(), env->as_list().end(),
                      [](const text::Value& row) { return row.find("valueFrom") != nullptr; });
}

base::Result<Launched> launch_container(const NodeFacilities& node, const LaunchRequest& request) {
  Draft draft;
  draft.folder = container_folder(request.sandbox->folder, request.container->name);
  draft.attempt = request.spec->uid + "/" + request.container->name;
  if (!request.as_process && ::mkdir(draft.folder.c_str(), 0711) != 0 && errno != EEXIST)
    return base::fail(base::Code::kUnavailable,
                      "cannot make " + draft.folder + ": " + std::strerror(errno));
  if (base::Status done = resolve_env(node, request, draft); !done) return base::fail(done.error());
  draft.spec.attempt = draft.attempt;
  draft.spec.log_bytes_max = node.config->log_bytes_max;
  add_outputs(request, draft);
  add_cgroup(node, request, draft);
  std::string bundle;
  const base::Status drafted = request.as_process ? draft_process(request, draft)
                                                  : draft_container(node, request, draft, bundle);
  if (!drafted) return base::fail(drafted.error());
  if (request.as_process) return Launched{{}, std::move(draft.spec), draft.warning};
  draft.spec.notify_socket = "../../../notify";  // <data>/pods/<uid>/c.<name>
  base::Result<sys::ProcessId> monitor =
      start_monitor(*node.starter, draft.folder, draft.spec, bundle);
  if (!monitor) return base::fail(monitor.error());
  return Launched{*monitor, {}, draft.warning};
}

}  // namespace runtime
