#include "play/explanation.h"

#include <unordered_map>

#include "model/decode.h"
#include "play/mocks.h"
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
    inputs(status);
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
    if (const auto found = by_name_.find(boundary + name); found != by_name_.end()) {
      const Value& status = *nodes_.find(state.node_id(engine::NodeId{found->second}));
      add("  " + name + ": " + std::string(status.string_at("phase")));
      return;
    }
    add("  " + name + ": has no node");
  }

  void inputs(const Value& status) {
    const Value* list = status.find_path("inputs", "parameters");
    if (list == nullptr || !list->is_list()) return;
    for (const Value& parameter : list->as_list())
      if (const Value* value = parameter.find("value"))
        add("input " + std::string(parameter.string_at("name")) + " = " + value->to_any_string());
  }

  bool is_suspend(const Span& span) const {
    return simulation_.state().view(span.node).type == "Suspend";
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
    if (span->cause) {
      const Span& before = simulation_.spans()[*span->cause];
      line += ", because " + simulation_.state().display_name(before.node) + " has ended " +
              std::string(engine::to_string(before.phase));
    }
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
