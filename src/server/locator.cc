#include "server/locator.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "base/hash.h"
#include "sys/fd.h"
#include "sys/process.h"
#include "text/json.h"

namespace server {
namespace {

constexpr int kReadyFd = 3;

base::Error world(const std::string& what) {
  return {base::Code::kUnavailable, fmt::format("{}: {}", what, strerror(errno))};
}

std::unique_ptr<sys::HttpClient> client_of(const DataFolder& folder) {
  return sys::make_http_client({"unix:" + folder.socket(), "", false});
}

// Blocks until the lock is ours.
base::Result<sys::Fd> take_lock(const std::string& path) {
  sys::Fd file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.is_open()) return base::fail(world(path));
  while (flock(file.get(), LOCK_EX) != 0)
    if (errno != EINTR) return base::fail(world(path));
  return file;
}

base::Status start(const LocatorOptions& options) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return base::fail(world("pipe"));
  const sys::Fd reader(ends[0]);
  sys::Fd writer(ends[1]);
  const std::string log = options.folder.server_log();
  const sys::Fd log_file(open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!log_file.is_open()) return base::fail(world(log));
  sys::SpawnRequest request;
  request.argv = {options.program, "server", "--embedded", "--ready-fd", std::to_string(kReadyFd)};
  request.argv.insert(request.argv.end(), options.arguments.begin(), options.arguments.end());
  request.cwd = "/";
  request.fds = {{writer.get(), kReadyFd}, {log_file.get(), 1}, {log_file.get(), 2}};
  request.new_session = true;
  if (auto spawned = sys::spawn(request); !spawned) return base::fail(spawned.error());
  writer.reset();
  std::string said;
  char bytes[1024];
  ssize_t count = 0;
  while ((count = read(reader.get(), bytes, sizeof bytes)) != 0) {
    if (count < 0 && errno != EINTR) break;
    if (count > 0) said.append(bytes, static_cast<size_t>(count));
  }
  if (said == "ready\n") return {};
  while (!said.empty() && said.back() == '\n') said.pop_back();
  return base::fail(base::Code::kUnavailable,
                    said.empty() ? "the server ended while it started, see " + log : said);
}

base::Result<std::string> build_of(sys::HttpClient& client) {
  auto answer = client.send({"GET", "/api/v1/version", {}, ""});
  if (!answer) return base::fail(answer.error());
  if (answer->status != 200)
    return base::fail(base::Code::kForbidden, "the server refuses us: " + answer->body);
  auto version = text::parse_json(answer->body);
  if (!version) return base::fail(version.error());
  return std::string(version->string_at("buildId"));
}

}  // namespace

base::Result<std::unique_ptr<sys::HttpClient>> connect_embedded(const LocatorOptions& options) {
  base::Error last;
  for (int attempt = 0; attempt < 3; ++attempt) {
    auto client = client_of(options.folder);
    auto build = build_of(*client);
    if (build && *build == options.build_id) return client;
    if (build) {
      // It is another build's. Without unfinished work it makes room.
      auto ended = end_idle_server(options.folder);
      if (!ended || !*ended) {
        options.warn("a server of another build is still busy, and is used as it is");
        return client;
      }
    } else if (build.error().code != base::Code::kUnavailable) {
      return base::fail(build.error());
    }
    if (auto made = make_data_folder(options.folder); !made) return base::fail(made.error());
    auto lock = take_lock(options.folder.start_lock());
    if (!lock) return base::fail(lock.error());
    // Somebody may have started it while we waited for the lock.
    client = client_of(options.folder);
    if (build = build_of(*client); build) return client;
    if (auto started = start(options); !started) return base::fail(started.error());
    if (build = build_of(*client); build) return client;
    last = build.error();
  }
  return base::fail(last);
}

base::Result<bool> end_idle_server(const DataFolder& folder) {
  auto client = client_of(folder);
  auto answer = client->send({"POST", "/api/v1/server/shutdown", {}, ""});
  if (!answer) return base::fail(answer.error());
  if (answer->status != 200) return false;
  client.reset();
  // The lock is free once its process has ended.
  auto lock = take_lock(folder.server_lock());
  if (!lock) return base::fail(lock.error());
  return true;
}

std::string build_id_of(const std::string& program) {
  struct stat info {};
  if (stat(program.c_str(), &info) != 0) return "unknown";
  const std::string what = fmt::format("{}:{}:{}:{}", info.st_size, info.st_mtim.tv_sec,
                                       info.st_mtim.tv_nsec, info.st_ino);
  return fmt::format("{:016x}", base::fnv1a64(what));
}

}  // namespace server
