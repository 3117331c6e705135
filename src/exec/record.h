// record.h — the durable files that argoexec leaves: the mark of the start, the record of the end.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sys/fd.h"

namespace exec {

// How one container ended. The agent reads it as JSON (runtime/container_dir.h).
struct ExitRecord {
  std::string attempt;
  int pid = 0;                          // of the container's first process, as the host sees it
  int64_t began_ns = 0, marked_ns = 0;  // argoexec itself; its mark durable
  int64_t started_ns = 0, finished_ns = 0;
  int exit_code = -1;
  int signal = 0;  // that ended it, or 0
  bool oom_killed = false;
  bool deadline_exceeded = false;
  bool stopped = false;     // on request
  std::string start_error;  // it never ran: why
  bool has_result = false;
  std::string result;  // may hold any bytes; JSON gets U+FFFD for what is no UTF-8
  struct Parameter {
    std::string name, value;
  };
  std::vector<Parameter> parameters;
  std::vector<std::string> missing;  // optional files that are not there
  std::string output_error;
  std::string termination_message;
  std::string log_error;  // the log is incomplete: why
};

std::string to_json(const ExitRecord& record);
// What waitpid() gave. `meant` is the signal that a SIGKILL of ours stands for, or 0.
void set_exit(ExitRecord& record, int status, int meant);
// `text` with quotes and escapes.
void append_json_string(std::string& out, std::string_view text);

// Both give "" or what went wrong. Durable when they return.
// Fails when the file is there: an attempt starts at most once. `file` is open for writing.
std::string create_once(int folder, const char* name, std::string_view text, sys::Fd& file);
// Puts the line at `size`, and its '\n' once the line is durable. May be called again.
std::string append_durably(int file, int64_t size, std::string_view line);
// Without waiting for the disk.
std::string write_file(int folder, const char* name, std::string_view text);
std::string read_file(int folder, const char* name, size_t max);

}  // namespace exec
