// follow.h — stays with a workflow until it ends: silently, as a live view, or by its logs.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "cli/session.h"

namespace cli {

bool is_finished(const text::Value& workflow);
bool has_failed(const text::Value& workflow);

// Calls `on_change` with each state that the server tells, the first being that of now; gives the
// last. Begins again where the server's stream breaks off. kNotFound: no such workflow, or it was
// deleted meanwhile. Without `on_change` only what tells the end is asked for: a large workflow's
// nodes cost the server and us more than their steps do.
base::Result<text::Value> follow(Session& session, const std::string& name,
                                 const std::function<void(const text::Value&)>& on_change = {});

// On a terminal one picture, drawn over and over; in a pipe a line for each change.
class LiveView {
 public:
  LiveView(Session& session, text::Selector nodes);
  ~LiveView();
  void update(const text::Value& workflow);
  // Leaves the whole last picture on the screen.
  void finish();

 private:
  void draw(bool whole);
  void print_changes();
  void print_line(std::string_view icon, std::string_view name, std::string_view text);

  Session& session_;
  text::Selector nodes_;
  std::mutex mutex_;  // the clock's ticks draw too
  text::Value workflow_;
  size_t lines_drawn_ = 0;
  base::Time drawn_;                          // when last
  std::map<std::string, std::string> shown_;  // by node: what its last line said
  std::shared_ptr<void> ticks_;
};

// Watches with a LiveView to the end; gives the workflow as it ended.
base::Result<text::Value> watch_workflow(Session& session, const std::string& name,
                                         const text::Selector& nodes);

// "hello-x Succeeded at 2026-01-02 03:04:05 +0000 UTC"
void print_end(Session& session, std::string_view name, const text::Value& workflow);

struct LogRequest {
  std::string workflow, pod, container = "main", grep, selector, since_time;
  bool follow = false, previous = false, timestamps = false;
  int64_t since_seconds = 0, tail = -1;
};
base::Status print_logs(Session& session, const LogRequest& request);

}  // namespace cli
