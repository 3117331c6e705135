#include "play/explanation.h"

#include <unordered_map>

#include "model/decode.h"
#include "play/mocks.h"
#include "text/json.h"
#include "text/quantity.h"

namespace play {
namespace {

using text::Value;

class Explainer {
 public:
  Explainer(const Rehearsal& rehearsal, const Simulation& simulation, const Value& status)
      : spec_(rehearsal.workflow.spec), simulation_(simulation), nodes_(*status.find("nodes")) {
    for (const engine::StoredTemplate& one : engine::stored_templates(*rehearsal.plan))
      stored_.emplace(one.key, model::decode_template(one.template_));
    for (uint32_t id = 0; id < simulation.state().node_count(); ++id)
      by_name_.emplace(simulation.state().node_name(engine::NodeId{id}), id);
  }

  Explanation explain(engine::NodeId node) {
    const engine::State& state = simulation_.state();
    const Value& status = *nodes_.find(state.node_id(node));
    Explanation out{state.node_name(node), {}};
    lines_ = &out.lines;
    what(node, status);
    if (const model::Task* task = task_of(state.view(node))) why(*task, node);
    hook(out.name);
    attempts(node, out.name);
    inputs(status);
    locks(node);
    when(node, status);
    end(status);
    return out;
  }

 private:
  void add(std::string line) { lines_->push_back(std::move(line)); }

  void what(engine::NodeId node, const Value& status) {
    const engine::NodeView view = simulation_.state().view(node);
    std::string line = "it is a " + std::string(view.type);
    if (!view.template_name.empty())
      line += " node of template \"" + std::string(view.template_name) + "\"";
    if (!view.boundary.empty()) line += ", in template \"" + std::string(view.boundary) + "\"";
    add(line + ": " + std::string(status.string_at("phase")));
  }

  static const model::Task* task_in(const model::Template& tmpl, std::string_view name) {
    for (const auto& group : tmpl.steps)
      for (const model::Task& task : group)
        if (task.name == name) return &task;
    if (tmpl.dag)
      for (const model::Task& task : tmpl.dag->tasks)
        if (task.name == name) return &task;
    return nullptr;
  }

  const model::Task* task_of(const engine::NodeView& view) const {
    const auto stored =
        stored_.find(std::string(view.boundary_scope) + "/" + std::string(view.boundary));
    if (stored != stored_.end()) return task_in(stored->second, view.task_name);
    for (const model::Template& tmpl : spec_.templates)
      if (tmpl.name == view.boundary) return task_in(tmpl, view.task_name);
    return nullptr;
  }

  // What it depended on, and what these came to.
  void why(const model::Task& task, engine::NodeId node) {
    std::string depends = task.depends;
    for (const std::string& name : task.dependencies)
      depends += (depends.empty() ? "" : " && ") + name;
    if (!depends.empty()) {
      add("depends: " + depends);
      for (const std::string& name : names_in(depends)) dependency(name, node);
    }
    if (!task.when.empty()) add("when: " + task.when);
  }

  std::string phase_of(const std::string& name) const {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return "";
    const std::string id = simulation_.state().node_id(engine::NodeId{found->second});
    return std::string(nodes_.find(id)->string_at("phase"));
  }

  // Of a node that stands beside another one: "a.onExit", "a.hooks.x".
  void hook(const std::string& name) {
    constexpr std::string_view kExit = ".onExit", kHooks = ".hooks.";
    if (name.ends_with(kExit)) {
      const std::string owner = name.substr(0, name.size() - kExit.size());
      add("exit handler: it begins when " + owner + " has ended (" + phase_of(owner) + ")");
      return;
    }
    const size_t at = name.rfind(kHooks);
    if (at == name.npos || name.find('.', at + kHooks.size()) != name.npos) return;
    const auto owner = by_name_.find(name.substr(0, at));
    if (owner == by_name_.end()) return;
    const model::Task* task = task_of(simulation_.state().view(engine::NodeId{owner->second}));
    for (const auto& [key, one] : task != nullptr ? task->hooks : spec_.hooks)
      if (key == name.substr(at + kHooks.size()))
        add("hook of " + owner->first + ": it begins when this holds: " + one.expression);
  }

  const Value* retry_of(const engine::NodeView& view) const {
    const auto stored =
        stored_.find(std::string(view.template_scope) + "/" + std::string(view.template_name));
    const Value* own = nullptr;
    if (stored != stored_.end())
      own = stored->second.rest.find("retryStrategy");
    else
      for (const model::Template& tmpl : spec_.templates)
        if (tmpl.name == view.template_name) own = tmpl.rest.find("retryStrategy");
    return own ? own : spec_.rest.find_path("templateDefaults", "retryStrategy");
  }

  void attempts(engine::NodeId node, const std::string& name) {
    const engine::NodeView view = simulation_.state().view(node);
    if (view.type != "Retry") return;
    if (const Value* retry = retry_of(view)) add("retryStrategy: " + text::to_json(*retry));
    for (int number = 0;; ++number) {
      const std::string phase = phase_of(name + "(" + std::to_string(number) + ")");
      if (phase.empty()) return;
      add("  attempt " + std::to_string(number) + ": " + phase);
    }
  }

  static std::vector<std::string> names_in(const std::string& depends) {
    std::vector<std::string> out;
    std::string word;
    bool is_result = false;  // of "task.Succeeded"
    for (const char c : depends + " ") {
      const bool in_word = std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
      if (in_word) {
        word += c;
        continue;
      }
      if (!word.empty() && !is_result) out.push_back(word);
      is_result = c == '.';
      word.clear();
    }
    return out;
  }

  void dependency(const std::string& name, engine::NodeId node) {
    const engine::State& state = simulation_.state();
    const std::string own = state.node_name(node);
    const std::string boundary = own.substr(0, own.size() - state.display_name(node).size());
    const std::string phase = phase_of(boundary + name);
    add("  " + name + ": " + (phase.empty() ? "has no node" : phase));
  }

  void inputs(const Value& status) {
    const Value* list = status.find_path("inputs", "parameters");
    if (list == nullptr || !list->is_list()) return;
    for (const Value& parameter : list->as_list())
      if (const Value* value = parameter.find("value"))
        add("input " + std::string(parameter.string_at("name")) + " = " + value->to_any_string());
  }

  // Those of a workflow or a node that had to wait; who had them at once has nothing to tell.
  void locks(engine::NodeId node) {
    for (const LockWait& wait : simulation_.lock_waits()) {
      if (wait.node != node) continue;
      std::string line = time(wait.since) + ": it waits for the lock " + wait.lock;
      for (const std::string& holder : wait.holders)
        line += (&holder == &wait.holders.front() ? ", held by " : ", ") + holder;
      add(line);
      if (wait.until.is_set()) add(time(wait.until) + ": it has its locks");
    }
  }

  bool is_suspend(const Span& span) const {
    return simulation_.state().view(span.node).type == "Suspend";
  }

  // Up to the number of an item or attempt.
  static std::string_view loop_of(std::string_view name) { return name.substr(0, name.rfind('(')); }
  // Up to the step's own name: the group that it stands in.
  static std::string_view group_of(std::string_view name) {
    return name.substr(0, name.rfind("]."));
  }

  std::string cause(engine::NodeId node, const Span& span, const Span& before) const {
    const engine::State& state = simulation_.state();
    const std::string name = state.node_name(node), other = state.node_name(before.node);
    const std::string ended = state.display_name(before.node) + " has ended " +
                              std::string(engine::to_string(before.phase));
    if (before.ended < span.created)
      return ", " + text::to_go_string(span.created - before.ended) + " after " + ended;
    // Those beside each other wait for each other only where not all may run at once.
    const bool beside = (name.ends_with(')') && loop_of(name) == loop_of(other)) ||
                        (name.find("].") != name.npos && group_of(name) == group_of(other));
    return (beside ? ", as soon as a limit let it: " : ", because ") + ended;
  }

  void when(engine::NodeId node, const Value& status) {
    const Span* span = simulation_.span_of(node);
    if (span == nullptr) {
      const auto at = base::parse_rfc3339(status.string_at("startedAt"));
      if (at) add(time(*at) + ": decided");
      return;
    }
    std::string line = time(span->created) + ": " +
                       (span->is_pod        ? "its pod is made"
                        : is_suspend(*span) ? "it waits"
                                            : "the agent gets it");
    if (span->cause) line += cause(node, *span, simulation_.spans()[*span->cause]);
    add(line);
    if (span->is_pod && span->running.is_set() && span->running != span->created)
      add(time(span->running) + ": it runs");
    if (span->ended.is_set())
      add(time(span->ended) + (span->is_pod        ? ": its pod ends"
                               : is_suspend(*span) ? ": it is resumed"
                                                   : ": the agent reports"));
  }

  void end(const Value& status) {
    if (const Value* outputs = status.find("outputs")) {
      if (const Value* code = outputs->find("exitCode")) add("exit code " + code->to_any_string());
      if (const Value* result = outputs->find("result"))
        add("output result = " + result->to_any_string());
      if (const Value* list = outputs->find("parameters"); list != nullptr && list->is_list())
        for (const Value& parameter : list->as_list())
          if (const Value* value = parameter.find("value"))
            add("output " + std::string(parameter.string_at("name")) + " = " +
                value->to_any_string());
    }
    if (const std::string_view message = status.string_at("message"); !message.empty())
      add("message: " + std::string(message));
  }

  std::string time(base::Time at) const {
    return "+" + text::to_go_string(at - simulation_.start());
  }

  const model::WorkflowSpec& spec_;
  const Simulation& simulation_;
  const Value& nodes_;
  std::unordered_map<std::string, model::Template> stored_;  // by StoredTemplate::key
  std::unordered_map<std::string, uint32_t> by_name_;
  std::vector<std::string>* lines_ = nullptr;
};

}  // namespace

std::vector<Explanation> explain(const Rehearsal& rehearsal, const Simulation& simulation,
                                 const Value& status, const std::string& pattern) {
  Explainer explainer(rehearsal, simulation, status);
  std::vector<Explanation> out;
  for (uint32_t id = 0; id < simulation.state().node_count(); ++id)
    if (names_node(pattern, simulation.state(), engine::NodeId{id}))
      out.push_back(explainer.explain(engine::NodeId{id}));
  return out;
}

}  // namespace play
