#include "runtime/process_monitors.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <sstream>

namespace runtime {
namespace {

using Kind = sys::JournalEntry::Kind;
using State = ProcessMonitors::Attempt::State;
namespace fs = std::filesystem;

constexpr int kAnswerMs = 10'000, kEndMs = 5'000;
// A monitor's journal is some hundred bytes an attempt; it goes when all of them are forgotten.
constexpr size_t kGivenMax = 10'000;
constexpr int kTriesMax = 3;
constexpr size_t kJournalMax = size_t{1} << 32;

// By the folder's descriptor: a socket's name has but 107 bytes, a path may have more.
sys::Fd unix_socket(const std::string& folder, bool listens) {
  const sys::Fd dir(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", dir.get(),
                sys::process_file::kSocket);
  sys::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto* const name = reinterpret_cast<const sockaddr*>(&address);
  const bool done = listens
                        ? ::bind(fd.get(), name, sizeof address) == 0 && ::listen(fd.get(), 4) == 0
                        : ::connect(fd.get(), name, sizeof address) == 0;
  if (!done) return {};
  // Written to by our loop: a monitor that takes nothing for so long is ended.
  const timeval limit{kAnswerMs / 1000, 0};
  if (!listens) ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  return fd;
}

}  // namespace

ProcessMonitors::ProcessMonitors(ProcessMonitorsConfig config, EventLoop& loop)
    : config_(std::move(config)), loop_(loop) {}
ProcessMonitors::~ProcessMonitors() = default;

void ProcessMonitors::adopt() {
  is_adopting_ = true;
  std::error_code ignored;
  std::vector<std::string> folders;
  for (const auto& entry : fs::directory_iterator(config_.folder, ignored))
    folders.push_back(entry.path());
  for (const std::string& folder : folders) {
    last_ =
        std::max<size_t>(last_, std::strtoull(fs::path(folder).filename().c_str(), nullptr, 10));
    adopt_one(folder);
  }
  is_adopting_ = false;
}

void ProcessMonitors::adopt_one(const std::string& folder) {
  const size_t index = std::strtoull(fs::path(folder).filename().c_str(), nullptr, 10);
  Monitor& monitor = monitors_[index];
  monitor.folder = folder;
  monitor.socket = unix_socket(folder, false);
  if (monitor.socket.is_open() && !wait_ready(monitor)) monitor.socket.reset();
  read_journal(index);
  if (monitor.socket.is_open()) {
    watch(index);
    return let_go(index);
  }
  on_death(index);  // it has ended, or does not answer
}

// False when it is not there, or not able to answer.
bool ProcessMonitors::wait_ready(Monitor& monitor) {
  for (;;) {
    pollfd polled{monitor.socket.get(), POLLIN, 0};
    if (::poll(&polled, 1, kAnswerMs) <= 0) return false;
    char chunk[4096];
    const ssize_t got = ::recv(monitor.socket.get(), chunk, sizeof chunk, 0);
    if (got <= 0) return false;
    monitor.in.append(chunk, static_cast<size_t>(got));
    if (monitor.in.find(" R ") != std::string::npos) return true;
  }
}

void ProcessMonitors::read_journal(size_t index) {
  const std::string path = monitors_.at(index).folder + "/" + sys::process_file::kJournal;
  // What we are about to believe is to outlast a loss of power.
  const sys::Fd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (fd.is_open()) ::fdatasync(fd.get());
  sys::read_entries(read_file(path, kJournalMax),
                    [&](sys::JournalEntry entry) { on_entry(index, std::move(entry)); });
}

void ProcessMonitors::watch(size_t index) {
  loop_.watch(monitors_.at(index).socket.get(), [this, index] { on_readable(index); });
}

void ProcessMonitors::on_readable(size_t index) {
  Monitor& monitor = monitors_.at(index);
  char chunk[64 * 1024];
  const ssize_t got = ::recv(monitor.socket.get(), chunk, sizeof chunk, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    // What it wrote down and could not tell any more is in its journal.
    loop_.unwatch(monitor.socket.get());
    monitor.socket.reset();
    end_process(monitor);
    if (monitor.open > 0) read_journal(index);
    return on_death(index);
  }
  monitor.in.append(chunk, static_cast<size_t>(got));
  std::string bytes = std::move(monitor.in);
  const size_t taken =
      sys::read_entries(bytes, [&](sys::JournalEntry entry) { on_entry(index, std::move(entry)); });
  bytes.erase(0, taken);
  monitors_.at(index).in = std::move(bytes);
}

void ProcessMonitors::on_entry(size_t index, sys::JournalEntry entry) {
  Monitor& monitor = monitors_.at(index);
  std::istringstream words(entry.text);
  if (entry.kind == Kind::kOpened) {
    sys::ProcessId id;
    std::string boot;
    words >> id.pid >> id.start_ticks >> boot;
    if (monitor.pid != 0 || boot != config_.boot_id) return;
    if (base::Result<sys::Fd> fd = sys::open_process(id)) monitor.pidfd = std::move(*fd);
    return;
  }
  auto found = attempts_.find(entry.attempt);
  if (found == attempts_.end()) {
    if (!is_adopting_ || entry.kind != Kind::kBegun) return;  // forgotten
    found = attempts_.emplace(entry.attempt, Attempt()).first;
    found->second.monitor = index;
    ++monitor.open;
    ++monitor.under_way;
  }
  Attempt& attempt = found->second;
  if (attempt.monitor != index || attempt.state > State::kBegun) return;
  attempt.state = State::kBegun;
  attempt.request.clear();
  if (entry.kind == Kind::kBegun) {
    attempt.work = entry.text;
  } else if (entry.kind == Kind::kStarted) {
    if (attempt.started.is_set()) return;
    pid_t pid = 0;
    words >> pid >> attempt.started.ns;
    changed(entry.attempt, attempt);
  } else {
    --monitor.under_way;
    attempt.record = entry.kind == Kind::kEnded ? parse_record(entry.text) : std::nullopt;
    attempt.state = attempt.record ? State::kEnded : State::kRefused;
    if (attempt.record) attempt.started = attempt.record->started;
    attempt.why = entry.text;
    changed(entry.attempt, attempt);
  }
}

void ProcessMonitors::end_process(Monitor& monitor) {
  if (monitor.pid > 0) {
    ::kill(monitor.pid, SIGKILL);
    while (::waitpid(monitor.pid, nullptr, 0) < 0 && errno == EINTR) continue;
    monitor.pid = 0;
  } else if (monitor.pidfd.is_open()) {
    (void)sys::signal_process(monitor.pidfd, SIGKILL);
    sys::wait_process(monitor.pidfd, kEndMs);
  }
}

// Its journal has been read.
void ProcessMonitors::on_death(size_t index) {
  Monitor& monitor = monitors_.at(index);
  monitor.is_dead = true;
  monitor.gets_new = false;
  end_process(monitor);
  lose_what_is_open(index);
  let_go(index);
}

void ProcessMonitors::lose_what_is_open(size_t index) {
  std::set<std::string> lost, unasked;
  for (auto& [name, attempt] : attempts_) {
    if (attempt.monitor != index || attempt.state > State::kBegun) continue;
    if (attempt.state == State::kBegun) attempt.state = State::kLost;
    (attempt.state == State::kLost ? lost : unasked).insert(name);
  }
  monitors_.at(index).under_way = 0;
  kill_marked(lost);
  for (const std::string& name : lost) changed(name, attempts_.at(name));
  for (const std::string& name : unasked) {
    const auto found = attempts_.find(name);
    if (found == attempts_.end() || ask(found->second)) continue;
    found->second.state = State::kRefused;
    found->second.why = "argoexec could not begin: is the disk full?";
    changed(name, found->second);
  }
}

// Of a monitor that gets no new work: it goes when nobody will ask for what it has.
void ProcessMonitors::let_go(size_t index) {
  const auto found = monitors_.find(index);
  if (found == monitors_.end() || found->second.gets_new || found->second.open > 0) return;
  Monitor& monitor = found->second;
  if (!monitor.is_dead) return append_request(monitor.out, sys::ProcessRequest::Kind::kQuit, "");
  std::error_code ignored;
  fs::remove_all(monitor.folder, ignored);
  monitors_.erase(found);
}

void ProcessMonitors::changed(const std::string& name, const Attempt& attempt) {
  if (is_adopting_ || !on_change_) return;
  const Attempt now = attempt;  // it may be forgotten by whoever is told
  on_change_(name, now);
}

base::Result<size_t> ProcessMonitors::begin_monitor() {
  const size_t index = ++last_;
  Monitor monitor;
  monitor.folder = config_.folder + "/" + std::to_string(index);
  ::mkdir(config_.folder.c_str(), 0700);
  if (::mkdir(monitor.folder.c_str(), 0700) != 0)
    return base::fail(base::Code::kUnavailable,
                      "cannot make " + monitor.folder + ": " + std::strerror(errno));
  const sys::Fd listener = unix_socket(monitor.folder, true);
  if (listener.is_open()) monitor.socket = unix_socket(monitor.folder, false);
  if (!monitor.socket.is_open())
    return base::fail(base::Code::kUnavailable,
                      "no socket in " + monitor.folder + ": " + std::strerror(errno));
  sys::SpawnRequest request;
  request.argv = {config_.argoexec, "watch", monitor.folder};
  request.env.emplace();
  request.fds = {{listener.get(), 0}};
  request.new_session = true;
  request.blocked_signals = {SIGCHLD, SIGUSR1, SIGTERM, SIGINT, SIGHUP};
  const base::Result<pid_t> pid = sys::spawn(request);
  if (!pid) return base::fail(pid.error());
  monitor.pid = *pid;
  monitor.pidfd = sys::open_child(*pid);
  monitor.gets_new = true;
  monitors_.emplace(index, std::move(monitor));
  watch(index);
  return index;
}

// The one that has the least to do; another one while there are fewer than wanted.
base::Result<size_t> ProcessMonitors::monitor_for_new() {
  size_t best = 0, count = 0;
  for (const auto& [index, monitor] : monitors_) {
    if (!monitor.gets_new) continue;
    ++count;
    if (best == 0 || monitor.under_way < monitors_.at(best).under_way) best = index;
  }
  if (best != 0 && (count >= config_.count || monitors_.at(best).under_way == 0)) return best;
  base::Result<size_t> made = begin_monitor();
  return made || best == 0 ? made : best;
}

base::Status ProcessMonitors::start(const sys::MonitorSpec& spec) {
  const auto [found, is_new] = attempts_.try_emplace(spec.attempt);
  if (!is_new) return base::fail(base::Code::kConflict, spec.attempt + " has been begun before");
  found->second.work = spec.work;
  found->second.request = sys::encode(spec);
  if (ask(found->second)) return {};
  attempts_.erase(found);
  return base::fail(base::Code::kUnavailable, "cannot start " + config_.argoexec);
}

bool ProcessMonitors::ask(Attempt& attempt) {
  if (const auto before = monitors_.find(attempt.monitor); before != monitors_.end()) {
    --before->second.open;
    attempt.monitor = 0;
  }
  if (++attempt.tries > kTriesMax) return false;
  const base::Result<size_t> index = monitor_for_new();
  if (!index) return false;
  Monitor& monitor = monitors_.at(*index);
  attempt.monitor = *index;
  ++monitor.open;
  ++monitor.under_way;
  if (++monitor.given >= kGivenMax) monitor.gets_new = false;
  append_request(monitor.out, sys::ProcessRequest::Kind::kStart, attempt.request);
  return true;
}

void ProcessMonitors::flush() {
  for (auto& [index, monitor] : monitors_) {
    std::string_view rest = monitor.out;
    while (!rest.empty() && monitor.socket.is_open()) {
      const ssize_t sent = ::send(monitor.socket.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      // One that hangs is ended; the loop sees the end of its stream, and goes on from there.
      if (sent < 0 && errno == EAGAIN) (void)sys::signal_process(monitor.pidfd, SIGKILL);
      if (sent <= 0) break;
      rest.remove_prefix(static_cast<size_t>(sent));
    }
    monitor.out.clear();
  }
}

void ProcessMonitors::stop(const std::string& attempt, base::Duration grace) {
  const auto found = attempts_.find(attempt);
  if (found == attempts_.end() || found->second.state > State::kBegun) return;
  append_request(monitors_.at(found->second.monitor).out, sys::ProcessRequest::Kind::kStop,
                 attempt + " " + std::to_string(std::max<int64_t>(grace.ns, 0) / 1'000'000));
}

const ProcessMonitors::Attempt* ProcessMonitors::find(const std::string& attempt) const {
  const auto found = attempts_.find(attempt);
  return found == attempts_.end() ? nullptr : &found->second;
}

void ProcessMonitors::forget(const std::string& attempt) {
  const auto found = attempts_.find(attempt);
  if (found == attempts_.end()) return;
  const size_t index = found->second.monitor;
  const bool is_under_way = found->second.state <= State::kBegun;
  attempts_.erase(found);
  const auto monitor = monitors_.find(index);
  if (monitor == monitors_.end()) return;
  --monitor->second.open;
  if (is_under_way) --monitor->second.under_way;
  let_go(index);
}

std::vector<std::string> ProcessMonitors::attempts() const {
  std::vector<std::string> out;
  for (const auto& [name, attempt] : attempts_) out.push_back(name);
  return out;
}

void ProcessMonitors::leave() {
  for (auto& [index, monitor] : monitors_)
    if (monitor.open > 0) monitor.socket.reset();
}

void ProcessMonitors::tear_down() {
  std::vector<size_t> all;
  for (const auto& [index, monitor] : monitors_)
    if (monitor.open == 0) all.push_back(index);
  for (const size_t index : all) {
    Monitor& monitor = monitors_.at(index);
    monitor.gets_new = false;
    if (!monitor.is_dead) append_request(monitor.out, sys::ProcessRequest::Kind::kQuit, "");
  }
  flush();
  for (const size_t index : all) {
    Monitor& monitor = monitors_.at(index);
    if (monitor.pidfd.is_open()) sys::wait_process(monitor.pidfd, kEndMs);
    end_process(monitor);
    monitor.is_dead = true;
    let_go(index);
  }
}

}  // namespace runtime
