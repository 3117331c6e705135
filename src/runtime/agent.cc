#include "runtime/agent.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>

#include "base/hash.h"
#include "kube/kinds.h"
#include "runtime/agent_core.h"
#include "runtime/container_log.h"
#include "runtime/doctor.h"
#include "sys/byte_stream.h"

namespace runtime {
namespace {

constexpr uint64_t kPageSize = 500;
constexpr char kNetworks[] = "/networks";
const std::string kNotes = "/run/argon-agents/";
constexpr size_t kWorkersMax = 4, kPullsMax = 4, kWritersMax = 3, kProbersMax = 8;
constexpr size_t kQueueMax = 1 << 20;
constexpr base::Duration kRetryFirst = base::Duration::millis(100);
constexpr base::Duration kRetryMax = base::Duration::seconds(3);

AgentConfig with_defaults(AgentConfig config) {
  const int64_t processors = std::max(1u, std::thread::hardware_concurrency());
  if (config.cpu_milli == 0) config.cpu_milli = processors * 1000;
  if (config.memory_bytes == 0) {
    struct sysinfo info {};
    ::sysinfo(&info);
    config.memory_bytes = static_cast<int64_t>(info.totalram) * info.mem_unit;
  }
  // Plain processes hold nothing back while they start: all that have a place may be on their way.
  if (config.starts_max == 0)
    config.starts_max = config.runtime == RuntimeKind::kProcesses
                            ? config.pods_max
                            : static_cast<uint32_t>(processors) * 3;
  return config;
}

// Two of them wait for the disk and for programs to start side by side.
size_t monitors_wanted() { return std::clamp<size_t>(std::thread::hardware_concurrency(), 2, 8); }

std::string tag_of(const AgentConfig& config) {
  return fmt::format("{:08x}", base::fnv1a32(config.data_dir));
}

// At once or not at all: others read the notes while they are written.
bool write_note(const AgentConfig& config) {
  const std::string name = tag_of(config), unfinished = kNotes + "." + name;
  std::error_code error;
  std::filesystem::create_directories(kNotes, error);
  if (!write_file(unfinished, config.data_dir)) return false;
  std::filesystem::rename(unfinished, kNotes + name, error);
  return !error;
}

// Counts who follows a pod's logs; an empty uid counts nothing.
class Follower {
 public:
  Follower(std::mutex& mutex, std::unordered_map<std::string, int>& counts, std::string uid)
      : mutex_(mutex), counts_(counts), uid_(std::move(uid)) {
    const std::lock_guard lock(mutex_);
    if (!uid_.empty()) ++counts_[uid_];
  }
  ~Follower() {
    const std::lock_guard lock(mutex_);
    if (!uid_.empty() && --counts_[uid_] == 0) counts_.erase(uid_);
  }
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

 private:
  std::mutex& mutex_;
  std::unordered_map<std::string, int>& counts_;
  const std::string uid_;
};

}  // namespace

Agent::Core::Core(kube::Api& api, ImageStore& images, AgentConfig config, const sys::Clock& clock)
    : images_(images),
      api_(api),
      config_(with_defaults(std::move(config))),
      clock_(clock),
      trace_(config_.trace_file),
      pod_kind_(kube::kind_of("pods")),
      boot_id_(sys::boot_id()),
      cgroups_("argon-" + tag_of(config_)),
      starter_(config_.argoexec),
      loop_(clock),
      processes_({config_.data_dir + "/monitors", config_.argoexec, boot_id_, monitors_wanted()},
                 loop_),
      works_(config_.data_dir + "/work"),
      slots_(config_.cpu_milli, config_.memory_bytes, config_.pods_max),
      work_(kWorkersMax, kQueueMax),
      pulls_(kPullsMax, kQueueMax),
      writers_(kWritersMax, kQueueMax),
      probers_(kProbersMax, kQueueMax) {}

Agent::Core::~Core() {
  stop();
  if (watch_thread_.joinable()) watch_thread_.join();
}

base::Status Agent::Core::open() {
  std::error_code error;
  std::filesystem::create_directories(config_.data_dir + "/pods", error);
  if (error)
    return base::fail(base::Code::kUnavailable,
                      "cannot make " + config_.data_dir + ": " + error.message());
  lock_ = sys::Fd(
      ::open((config_.data_dir + "/agent.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0)
    return base::fail(base::Code::kConflict, "an agent already runs on " + config_.data_dir);
  open_notify_socket();
  find_processes();
  node_.config = &config_;
  node_.api = &api_;
  node_.cgroups = &cgroups_;
  node_.starter = &starter_;
  node_.crun = config_.crun;
  node_.in_user_namespace = !read_file("/proc/self/uid_map").ends_with(" 4294967295\n");
  node_.cpu_milli = config_.cpu_milli;
  node_.memory_bytes = config_.memory_bytes;
  if (config_.runtime != RuntimeKind::kProcesses) {
    // Before there is anything that another agent could take for left over.
    const bool noted = write_note(config_);
    network_ = std::make_unique<Network>(NetworkConfig{
        config_.data_dir + kNetworks, config_.networks_ready, config_.network_outside});
    node_.network = network_.get();
    pin_crun();
    // Who cannot write his own note could not tell others' either.
    if (noted) work_.run([this] { sweep_left_overs(); });
    read_resolv_file();
  }
  return {};
}

// Datagrams of argoexec: what is lost (we were away, the queue was full) shows by pidfd and files.
void Agent::Core::open_notify_socket() {
  // By the folder's descriptor: a socket's name has but 107 bytes, a path may have more.
  const sys::Fd folder(::open(config_.data_dir.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const std::string path = "/proc/self/fd/" + std::to_string(folder.get()) + "/notify";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  ::unlink(path.c_str());
  notify_ = sys::Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  ::bind(notify_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::chmod(path.c_str(), 0600);
  loop_.watch(notify_.get(), [this] { on_notified(); });
}

// What agents before us have begun as plain processes.
void Agent::Core::find_processes() {
  processes_.adopt();
  processes_.set_on_change(
      [this](const std::string& attempt, const auto& now) { on_process(attempt, now); });
  std::set<std::string> in_use;
  std::map<std::string, base::Time> latest;
  for (const std::string& name : processes_.attempts()) {
    const ProcessMonitors::Attempt& attempt = *processes_.find(name);
    in_use.insert(attempt.work);
    // The pods before the last one in a folder had ended, though it was not told yet.
    const base::Time began = attempt.started.is_set() ? attempt.started : clock_.now();
    base::Time& last = latest[attempt.work];
    if (began >= last) work_owners_[attempt.work] = name.substr(0, name.find('/'));
    last = std::max(last, began);
  }
  for (const std::string& path : works_.open(in_use))
    work_.run([path] {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    });
}

// crun copies itself at each start so that a container cannot overwrite it; it sees that this is
// not needed when it lies on a read-only mount, which saves one of two program starts.
void Agent::Core::pin_crun() {
  const std::string path = config_.data_dir + "/crun";
  struct statvfs info {};
  if (::statvfs(path.c_str(), &info) == 0 && (info.f_flag & ST_RDONLY) != 0) {
    node_.crun = path;
    return;
  }
  if (!write_file(path, "", 0700)) return;
  if (::mount(config_.crun.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) != 0) return;
  if (::mount(nullptr, path.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) == 0)
    node_.crun = path;
}

// Agents that were killed and whose folders are gone have left bridge, rules and cgroups behind.
// Each agent notes in /run, which a reboot empties, where its folder is; of some not even that is
// left.
void Agent::Core::sweep_left_overs() {
  std::error_code ignored;
  std::vector<std::string> live;
  for (const auto& entry : std::filesystem::directory_iterator(kNotes, ignored)) {
    const std::string name = entry.path().filename(), folder = read_file(entry.path());
    if (name.starts_with('.')) continue;
    if (std::filesystem::exists(folder, ignored)) {
      live.push_back(folder + kNetworks);
      continue;
    }
    Network::remove_left_over(folder + kNetworks);
    Cgroups("argon-" + name).tear_down();
    ::unlink(entry.path().c_str());
  }
  Network::remove_ownerless(live);
}

// The host's resolv.conf, unless it leads to a resolver on the host's loopback.
void Agent::Core::read_resolv_file() {
  const auto leads_outside = [](const std::string& text) {
    for (size_t at = text.find("nameserver"); at != std::string::npos;
         at = text.find("nameserver", at + 1)) {
      const size_t word = text.find_first_not_of(" \t", at + 10);
      if (word != std::string::npos && text.compare(word, 4, "127.") != 0 &&
          text.compare(word, 3, "::1") != 0)
        return true;
    }
    return false;
  };
  std::string text = read_file("/etc/resolv.conf");
  if (!leads_outside(text)) {
    const std::string of_systemd = read_file("/run/systemd/resolve/resolv.conf");
    if (leads_outside(of_systemd)) text = of_systemd;
  }
  node_.resolv_text = std::move(text);
}

base::Status Agent::Core::run() {
  if (base::Status done = open(); !done) return done;
  loop_.set_idle([this] {
    write_due();
    processes_.flush();
  });
  watch_thread_ = std::thread([this] { watch_pods(); });
  loop_.run();
  processes_.leave();
  watch_thread_.join();
  // The pools' last results are posted to a loop that nobody runs: their facts are on disk.
  probers_.drain();
  if (network_) network_->release_waiting();
  work_.drain();
  pulls_.drain();
  writers_.drain();
  return {};
}

void Agent::Core::stop() {
  stopping_ = true;
  loop_.stop();
  const std::lock_guard lock(watch_mutex_);
  if (watch_) watch_->cancel();
}

void Agent::Core::tear_down() {
  processes_.tear_down();
  if (network_) network_->tear_down();
  cgroups_.tear_down();
  ::umount2((config_.data_dir + "/crun").c_str(), MNT_DETACH);
  ::unlink((kNotes + tag_of(config_)).c_str());
}

base::Status Agent::Core::list_pods(std::string& revision) {
  std::set<Uid> present;
  kube::ListOptions options;
  options.limit = kPageSize;
  for (;;) {
    base::Result<kube::ObjectList> page = api_.list(pod_kind_, "", options);
    if (!page) return base::fail(page.error());
    if (revision.empty()) revision = page->resource_version;
    for (const text::Value& pod : page->items) present.emplace(pod.string_at("metadata", "uid"));
    loop_.post([this, items = std::move(page->items)]() mutable {
      for (text::Value& pod : items) on_pod(std::move(pod), false);
    });
    options.continue_token = page->continue_token;
    if (options.continue_token.empty()) break;
  }
  loop_.post([this, present] { on_listed(present); });
  return {};
}

void Agent::Core::follow_pods(std::string& revision) {
  base::Result<std::unique_ptr<kube::Watch>> watch = api_.watch(pod_kind_, "", {}, revision);
  if (!watch) {
    if (watch.error().code == base::Code::kGone) revision.clear();
    return;
  }
  kube::Watch* const current = watch->get();
  {
    const std::lock_guard lock(watch_mutex_);
    watch_ = std::move(*watch);
  }
  while (!stopping_) {
    base::Result<std::vector<kube::WatchEvent>> events = current->next(-1);
    if (!events) {
      revision = events.error().code == base::Code::kGone ? std::string() : current->bookmark();
      break;
    }
    std::erase_if(*events, [](const kube::WatchEvent& event) {
      return event.type == kube::WatchEvent::Type::kBookmark;
    });
    if (events->empty()) continue;
    loop_.post([this, batch = std::move(*events)]() mutable {
      for (kube::WatchEvent& event : batch)
        on_pod(std::move(event.object), event.type == kube::WatchEvent::Type::kDeleted);
    });
  }
  const std::lock_guard lock(watch_mutex_);
  watch_.reset();
}

// Lists, then watches from there; when the server goes away, it asks until it is back.
void Agent::Core::watch_pods() {
  std::string revision;
  base::Duration pause = kRetryFirst;
  while (!stopping_) {
    if (revision.empty()) {
      if (const base::Status listed = list_pods(revision); !listed) revision.clear();
    }
    const std::string before = revision;
    if (!revision.empty()) follow_pods(revision);
    if (!revision.empty() && revision != before) {
      pause = kRetryFirst;
      continue;
    }
    if (stopping_) break;
    std::this_thread::sleep_for(std::chrono::nanoseconds(pause.ns));
    pause = std::min(base::Duration{pause.ns * 2}, kRetryMax);
  }
}

// Pods that were deleted while no agent ran.
void Agent::Core::on_listed(const std::set<Uid>& present) {
  std::error_code ignored;
  for (const auto& entry :
       std::filesystem::directory_iterator(config_.data_dir + "/pods", ignored)) {
    const std::string uid = entry.path().filename();
    if (present.contains(uid)) continue;
    if (LivePod* const pod = find(uid)) {
      pod->is_gone = true;
      pod->run.ask_stop(true);
      advance(*pod);
    } else {
      remove_left_over(uid);
    }
  }
  discard_strangers();
}

// "<uid>/<container> started|exited"
void Agent::Core::on_notified() {
  char buffer[1024];
  for (;;) {
    const ssize_t got = ::recv(notify_.get(), buffer, sizeof buffer, 0);
    if (got <= 0) return;
    const std::string_view text(buffer, static_cast<size_t>(got));
    const size_t slash = text.find('/'), space = text.rfind(' ');
    if (slash == std::string_view::npos || space == std::string_view::npos) continue;
    LivePod* const pod = find(std::string(text.substr(0, slash)));
    if (pod == nullptr) continue;
    const std::string_view name = text.substr(slash + 1, space - slash - 1);
    for (size_t i = 0; i < pod->run.containers().size(); ++i)
      if (pod->run.containers()[i].spec->name == name) refresh(*pod, i, false);
  }
}

LivePod* Agent::Core::find(const Uid& uid) {
  const auto found = pods_.find(uid);
  return found == pods_.end() ? nullptr : found->second.get();
}

void Agent::Core::set_active(const Uid& uid, bool active) {
  const std::lock_guard lock(active_mutex_);
  if (active)
    active_[uid];
  else
    active_.erase(uid);
}

// Wakes who follows the log of a plain process: beside it nothing tells that it has ended.
void Agent::Core::note_end(const LivePod& pod, size_t index) {
  const PodSpec& spec = pod.run.spec();
  const std::string& name = pod.run.containers()[index].spec->name;
  const std::lock_guard lock(active_mutex_);
  if (const auto found = active_.find(spec.uid); found != active_.end()) found->second.insert(name);
  if (followed_.contains(spec.uid))
    (void)write_file(container_folder(pod_folder(config_, spec.uid), name) + "/ended", "");
  end_sessions(spec.uid + "/" + name);
}

bool Agent::Core::is_over(const Uid& uid, const std::string& container) const {
  const std::lock_guard lock(active_mutex_);
  const auto found = active_.find(uid);
  return found == active_.end() || found->second.contains(container);
}

size_t Agent::Core::pods_active() const {
  const std::lock_guard lock(active_mutex_);
  return active_.size();
}

base::Result<std::vector<kube::DoctorFinding>> Agent::Core::doctor() {
  std::vector<kube::DoctorFinding> out = examine_host(
      {config_.data_dir, config_.crun, config_.runtime == RuntimeKind::kProcesses, ""});
  const std::string problem = network_ ? network_->problem() : std::string();
  if (!problem.empty())
    out.push_back({false, false, "network of the pods", problem,
                   "pods run with a loopback only; outbound traffic needs root and nftables"});
  return out;
}

base::Status Agent::Core::logs(std::string_view pod_uid, const kube::LogOptions& options,
                               const std::function<bool(std::string_view line)>& on_line) {
  return logs_until(pod_uid, options, on_line, [] { return false; });
}

base::Status Agent::Core::logs_until(std::string_view pod_uid, const kube::LogOptions& options,
                                     const std::function<bool(std::string_view line)>& on_line,
                                     const std::function<bool()>& is_cancelled) {
  const std::string uid(pod_uid);
  const auto is_active = [this, uid] {
    const std::lock_guard lock(active_mutex_);
    return active_.contains(uid);
  };
  if (uid.empty() || uid.find('/') != std::string::npos || uid.starts_with('.') ||
      options.container.find('/') != std::string::npos || options.container.starts_with('.'))
    return base::fail(base::Code::kInvalid, "not a pod's uid or a container's name");
  if (options.previous)
    return base::fail(base::Code::kInvalid, "a container runs once: there is no previous one");
  const std::string folder = container_folder(pod_folder(config_, uid), options.container);
  std::error_code ignored;
  const Follower follower(active_mutex_, followed_, options.follow ? uid : std::string());
  // Who follows may come before the container does.
  if (options.follow && is_active()) std::filesystem::create_directories(folder, ignored);
  // A plain process that has said nothing has no folder.
  if (!std::filesystem::exists(folder, ignored) && !is_active() &&
      config_.runtime != RuntimeKind::kContainers)
    return {};
  if (!std::filesystem::exists(folder, ignored))
    return base::fail(
        base::Code::kNotFound,
        is_active()
            ? "container \"" + options.container + "\" is waiting to start, or there is none"
            : "no logs of pod " + uid + ", container \"" + options.container + "\"");
  return read_container_log(
      folder, options, on_line, [&] { return is_over(uid, options.container); },
      [&] { return stopping_.load() || is_cancelled(); });
}

Agent::Agent(kube::Api& api, ImageStore& images, AgentConfig config, const sys::Clock& clock)
    : core_(std::make_unique<Core>(api, images, std::move(config), clock)) {}
Agent::~Agent() = default;
base::Status Agent::run() { return core_->run(); }
void Agent::stop() { core_->stop(); }
void Agent::tear_down() { core_->tear_down(); }
size_t Agent::pods_active() const { return core_->pods_active(); }

base::Result<std::unique_ptr<kube::PodSession>> Agent::exec(const kube::ExecRequest& request) {
  return core_->exec(request);
}
base::Result<std::unique_ptr<kube::PodSession>> Agent::attach(std::string_view pod_uid,
                                                              const std::string& container) {
  return core_->attach(pod_uid, container);
}
base::Result<std::unique_ptr<sys::ByteStream>> Agent::connect(std::string_view pod_uid,
                                                              uint16_t port) {
  return core_->connect(pod_uid, port);
}

base::Status Agent::logs(std::string_view pod_uid, const kube::LogOptions& options,
                         const std::function<bool(std::string_view line)>& on_line) {
  return core_->logs(pod_uid, options, on_line);
}
base::Result<std::vector<kube::ImageInfo>> Agent::images() { return core_->images_.list(); }
base::Result<kube::ImageInfo> Agent::pull_image(
    std::string_view name, const std::function<bool(std::string_view)>& on_progress) {
  const auto image = core_->images_.ensure(name, PullPolicy::kAlways, {},
                                           [&](std::string_view line) { (void)on_progress(line); });
  if (!image) return base::fail(image.error());
  const base::Result<std::vector<kube::ImageInfo>> all = core_->images_.list();
  if (!all) return base::fail(all.error());
  for (const kube::ImageInfo& one : *all)
    if (one.name == (*image)->name) return one;
  return kube::ImageInfo{(*image)->name, (*image)->digest, 0, {}};
}
base::Result<kube::ImageInfo> Agent::import_image(std::string_view path, std::string_view name) {
  return core_->images_.import(path, name);
}
base::Status Agent::remove_image(std::string_view name) { return core_->images_.remove(name); }
base::Result<std::vector<kube::DoctorFinding>> Agent::doctor() { return core_->doctor(); }
base::Result<uint64_t> Agent::prune_images() { return core_->images_.prune(); }

}  // namespace runtime
