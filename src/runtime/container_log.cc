#include "runtime/container_log.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/container_dir.h"
#include "sys/fd.h"
#include "sys/monitor_spec.h"
#include "sys/process.h"

namespace runtime {
namespace {

namespace file = sys::monitor_file;
constexpr size_t kChunk = 64 * 1024;
// A "line" without end is handed out in pieces of this size.
constexpr size_t kJoinedMax = 4 << 20;
// How often is_stopping() is asked while nothing is written.
constexpr int kWaitMs = 2000;

struct Entry {
  std::string_view time, text;
  bool is_whole = true, is_error = false;
};

// "<time> stdout F <text>"; nothing when it is not of that form.
std::optional<Entry> parse(std::string_view line) {
  const size_t time = line.find(' ');
  if (time == std::string_view::npos || line.size() < time + 10) return std::nullopt;
  const size_t tag = time + 8;  // behind " stdout "
  return Entry{line.substr(0, time), line.substr(tag + 2), line[tag] != 'P', line[time + 4] == 'e'};
}

// Splits bytes into lines, joins parts, filters, and hands out.
class Reader {
 public:
  Reader(const kube::LogOptions& options, const std::function<bool(std::string_view)>& on_line)
      : options_(options), on_line_(on_line) {}

  // False: the receiver wants no more.
  bool take(std::string_view bytes) {
    pending_.append(bytes);
    size_t begin = 0;
    for (;;) {
      const size_t end = pending_.find('\n', begin);
      if (end == std::string::npos) break;
      if (std::exchange(is_cut_, false)) {
        begin = end + 1;
        continue;
      }
      if (!line(std::string_view(pending_).substr(begin, end - begin))) return false;
      begin = end + 1;
    }
    pending_.erase(0, begin);
    return true;
  }

  // So many bytes are not there: what was begun has no end, what comes first no beginning.
  void skip(off_t lost) {
    pending_.clear();
    joined_.clear();
    has_line_ = false;
    is_cut_ = true;
    lost_ = lost;
  }

  bool flush() { return joined_.empty() || hand_out(); }

  // A line that is not the container's.
  bool say(std::string time, std::string_view text) {
    time_ = std::move(time);
    joined_ = "(" + std::string(text) + ")";
    has_line_ = true;
    return hand_out();
  }

 private:
  bool line(std::string_view text) {
    const std::optional<Entry> entry = parse(text);
    if (!entry) return true;
    if (lost_ > 0 && !say_what_is_lost(entry->time)) return false;
    if (joined_.empty()) time_.assign(entry->time);
    has_line_ = true;
    mark_ = entry->is_error ? 'E' : 'O';
    joined_.append(entry->text);
    if (!entry->is_whole && joined_.size() < kJoinedMax) return true;
    return hand_out();
  }

  // As a line of the time of the first that is left.
  bool say_what_is_lost(std::string_view time) {
    return say(std::string(time), std::to_string(std::exchange(lost_, 0)) +
                                      " bytes of output are lost here: the log had reached its "
                                      "bound");
  }

  bool hand_out() {
    const std::string text = std::move(joined_);
    joined_.clear();
    if (!has_line_) return true;
    has_line_ = false;
    if (options_.since.is_set()) {
      const std::optional<base::Time> time = base::parse_rfc3339(time_);
      if (time && *time < options_.since) return true;
    }
    std::string out = options_.timestamps ? time_ + " " + text : text;
    if (options_.marks_stream) out.insert(out.begin(), mark_);
    if (options_.limit_bytes) {
      const int64_t left = *options_.limit_bytes - sent_;
      if (left <= 0) return false;
      if (static_cast<int64_t>(out.size()) > left) out.resize(static_cast<size_t>(left));
    }
    sent_ += static_cast<int64_t>(out.size()) + 1;
    return on_line_(out);
  }

  const kube::LogOptions& options_;
  const std::function<bool(std::string_view)>& on_line_;
  std::string pending_, joined_, time_;
  char mark_ = 'O';
  bool has_line_ = false, is_cut_ = false;
  off_t lost_ = 0;
  int64_t sent_ = 0;
};

// The hole that argoexec makes in a log that has reached its bound (exec/log_file.h).
struct Hole {
  off_t begin = 0, end = 0;
};
Hole find_hole(int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return {};
  Hole out;
  out.begin = ::lseek(fd, 0, SEEK_HOLE);
  if (out.begin < 0 || out.begin >= info.st_size) return {};
  out.end = ::lseek(fd, out.begin, SEEK_DATA);
  return out.end > out.begin ? out : Hole{};
}

// Reads on from a place; jumps over the hole.
class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  void seek(off_t at) { at_ = at; }
  // As read(). `lost`: so many bytes before these are gone; both neighbours may be cut.
  ssize_t read(std::vector<char>& chunk, off_t& lost) {
    lost = 0;
    const Hole hole = find_hole(fd_);
    size_t wanted = chunk.size();
    if (hole.end > 0 && at_ < hole.begin) {
      wanted = std::min(wanted, static_cast<size_t>(hole.begin - at_));
    } else if (hole.end > 0 && at_ < hole.end) {
      lost = hole.end - at_;
      at_ = hole.end;
    }
    const ssize_t got = ::pread(fd_, chunk.data(), wanted, at_);
    if (got > 0) at_ += got;
    return got;
  }

 private:
  int fd_;
  off_t at_ = 0;
};

// Where the last `count` whole lines begin: parts (P) belong to the line that they begin.
off_t offset_of_tail(int fd, int64_t count) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return 0;
  std::vector<char> chunk(kChunk + 64);
  off_t end = info.st_size;
  // `line_begin` is where the line after the newline under inspection begins.
  const Hole hole = find_hole(fd);
  int64_t found = -1;  // the newline at the end of the file closes the last line
  while (end > 0) {
    if (end <= hole.end) return hole.begin;  // all that is left, with the word about the rest
    const off_t begin = end > static_cast<off_t>(kChunk) ? end - static_cast<off_t>(kChunk) : 0;
    const auto size = static_cast<size_t>(end - begin);
    // Some bytes more, to see the tag of the line that follows a newline at the chunk's end.
    const ssize_t got = ::pread(fd, chunk.data(), size + 64, begin);
    if (got < static_cast<ssize_t>(size)) return 0;
    for (size_t i = size; i-- > 0;) {
      if (chunk[i] != '\n') continue;
      // Does the line before this newline end a whole line? Its tag stands at its beginning.
      size_t start = i;
      while (start > 0 && chunk[start - 1] != '\n') --start;
      const std::string_view before(chunk.data() + start, i - start);
      const std::optional<Entry> entry = parse(before);
      const bool in_sight = start > 0 || begin == 0;
      if (in_sight && entry && !entry->is_whole) continue;
      if (++found == count) return begin + static_cast<off_t>(i) + 1;
    }
    end = begin;
  }
  return 0;
}

off_t tail_of(int fd, int64_t lines) {
  return lines <= 0 ? ::lseek(fd, 0, SEEK_END) : offset_of_tail(fd, lines);
}

// The disk was full, say: argoexec has noted it with the end.
void say_what_is_missing(const std::string& folder, Reader& reader) {
  const std::optional<ExitRecord> record = inspect(folder, sys::boot_id()).record;
  if (record && !record->log_error.empty())
    reader.say(to_rfc3339_nano(record->finished), record->log_error);
}

bool exists(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

}  // namespace

base::Status read_container_log(const std::string& folder, const kube::LogOptions& options,
                                const std::function<bool(std::string_view)>& on_line,
                                const std::function<bool()>& is_over,
                                const std::function<bool()>& is_stopping) {
  const std::string path = folder + "/" + file::kLog;
  const sys::Fd watch(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (options.follow)
    ::inotify_add_watch(watch.get(), folder.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO);
  Reader reader(options, on_line);
  sys::Fd fd;
  File bytes(-1);
  std::vector<char> chunk(kChunk);
  for (bool is_first = true;; is_first = false) {
    // First the look for the end, then the reading: nothing is written after the end.
    const bool ended = is_over() || has_ended(folder);
    if (!fd.is_open()) {
      fd = sys::Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
      bytes = File(fd.get());
      // A log that begins after us is not cut.
      if (is_first && fd.is_open() && options.tail_lines)
        bytes.seek(tail_of(fd.get(), *options.tail_lines));
    }
    ssize_t got = 0;
    off_t lost = 0;
    while (fd.is_open() && (got = bytes.read(chunk, lost)) > 0) {
      if (lost > 0) reader.skip(lost);
      if (!reader.take({chunk.data(), static_cast<size_t>(got)})) return {};
    }
    if (!options.follow || ended) {
      if (reader.flush() && ended) say_what_is_missing(folder, reader);
      return {};
    }
    pollfd polled{watch.get(), POLLIN, 0};
    ::poll(&polled, 1, kWaitMs);
    while (::read(watch.get(), chunk.data(), chunk.size()) > 0) {
    }
    if (is_stopping() || !exists(folder)) return {};
  }
}

}  // namespace runtime
