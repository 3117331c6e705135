#include "cli/kube_logs.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "cli/api.h"
#include "cli/line_cutter.h"
#include "expr/pattern.h"
#include "text/json.h"

namespace cli {
namespace {

using text::Value;

constexpr auto kLookAgain = std::chrono::seconds(1);

struct Line {
  std::string time, pod, text;
};

class LogReader {
 public:
  LogReader(sys::HttpClient& client, const KubeClient::Connect& connect,
            const KubeLogRequest& request, const std::function<bool(std::string_view)>& on_bytes)
      : client_(client),
        connect_(connect),
        request_(request),
        on_bytes_(on_bytes),
        timestamps_(request.options.get("logOptions.timestamps") == "true") {}

  base::Status run() {
    auto pattern = expr::compile_pattern(request_.options.get("grep"));
    if (!pattern) return base::fail(base::Code::kInvalid, "--grep: " + pattern.error().text);
    grep_ = *std::move(pattern);
    auto workflow = ask(workflow_path());
    if (!workflow) return base::fail(workflow.error());
    return request_.options.get("logOptions.follow") == "true" ? follow() : show();
  }

 private:
  std::string workflow_path() const {
    return fmt::format("/apis/argoproj.io/v1alpha1/namespaces/{}/workflows/{}",
                       sys::percent_encode(request_.name_space),
                       sys::percent_encode(request_.workflow));
  }

  base::Result<Value> ask(const std::string& target) {
    const auto response =
        client_.send({.method = "GET", .target = target, .headers = {}, .body = {}});
    if (!response) return base::fail(response.error());
    if (response->status >= 300) return base::fail(error_of(*response));
    return text::parse_json(response->body);
  }

  // Names of pods, each with whether it has begun.
  base::Result<std::vector<std::pair<std::string, bool>>> find_pods() {
    std::string labels = "workflows.argoproj.io/workflow=" + request_.workflow;
    if (const std::string more = request_.options.get("selector"); !more.empty())
      labels += "," + more;
    Query query;
    query.add("labelSelector", labels);
    const auto pods = ask(fmt::format("/api/v1/namespaces/{}/pods{}",
                                      sys::percent_encode(request_.name_space), query.text()));
    if (!pods) return base::fail(pods.error());
    std::vector<std::pair<std::string, bool>> out;
    const std::string wanted = request_.options.get("podName");
    const Value* items = pods->find("items");
    if (!items || !items->is_list()) return out;
    for (const Value& pod : items->as_list()) {
      const std::string name(pod.string_at("metadata", "name"));
      const std::string_view phase = pod.string_at("status", "phase");
      if (wanted.empty() || wanted == name)
        out.emplace_back(name, !phase.empty() && phase != "Pending");
    }
    return out;
  }

  std::string log_path(const std::string& pod, bool follow) const {
    Query query;
    const auto option = [&](const char* name) {
      query.add(name, request_.options.get(std::string("logOptions.") + name));
    };
    for (const char* name :
         {"container", "previous", "sinceSeconds", "sinceTime", "tailLines", "limitBytes"})
      option(name);
    query.add("timestamps", "true").add("follow", follow ? "true" : "");
    return fmt::format("/api/v1/namespaces/{}/pods/{}/log{}",
                       sys::percent_encode(request_.name_space), sys::percent_encode(pod),
                       query.text());
  }

  base::Status read_pod(sys::HttpClient& client, const std::string& pod, bool follow,
                        const std::function<bool(Line)>& on_line) const {
    LineCutter cutter([&](std::string_view text) {
      const size_t space = std::min(text.find(' '), text.size());
      return on_line({std::string(text.substr(0, space)), pod,
                      std::string(text.substr(std::min(space + 1, text.size())))});
    });
    const auto response =
        client.stream({.method = "GET", .target = log_path(pod, follow), .headers = {}, .body = {}},
                      [&](std::string_view bytes) { return cutter.feed(bytes); });
    cutter.finish();
    if (!response) return base::fail(response.error());
    if (response->status >= 300) return base::fail(error_of(*response));
    return {};
  }

  // From any thread.
  bool tell(const Line& line) {
    if (!RE2::PartialMatch(line.text, *grep_)) return true;
    Value out;
    out["result"]["content"] = timestamps_ ? line.time + " " + line.text : line.text;
    out["result"]["podName"] = line.pod;
    const std::lock_guard lock(mutex_);
    is_wanted_ = is_wanted_ && on_bytes_(text::to_json(out) + "\n");
    return is_wanted_;
  }

  base::Status show() {
    const auto pods = find_pods();
    if (!pods) return base::fail(pods.error());
    std::vector<Line> lines;
    for (const auto& [pod, has_begun] : *pods) {
      if (!has_begun) continue;
      const auto read = read_pod(client_, pod, false, [&](Line line) {
        lines.push_back(std::move(line));
        return true;
      });
      if (!read) return read;
    }
    std::stable_sort(lines.begin(), lines.end(),
                     [](const Line& a, const Line& b) { return a.time < b.time; });
    for (const Line& line : lines)
      if (!tell(line)) break;
    return {};
  }

  void start(const std::string& pod) {
    const std::lock_guard lock(mutex_);
    ++running_;
    threads_.emplace_back([this, pod] {
      auto client = connect_();
      const base::Status read =
          client ? read_pod(**client, pod, true, [this](const Line& line) { return tell(line); })
                 : base::Status(base::fail(client.error()));
      const std::lock_guard inner(mutex_);
      if (!read && failure_) failure_ = read;
      --running_;
      ended_.notify_all();
    });
  }

  // Pods come while we read: each has a thread, and the list is looked at again.
  base::Status follow() {
    std::set<std::string> seen;
    base::Status done;
    while (done) {
      const auto workflow = ask(workflow_path());
      const bool is_over = !workflow || !workflow->string_at("status", "finishedAt").empty();
      const auto pods = find_pods();
      if (!pods) done = base::fail(pods.error());
      if (!workflow && workflow.error().code != base::Code::kNotFound)
        done = base::fail(workflow.error());
      if (pods)
        for (const auto& [pod, has_begun] : *pods)
          if (has_begun && seen.insert(pod).second) start(pod);
      std::unique_lock lock(mutex_);
      if (!failure_ || !is_wanted_ || (is_over && running_ == 0)) break;
      ended_.wait_for(lock, kLookAgain);
    }
    threads_.clear();  // joins
    return done ? failure_ : done;
  }

  sys::HttpClient& client_;
  const KubeClient::Connect& connect_;
  const KubeLogRequest& request_;
  const std::function<bool(std::string_view)>& on_bytes_;
  std::unique_ptr<const RE2> grep_;
  const bool timestamps_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool is_wanted_ = true;
  size_t running_ = 0;
  base::Status failure_;
  std::vector<std::jthread> threads_;  // last: they use the others
};

}  // namespace

base::Status read_kube_logs(sys::HttpClient& client, const KubeClient::Connect& connect,
                            const KubeLogRequest& request,
                            const std::function<bool(std::string_view)>& on_bytes) {
  return LogReader(client, connect, request, on_bytes).run();
}

}  // namespace cli
