#include "runtime/network.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "base/hash.h"
#include "sys/process.h"

namespace runtime {
namespace {

constexpr char kOwnNamespace[] = "/proc/thread-self/ns/net";
constexpr uint32_t kSlotsMax = 1000;  // of the 1,022 addresses of a /22
constexpr int kPrefixBits = 22;
// 100.64.0.0/10, the range for addresses that a carrier translates: hardly a host uses it.
constexpr uint32_t kRange = 0x64400000;
constexpr uint32_t kSubnetsInRange = 4096;
constexpr int kHelperTimeoutMs = 10'000;
constexpr std::string_view kBridge = "argo";  // and the tag
constexpr size_t kTagSize = 6;

std::string dotted(uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24, address >> 16 & 255, address >> 8 & 255,
                     address & 255);
}

// The nearest subnet from `first` on that no interface but our own bridge has.
uint32_t choose_subnet(uint32_t first, const std::string& own_bridge) {
  std::set<uint32_t> taken;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) == 0) {
    for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
      if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
      sockaddr_in in{};
      std::memcpy(&in, one->ifa_addr, sizeof in);
      const uint32_t address = ntohl(in.sin_addr.s_addr) & ~1023u;
      if (own_bridge == one->ifa_name) {
        ::freeifaddrs(all);
        return address;
      }
      taken.insert(address);
    }
    ::freeifaddrs(all);
  }
  for (uint32_t i = 0; i < kSubnetsInRange; ++i) {
    const uint32_t subnet = kRange + (first + i) % kSubnetsInRange * 1024;
    if (!taken.contains(subnet)) return subnet;
  }
  return kRange;
}

// A pod's packets leave by the default route: no larger than fits there.
uint32_t mtu_of_default_route() {
  std::ifstream routes("/proc/net/route");
  std::string line, name, destination;
  std::getline(routes, line);
  while (routes >> name >> destination && std::getline(routes, line)) {
    if (destination != "00000000") continue;
    uint32_t mtu = 0;
    std::ifstream("/sys/class/net/" + name + "/mtu") >> mtu;
    if (mtu >= 576) return std::min(mtu, 1500u);
  }
  return 1500;
}

// Of the names of bridge, interfaces and rules.
std::string tag_of(const std::string& folder) {
  return fmt::format("{:06x}", base::fnv1a32(folder) & 0xFFFFFF);
}

// An ordinary user's PATH does not lead to it.
std::string find_nft() {
  for (const char* path : {"/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft", "/usr/local/sbin/nft"})
    if (::access(path, X_OK) == 0) return path;
  return "nft";
}

// The bridge goes last: it is what an ownerless table is found by.
void remove_tagged(const std::string& tag) {
  (void)sys::run_program({find_nft(), "delete", "table", "ip", "argo_" + tag}, {},
                         kHelperTimeoutMs);
  base::Result<Netlink> host = Netlink::open();
  if (host) (void)host->remove_link(std::string(kBridge) + tag);
}

bool is_namespace(const std::string& path) {
  struct statfs info {};
  return ::statfs(path.c_str(), &info) == 0 && info.f_type == NSFS_MAGIC;
}

// "TCP: inuse 0 orphan 0 tw 0 alloc 3 mem 0": is none in use, and none waiting? The table of the
// sockets themselves (net/tcp) would take the kernel milliseconds to walk.
bool has_sockets(const char* path) {
  std::ifstream file(path);
  std::string line, word;
  while (std::getline(file, line)) {
    if (!line.starts_with("TCP")) continue;
    std::istringstream words(line);
    int64_t count = 0;
    words >> word;
    while (words >> word >> count)
      if ((word == "inuse" || word == "tw") && count != 0) return true;
  }
  return false;
}

}  // namespace

void Network::remove_left_over(const std::string& folder) { remove_tagged(tag_of(folder)); }

void Network::remove_ownerless(const std::vector<std::string>& folders) {
  std::set<std::string> known;
  for (const std::string& folder : folders) known.insert(tag_of(folder));
  std::error_code ignored;
  std::vector<std::string> ownerless;
  for (const auto& entry : std::filesystem::directory_iterator("/sys/class/net", ignored)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(kBridge) || name.size() != kBridge.size() + kTagSize) continue;
    const std::string tag = name.substr(kBridge.size());
    if (tag.find_first_not_of("0123456789abcdef") != std::string::npos || known.contains(tag))
      continue;
    const std::filesystem::path ports = entry.path() / "brif";
    if (std::filesystem::is_directory(ports, ignored) && std::filesystem::is_empty(ports, ignored))
      ownerless.push_back(tag);
  }
  for (const std::string& tag : ownerless) remove_tagged(tag);
}

Network::Network(NetworkConfig config) : config_(std::move(config)) {
  tag_ = tag_of(config_.folder);
  bridge_ = std::string(kBridge) + tag_;
  table_ = "argo_" + tag_;
  std::error_code ignored;
  std::filesystem::create_directories(config_.folder, ignored);
  for (const auto& entry : std::filesystem::directory_iterator(config_.folder, ignored)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos || name.size() > 4) continue;
    const auto slot = static_cast<uint32_t>(std::stoul(name));
    // After a reboot the pins are empty files.
    if (slot < kSlotsMax && is_namespace(entry.path()))
      known_.insert(slot);
    else
      ::unlink(entry.path().c_str());
  }
  thread_ = std::thread([this] { loop(); });
}

void Network::release_waiting() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

Network::~Network() {
  release_waiting();
  if (thread_.joinable()) thread_.join();
}

std::string Network::pin(uint32_t slot) const {
  return config_.folder + "/" + std::to_string(slot);
}

PodNetwork Network::describe(uint32_t slot) const {
  return {slot, pin(slot), outside_ ? dotted(address(slot)) : "127.0.0.1"};
}

std::string Network::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

std::string Network::gateway() const {
  const std::lock_guard lock(mutex_);
  return outside_ ? dotted(subnet_ + 1) : std::string();
}

base::Result<PodNetwork> Network::acquire() {
  std::unique_lock lock(mutex_);
  ++waiting_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return !ready_.empty() || stopping_ || has_failed_; });
  --waiting_;
  if (ready_.empty())
    return base::fail(has_failed_ ? failure_
                                  : base::Error{base::Code::kUnavailable, "the agent stops"});
  const uint32_t slot = ready_.front();
  ready_.pop_front();
  changed_.notify_all();
  return describe(slot);
}

std::optional<PodNetwork> Network::adopt(uint32_t slot) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return is_set_up_ || stopping_; });
  if (!known_.contains(slot)) return std::nullopt;
  std::erase(ready_, slot);
  std::erase_if(returned_, [&](const auto& one) { return one.first == slot; });
  return describe(slot);
}

void Network::release(uint32_t slot, bool tampered) {
  const std::lock_guard lock(mutex_);
  returned_.emplace_back(slot, tampered);
  changed_.notify_all();
}

void Network::set_up_outside() {
  if (!config_.outside) return;
  mtu_ = mtu_of_default_route();
  subnet_ = choose_subnet(base::fnv1a32(config_.folder) % kSubnetsInRange, bridge_);
  base::Status done = host_->add_bridge(bridge_, mtu_);
  if (done) done = host_->add_address(bridge_, subnet_ + 1, kPrefixBits);
  if (done) done = host_->set_up(bridge_);
  std::string wrong = done ? std::string() : done.error().text;
  if (wrong.empty()) {
    const std::string rules = fmt::format(
        "table ip {0}\ndelete table ip {0}\ntable ip {0} {{\n"
        " chain out {{ type nat hook postrouting priority 100;\n"
        "  ip saddr {1}/{2} oifname != \"{3}\" masquerade\n }}\n}}\n",
        table_, dotted(subnet_), kPrefixBits, bridge_);
    const auto nft = sys::run_program({find_nft(), "-f", "-"}, rules, kHelperTimeoutMs);
    if (!nft)
      wrong = nft.error().text;
    else if (nft->exit_code != 0)
      wrong = "nft: " + nft->output;
    std::ofstream("/proc/sys/net/ipv4/ip_forward") << "1\n";
  }
  const std::lock_guard lock(mutex_);
  outside_ = done.has_value();
  if (!wrong.empty()) problem_ = "pods have no way out: " + wrong;
}

base::Status Network::make(uint32_t slot) {
  const std::string path = pin(slot);
  const auto failed = [&](const std::string& what) {
    const int error = errno;
    ::setns(host_namespace_.get(), CLONE_NEWNET);
    return base::fail(base::Code::kUnavailable, what + ": " + std::strerror(error));
  };
  const sys::Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!file.is_open()) return failed("cannot make " + path);
  if (::unshare(CLONE_NEWNET) != 0) return failed("cannot make a network namespace");
  if (::mount(kOwnNamespace, path.c_str(), nullptr, MS_BIND, nullptr) != 0)
    return failed("cannot pin a network namespace");
  const sys::Fd inner_fd(::open(kOwnNamespace, O_RDONLY | O_CLOEXEC));
  base::Result<Netlink> inner = Netlink::open();
  if (!inner) return failed("netlink");
  base::Status done = inner->set_up("lo");
  if (done && outside_) {
    ::setns(host_namespace_.get(), CLONE_NEWNET);
    const std::string name = fmt::format("ve{}{}", tag_, slot);
    done = host_->add_veth(name, bridge_, inner_fd.get(), mtu_);
    if (done) done = host_->set_up(name);
    ::setns(inner_fd.get(), CLONE_NEWNET);
    if (done) done = inner->set_up("eth0");
    if (done) done = inner->add_address("eth0", address(slot), kPrefixBits);
    if (done) done = inner->add_default_route(subnet_ + 1);
  }
  ::setns(host_namespace_.get(), CLONE_NEWNET);
  if (!done) discard(slot);
  return done;
}

void Network::discard(uint32_t slot) {
  if (outside_) (void)host_->remove_link(fmt::format("ve{}{}", tag_, slot));
  ::umount2(pin(slot).c_str(), MNT_DETACH);
  ::unlink(pin(slot).c_str());
}

// A socket that waits out its time (TIME_WAIT) would keep the next pod from its port.
bool Network::is_clean(uint32_t slot) {
  const sys::Fd fd(::open(pin(slot).c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open() || ::setns(fd.get(), CLONE_NEWNET) != 0) return false;
  const bool dirty = has_sockets("/proc/thread-self/net/sockstat") ||
                     has_sockets("/proc/thread-self/net/sockstat6");
  ::setns(host_namespace_.get(), CLONE_NEWNET);
  return !dirty;
}

void Network::loop() {
  host_namespace_ = sys::Fd(::open(kOwnNamespace, O_RDONLY | O_CLOEXEC));
  base::Result<Netlink> host = Netlink::open();
  if (host) host_.emplace(std::move(*host));
  if (host_) set_up_outside();
  std::unique_lock lock(mutex_);
  // Left by an agent before us: pods that still run adopt theirs, the others are free again.
  for (const uint32_t slot : known_) returned_.emplace_back(slot, false);
  is_set_up_ = true;
  changed_.notify_all();
  while (!stopping_) {
    const bool wanted = ready_.size() < config_.ready_count || waiting_ > ready_.size();
    if (!returned_.empty()) {
      const auto [slot, tampered] = returned_.front();
      returned_.pop_front();
      lock.unlock();
      const bool clean = !tampered && is_clean(slot);
      if (!clean) discard(slot);
      lock.lock();
      if (clean)
        ready_.push_back(slot);
      else
        known_.erase(slot);
      changed_.notify_all();
    } else if (wanted && !has_failed_ && known_.size() < kSlotsMax) {
      uint32_t slot = 0;
      while (known_.contains(slot)) ++slot;
      lock.unlock();
      const base::Status made = make(slot);
      lock.lock();
      if (made) {
        known_.insert(slot);
        ready_.push_back(slot);
      } else {
        has_failed_ = true;
        failure_ = made.error();
      }
      changed_.notify_all();
    } else {
      changed_.wait(lock);
    }
  }
}

void Network::tear_down() {
  release_waiting();
  if (thread_.joinable()) thread_.join();
  for (const uint32_t slot : known_) {
    ::umount2(pin(slot).c_str(), MNT_DETACH);
    ::unlink(pin(slot).c_str());
  }
  known_.clear();
  ready_.clear();
  if (!outside_ || !host_) return;
  (void)host_->remove_link(bridge_);
  (void)sys::run_program({find_nft(), "delete", "table", "ip", table_}, {}, kHelperTimeoutMs);
}

}  // namespace runtime
