#include "server/workflow_logs.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <unordered_set>

#include "kube/kinds.h"
#include "kube/pod_contract.h"
#include "server/log_merge.h"
#include "server/workflow_routes.h"
#include "text/json.h"
#include "text/selector.h"

namespace server {
namespace {

constexpr size_t kMergedPodsMax = 32;
constexpr size_t kFollowedPodsMax = 200;  // at once

struct Pod {
  std::string name, uid;
};

base::Result<kube::LogOptions> log_options(const Call& call, std::string_view prefix) {
  auto name = [&](std::string_view option) { return std::string(prefix) + std::string(option); };
  kube::LogOptions out;
  if (const auto container = call.query(name("container")); !container.empty())
    out.container = container;
  out.follow = call.query_flag(name("follow"));
  out.previous = call.query_flag(name("previous"));
  out.timestamps = call.query_flag(name("timestamps"));
  out.tail_lines = call.query_number(name("tailLines"));
  out.limit_bytes = call.query_number(name("limitBytes"));
  if (const auto seconds = call.query_number(name("sinceSeconds"))) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    out.since =
        base::Time{std::chrono::nanoseconds(now).count()} - base::Duration::seconds(*seconds);
  }
  if (const auto since = call.query(name("sinceTime")); !since.empty()) {
    const auto time = base::parse_rfc3339(since);
    if (!time)
      return base::fail(base::Code::kInvalid,
                        fmt::format("sinceTime \"{}\" is no RFC 3339 time", since));
    out.since = *time;
  }
  return out;
}

// Sends lines, from any thread, as they are to be shown.
class LogSink {
 public:
  LogSink(const Call& call, bool timestamps, const RE2* grep)
      : call_(call), timestamps_(timestamps), grep_(grep) {}

  // `line` begins with its time.
  bool send(const std::string& pod, std::string_view line) {
    const std::lock_guard lock(mutex_);
    if (!timestamps_) {
      const size_t space = line.find(' ');
      line.remove_prefix(space == std::string_view::npos ? line.size() : space + 1);
    }
    if (grep_ != nullptr && !RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), *grep_))
      return !call_.out.is_gone();
    if (!stream_) stream_.emplace(call_, true);
    json_ = "{\"content\":";
    text::append_json_string(json_, line);
    json_ += ",\"podName\":";
    text::append_json_string(json_, pod);
    json_ += '}';
    return stream_->send(json_);
  }
  // The headers, so that a follower knows that it is being served.
  void begin() {
    const std::lock_guard lock(mutex_);
    if (!stream_) stream_.emplace(call_, true);
  }
  void end(const base::Status& status) {
    const std::lock_guard lock(mutex_);
    if (!status && !stream_) return call_.fail(status.error());
    if (!stream_) stream_.emplace(call_, true);
    call_.out.end();
  }

 private:
  const Call& call_;
  const bool timestamps_;
  const RE2* const grep_;
  std::mutex mutex_;
  std::optional<LineStream> stream_;
  std::string json_;
};

class WorkflowLogs {
 public:
  WorkflowLogs(kube::StoreApi& api, kube::NodeApi& node, const LogTarget& target,
               const store::Object& workflow, kube::LogOptions options, text::Selector selector,
               LogSink& sink, const Call& call)
      : api_(api),
        node_(node),
        target_(target),
        workflow_(workflow),
        options_(std::move(options)),
        selector_(std::move(selector)),
        sink_(sink),
        call_(call) {
    options_.timestamps = true;  // the sink takes them off again
  }

  void show() {
    auto pods = find_pods();
    if (!pods) return sink_.end(base::fail(pods.error()));
    base::Status status;
    if (pods->size() <= kMergedPodsMax) {
      std::vector<LineSource> sources;
      for (const Pod& pod : *pods)
        sources.push_back([this, &pod](const auto& on_line) { return read(pod, on_line); });
      status = merge_lines(sources, [&](size_t i, std::string_view line) {
        return sink_.send((*pods)[i].name, line);
      });
    } else {
      for (const Pod& pod : *pods) {
        status = read(pod, [&](std::string_view line) { return sink_.send(pod.name, line); });
        if (call_.out.is_gone() || (!status && status.error().code == base::Code::kUnavailable))
          break;
      }
    }
    if (status && !pods->empty() && absent_ == pods->size() &&
        options_.container != kube::LogOptions().container)
      status = base::fail(base::Code::kNotFound,
                          fmt::format("no pod of workflow \"{}\" has logs of a container \"{}\"",
                                      workflow_.key.name, options_.container));
    sink_.end(status);
  }

  void follow();

 private:
  // A pod or container without logs (it never began) is no error among others.
  base::Status read(const Pod& pod, const std::function<bool(std::string_view)>& on_line) {
    auto status = node_.logs(pod.uid, options_, on_line);
    const bool is_absent = !status && status.error().code == base::Code::kNotFound;
    if (!is_absent || !target_.pod.empty()) return status;
    ++absent_;
    return {};
  }

  bool is_wanted(const store::Object& pod) const {
    if (store::find_label(pod.labels, kube::kWorkflowLabel) != workflow_.key.name) return false;
    if (!target_.pod.empty() && pod.key.name != target_.pod) return false;
    return store::matches(selector_, pod.labels);
  }

  base::Result<std::vector<Pod>> find_pods() const {
    std::vector<Pod> out;
    store::ListQuery query;
    query.resource = "pods";
    query.namespace_ = workflow_.key.namespace_;
    query.owner_uid = workflow_.uid;
    query.limit = 500;
    do {
      auto page = api_.store().list(query);
      if (!page) return base::fail(page.error());
      for (const store::Object& pod : page->objects)
        if (is_wanted(pod)) out.push_back({pod.key.name, pod.uid});
      query.continue_token = page->continue_token;
    } while (!query.continue_token.empty());
    if (out.empty() && !target_.pod.empty())
      return base::fail(base::Code::kNotFound, fmt::format("pods \"{}\" not found", target_.pod));
    return out;
  }

  bool is_finished() const {
    auto now = api_.store().get(workflow_.key);
    return !now || now->uid != workflow_.uid ||
           store::find_label(now->labels, kube::kCompletedLabel) == "true";
  }

  kube::StoreApi& api_;
  kube::NodeApi& node_;
  const LogTarget& target_;
  const store::Object& workflow_;
  kube::LogOptions options_;
  const text::Selector selector_;
  LogSink& sink_;
  const Call& call_;
  std::atomic<size_t> absent_ = 0;  // pods without the container's logs
};

bool has_begun(const store::Object& pod) {
  return pod.json.find(R"("phase":"Pending")") == std::string::npos;
}

// New pods join as they begin; it ends with the workflow (or with the one pod that was asked for).
void WorkflowLogs::follow() {
  auto watch = api_.store().watch("pods", workflow_.key.namespace_, 0);
  if (!watch) return sink_.end(base::fail(watch.error()));
  auto finish = api_.store().watch(workflow_.key.resource, workflow_.key.namespace_, 0);
  if (!finish) return sink_.end(base::fail(finish.error()));
  std::unordered_set<std::string> seen;
  std::vector<Pod> waiting;
  std::vector<std::thread> threads;
  std::mutex mutex;
  size_t running = 0, ended = 0;
  base::Status fault;
  auto offer = [&](const store::Object& pod) {
    if (is_wanted(pod) && has_begun(pod) && seen.insert(pod.uid).second)
      waiting.push_back({pod.key.name, pod.uid});
  };
  auto start_waiting = [&] {
    const std::lock_guard lock(mutex);
    while (!waiting.empty() && running < kFollowedPodsMax) {
      ++running;
      threads.emplace_back([&, pod = waiting.back()] {
        auto status = read(pod, [&](std::string_view line) { return sink_.send(pod.name, line); });
        const std::lock_guard inner(mutex);
        if (!status && fault) fault = std::move(status);
        --running;
        ++ended;
      });
      waiting.pop_back();
    }
  };
  store::ListQuery query;
  query.resource = "pods";
  query.namespace_ = workflow_.key.namespace_;
  query.owner_uid = workflow_.uid;
  if (auto page = api_.store().list(query))
    for (const store::Object& pod : page->objects) offer(pod);
  while (!call_.out.is_gone()) {
    start_waiting();
    {
      const std::lock_guard lock(mutex);
      const bool is_idle = running == 0 && waiting.empty();
      if (is_idle && !target_.pod.empty() && ended != 0) break;
      if (is_idle && is_finished()) {
        // What began just before the end may not have been offered yet.
        auto last = (*watch)->next(0, nullptr);
        if (!last || last->empty()) break;
        for (const store::Change& change : *last) offer(*change.object);
        continue;
      }
      if (!fault && fault.error().code == base::Code::kUnavailable) break;
    }
    auto changes = (*watch)->next(100, nullptr);
    if (!changes) break;
    for (const store::Change& change : *changes) offer(*change.object);
  }
  for (std::thread& thread : threads) thread.join();
  sink_.end(fault);
}

}  // namespace

void answer_logs(kube::StoreApi& api, kube::NodeApi* node, const LogTarget& target, Call& call) {
  auto workflow = find_workflow(api, target.namespace_, target.workflow);
  if (!workflow) return call.fail(workflow.error());
  if (node == nullptr)
    return call.fail({base::Code::kUnavailable, "this server has no node agent to ask for logs"});
  auto options = log_options(call, "logOptions.");
  if (!options) return call.fail(options.error());
  auto selector = text::Selector::parse_labels(call.query("selector"));
  if (!selector) return call.fail(selector.error());
  std::optional<RE2> grep;
  if (const std::string_view pattern = call.query("grep"); !pattern.empty()) {
    RE2::Options quiet;
    quiet.set_log_errors(false);
    grep.emplace(re2::StringPiece(pattern.data(), pattern.size()), quiet);
    if (!grep->ok()) return call.fail({base::Code::kInvalid, "grep: " + grep->error()});
  }
  LogSink sink(call, options->timestamps, grep ? &*grep : nullptr);
  const bool follows = options->follow;
  WorkflowLogs logs(api, *node, target, *workflow, std::move(*options), std::move(*selector), sink,
                    call);
  if (follows) {
    sink.begin();
    logs.follow();
  } else {
    logs.show();
  }
}

}  // namespace server
