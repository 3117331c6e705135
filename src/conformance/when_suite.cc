#include "conformance/when_suite.h"

#include <algorithm>
#include <map>
#include <optional>

#include "conformance/cases.h"
#include "expr/condition.h"
#include "expr/depends.h"

namespace conformance {
namespace {

std::string shown(const base::Result<bool>& result) {
  if (!result) return "error: " + result.error().text;
  return *result ? "true" : "false";
}

void run_condition(const Report& report, const text::Value& test) {
  const std::string when(test.string_at("when"));
  const text::Value* expect = test.find("expect");
  const std::string id = "when: " + when;
  if (!expect || any_answer_passes(*expect)) return report({id, true, {}, {}});
  const base::Result<bool> got = expr::evaluate_when(when);
  if (report_error(report, id, *expect, !got, shown(got))) return;
  const text::Value* wanted = expect->find("result");
  report_texts(report, id, wanted ? wanted->to_any_string() : "no answer", shown(got));
}

struct Group {
  bool any_succeeded = false, all_failed = false;
};

Group group_of(const text::Value& node) {
  Group out;
  const text::Value* children = node.find("group");
  if (!children || !children->is_list()) return out;
  out.all_failed = !children->as_list().empty();
  for (const text::Value& phase : children->as_list()) {
    out.any_succeeded = out.any_succeeded || phase.as_string() == "Succeeded";
    out.all_failed = out.all_failed && phase.as_string() == "Failed";
  }
  return out;
}

// Whether a result of the task holds, by its node.
class TaskState {
 public:
  TaskState(const text::Value& test, std::string_view name) : name_(name) {
    node_ = test.find_path("nodes", name);
    for (const text::Value& task : test.find("tasks")->as_list())
      if (task.string_at("name") == name) task_ = &task;
  }

  bool exists() const { return task_ != nullptr; }
  bool finished() const {
    if (!node_) return false;
    const std::string_view phase = node_->string_at("phase");
    const bool ended = phase != "Pending" && phase != "Running" && !phase.empty();
    return ended || (daemoned() && phase != "Pending");
  }
  bool holds(expr::TaskResult result) const {
    const std::string_view phase = node_->string_at("phase");
    switch (result) {
      case expr::TaskResult::kErrored:
        return phase == "Error";
      case expr::TaskResult::kDaemoned:
        return daemoned() && phase != "Pending";
      case expr::TaskResult::kAnySucceeded:
        return group_of(*node_).any_succeeded;
      case expr::TaskResult::kAllFailed:
        return group_of(*node_).all_failed;
      default:
        return phase == expr::name_of(result);
    }
  }
  bool bare_holds() const {
    using expr::TaskResult;
    const auto continues = [&](std::string_view on) {
      const text::Value* value = task_ ? task_->find_path("continueOn", on) : nullptr;
      return value && value->is_bool() && value->as_bool();
    };
    return holds(TaskResult::kSucceeded) || holds(TaskResult::kSkipped) ||
           holds(TaskResult::kDaemoned) || (continues("error") && holds(TaskResult::kErrored)) ||
           (continues("failed") && holds(TaskResult::kFailed));
  }

 private:
  bool daemoned() const {
    const text::Value* value = node_ ? node_->find("daemoned") : nullptr;
    return value && value->is_bool() && value->as_bool();
  }
  std::string_view name_;
  const text::Value* node_ = nullptr;
  const text::Value* task_ = nullptr;
};

base::Result<expr::Depends> depends_of(const text::Value& task) {
  if (!task.string_at("depends").empty()) return expr::parse_depends(task.string_at("depends"));
  const text::Value* list = task.find("dependencies");
  // The original never asks a task without dependencies; its answer is that of an empty text.
  if (!list || list->as_list().empty()) return expr::parse_depends("");
  std::vector<std::string> names;
  for (const text::Value& name : list->as_list()) names.push_back(name.as_string());
  return expr::depends_of_dependencies(names);
}

std::string kinds_of(const expr::Depends& depends) {
  std::map<std::string, bool> items;
  for (const expr::Depends::Node& node : depends.nodes) {
    if (node.kind != expr::Depends::Kind::kOperand) continue;
    const bool of_items = !node.bare && (node.result == expr::TaskResult::kAnySucceeded ||
                                         node.result == expr::TaskResult::kAllFailed);
    // As in the original, a later bare name takes the items back.
    bool& known = items[depends.tasks[node.task]];
    known = (known && !node.bare) || of_items;
  }
  std::string out;
  for (const auto& [name, of_items] : items)
    out += " " + name + "=" + (of_items ? "items" : "task");
  return out;
}

std::string answer(bool execute, bool proceed, const std::string& dependencies) {
  return std::string(execute ? "execute" : "skip") + (proceed ? "" : ", wait") + ";" + dependencies;
}

std::string evaluated(const text::Value& test, const expr::Depends& depends) {
  bool proceed = true;
  for (const std::string& name : depends.tasks) {
    const TaskState state(test, name);
    if (!state.finished()) proceed = false;
  }
  const bool execute = proceed && expr::evaluate(depends, [&](const expr::Depends::Node& node) {
                         const TaskState state(test, depends.tasks[node.task]);
                         return node.bare ? state.bare_holds() : state.holds(node.result);
                       });
  return answer(execute, proceed, kinds_of(depends));
}

void run_depends(const Report& report, const text::Value& test) {
  const std::string id(test.string_at("name"));
  const text::Value* expect = test.find("expect");
  if (!expect || any_answer_passes(*expect)) return report({id, true, {}, {}});
  const text::Value* task = nullptr;
  for (const text::Value& candidate : test.find("tasks")->as_list())
    if (candidate.string_at("name") == test.string_at("task")) task = &candidate;
  if (!task) return report({id, false, "a task", "none"});
  const auto depends = depends_of(*task);
  const std::string got = depends ? evaluated(test, *depends) : "error: " + depends.error().text;
  const bool fails =
      !expect->string_at("error").empty() || !expect->string_at("validateTaskResultsError").empty();
  if (fails || !depends) {
    report({id, fails && !depends, fails ? "error" : "no error", got});
    return;
  }
  std::map<std::string, std::string> kinds;
  if (const text::Value* listed = expect->find("dependencies"))
    for (const text::Member& member : listed->as_map())
      kinds[member.key] = member.value.as_string();
  std::string dependencies;
  for (const auto& [name, kind] : kinds) dependencies += " " + name + "=" + kind;
  report_texts(
      report, id,
      answer(expect->find("execute")->as_bool(), expect->find("proceed")->as_bool(), dependencies),
      got);
}

constexpr CaseFile kFiles[] = {{"when.json", run_condition}, {"depends.json", run_depends}};

}  // namespace

base::Status run_when(const std::string& folder, const Report& report) {
  return run_files(folder, kFiles, report);
}

}  // namespace conformance
