// Templates of type dag: tasks and what they depend on.
#include <algorithm>

#include "expr/depends.h"
#include "model/validation/calls.h"

namespace model {

using text::Value;

namespace {

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

struct Dependency {
  std::string_view task;
  std::string_view result;  // "" for the bare name
};

// The task names in a depends expression, whether or not it is well formed: Argo takes every word.
std::vector<Dependency> words_of(std::string_view depends) {
  std::vector<Dependency> words;
  for (size_t at = 0; at < depends.size();) {
    if (!is_alnum(depends[at])) {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < depends.size() && (is_alnum(depends[end]) || depends[end] == '-')) ++end;
    Dependency word{depends.substr(at, end - at), {}};
    at = end;
    const auto letter = [&](size_t i) {
      return i < depends.size() && is_alnum(depends[i]) &&
             !(depends[i] >= '0' && depends[i] <= '9');
    };
    if (end < depends.size() && depends[end] == '.' && letter(end + 1) && depends[end + 1] <= 'Z' &&
        letter(end + 2)) {
      end += 2;
      while (letter(end)) ++end;
      word.result = depends.substr(at + 1, end - at - 1);
      at = end;
    }
    words.push_back(word);
  }
  return words;
}

class Dag {
 public:
  Dag(Validator& run, const Template& tmpl, const Site& site, Scope& scope)
      : run_(run), tmpl_(tmpl), tasks_(tmpl.dag->tasks), site_(site), scope_(scope) {}

  void check() {
    if (tasks_.empty())
      return run_.error(site_, "dag", "missing-task", "a dag needs at least one task");
    check_names(run_, tasks_, site_, "dag.tasks");
    for (const Task& task : tasks_) uses_depends_ = uses_depends_ || !task.depends.empty();
    for (size_t i = 0; i < tasks_.size(); ++i) index_.emplace(tasks_[i].name, i);
    for (size_t i = 0; i < tasks_.size(); ++i) read_dependencies(i);
    sort();
    siblings_->prefix = "tasks.";
    scope_.set_nodes(
        [siblings = siblings_](std::string_view variable) { return siblings->knows(variable); });
    rank_.resize(tasks_.size());
    for (size_t k = 0; k < order_.size(); ++k) rank_[order_[k]] = k;
    for (const size_t i : order_) call(i);
    check_target();
    for (const size_t i : order_) check_task(i);
    // Outputs of the template may ask for the status of no task but those with hooks.
    for (Sibling& sibling : siblings_->list)
      sibling.has_status = !tasks_[index_.at(sibling.name)].hooks.empty();
  }

 private:
  std::string at(size_t i) const { return "dag.tasks[" + std::to_string(i) + ']'; }

  void read_dependencies(size_t i) {
    const Task& task = tasks_[i];
    edges_.emplace_back();
    check_style(i);
    if (task.depends.empty()) {
      for (size_t k = 0; k < task.dependencies.size(); ++k)
        depend(i, task.dependencies[k], at(i) + ".dependencies[" + std::to_string(k) + ']');
      return;
    }
    bool is_known = true;
    const std::vector<Dependency> words = words_of(task.depends);
    for (const Dependency& word : words) {
      depend(i, word.task, at(i) + ".depends");
      is_known = check_result(i, word) && is_known;
    }
    check_item_results(i, words);
    if (const auto parsed = expr::parse_depends(task.depends); !parsed && is_known)
      run_.flaw_at(task.depends, std::max(parsed.error().where.column, 1u) - 1, site_,
                   at(i) + ".depends", "bad-depends", parsed.error().text, parsed.error().hint);
  }

  void check_style(size_t i) {
    const Task& task = tasks_[i];
    const bool is_digit = !task.name.empty() && task.name[0] >= '0' && task.name[0] <= '9';
    if ((uses_depends_ || !task.dependencies.empty()) && is_digit)
      run_.error(site_, at(i) + ".name", "bad-name",
                 quote(task.name) + " begins with a digit, which depends cannot read");
    if (uses_depends_ && !task.dependencies.empty())
      run_.error(site_, at(i) + ".dependencies", "depends-choice",
                 "depends and dependencies exclude each other in one dag",
                 "write every task's dependencies as depends: A && B");
    if (uses_depends_ && task.continue_on)
      run_.error(site_, at(i) + ".continueOn", "depends-choice",
                 "continueOn does not go with depends",
                 "write it where the task is waited for: A.Failed, A.Errored");
  }

  bool check_result(size_t i, const Dependency& word) {
    if (word.result.empty()) return true;
    const std::vector<std::string_view> kResults = {"Succeeded",    "Failed",   "Errored",
                                                    "Skipped",      "Omitted",  "Daemoned",
                                                    "AnySucceeded", "AllFailed"};
    if (std::find(kResults.begin(), kResults.end(), word.result) == kResults.end()) {
      const std::string near = base::nearest(word.result, kResults);
      run_.error_at(word.result, site_, at(i) + ".depends", "unknown-result",
                    quote(word.result) + " is not how a task can end",
                    near.empty() ? "Succeeded, Failed, Errored, Skipped, Omitted, Daemoned, "
                                   "AnySucceeded or AllFailed"
                                 : "did you mean " + quote(near) + "?");
      return false;
    }
    return true;
  }

  // A.AnySucceeded asks for the items of A. Where A stands bare after it, Argo does not notice.
  void check_item_results(size_t i, const std::vector<Dependency>& words) {
    for (size_t k = 0; k < words.size(); ++k) {
      const Dependency& word = words[k];
      if (word.result != "AnySucceeded" && word.result != "AllFailed") continue;
      const auto of = index_.find(word.task);
      if (of == index_.end() || loops(tasks_[of->second])) continue;
      const bool is_overwritten = std::any_of(
          words.begin() + static_cast<ptrdiff_t>(k), words.end(),
          [&](const Dependency& later) { return later.task == word.task && later.result.empty(); });
      const Validator::Unseen unseen(run_, is_overwritten);
      run_.error_at(word.task, site_, at(i) + ".depends", "not-a-loop",
                    quote(word.task) + " does not loop, ." + std::string(word.result) +
                        " asks for its items");
    }
  }

  void depend(size_t i, std::string_view name, const std::string& where) {
    const auto on = index_.find(name);
    if (on != index_.end()) {
      edges_[i].push_back(on->second);
      return;
    }
    run_.error_at(name, site_, where, "unknown-dependency", "there is no task " + quote(name),
                  run_.suggest(name, tasks_));
  }

  // Dependencies first; the tasks that wait for themselves are reported and come last.
  void sort() {
    level_.assign(tasks_.size(), 0);
    std::vector<size_t> missing(tasks_.size());
    std::vector<std::vector<size_t>> followers(tasks_.size());
    for (size_t i = 0; i < tasks_.size(); ++i) {
      missing[i] = edges_[i].size();
      for (const size_t on : edges_[i]) followers[on].push_back(i);
      if (missing[i] == 0) order_.push_back(i);
    }
    for (size_t done = 0; done < order_.size(); ++done) {
      for (const size_t next : followers[order_[done]]) {
        level_[next] = std::max(level_[next], level_[order_[done]] + 1);
        if (--missing[next] == 0) order_.push_back(next);
      }
    }
    if (order_.size() == tasks_.size()) return;
    report_cycle(missing);
    for (size_t i = 0; i < tasks_.size(); ++i)
      if (missing[i] != 0) order_.push_back(i);
  }

  void report_cycle(const std::vector<size_t>& missing) {
    has_cycle_ = true;
    // From any task that is left, following what is missing leads into a cycle.
    size_t at_task = 0;
    while (missing[at_task] == 0) ++at_task;
    std::vector<size_t> way;
    std::vector<bool> is_seen(tasks_.size());
    while (!is_seen[at_task]) {
      is_seen[at_task] = true;
      way.push_back(at_task);
      for (const size_t on : edges_[at_task]) {
        if (missing[on] == 0) continue;
        at_task = on;
        break;
      }
    }
    const auto first = std::find(way.begin(), way.end(), at_task);
    std::string shown;
    for (auto step = first; step != way.end() && shown.size() < 200; ++step)
      shown += tasks_[*step].name + " -> ";
    const std::string field = tasks_[at_task].depends.empty() ? ".dependencies" : ".depends";
    run_.error(site_, at(at_task) + field, "dependency-cycle",
               "tasks wait for each other: " + shown + tasks_[at_task].name);
  }

  void call(size_t i) {
    const Task& task = tasks_[i];
    const Validator::Resolved called = run_.resolve(call_of(task), site_, at(i));
    called_.resize(tasks_.size());
    called_[i] = called.found;
    if (called.found)
      run_.visit(*called.found, called.site, task.inline_.empty() ? nullptr : &run_.here());
    if (called.found) run_.add_global_outputs(*called.found, scope_);
    const bool is_aggregate =
        (task.with_items && !task.with_items->empty()) || !task.with_param.empty();
    siblings_->add({task.name, called.found, is_aggregate, false, called.is_dynamic});
  }

  void check_target() {
    const std::string& target = tmpl_.dag->target;
    if (target.empty()) return;
    run_.check_tags(target, scope_, site_, "dag.target");
    const std::string names = run_.rendered(target);
    for (size_t from = 0; from <= names.size();) {
      const size_t end = std::min(names.find(' ', from), names.size());
      const std::string_view name = std::string_view(names).substr(from, end - from);
      if (name.find(kUnknownText) != std::string_view::npos)
        run_.error(site_, "dag.target", "unknown-target",
                   "the target must be known before the workflow runs",
                   "give the parameter a value in spec.arguments");
      else if (!holds_plain_tag(name) && !index_.contains(name))
        run_.error(site_, "dag.target", "unknown-target", "there is no task " + quote(name),
                   run_.suggest(name, tasks_));
      from = end + 1;
    }
  }

  // Walks back from a task; levels tell where no way can lead.
  bool comes_before(size_t earlier, size_t task) const {
    if (has_cycle_) return true;
    for (const size_t on : edges_[task])
      if (on == earlier) return true;  // nearly always
    std::vector<size_t> to_see = {task};
    std::vector<bool> is_seen(tasks_.size());
    while (!to_see.empty()) {
      const size_t from = to_see.back();
      to_see.pop_back();
      for (const size_t on : edges_[from]) {
        if (on == earlier) return true;
        if (is_seen[on] || level_[on] <= level_[earlier]) continue;
        is_seen[on] = true;
        to_see.push_back(on);
      }
    }
    return false;
  }

  // The status of a task with hooks is known to itself and to all that Argo looks at later.
  bool has_known_hooks(size_t of, size_t to) const {
    return !tasks_[of].hooks.empty() && rank_[of] <= rank_[to];
  }

  void check_task(size_t i) {
    const Task& task = tasks_[i];
    const Value* source = nullptr;
    if (const Value* list = tmpl_.rest.find_path("dag", "tasks"); list && list->is_list())
      if (i < list->as_list().size()) source = &list->as_list()[i];
    Scope own(&scope_);
    own.set_nodes([&](std::string_view variable) {
      const auto [name, attribute] = split_reference(variable);
      const auto of = index_.find(name);
      if (attribute != "status" || of == index_.end() || !variable.starts_with("tasks."))
        return false;
      return has_known_hooks(of->second, i) || (of->second != i && comes_before(of->second, i));
    });
    add_items(run_, task, site_, at(i), own);
    run_.check_hooks(task.hooks, task.on_exit, Validator::HooksOf::kTask, site_, at(i));
    if (source) {
      check_task_tags(run_, task, *source, own, site_, at(i));
      check_items_used(run_, task, *source, site_, at(i));
      check_order(i, *source);
    }
    run_.check_arguments(task.arguments, site_, at(i) + ".arguments", false);
    if (!called_[i]) return;
    run_.check_supplied(*called_[i], task.arguments, site_, at(i), true);
    check_surplus(run_, task, *called_[i], site_, at(i));
  }

  // What a task refers to must be done before it: in a whole argument Argo refuses it, elsewhere
  // the reference stays unresolved.
  void check_order(size_t i, const Value& source) {
    std::set<size_t> refused;
    const auto refuse = [&](std::string_view text, const std::string& where) {
      if (!text.starts_with("{{tasks.")) return;
      const std::string_view name = split_reference(text.substr(2)).first;
      const auto of = index_.find(name);
      if (of == index_.end() || (of->second != i && comes_before(of->second, i))) return;
      refused.insert(of->second);
      run_.error(
          site_, at(i) + ".arguments" + where, "missing-dependency",
          "task " + quote(tasks_[i].name) + " uses " + quote(name) + " but does not depend on it",
          "add it to the task's dependencies");
    };
    const Arguments& arguments = tasks_[i].arguments;
    for (size_t k = 0; k < arguments.parameters.size(); ++k)
      refuse(arguments.parameters[k].value.value_or(""), ".parameters[" + std::to_string(k) + ']');
    for (size_t k = 0; k < arguments.artifacts.size(); ++k)
      refuse(arguments.artifacts[k].from, ".artifacts[" + std::to_string(k) + ']');
    if (!source.is_map()) return;
    for (const text::Member& member : source.as_map()) {
      if (member.key == "inline" || member.key == "hooks") continue;
      for_each_tag(member.value, run_.here(), Path(), [&](const Tag& tag, const Path&) {
        const auto [name, attribute] = split_reference(tag.name);
        const auto of = index_.find(name);
        if (!tag.name.starts_with("tasks.") || of == index_.end() || attribute == "status") return;
        if (of->second == i || comes_before(of->second, i) || !refused.insert(of->second).second)
          return;
        run_.flaw(
            site_, at(i) + '.' + member.key, "missing-dependency",
            "task " + quote(tasks_[i].name) + " uses " + quote(name) + " but does not depend on it",
            "add it to the task's dependencies");
      });
    }
  }

  Validator& run_;
  const Template& tmpl_;
  const std::vector<Task>& tasks_;
  const Site& site_;
  Scope& scope_;
  bool uses_depends_ = false, has_cycle_ = false;
  std::unordered_map<std::string_view, size_t> index_;
  std::vector<std::vector<size_t>> edges_;    // by task: the tasks it waits for
  std::vector<size_t> level_, order_, rank_;  // rank_: by task, its place in order_
  std::vector<const Template*> called_;
  std::shared_ptr<Siblings> siblings_ = std::make_shared<Siblings>();
};

}  // namespace

void validate_dag(Validator& run, const Template& tmpl, const Site& site, Scope& scope) {
  Dag(run, tmpl, site, scope).check();
}

}  // namespace model
