#include "exec/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "sys/monitor_spec.h"

namespace exec {

void LogFile::set_stamp(int64_t now_ns) {
  const time_t seconds = static_cast<time_t>(now_ns / 1'000'000'000);
  tm utc{};
  gmtime_r(&seconds, &utc);
  const size_t size = std::strftime(stamp_, sizeof stamp_, "%Y-%m-%dT%H:%M:%S", &utc);
  stamp_size_ =
      size + static_cast<size_t>(std::snprintf(stamp_ + size, sizeof stamp_ - size, ".%09lldZ",
                                               static_cast<long long>(now_ns % 1'000'000'000)));
}

void LogFile::line(Stream stream, char tag, std::string_view text) {
  out_.append(stamp_, stamp_size_);
  out_ += stream == kStdout ? " stdout " : " stderr ";
  out_ += tag;
  out_ += ' ';
  out_ += text;
  out_ += '\n';
}

void LogFile::append(Stream stream, std::string_view bytes, int64_t now_ns) {
  set_stamp(now_ns);
  std::string& partial = partial_[stream];
  while (!bytes.empty()) {
    const size_t room = sys::kLogLineMax - partial.size();
    const size_t newline = bytes.substr(0, room + 1).find('\n');
    if (newline != std::string_view::npos) {
      if (partial.empty()) {
        line(stream, 'F', bytes.substr(0, newline));
      } else {
        partial.append(bytes.substr(0, newline));
        line(stream, 'F', partial);
        partial.clear();
      }
      bytes.remove_prefix(newline + 1);
    } else if (bytes.size() > room) {
      partial.append(bytes.substr(0, room));
      line(stream, 'P', partial);
      partial.clear();
      bytes.remove_prefix(room);
    } else {
      partial.append(bytes);
      break;
    }
  }
  flush();
}

void LogFile::finish(Stream stream, int64_t now_ns) {
  if (partial_[stream].empty()) return;
  set_stamp(now_ns);
  line(stream, 'F', partial_[stream]);
  partial_[stream].clear();
  flush();
}

LogFile::LogFile(std::string path) : folder_(AT_FDCWD), name_(std::move(path)) {}

void LogFile::open() {
  const auto try_it = [this] {
    fd_.reset(::openat(folder_, name_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    return fd_.is_open();
  };
  if (try_it() || errno != ENOENT || folder_ != AT_FDCWD) return;
  const std::string folder = name_.substr(0, name_.rfind('/'));
  ::mkdir(folder.substr(0, folder.rfind('/')).c_str(), 0711);
  ::mkdir(folder.c_str(), 0711);
  try_it();
}

void LogFile::flush() {
  if (out_.empty()) return;
  if (!fd_.is_open()) open();
  std::string_view rest = out_;
  while (!rest.empty() && error_.empty()) {
    const ssize_t wrote = ::write(fd_.get(), rest.data(), rest.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) {
      error_ = std::string("the log is incomplete: ") + std::strerror(errno);
      break;
    }
    unsynced_ += static_cast<size_t>(wrote);
    size_ += wrote;
    rest.remove_prefix(static_cast<size_t>(wrote));
  }
  out_.clear();
  if (bytes_max_ > 0 && size_ - hole_ > bytes_max_ && error_.empty()) make_hole();
}

// An eighth more than is needed, so that it is seldom needed.
void LogFile::make_hole() {
  constexpr int64_t kBlock = 4096;
  const int64_t begin = (bytes_max_ / 4 + kBlock - 1) / kBlock * kBlock;
  const int64_t end = (size_ - bytes_max_ / 8 * 5) / kBlock * kBlock;
  if (end <= begin) return;
  if (::fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, begin, end - begin) == 0)
    hole_ = end - begin;
  else
    error_ = "the log is incomplete: it has reached its bound of " + std::to_string(bytes_max_) +
             " bytes";
}

void LogFile::sync() {
  if (!fd_.is_open() || unsynced_ == 0) return;
  unsynced_ = 0;
  if (::fdatasync(fd_.get()) != 0 && error_.empty())
    error_ = std::string("the log is incomplete: ") + std::strerror(errno);
}

void Tail::append(std::string_view bytes) {
  if (bytes.size() >= sys::kOutputMax) {
    ring_.assign(bytes.substr(bytes.size() - sys::kOutputMax));
    return;
  }
  ring_.append(bytes);
  if (ring_.size() > 2 * sys::kOutputMax) ring_.erase(0, ring_.size() - sys::kOutputMax);
}

std::string Tail::take() {
  if (ring_.size() > sys::kOutputMax) ring_.erase(0, ring_.size() - sys::kOutputMax);
  return std::move(ring_);
}

}  // namespace exec
