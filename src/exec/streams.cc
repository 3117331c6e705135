#include "exec/streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace exec {
namespace {

constexpr int kAll = 1 << 20;

}  // namespace

void Streams::open() {
  for (int stream = 0; stream < 2; ++stream) {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) continue;
    in_[stream] = sys::Fd(ends[0]);
    out_[stream] = sys::Fd(ends[1]);
    ::fcntl(in_[stream].get(), F_SETFL, O_NONBLOCK);
  }
}

void Streams::close_child_ends() {
  for (sys::Fd& fd : out_) fd.reset();
}

bool Streams::drain(LogFile::Stream stream, int reads) {
  static char chunk[64 * 1024];
  while (reads-- > 0) {
    const ssize_t got = ::read(in_[stream].get(), chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return true;
    if (got <= 0) {
      in_[stream].reset();
      return false;
    }
    const std::string_view bytes(chunk, static_cast<size_t>(got));
    log_.append(stream, bytes, clock_.now().ns);
    if (stream == LogFile::kStdout && keeps_tail_) tail_.append(bytes);
  }
  return true;
}

void Streams::finish() {
  for (const LogFile::Stream stream : {LogFile::kStdout, LogFile::kStderr}) {
    if (in_[stream].is_open()) drain(stream, kAll);
    log_.finish(stream, clock_.now().ns);
  }
}

}  // namespace exec
