#include "exec/record.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "sys/fd.h"

namespace exec {
namespace {

std::string problem(const char* verb, const char* name) {
  return std::string("cannot ") + verb + " " + name + ": " + std::strerror(errno);
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(fd, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    text.remove_prefix(static_cast<size_t>(wrote));
  }
  return true;
}

// At a place, so that what a full disk has cut off is written over by the next try.
bool write_at(int fd, int64_t at, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::pwrite(fd, text.data(), text.size(), at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    text.remove_prefix(static_cast<size_t>(wrote));
    at += wrote;
  }
  return true;
}

// The length of the UTF-8 sequence at the beginning of `text`; 0 when there is none.
size_t utf8_length(std::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto next = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned a = byte(0), b = byte(1);
  if (a < 0x80) return 1;
  if (a >= 0xC2 && a <= 0xDF) return next(1) ? 2 : 0;
  if (a >= 0xE0 && a <= 0xEF) {
    if ((a == 0xE0 && b < 0xA0) || (a == 0xED && b > 0x9F)) return 0;
    return next(1) && next(2) ? 3 : 0;
  }
  if (a >= 0xF0 && a <= 0xF4) {
    if ((a == 0xF0 && b < 0x90) || (a == 0xF4 && b > 0x8F)) return 0;
    return next(1) && next(2) && next(3) ? 4 : 0;
  }
  return 0;
}

class Members {
 public:
  void text(const char* key, std::string_view value) {
    name(key);
    append_json_string(out_, value);
  }
  void number(const char* key, int64_t value) {
    name(key);
    out_ += std::to_string(value);
  }
  void flag(const char* key, bool value) {
    if (!value) return;
    name(key);
    out_ += "true";
  }
  void raw(const char* key, std::string_view json) {
    name(key);
    out_ += json;
  }
  std::string take() { return std::move(out_) + "}"; }

 private:
  void name(const char* key) {
    out_ += out_.size() > 1 ? ",\"" : "\"";
    out_ += key;
    out_ += "\":";
  }
  std::string out_ = "{";
};

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const size_t length = utf8_length(text);
    const char c = text[0];
    if (length == 0) {
      out += "\xEF\xBF\xBD";
    } else if (length > 1) {
      out.append(text.substr(0, length));
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
      out += escaped;
    } else {
      out += c;
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

void set_exit(ExitRecord& record, int status, int meant) {
  record.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (record.signal == SIGKILL && meant != 0) record.signal = meant;
  record.exit_code = record.signal != 0 ? 128 + record.signal : WEXITSTATUS(status);
}

std::string to_json(const ExitRecord& record) {
  Members out;
  out.text("attempt", record.attempt);
  out.number("pid", record.pid);
  if (record.began_ns != 0) out.number("beganAt", record.began_ns);
  if (record.marked_ns != 0) out.number("markedAt", record.marked_ns);
  out.number("startedAt", record.started_ns);
  out.number("finishedAt", record.finished_ns);
  out.number("exitCode", record.exit_code);
  out.number("signal", record.signal);
  out.flag("oomKilled", record.oom_killed);
  out.flag("deadlineExceeded", record.deadline_exceeded);
  out.flag("stopped", record.stopped);
  if (!record.start_error.empty()) out.text("startError", record.start_error);
  if (record.has_result) out.text("result", record.result);
  std::string list = "[";
  for (const auto& parameter : record.parameters) {
    list += list.size() > 1 ? ",{\"name\":" : "{\"name\":";
    append_json_string(list, parameter.name);
    list += ",\"value\":";
    append_json_string(list, parameter.value);
    list += '}';
  }
  if (!record.parameters.empty()) out.raw("parameters", list + "]");
  list = "[";
  for (const std::string& name : record.missing) {
    if (list.size() > 1) list += ',';
    append_json_string(list, name);
  }
  if (!record.missing.empty()) out.raw("missing", list + "]");
  if (!record.output_error.empty()) out.text("outputError", record.output_error);
  if (!record.termination_message.empty())
    out.text("terminationMessage", record.termination_message);
  if (!record.log_error.empty()) out.text("logError", record.log_error);
  return out.take();
}

std::string create_once(int folder, const char* name, std::string_view text, sys::Fd& file) {
  file = sys::Fd(::openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.is_open()) return problem("create", name);
  if (!write_at(file.get(), 0, text)) return problem("write", name);
  // The file's bytes and its name: both must be on disk before the step begins.
  if (::fsync(file.get()) != 0 || ::fsync(folder) != 0) return problem("sync", name);
  return {};
}

std::string append_durably(int file, int64_t size, std::string_view line) {
  if (!write_at(file, size, line)) return problem("write", "the record");
  if (::fdatasync(file) != 0) return problem("sync", "the record");
  const int64_t end = size + static_cast<int64_t>(line.size());
  return write_at(file, end, "\n") ? std::string() : problem("write", "the record");
}

std::string write_file(int folder, const char* name, std::string_view text) {
  const sys::Fd fd(::openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd.is_open()) return problem("create", name);
  return write_all(fd.get(), text) ? std::string() : problem("write", name);
}

std::string read_file(int folder, const char* name, size_t max) {
  const sys::Fd fd(::openat(folder, name, O_RDONLY | O_CLOEXEC));
  std::string out;
  char chunk[4096];
  while (fd.is_open() && out.size() < max) {
    const ssize_t got = ::read(fd.get(), chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    out.append(chunk, static_cast<size_t>(got));
  }
  if (out.size() > max) out.resize(max);
  return out;
}

}  // namespace exec
