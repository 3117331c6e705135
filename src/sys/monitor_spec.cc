#include "sys/monitor_spec.h"

#include <cstdlib>

namespace sys {
namespace {

// A tab parts the fields of one value, a newline the values.
void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else
      out += c;
  }
}

std::string unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char next = text[++i];
    out += next == 'n' ? '\n' : next == 't' ? '\t' : next;
  }
  return out;
}

class Writer {
 public:
  void line(std::string_view key, std::string_view a, std::string_view b = {},
            std::string_view c = {}) {
    out_.append(key).append(" ");
    append_escaped(out_, a);
    out_ += '\t';
    append_escaped(out_, b);
    out_ += '\t';
    append_escaped(out_, c);
    out_ += '\n';
  }
  void flag(std::string_view key, bool value) {
    if (value) line(key, "1");
  }
  void number(std::string_view key, int64_t value) { line(key, std::to_string(value)); }
  void list(std::string_view key, const std::vector<std::string>& values) {
    for (const std::string& value : values) line(key, value);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

bool apply(MonitorSpec& spec, std::string_view key, const std::string (&field)[3]) {
  const auto number = [&] { return std::strtoll(field[0].c_str(), nullptr, 10); };
  if (key == "attempt")
    spec.attempt = field[0];
  else if (key == "process")
    spec.is_process = true;
  else if (key == "argv")
    spec.argv.push_back(field[0]);
  else if (key == "env")
    spec.env.push_back(field[0]);
  else if (key == "cwd")
    spec.cwd = field[0];
  else if (key == "log")
    spec.log = field[0];
  else if (key == "work")
    spec.work = field[0];
  else if (key == "crun")
    spec.crun = field[0];
  else if (key == "layer")
    spec.layers.push_back(field[0]);
  else if (key == "cgroup")
    spec.cgroup_folders.push_back(field[0]);
  else if (key == "oom")
    spec.oom_file = field[0];
  else if (key == "hide-unified")
    spec.hide_unified_cgroups = true;
  else if (key == "user-namespace")
    spec.in_user_namespace = true;
  else if (key == "keep-files")
    spec.keep_files = true;
  else if (key == "result")
    spec.capture_result = true;
  else if (key == "output")
    spec.outputs.push_back({field[0], field[1], field[2] == "optional"});
  else if (key == "volume")
    spec.volumes.push_back({field[0], field[1]});
  else if (key == "termination-log")
    spec.termination_log = true;
  else if (key == "log-max")
    spec.log_bytes_max = number();
  else if (key == "deadline")
    spec.deadline_ns = number();
  else if (key == "grace")
    spec.grace_ns = number();
  else if (key == "signal")
    spec.stop_signal = static_cast<int>(number());
  else if (key == "notify")
    spec.notify_socket = field[0];
  else
    return false;
  return true;
}

}  // namespace

std::string encode(const MonitorSpec& spec) {
  Writer out;
  out.line("attempt", spec.attempt);
  out.flag("process", spec.is_process);
  out.list("argv", spec.argv);
  out.list("env", spec.env);
  if (!spec.cwd.empty()) out.line("cwd", spec.cwd);
  if (!spec.log.empty()) out.line("log", spec.log);
  if (!spec.work.empty()) out.line("work", spec.work);
  if (!spec.crun.empty()) out.line("crun", spec.crun);
  out.list("layer", spec.layers);
  out.list("cgroup", spec.cgroup_folders);
  if (!spec.oom_file.empty()) out.line("oom", spec.oom_file);
  out.flag("hide-unified", spec.hide_unified_cgroups);
  out.flag("user-namespace", spec.in_user_namespace);
  out.flag("keep-files", spec.keep_files);
  out.flag("result", spec.capture_result);
  for (const auto& file : spec.outputs)
    out.line("output", file.name, file.path, file.optional ? "optional" : "");
  for (const auto& volume : spec.volumes) out.line("volume", volume.host, volume.path);
  out.flag("termination-log", spec.termination_log);
  if (spec.log_bytes_max != 0) out.number("log-max", spec.log_bytes_max);
  if (spec.deadline_ns != 0) out.number("deadline", spec.deadline_ns);
  out.number("grace", spec.grace_ns);
  out.number("signal", spec.stop_signal);
  if (!spec.notify_socket.empty()) out.line("notify", spec.notify_socket);
  return out.take();
}

std::optional<MonitorSpec> decode_monitor_spec(std::string_view text) {
  MonitorSpec spec;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const size_t space = line.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    const std::string_view key = line.substr(0, space);
    line.remove_prefix(space + 1);
    std::string field[3];
    for (std::string& one : field) {
      const size_t tab = line.find('\t');
      one = unescape(line.substr(0, tab));
      line.remove_prefix(tab == std::string_view::npos ? line.size() : tab + 1);
    }
    if (!apply(spec, key, field)) return std::nullopt;
  }
  return spec;
}

}  // namespace sys
