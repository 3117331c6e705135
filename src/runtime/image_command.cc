#include "runtime/image_command.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "sys/fd.h"
#include "sys/process.h"

namespace runtime {
namespace {

constexpr size_t kOutputMax = 16 << 20;

base::Result<std::pair<sys::Fd, sys::Fd>> make_pipe() {
  std::array<int, 2> ends;
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return base::fail(base::Code::kUnavailable,
                      fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  return std::pair{sys::Fd(ends[0]), sys::Fd(ends[1])};
}

// Hands out the whole lines at the beginning of `pending` and keeps the rest.
void hand_out_lines(std::string& pending, bool at_end,
                    const std::function<void(std::string_view)>& on_line) {
  size_t from = 0;
  for (size_t end; (end = pending.find('\n', from)) != std::string::npos; from = end + 1)
    on_line(std::string_view(pending).substr(from, end - from));
  pending.erase(0, from);
  if (at_end && !pending.empty()) on_line(pending);
}

void read_both(const sys::Fd& out, const sys::Fd& err, CommandResult& result,
               const std::function<void(std::string_view)>& on_line) {
  std::array<pollfd, 2> ends = {pollfd{out.get(), POLLIN, 0}, pollfd{err.get(), POLLIN, 0}};
  std::array<std::string*, 2> kept = {&result.out, &result.err};
  std::string pending;
  std::array<char, 1 << 16> buffer;
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    if (::poll(ends.data(), ends.size(), -1) < 0 && errno != EINTR) return;
    for (size_t i = 0; i < ends.size(); ++i) {
      if (ends[i].fd < 0 || ends[i].revents == 0) continue;
      const ssize_t count = ::read(ends[i].fd, buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) {
        ends[i].fd = -1;
        continue;
      }
      const std::string_view bytes(buffer.data(), static_cast<size_t>(count));
      kept[i]->append(bytes.substr(0, kOutputMax - std::min(kOutputMax, kept[i]->size())));
      if (i != 0 || !on_line) continue;
      pending += bytes;
      hand_out_lines(pending, false, on_line);
    }
  }
  if (on_line) hand_out_lines(pending, true, on_line);
}

}  // namespace

base::Result<CommandResult> run_command(const std::vector<std::string>& argv,
                                        const std::function<void(std::string_view)>& on_line,
                                        const HostCommands* host) {
  auto out = make_pipe();
  auto err = make_pipe();
  if (!out || !err) return tl::unexpected((out ? err : out).error());
  base::Result<pid_t> pid = 0;
  base::Result<sys::Fd> end = sys::Fd();
  if (host != nullptr)
    end = host->run(argv, out->second.get(), err->second.get());
  else
    pid = sys::spawn({.argv = argv,
                      .env = std::nullopt,
                      .cwd = "",
                      .fds = {{out->second.get(), 1}, {err->second.get(), 2}},
                      .new_session = false,
                      .blocked_signals = {}});
  if (!pid) return tl::unexpected(pid.error());
  if (!end) return tl::unexpected(end.error());
  out->second.reset();
  err->second.reset();
  CommandResult result;
  read_both(out->first, err->first, result, on_line);
  int status = 0;
  if (host != nullptr)
    status = HostCommands::wait_end(*end);
  else
    while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) continue;
  result.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  if (host != nullptr && result.exit_code == 127)
    return base::fail(base::Code::kNotFound, fmt::format("there is no program {}", argv[0]));
  return result;
}

}  // namespace runtime
