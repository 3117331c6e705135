#include "runtime/program_session.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>

#include "runtime/container_dir.h"
#include "sys/fd.h"
#include "sys/fd_message.h"
#include "sys/process.h"
#include "sys/unix_socket.h"

namespace runtime {
namespace {

using base::Code;

constexpr size_t kChunk = 32 << 10;
constexpr size_t kLastWordsMax = 256;
constexpr int kCrunFailed = 255;
constexpr int kConsoleMs = 30'000;
// crun is on its way into the container: so long it gets to say which process it has made there.
constexpr int kPidMs = 2'000;

struct Ends {
  sys::Fd ours, theirs;
};

// Ours does not block; theirs is as programs expect it.
bool make_pipe(bool we_read, Ends& out) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  out.ours = sys::Fd(ends[we_read ? 0 : 1]);
  out.theirs = sys::Fd(ends[we_read ? 1 : 0]);
  ::fcntl(out.ours.get(), F_SETFL, O_NONBLOCK);
  return true;
}

bool make_terminal(Ends& out) {
  out.ours = sys::Fd(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  char name[64] = {};
  if (!out.ours.is_open() || ::grantpt(out.ours.get()) != 0 || ::unlockpt(out.ours.get()) != 0 ||
      ::ptsname_r(out.ours.get(), name, sizeof name) != 0)
    return false;
  out.theirs = sys::Fd(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
  return out.theirs.is_open();
}

class Session final : public ProgramSession {
 public:
  ~Session() override {
    cancel();
    while (!is_reaped_ && ::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
    if (!start_.pid_file.empty()) ::unlink(start_.pid_file.c_str());
    if (!start_.console_socket.empty()) ::unlink(start_.console_socket.c_str());
  }

  base::Status begin(const ProgramStart& start);

  base::Result<Piece> read() override;
  base::Status write_in(std::string_view bytes) override;
  void close_in() override {
    if (!start_.tty) in_.reset();
  }
  void resize(uint16_t columns, uint16_t rows) override {
    winsize size{};
    size.ws_col = columns;
    size.ws_row = rows;
    if (terminal_.is_open()) ::ioctl(terminal_.get(), TIOCSWINSZ, &size);
  }
  void cancel() override {
    const uint64_t one = 1;
    (void)!::write(cancel_.get(), &one, sizeof one);
    kill();
  }
  void kill() override;

 private:
  base::Status open_streams(Ends& in, Ends& out, Ends& err);
  void take_terminal(sys::Fd terminal);
  base::Status await_console(const sys::Fd& listener);
  bool drain(sys::Fd& fd, Piece& piece);
  pid_t pid_in_container() const;
  Piece end();

  ProgramStart start_;
  pid_t pid_ = 0;
  sys::Fd pidfd_, cancel_, in_, out_, err_, terminal_;
  std::mutex mutex_;  // of killing and reaping: a pid that was reaped is another's
  bool is_reaped_ = false;
  std::string last_words_;  // of the program, or of crun
};

base::Status Session::open_streams(Ends& in, Ends& out, Ends& err) {
  const bool is_own_terminal = start_.tty && start_.console_socket.empty();
  bool made = true;
  if (is_own_terminal) {
    made = make_terminal(out);
  } else {
    made = made && make_pipe(true, err);
    if (!start_.tty) made = made && make_pipe(true, out) && (!start_.in || make_pipe(false, in));
  }
  if (made) return {};
  return base::fail(Code::kUnavailable,
                    std::string("cannot make the program's streams: ") + std::strerror(errno));
}

base::Status Session::begin(const ProgramStart& start) {
  start_ = start;
  cancel_ = sys::Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  Ends in, out, err;
  if (auto done = open_streams(in, out, err); !done) return done;
  sys::Fd listener;
  if (!start.console_socket.empty()) {
    auto listening = sys::listen_unix(start.console_socket);
    if (!listening) return base::fail(listening.error());
    listener = sys::Fd(*listening);
  }
  sys::SpawnRequest request;
  request.argv = start.argv;
  request.env = start.env;
  request.cwd = start.cwd;
  request.new_session = true;
  const bool is_own_terminal = start.tty && start.console_socket.empty();
  if (is_own_terminal)
    for (int fd = 0; fd <= 2; ++fd) request.fds.emplace_back(out.theirs.get(), fd);
  if (in.theirs.is_open()) request.fds.emplace_back(in.theirs.get(), 0);
  if (!is_own_terminal && out.theirs.is_open()) request.fds.emplace_back(out.theirs.get(), 1);
  if (err.theirs.is_open()) request.fds.emplace_back(err.theirs.get(), 2);
  const auto pid = sys::spawn(request);
  if (!pid) {
    is_reaped_ = true;
    return base::fail(pid.error());
  }
  pid_ = *pid;
  pidfd_ = sys::open_child(pid_);
  in_ = std::move(in.ours);
  err_ = std::move(err.ours);
  if (is_own_terminal)
    take_terminal(std::move(out.ours));
  else
    out_ = std::move(out.ours);
  return listener.is_open() ? await_console(listener) : base::Status();
}

void Session::take_terminal(sys::Fd terminal) {
  ::fcntl(terminal.get(), F_SETFL, ::fcntl(terminal.get(), F_GETFL) | O_NONBLOCK);
  if (start_.in) in_ = sys::Fd(::fcntl(terminal.get(), F_DUPFD_CLOEXEC, 0));
  terminal_ = sys::Fd(::fcntl(terminal.get(), F_DUPFD_CLOEXEC, 0));
  out_ = std::move(terminal);
}

// crun connects and sends the terminal, or ends and has said why.
base::Status Session::await_console(const sys::Fd& listener) {
  pollfd fds[2] = {{listener.get(), POLLIN, 0}, {pidfd_.get(), POLLIN, 0}};
  if (::poll(fds, 2, kConsoleMs) <= 0)
    return base::fail(Code::kUnavailable, "the program's terminal did not come in time");
  if ((fds[0].revents & POLLIN) == 0) return {};
  const sys::Fd connection(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  pollfd given[2] = {{connection.get(), POLLIN, 0}, {pidfd_.get(), POLLIN, 0}};
  if (::poll(given, 2, kConsoleMs) <= 0 || (given[0].revents & POLLIN) == 0) return {};
  auto packet = sys::receive_packet(connection.get(), 4096);
  if (packet && !packet->fds.empty()) take_terminal(std::move(packet->fds[0]));
  return {};
}

// Gives true with what is there; closes what has ended.
bool Session::drain(sys::Fd& fd, Piece& piece) {
  piece.bytes.resize(kChunk);
  ssize_t got = 0;
  do {
    got = ::read(fd.get(), piece.bytes.data(), piece.bytes.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0 && errno == EAGAIN) return false;
  if (got <= 0) fd.reset();  // a terminal that nobody holds any more gives EIO
  if (got > 0) piece.bytes.resize(static_cast<size_t>(got));
  return got > 0;
}

base::Result<kube::PodSession::Piece> Session::read() {
  while (true) {
    pollfd fds[4] = {{out_.get(), POLLIN, 0},
                     {err_.get(), POLLIN, 0},
                     {pidfd_.get(), POLLIN, 0},
                     {cancel_.get(), POLLIN, 0}};
    if (::poll(fds, 4, -1) < 0 && errno != EINTR)
      return base::fail(Code::kUnavailable, std::strerror(errno));
    if (fds[3].revents != 0) return base::fail(Code::kUnavailable, "cancelled");
    Piece piece;
    if (fds[0].revents != 0 && drain(out_, piece)) return piece;
    // What crun says besides the terminal belongs there.
    piece.channel = start_.tty ? Channel::kOut : Channel::kErr;
    if (fds[1].revents != 0 && drain(err_, piece)) {
      last_words_ = piece.bytes.substr(0, kLastWordsMax);
      return piece;
    }
    // What it has written came before; what its children hold open is not waited for.
    if (fds[0].revents == 0 && fds[1].revents == 0 && fds[2].revents != 0) return end();
  }
}

kube::PodSession::Piece Session::end() {
  const std::lock_guard lock(mutex_);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
  is_reaped_ = true;
  Piece out;
  out.channel = Channel::kEnd;
  out.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  // crun ends with 255 when it has made no process: the shell's numbers say why.
  const bool began = start_.pid_file.empty() || ::access(start_.pid_file.c_str(), F_OK) == 0;
  if (!began && out.exit_code == kCrunFailed)
    out.exit_code = last_words_.find("No such file") != std::string::npos ? 127 : 126;
  return out;
}

base::Status Session::write_in(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!in_.is_open()) return base::fail(Code::kGone, "the program takes no input");
    const ssize_t sent = ::write(in_.get(), bytes.data(), bytes.size());
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) {
      in_.reset();
      continue;
    }
    pollfd fds[3] = {
        {in_.get(), POLLOUT, 0}, {cancel_.get(), POLLIN, 0}, {pidfd_.get(), POLLIN, 0}};
    (void)::poll(fds, 3, -1);
    if (fds[1].revents != 0) return base::fail(Code::kUnavailable, "cancelled");
    if (fds[2].revents != 0) return base::fail(Code::kGone, "the program has ended");
  }
  return {};
}

pid_t Session::pid_in_container() const {
  for (int waited = 0; waited <= kPidMs; waited += 20) {
    const std::string text = read_file(start_.pid_file, 32);
    if (!text.empty()) return static_cast<pid_t>(std::strtol(text.c_str(), nullptr, 10));
    pollfd ended{pidfd_.get(), POLLIN, 0};
    if (::poll(&ended, 1, 20) > 0) break;
  }
  return 0;
}

void Session::kill() {
  const std::lock_guard lock(mutex_);
  pollfd ended{pidfd_.get(), POLLIN, 0};
  if (is_reaped_ || pid_ == 0 || ::poll(&ended, 1, 0) > 0) return;
  if (!start_.pid_file.empty())
    if (const pid_t inner = pid_in_container(); inner > 0) {
      // crun has made a session for it.
      if (const pid_t group = ::getpgid(inner); group > 1) ::kill(-group, SIGKILL);
      ::kill(inner, SIGKILL);
    }
  ::kill(-pid_, SIGKILL);
}

}  // namespace

base::Result<std::unique_ptr<ProgramSession>> start_program(const ProgramStart& start) {
  auto session = std::make_unique<Session>();
  if (auto done = session->begin(start); !done) return base::fail(done.error());
  return session;
}

}  // namespace runtime
