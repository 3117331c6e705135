// log_file.h — a container's output as CRI writes it: "<RFC 3339 nanoseconds> stdout F <text>".
//
// F is a whole line, P a part of a longer one. Bytes are kept as they came. The time is that of
// the read, so all lines of one read share it. A log that would grow beyond its bound loses what
// lies between its first quarter and its last part: a hole is made there, so that a step which
// writes for ever does not fill the disk, and who reads (runtime/container_log.h) says what is
// lost.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "sys/fd.h"

namespace exec {

class LogFile {
 public:
  // Made in the folder with the first line: a silent step pays nothing for it.
  LogFile(int folder, std::string name) : folder_(folder), name_(std::move(name)) {}
  // By its path; the two folders above it are made when they are not there.
  explicit LogFile(std::string path);

  // What is kept, at most; 0: all.
  void set_max(int64_t bytes) { bytes_max_ = bytes; }

  enum Stream { kStdout = 0, kStderr = 1 };
  void append(Stream stream, std::string_view bytes, int64_t now_ns);
  // The unfinished line of a stream, when the stream has ended.
  void finish(Stream stream, int64_t now_ns);
  void sync();
  // "" or why the log is incomplete: the step goes on when the disk is full.
  const std::string& error() const { return error_; }
  // Bytes since the last sync.
  size_t unsynced() const { return unsynced_; }
  int fd() const { return fd_.get(); }

 private:
  void line(Stream stream, char tag, std::string_view text);
  void flush();
  void open();

  int folder_;
  size_t unsynced_ = 0;
  int64_t bytes_max_ = 0, size_ = 0, hole_ = 0;
  void make_hole();
  std::string name_;
  sys::Fd fd_;
  std::string partial_[2];  // text after the last newline
  std::string out_, error_;
  char stamp_[40] = {};
  size_t stamp_size_ = 0;
  void set_stamp(int64_t now_ns);
};

// The last bytes of a stream, at most sys::kOutputMax.
class Tail {
 public:
  void append(std::string_view bytes);
  std::string take();

 private:
  std::string ring_;  // at most twice the wanted size, cut now and then
};

}  // namespace exec
