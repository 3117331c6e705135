#include "cli/follow.h"

#include <algorithm>
#include <vector>

#include "cli/humanize.h"
#include "cli/table.h"

namespace cli {
namespace {

using text::Value;

constexpr base::Duration kPictureLasts = base::Duration::millis(50);
constexpr char kFieldsOfTheEnd[] =
    "result.type,result.object.metadata.name,result.object.metadata.resourceVersion,"
    "result.object.status.phase,result.object.status.message,result.object.status.startedAt,"
    "result.object.status.finishedAt";
constexpr int kBrokenStreamsMost = 10;  // one after the other, without any news

std::string clock_text(base::Time time, const Zone& zone) {
  return go_time(time, zone).substr(11, 8);
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// The view on a screen of `size`, in lines that do not wrap. Where it is too tall, the details give
// way first and then the steps that began longest ago.
std::vector<std::string> picture(const Value& workflow, const ViewOptions& options,
                                 TerminalSize size) {
  const auto columns = static_cast<size_t>(std::max(size.columns, 20));
  const auto rows = static_cast<size_t>(std::max(size.rows, 8)) - 1;
  const std::string whole = workflow_view(workflow, options);
  std::vector<std::string> out;
  const auto add = [&](std::string_view line) { out.push_back(cut_to_width(line, columns)); };
  const auto lines = split_lines(whole);
  if (lines.size() <= rows) {
    for (const std::string_view line : lines) add(line);
    return out;
  }
  const Value* status = workflow.find("status");
  const base::Duration took = status ? elapsed(time_at(*status, "startedAt"),
                                               time_at(*status, "finishedAt"), options.tree.now)
                                     : base::Duration{};
  add(fmt::format("{}  {}  {}  {}", workflow.string_at("metadata", "name"),
                  workflow_status(workflow), workflow.string_at("status", "progress"),
                  short_duration(took)));
  const std::string tree = node_tree(workflow, options.tree);
  const auto steps = split_lines(tree);
  if (steps.empty()) return out;
  add(steps[0]);
  size_t from = 1;
  if (steps.size() > rows - 1) {
    from = steps.size() - (rows - 3);
    add(fmt::format(" … {} more", from - 1));
  }
  for (size_t i = from; i < steps.size(); ++i) add(steps[i]);
  return out;
}

}  // namespace

bool is_finished(const Value& workflow) {
  const std::string_view phase = workflow.string_at("status", "phase");
  return (phase == "Succeeded" || phase == "Failed" || phase == "Error") &&
         !workflow.string_at("status", "finishedAt").empty();
}

bool has_failed(const Value& workflow) {
  const std::string_view phase = workflow.string_at("status", "phase");
  return phase == "Failed" || phase == "Error";
}

base::Result<Value> follow(Session& session, const std::string& name,
                           const std::function<void(const Value&)>& on_change) {
  std::string real_name = name;
  bool is_late = false;  // the server no longer knows what came behind the last look
  for (int broken = 0; broken < kBrokenStreamsMost; ++broken) {
    auto found = get_workflow(session, real_name);
    if (!found) return base::fail(found.error());
    Value workflow = *std::move(found);
    real_name = workflow.string_at("metadata", "name");
    if (on_change) on_change(workflow);
    if (is_finished(workflow)) return workflow;
    Query query;
    query.add("listOptions.fieldSelector", "metadata.name=" + real_name);
    if (!is_late)
      query.add("listOptions.resourceVersion", workflow.string_at("metadata", "resourceVersion"));
    if (!on_change) query.add("fields", kFieldsOfTheEnd);
    bool deleted = false;
    const base::Status streamed =
        session.api.stream("GET", api_path({"workflow-events", session.name_space}) + query.text(),
                           nullptr, [&](const Value& event) {
                             const Value* object = event.find("object");
                             if (!object || object->string_at("metadata", "name") != real_name)
                               return true;
                             deleted = event.string_at("type") == "DELETED";
                             if (deleted) return false;
                             workflow = *object;
                             broken = 0;
                             if (on_change) on_change(workflow);
                             return !is_finished(workflow);
                           });
    if (is_finished(workflow)) return workflow;
    if (deleted)
      return base::fail(base::Code::kNotFound, fmt::format("workflow {} was deleted", real_name));
    is_late = !streamed && streamed.error().code == base::Code::kGone;
    const bool try_again = streamed || is_late || streamed.error().code == base::Code::kUnavailable;
    if (!try_again) return base::fail(streamed.error());
  }
  return base::fail(base::Code::kUnavailable,
                    "the server ends the watch again and again without any news");
}

LiveView::LiveView(Session& session, text::Selector nodes)
    : session_(session), nodes_(std::move(nodes)) {
  if (!session_.around.out_is_terminal || !session_.around.every) return;
  ticks_ = session_.around.every(base::Duration::seconds(1), [this] {
    const std::lock_guard lock(mutex_);
    if (!workflow_.is_null()) draw(false);
  });
}

LiveView::~LiveView() { ticks_.reset(); }

void LiveView::update(const Value& workflow) {
  const std::lock_guard lock(mutex_);
  workflow_ = workflow;
  if (session_.around.out_is_terminal)
    draw(false);
  else
    print_changes();
  session_.around.flush();
}

void LiveView::finish() {
  ticks_.reset();
  const std::lock_guard lock(mutex_);
  if (workflow_.is_null()) return;
  if (!session_.around.out_is_terminal) session_.around.out("\n");
  draw(true);
}

void LiveView::draw(bool whole) {
  // Faster than the eye helps nobody; the next tick shows what is left out here.
  const base::Time now = session_.now();
  if (!whole && drawn_.is_set() && now - drawn_ < kPictureLasts) return;
  drawn_ = now;
  ViewOptions options = session_.view_options();
  options.tree.nodes = nodes_;
  if (options.tree.output != "wide" && options.tree.output != "short") options.tree.output.clear();
  std::string text;
  // Up to where the last picture began, and away with it.
  if (lines_drawn_ > 0) text = fmt::format("\x1b[{}A\r\x1b[J", lines_drawn_);
  lines_drawn_ = 0;
  if (whole) {
    text += workflow_view(workflow_, options);
  } else {
    for (const std::string& line : picture(workflow_, options, session_.around.size())) {
      text += line + "\n";
      ++lines_drawn_;
    }
  }
  session_.around.out(text);
  session_.around.flush();
}

void LiveView::print_line(std::string_view icon, std::string_view name, std::string_view text) {
  const base::Time now = session_.now();
  std::string line = fmt::format("{} {}{}{}  {}", clock_text(now, session_.around.zone(now)), icon,
                                 icon.empty() ? "" : " ", name, text);
  session_.around.out(line + "\n");
}

void LiveView::print_changes() {
  const auto changed = [&](const std::string& id, const std::string& text) {
    std::string& shown = shown_[id];
    if (shown == text) return false;
    shown = text;
    return true;
  };
  const auto words = [](std::string_view phase, std::string_view message) {
    const std::string line = one_line(message);
    return fmt::format("{}{}{}", phase, line.empty() ? "" : "  ", line);
  };
  const Value* nodes = workflow_.find_path("status", "nodes");
  if (nodes && nodes->is_map()) {
    for (const text::Member& member : nodes->as_map()) {
      const Value& node = member.value;
      const std::string_view type = node.string_at("type");
      const bool step = type == "Pod" || type == "Suspend" || type == "Skipped" || type == "HTTP";
      if (!step || !matches_node(nodes_, node)) continue;
      const std::string text = words(node.string_at("phase"), node.string_at("message"));
      if (!changed(member.key, text)) continue;
      const base::Time finished = time_at(node, "finishedAt");
      const std::string took = finished.is_set() && type == "Pod"
                                   ? "  " + short_duration(finished - time_at(node, "startedAt"))
                                   : "";
      print_line(node_icon(node, session_.paint), node.string_at("name"), text + took);
    }
  }
  const std::string_view phase = workflow_.string_at("status", "phase");
  const std::string text =
      words(workflow_status(workflow_), workflow_.string_at("status", "message"));
  const std::string_view progress = workflow_.string_at("status", "progress");
  if (changed("", text + std::string(progress)))
    print_line(session_.paint.phase(phase), workflow_.string_at("metadata", "name"),
               progress.empty() ? text : fmt::format("{}  {}", text, progress));
}

base::Result<Value> watch_workflow(Session& session, const std::string& name,
                                   const text::Selector& nodes) {
  LiveView view(session, nodes);
  auto last = follow(session, name, [&](const Value& workflow) { view.update(workflow); });
  view.finish();
  return last;
}

void print_end(Session& session, std::string_view name, const Value& workflow) {
  const Value* status = workflow.find("status");
  const base::Time finished = status ? time_at(*status, "finishedAt") : base::Time{};
  session.print("{} {} at {}\n", name, workflow.string_at("status", "phase"),
                go_time(finished, session.around.zone(finished)));
  session.around.flush();
}

base::Status print_logs(Session& session, const LogRequest& request) {
  Query query;
  query.add("podName", request.pod).add("logOptions.container", request.container);
  query.add("logOptions.follow", request.follow ? "true" : "");
  query.add("logOptions.previous", request.previous ? "true" : "");
  query.add("logOptions.timestamps", request.timestamps ? "true" : "");
  if (request.since_seconds > 0)
    query.add("logOptions.sinceSeconds", std::to_string(request.since_seconds));
  query.add("logOptions.sinceTime", request.since_time);
  if (request.tail >= 0) query.add("logOptions.tailLines", std::to_string(request.tail));
  query.add("grep", request.grep).add("selector", request.selector);
  const std::string target =
      api_path({"workflows", session.name_space, request.workflow, "log"}) + query.text();
  return session.api.stream("GET", target, nullptr, [&](const Value& line) {
    const std::string_view pod = line.string_at("podName");
    const std::string text = fmt::format("{}: {}", pod, line.string_at("content"));
    session.around.out(session.paint.by_name(text, pod) + "\n");
    if (request.follow) session.around.flush();
    return true;
  });
}

}  // namespace cli
