#include "exec/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "sys/process_journal.h"

namespace exec {
namespace {

constexpr size_t kRoomStep = 128 * 1024;

std::string problem() { return std::string("cannot write the journal: ") + std::strerror(errno); }

}  // namespace

std::string Journal::create(const std::string& folder) {
  const sys::Fd dir(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  fd_ = sys::Fd(::openat(dir.get(), sys::process_file::kJournal,
                         O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd_.is_open() || !make_room(1)) return problem();
  // Its bytes and its name: both are on disk before anything begins.
  if (::fsync(fd_.get()) != 0 || ::fsync(dir.get()) != 0) return problem();
  return {};
}

bool Journal::write_at(int64_t at, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::pwrite(fd_.get(), text.data(), text.size(), at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    at += wrote;
    text.remove_prefix(static_cast<size_t>(wrote));
  }
  return true;
}

bool Journal::make_room(int64_t end) {
  while (room_ < end) {
    if (!write_at(room_, std::string(kRoomStep, '\0'))) return false;
    room_ += static_cast<int64_t>(kRoomStep);
  }
  return true;
}

std::string Journal::append(std::string_view text, bool durable) {
  const int64_t end = size_ + static_cast<int64_t>(text.size());
  if (make_room(end) && write_at(size_, text) && (!durable || ::fdatasync(fd_.get()) == 0)) {
    size_ = end;
    return {};
  }
  std::string wrong = problem();
  // A reader must not take for written what was refused.
  const int64_t touched = std::min(end, room_);
  if (touched > size_)
    (void)write_at(size_, std::string(static_cast<size_t>(touched - size_), '\0'));
  return wrong;
}

}  // namespace exec
