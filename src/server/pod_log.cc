#include "server/pod_log.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <utility>

#include "server/kube_writes.h"
#include "server/pod_container.h"

namespace server {
namespace {

constexpr size_t kChunk = 32 << 10;  // of lines that are sent at once, unless somebody follows

// Kubernetes' words for each wrong option, all at once.
struct Problems {
  std::vector<std::string> texts;
  void add(std::string text) { texts.push_back(std::move(text)); }
};

// A number that is at least `least`.
std::optional<int64_t> number(const Call& call, std::string_view name, int64_t least,
                              Problems& problems) {
  const std::string_view text = call.query(name);
  if (text.empty()) return std::nullopt;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    problems.add(fmt::format("{}: Invalid value: \"{}\": must be an integer", name, text));
  else if (value < least)
    problems.add(fmt::format("{}: Invalid value: {}: must be greater than {}", name, value,
                             least == 0 ? "or equal to 0" : "0"));
  return value;
}

base::Result<kube::LogOptions> read_options(const Call& call, std::string_view pod) {
  Problems problems;
  kube::LogOptions out;
  out.follow = call.query_flag("follow");
  out.previous = call.query_flag("previous");
  out.timestamps = call.query_flag("timestamps");
  out.tail_lines = number(call, "tailLines", 0, problems);
  out.limit_bytes = number(call, "limitBytes", 1, problems);
  const auto seconds = number(call, "sinceSeconds", 1, problems);
  const std::string_view since = call.query("sinceTime");
  if (seconds && !since.empty())
    problems.add("Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified");
  if (seconds) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    out.since =
        base::Time{std::chrono::nanoseconds(now).count()} - base::Duration::seconds(*seconds);
  }
  if (!since.empty()) {
    if (const auto time = base::parse_rfc3339(since))
      out.since = *time;
    else
      problems.add(
          fmt::format("sinceTime: Invalid value: \"{}\": must be an RFC 3339 time", since));
  }
  if (const std::string_view stream = call.query("stream"); !stream.empty() && stream != "All")
    problems.add(
        fmt::format("stream: Unsupported value: \"{}\": supported values: \"All\"", stream));
  if (problems.texts.empty()) return out;
  return base::fail(base::Code::kInvalid, fmt::format("PodLogOptions \"{}\" is invalid: {}", pod,
                                                      fmt::join(problems.texts, ", ")));
}

void send_lines(kube::NodeApi& node, const std::string& uid, const kube::LogOptions& options,
                Call& call) {
  bool begun = false;
  std::string buffer;
  const auto begin = [&] {
    if (!std::exchange(begun, true)) call.out.begin(200, {{"Content-Type", "text/plain"}});
  };
  const auto flush = [&] {
    const bool taken = buffer.empty() || call.out.write(buffer);
    buffer.clear();
    return taken && !call.out.is_gone();
  };
  // Who follows a silent container sees that it is being followed.
  if (options.follow) begin();
  int64_t left = options.limit_bytes.value_or(INT64_MAX);
  const auto status = node.logs(uid, options, [&](std::string_view line) {
    begin();
    // The limit counts the ends of lines.
    const auto size = static_cast<size_t>(std::min<int64_t>(left, INT32_MAX));
    buffer.append(line.substr(0, size));
    if (line.size() < size) buffer += '\n';
    left -= static_cast<int64_t>(std::min(line.size() + 1, size));
    if (!options.follow && buffer.size() < kChunk) return left > 0;
    return flush() && left > 0;
  });
  if (!status && !begun) return call.fail(status.error());
  begin();
  if (!status) buffer += fmt::format("(the log breaks off: {})\n", status.error().text);
  flush();
  call.out.end();
}

}  // namespace

void answer_pod_log(kube::StoreApi& api, kube::NodeApi* node, const kube::ObjectRef& pod,
                    Call& call) {
  const auto found = find_container(api, pod, call);
  if (!found) return;
  auto options = read_options(call, pod.name);
  if (!options) return refuse_call(call, 422, "Invalid", options.error().text);
  options->container = found->name;
  const auto refuse = [&](const std::string& why) { refuse_call(call, 400, "BadRequest", why); };
  if (options->previous)
    return refuse(fmt::format("previous terminated container \"{}\" in pod \"{}\" not found",
                              found->name, pod.name));
  const std::string_view phase = found->phase();
  if (!found->waits.empty() && phase != "Succeeded" && phase != "Failed")
    return refuse(fmt::format("container \"{}\" in pod \"{}\" is waiting to start: {}", found->name,
                              pod.name, found->waits));
  if (node == nullptr)
    return call.fail({base::Code::kUnavailable, "this server has no node agent to ask for logs"});
  send_lines(*node, found->pod_uid, *options, call);
}

}  // namespace server
