#include "exec/process_monitor.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "exec/journal.h"
#include "exec/process_tree.h"
#include "exec/step.h"
#include "sys/fd.h"
#include "sys/process_journal.h"

namespace exec {
namespace {

using Kind = sys::JournalEntry::Kind;

constexpr int kEventsMax = 64, kReadsPerTurn = 16;
// Those that have ended meanwhile are not to wait for ever.
constexpr size_t kLaunchesPerTurn = 8;
constexpr int kDiskRetryMs = 1000;
// In epoll's data; streams are a step's number, doubled, and which one.
constexpr uint64_t kListener = 0, kConnection = 1, kSignals = 2, kStreams = 16;

class ProcessMonitor {
 public:
  explicit ProcessMonitor(const sys::Clock& clock) : clock_(clock) {}
  bool open(const std::string& folder);
  void run();

 private:
  struct Watched {
    uint64_t number = 0;
    std::unique_ptr<Step> step;
    bool is_collected = false;
    pid_t syncer = 0;  // syncs its log
    std::string log_error;
  };
  using Steps = std::unordered_map<uint64_t, Watched>;

  bool is_done() const;
  int wait_ms() const;
  void turn();
  void watch_fd(int fd, uint64_t data);
  void on_event(uint64_t data);
  void take_connection();
  void drop_connection();
  void read_requests();
  void on_request(const sys::ProcessRequest& request);
  void reap();
  void clear_orphans();
  void collect_ended();
  void write_down();
  void launch_marked();
  void launch(Watched& watched);
  void tell(Kind kind, std::string_view attempt, std::string_view text);
  void send();

  const sys::Clock& clock_;
  Journal journal_;
  sys::Fd epoll_, signals_, connection_;
  bool had_connection_ = false, is_waited_for_ = false, must_quit_ = false;
  bool waits_to_send_ = false;
  std::string in_, out_;
  uint64_t numbers_ = kStreams;
  Steps steps_;                               // marked
  std::unordered_map<pid_t, uint64_t> pids_;  // of those that run
  std::vector<Watched> asked_;                // not yet marked
  std::deque<uint64_t> marked_;               // to be launched
  std::vector<uint64_t> ended_;               // reaped; something of them may still run
  std::vector<std::pair<std::string, std::string>> records_;  // attempt, JSON; not yet durable
  bool disk_fails_ = false;
  bool has_failed_ = false;  // a launch: ended without a SIGCHLD
};

bool ProcessMonitor::open(const std::string& folder) {
  sigset_t mask;
  sigemptyset(&mask);
  // Only SIGKILL ends it: whoever means a step, names the step.
  for (const int signal : {SIGCHLD, SIGUSR1, SIGTERM, SIGINT, SIGHUP}) sigaddset(&mask, signal);
  ::sigprocmask(SIG_BLOCK, &mask, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  signals_ = sys::Fd(::signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK));
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::fcntl(0, F_SETFL, O_NONBLOCK);
  ::fcntl(0, F_SETFD, FD_CLOEXEC);
  epoll_ = sys::Fd(::epoll_create1(EPOLL_CLOEXEC));
  watch_fd(0, kListener);
  watch_fd(signals_.get(), kSignals);
  if (!journal_.create(folder).empty()) return false;
  std::string first;
  sys::append_entry(first, Kind::kOpened, "", describe_process(::getpid()) + " " + sys_boot_id());
  return journal_.append(first, true).empty();
}

void ProcessMonitor::watch_fd(int fd, uint64_t data) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = data;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
}

bool ProcessMonitor::is_done() const {
  return steps_.empty() && asked_.empty() && records_.empty() &&
         (must_quit_ || (had_connection_ && !connection_.is_open() && !is_waited_for_));
}

int ProcessMonitor::wait_ms() const {
  if (!marked_.empty() || has_failed_) return 0;
  int64_t at = 0;
  for (const auto& [number, watched] : steps_)
    if (const int64_t next = watched.step->next_ns(); next != 0 && (at == 0 || next < at))
      at = next;
  int64_t wait = -1;
  if (at != 0)
    wait = std::clamp<int64_t>((at - clock_.now().ns + 999'999) / 1'000'000, 0, 3'600'000);
  if (disk_fails_ && (wait < 0 || wait > kDiskRetryMs)) wait = kDiskRetryMs;
  return static_cast<int>(wait);
}

void ProcessMonitor::run() {
  while (!is_done()) {
    epoll_event events[kEventsMax];
    const int count = ::epoll_wait(epoll_.get(), events, kEventsMax, wait_ms());
    for (int i = 0; i < count; ++i) on_event(events[i].data.u64);
    turn();
  }
}

void ProcessMonitor::on_event(uint64_t data) {
  if (data == kListener) {
    is_waited_for_ = true;
  } else if (data == kConnection) {
    read_requests();
  } else if (data == kSignals) {
    signalfd_siginfo info[8];
    while (::read(signals_.get(), info, sizeof info) > 0) {
    }
    reap();
  } else if (const auto found = steps_.find(data >> 1); found != steps_.end()) {
    const auto stream = static_cast<LogFile::Stream>(data & 1);
    Streams& streams = found->second.step->streams();
    if (streams.fd(stream) >= 0) streams.drain(stream, kReadsPerTurn);
  }
}

// What has come of all at once is written down at once.
void ProcessMonitor::turn() {
  for (auto& [number, watched] : steps_)
    if (watched.step->next_ns() != 0) watched.step->on_time();
  collect_ended();
  write_down();
  launch_marked();
  send();
  // Behind the rest: no request of the connection before it is under way now.
  if (is_waited_for_) take_connection();
}

void ProcessMonitor::take_connection() {
  is_waited_for_ = false;
  const int fd = ::accept4(0, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return;
  drop_connection();
  connection_ = sys::Fd(fd);
  had_connection_ = true;
  must_quit_ = false;
  watch_fd(fd, kConnection);
  tell(Kind::kReady, "", "1");
  send();
}

void ProcessMonitor::drop_connection() {
  connection_.reset();
  waits_to_send_ = false;
  in_.clear();
  out_.clear();
}

void ProcessMonitor::read_requests() {
  if (!connection_.is_open()) return;
  bool has_ended = false;
  for (;;) {
    const size_t size = in_.size();
    in_.resize(size + 64 * 1024);
    const ssize_t got = ::recv(connection_.get(), in_.data() + size, in_.size() - size, 0);
    in_.resize(size + (got > 0 ? static_cast<size_t>(got) : 0));
    if (got < 0 && errno == EINTR) continue;
    has_ended = got == 0 || (got < 0 && errno != EAGAIN);
    if (got <= 0 || got < 64 * 1024) break;
  }
  size_t at = 0;
  while (auto request = sys::take_request(in_, at)) on_request(*request);
  in_.erase(0, at);
  if (has_ended) drop_connection();
}

void ProcessMonitor::on_request(const sys::ProcessRequest& request) {
  if (request.kind == sys::ProcessRequest::Kind::kQuit) {
    must_quit_ = true;
  } else if (request.kind == sys::ProcessRequest::Kind::kStart) {
    auto spec = sys::decode_monitor_spec(request.text);
    if (!spec || spec->attempt.empty()) return;
    asked_.push_back({++numbers_, std::make_unique<Step>(std::move(*spec), clock_), false, 0, {}});
  } else {
    const size_t space = request.text.find(' ');
    if (space == std::string::npos) return;
    const std::string attempt = request.text.substr(0, space);
    const int64_t grace = std::strtoll(request.text.c_str() + space, nullptr, 10) * 1'000'000;
    for (auto& [number, watched] : steps_)
      if (watched.step->attempt() == attempt) watched.step->stop(grace);
    for (Watched& watched : asked_)
      if (watched.step->attempt() == attempt) watched.step->stop(grace);
  }
}

void ProcessMonitor::reap() {
  for (;;) {
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, WNOHANG);
    if (pid <= 0) break;
    const auto found = pids_.find(pid);
    if (found == pids_.end()) continue;  // an orphan, or a program that could not be started
    Watched& watched = steps_.at(found->second);
    if (pid == watched.syncer) {
      watched.syncer = 0;
      if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        watched.log_error = std::string("the log is incomplete: ") +
                            std::strerror(WIFEXITED(status) ? WEXITSTATUS(status) : EIO);
    } else {
      watched.step->set_end(status);
      ended_.push_back(watched.number);
    }
    pids_.erase(found);
  }
}

// Children of ours that we have not started were left behind by steps that have ended: those that
// run are subreapers of their own.
void ProcessMonitor::clear_orphans() {
  for (const pid_t pid : own_children())
    if (!pids_.contains(pid)) signal_tree(pid, SIGKILL);
}

void ProcessMonitor::collect_ended() {
  has_failed_ = false;
  const auto is_collected = [this](uint64_t number) { return steps_.at(number).is_collected; };
  if (!std::all_of(ended_.begin(), ended_.end(), is_collected)) {
    // Reaped here or by the next SIGCHLD: until then the steps wait that ended meanwhile.
    clear_orphans();
    reap();
    const std::vector<pid_t> left = own_children();
    if (std::any_of(left.begin(), left.end(), [this](pid_t pid) { return !pids_.contains(pid); }))
      return;
  }
  std::vector<uint64_t> waiting;
  for (const uint64_t number : std::exchange(ended_, {})) {
    Watched& watched = steps_.at(number);
    if (!std::exchange(watched.is_collected, true)) {
      watched.step->collect();
      if (watched.step->has_long_log()) watched.syncer = watched.step->sync_log_aside();
      if (watched.syncer != 0) pids_[watched.syncer] = number;
    }
    if (watched.syncer != 0) {
      waiting.push_back(number);
      continue;
    }
    records_.emplace_back(watched.step->attempt(),
                          watched.step->finish(std::move(watched.log_error)));
    steps_.erase(number);
  }
  ended_.insert(ended_.end(), waiting.begin(), waiting.end());
}

// Records and marks, with one sync.
void ProcessMonitor::write_down() {
  if (records_.empty() && asked_.empty()) return;
  std::string records, marks;
  for (const auto& [attempt, json] : records_)
    sys::append_entry(records, Kind::kEnded, attempt, json);
  for (const Watched& watched : asked_)
    sys::append_entry(marks, Kind::kBegun, watched.step->attempt(), watched.step->work());
  std::string wrong = journal_.append(records + marks, true);
  disk_fails_ = !wrong.empty();
  if (disk_fails_) {
    for (const Watched& watched : asked_) tell(Kind::kRefused, watched.step->attempt(), wrong);
    asked_.clear();
    // There may be room for the records: what has ended is worth waiting for.
    disk_fails_ = !records_.empty() && !journal_.append(records, true).empty();
    if (disk_fails_) return;
  }
  out_ += records;
  records_.clear();
  for (Watched& watched : asked_) {
    marked_.push_back(watched.number);
    steps_.emplace(watched.number, std::move(watched));
  }
  asked_.clear();
  if (!records.empty()) send();
}

void ProcessMonitor::launch_marked() {
  std::string started;
  for (size_t i = 0; i < kLaunchesPerTurn && !marked_.empty(); ++i) {
    Watched& watched = steps_.at(marked_.front());
    marked_.pop_front();
    launch(watched);
    if (watched.step->pid() != 0)
      sys::append_entry(
          started, Kind::kStarted, watched.step->attempt(),
          std::to_string(watched.step->pid()) + " " + std::to_string(watched.step->started_ns()));
  }
  if (started.empty()) return;
  // Not waited for: it helps an agent after this one, and means nothing after a reboot.
  (void)journal_.append(started, false);
  out_ += started;
}

void ProcessMonitor::launch(Watched& watched) {
  Step& step = *watched.step;
  if (!step.launch()) {
    ended_.push_back(watched.number);
    has_failed_ = true;
    return;
  }
  pids_[step.pid()] = watched.number;
  for (const LogFile::Stream stream : {LogFile::kStdout, LogFile::kStderr})
    if (const int fd = step.streams().fd(stream); fd >= 0)
      watch_fd(fd, watched.number << 1 | stream);
}

void ProcessMonitor::tell(Kind kind, std::string_view attempt, std::string_view text) {
  sys::append_entry(out_, kind, attempt, text);
}

// What nobody is there to read stands in the journal.
void ProcessMonitor::send() {
  size_t at = 0;
  while (at < out_.size() && connection_.is_open()) {
    const ssize_t sent =
        ::send(connection_.get(), out_.data() + at, out_.size() - at, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) break;
    if (sent <= 0) return drop_connection();
    at += static_cast<size_t>(sent);
  }
  if (connection_.is_open())
    out_.erase(0, at);
  else
    out_.clear();
  if (out_.empty() == !waits_to_send_) return;
  // The agent is behind: the rest goes when it has read.
  waits_to_send_ = !out_.empty();
  epoll_event event{};
  event.events = waits_to_send_ ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.u64 = kConnection;
  if (connection_.is_open()) ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection_.get(), &event);
}

}  // namespace

int watch_processes(const std::string& folder, const sys::Clock& clock) {
  ProcessMonitor monitor(clock);
  if (!monitor.open(folder)) return 2;
  monitor.run();
  return 0;
}

}  // namespace exec
