#include "runtime/container_dir.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "runtime/monitor_starter.h"
#include "text/json.h"

namespace runtime {
namespace {

namespace file = sys::monitor_file;
constexpr size_t kPipeSize = 60'000;  // of the 64 KiB that a pipe holds

struct StateFile {
  bool exists = false;
  sys::ProcessId monitor, step;
  std::string boot;
  base::Time started;  // of the step
  std::string record;
  bool is_durable = false;  // the record
};

StateFile read_state(const std::string& folder) {
  StateFile out;
  const std::string path = folder + "/" + file::kState, text = read_file(path);
  out.exists = !text.empty() || ::access(path.c_str(), F_OK) == 0;
  size_t at = text.find('\n');
  if (at == std::string::npos) return out;
  std::istringstream mark(text.substr(0, at++));
  mark >> out.monitor.pid >> out.monitor.start_ticks >> out.boot;
  if (at < text.size() && text[at] != '{') {
    const size_t end = text.find('\n', at);
    if (end == std::string::npos) return out;
    std::istringstream started(text.substr(at, end - at));
    started >> out.step.pid >> out.step.start_ticks >> out.started.ns;
    at = end + 1;
  }
  out.record = text.substr(at);
  out.is_durable = out.record.ends_with('\n');
  return out;
}

bool sync_state(const std::string& folder) {
  const sys::Fd fd(::open((folder + "/" + file::kState).c_str(), O_WRONLY | O_CLOEXEC));
  return fd.is_open() && ::fdatasync(fd.get()) == 0;
}

// The attempt that a process belongs to; "" for none.
std::string marked_attempt(const std::string& environment) {
  size_t at = 0;
  while (at < environment.size()) {
    const size_t end = std::min(environment.find('\0', at), environment.size());
    const std::string_view row = std::string_view(environment).substr(at, end - at);
    if (row.starts_with(kAttemptVariable)) return std::string(row.substr(kAttemptVariable.size()));
    at = end + 1;
  }
  return {};
}

}  // namespace

std::optional<ExitRecord> parse_record(std::string_view json) {
  const base::Result<text::Value> value = text::parse_json(json);
  if (!value || !value->is_map()) return std::nullopt;
  const auto number = [&](const char* key) {
    const text::Value* const found = value->find(key);
    return found == nullptr ? 0 : found->to_int().value_or(0);
  };
  const auto flag = [&](const char* key) {
    const text::Value* const found = value->find(key);
    return found != nullptr && found->is_bool() && found->as_bool();
  };
  ExitRecord out;
  out.began = {number("beganAt")};
  out.marked = {number("markedAt")};
  out.started = {number("startedAt")};
  out.finished = {number("finishedAt")};
  out.exit_code = static_cast<int>(number("exitCode"));
  out.signal = static_cast<int>(number("signal"));
  out.oom_killed = flag("oomKilled");
  out.deadline_exceeded = flag("deadlineExceeded");
  out.stopped = flag("stopped");
  out.start_error = value->string_at("startError");
  out.output_error = value->string_at("outputError");
  out.termination_message = value->string_at("terminationMessage");
  out.log_error = value->string_at("logError");
  if (const text::Value* result = value->find("result"); result != nullptr && result->is_string())
    out.result = result->as_string();
  if (const text::Value* list = value->find("parameters"); list != nullptr && list->is_list())
    for (const text::Value& one : list->as_list())
      out.parameters.emplace_back(one.string_at("name"), one.string_at("value"));
  if (const text::Value* list = value->find("missing"); list != nullptr && list->is_list())
    for (const text::Value& one : list->as_list())
      if (one.is_string()) out.missing.push_back(one.as_string());
  return out;
}

std::string read_file(const std::string& path, size_t size_max) {
  const sys::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string out;
  char chunk[16384];
  while (fd.is_open() && out.size() < size_max) {
    const ssize_t got = ::read(fd.get(), chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    out.append(chunk, static_cast<size_t>(got));
  }
  return out;
}

base::Status write_file(const std::string& path, std::string_view text, unsigned mode) {
  const sys::Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (!fd.is_open())
    return base::fail(base::Code::kUnavailable,
                      "cannot write " + path + ": " + std::strerror(errno));
  while (!text.empty()) {
    const ssize_t wrote = ::write(fd.get(), text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0)
      return base::fail(base::Code::kUnavailable,
                        "cannot write " + path + ": " + std::strerror(errno));
    text.remove_prefix(static_cast<size_t>(wrote));
  }
  return {};
}

sys::ProcessId marked_process(const std::string& folder) { return read_state(folder).monitor; }

bool has_ended(const std::string& folder) { return read_state(folder).is_durable; }

ContainerFound inspect(const std::string& folder, const std::string& boot_id) {
  ContainerFound out;
  StateFile state = read_state(folder);
  if (!state.exists) return out;
  out.monitor = state.monitor;
  out.started = state.started;
  out.state = ContainerFound::State::kLost;
  if (!state.is_durable && state.boot == boot_id) {
    const base::Result<sys::ProcessId> now = sys::identify(out.monitor.pid);
    if (now && now->start_ticks == out.monitor.start_ticks) {
      out.state = ContainerFound::State::kRunning;
      return out;
    }
    // It may have written its record and ended between our two looks.
    state = read_state(folder);
  }
  out.record = parse_record(state.record);
  // Killed before it knew its record durable: then we see to that.
  if (out.record && !state.is_durable && !sync_state(folder)) out.record.reset();
  if (!out.record) return out;
  out.state = ContainerFound::State::kEnded;
  out.started = out.record->started;
  return out;
}

base::Result<sys::ProcessId> start_monitor(MonitorStarter& starter, const std::string& folder,
                                           const sys::MonitorSpec& spec,
                                           const std::string& bundle) {
  // A pipe's buffer takes the usual spec at once, and costs less than a file.
  const std::string text = sys::encode(spec);
  int ends[2] = {-1, -1};
  if (text.size() <= kPipeSize && ::pipe2(ends, O_CLOEXEC) != 0)
    return base::fail(base::Code::kUnavailable, std::string("pipe: ") + std::strerror(errno));
  const sys::Fd from(ends[0]);
  sys::Fd to(ends[1]);
  if (to.is_open()) {
    if (::write(to.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
      return base::fail(base::Code::kUnavailable, "cannot tell argoexec what to run");
    to.reset();
  } else if (base::Status done = write_file(folder + "/" + file::kSpec, text); !done) {
    return base::fail(done.error());
  }
  if (!bundle.empty())
    if (base::Status done = write_file(folder + "/" + file::kBundle, bundle); !done)
      return base::fail(done.error());
  const base::Result<pid_t> pid = starter.start(folder, from);
  if (!pid) return base::fail(pid.error());
  // It is our child and not yet reaped: the pid is its own, even if it has ended already.
  base::Result<sys::ProcessId> id = sys::identify(*pid);
  return id ? *id : sys::ProcessId{*pid, 0};
}

base::Status request_stop(const std::string& folder, const sys::Fd& monitor, base::Duration grace) {
  const std::string text =
      grace.ns <= 0 ? "K\n" : "T " + std::to_string(grace.ns / 1'000'000) + "\n";
  const std::string path = folder + "/" + file::kControl, fresh = path + ".new";
  if (base::Status done = write_file(fresh, text); !done) return done;
  if (::rename(fresh.c_str(), path.c_str()) != 0)
    return base::fail(base::Code::kUnavailable, "cannot write " + path);
  return sys::signal_process(monitor, SIGUSR1);
}

void kill_left_over(const std::string& folder, const std::string& attempt) {
  if (const sys::ProcessId id = read_state(folder).step; id.pid > 0) {
    if (const base::Result<sys::Fd> fd = sys::open_process(id); fd)
      (void)sys::signal_process(*fd, SIGKILL);
  } else if (const pid_t pid = std::atoi(read_file(folder + "/" + file::kPid).c_str()); pid > 0) {
    // crun has named the pid, and argoexec was killed before it wrote the start time. That it is
    // the first process of a namespace of its own tells it from one that got its pid since.
    const std::string status = read_file("/proc/" + std::to_string(pid) + "/status");
    const size_t at = status.find("NSpid:");
    const std::string line =
        at == std::string::npos ? "" : status.substr(at, status.find('\n', at) - at);
    if (line.ends_with("\t1")) ::kill(pid, SIGKILL);
  }
  kill_marked({attempt});
}

void kill_marked(const std::set<std::string>& attempts) {
  if (attempts.empty()) return;
  DIR* const processes = ::opendir("/proc");
  if (processes == nullptr) return;
  while (const dirent* entry = ::readdir(processes)) {
    const pid_t pid = std::atoi(entry->d_name);
    if (pid <= 1) continue;
    const std::string of = marked_attempt(read_file("/proc/" + std::to_string(pid) + "/environ"));
    if (!of.empty() && attempts.contains(of)) ::kill(pid, SIGKILL);
  }
  ::closedir(processes);
}

}  // namespace runtime
