#include "apps/terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <mutex>
#include <thread>
#include <vector>

#include "sys/fd.h"
#include "sys/process.h"

extern char** environ;

namespace apps {
namespace {

constexpr size_t kPendingMost = 1 << 16;
constexpr size_t kInputMost = 256u << 20;

// A closed pipe (`argo list | head -1`) is no error of ours: what cannot be written is dropped.
void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<size_t>(written));
  }
}

base::Result<std::string> read_all(int fd, const std::string& what) {
  std::string out;
  for (;;) {
    char buffer[65536];
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      return base::fail(base::Code::kUnavailable,
                        "cannot read " + what + ": " + std::strerror(errno));
    if (count == 0) return out;
    out.append(buffer, static_cast<size_t>(count));
    if (out.size() > kInputMost)
      return base::fail(base::Code::kTooLarge, what + " has more than 256 MB");
  }
}

base::Result<std::string> read_input() { return read_all(STDIN_FILENO, "stdin"); }

std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> out;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (equals != std::string_view::npos)
      out.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

cli::TerminalSize size_of_terminal() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return {};
  return {size.ws_col, size.ws_row == 0 ? 24 : size.ws_row};
}

cli::Zone zone_at(base::Time time) {
  const std::time_t seconds = time.unix_seconds();
  std::tm local{};
  if (!::localtime_r(&seconds, &local)) return {};
  return {static_cast<int>(local.tm_gmtoff), local.tm_zone ? local.tm_zone : "UTC"};
}

base::Result<std::string> run_plugin(const cli::PluginCall& call) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return base::fail(base::Code::kUnavailable, std::string("pipe: ") + std::strerror(errno));
  const sys::Fd read_end(ends[0]);
  sys::Fd write_end(ends[1]);
  sys::SpawnRequest request;
  request.argv = call.argv;
  request.env.emplace();
  auto variables = environment();
  for (const auto& [name, value] : call.environment) variables[name] = value;
  for (const auto& [name, value] : variables) request.env->push_back(name + "=" + value);
  request.fds = {{STDIN_FILENO, STDIN_FILENO},
                 {write_end.get(), STDOUT_FILENO},
                 {STDERR_FILENO, STDERR_FILENO}};
  const auto pid = sys::spawn(request);
  if (!pid) return base::fail(pid.error());
  write_end.reset();
  auto output = read_all(read_end.get(), "the plugin's output");
  int status = 0;
  while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!output || (WIFEXITED(status) && WEXITSTATUS(status) == 0)) return output;
  return base::fail(
      base::Code::kUnauthorized,
      WIFEXITED(status) ? "ended with " + std::to_string(WEXITSTATUS(status)) : "was killed");
}

// Ticks on a thread of its own until it is destroyed.
class Ticker {
 public:
  Ticker(base::Duration every, std::function<void()> tick)
      : tick_(std::move(tick)), thread_([this, every] { loop(every); }) {}
  ~Ticker() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  void loop(base::Duration every) {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, std::chrono::nanoseconds(every.ns), [this] { return ended_; })) {
      lock.unlock();
      tick_();
      lock.lock();
    }
  }

  std::function<void()> tick_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ended_ = false;
  std::thread thread_;
};

// On all processors, each taking the next job that nobody has.
void run_each(size_t count, const std::function<void(size_t)>& job) {
  constexpr size_t kJobsOfAThread = 16;  // fewer are done before a thread has started
  const size_t most = std::max(1u, std::thread::hardware_concurrency());
  const size_t threads = std::min(most, count / kJobsOfAThread);
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next++; i < count; i = next++) job(i);
  };
  std::vector<std::jthread> others;
  for (size_t i = 1; i < threads; ++i) others.emplace_back(work);
  work();
}

}  // namespace

Terminal::Terminal() : surroundings_{.clock = clock_, .files = files_} {
  surroundings_.out = [this](std::string_view text) { write_out(text); };
  surroundings_.err = [this](std::string_view text) {
    flush();
    write_all(STDERR_FILENO, text);
  };
  surroundings_.flush = [this] { flush(); };
  surroundings_.read_input = read_input;
  surroundings_.in_is_terminal = ::isatty(STDIN_FILENO) == 1;
  surroundings_.run_plugin = run_plugin;
  surroundings_.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  surroundings_.size = size_of_terminal;
  surroundings_.environment = environment();
  char folder[4096];
  if (::getcwd(folder, sizeof folder)) surroundings_.working_directory = folder;
  const auto home = surroundings_.environment.find("HOME");
  if (home != surroundings_.environment.end()) surroundings_.home = home->second;
  surroundings_.zone = zone_at;
  surroundings_.fetch = sys::make_http_client;
  surroundings_.each = run_each;
  surroundings_.every = [](base::Duration every, std::function<void()> tick) {
    return std::static_pointer_cast<void>(std::make_shared<Ticker>(every, std::move(tick)));
  };
}

Terminal::~Terminal() { flush(); }

void Terminal::write_out(std::string_view text) {
  pending_ += text;
  if (pending_.size() >= kPendingMost) flush();
}

void Terminal::flush() {
  write_all(STDOUT_FILENO, pending_);
  pending_.clear();
}

}  // namespace apps
