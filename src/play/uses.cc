#include "play/uses.h"

#include <re2/re2.h>

#include <vector>

namespace play {
namespace {

using Uses = std::map<std::string, Use>;

// "steps.flip.outputs.result" in a tag or an expression; the group is what names the value.
constexpr const char* kOutput =
    R"((?:steps|tasks)\.([\w-]+)\.outputs\.(result|parameters\.[\w-]+))";
constexpr const char* kInput = R"(inputs\.parameters\.([\w-]+))";

class Finder {
 public:
  explicit Finder(const model::WorkflowSpec& spec) {
    for (const model::Template& tmpl : spec.templates) by_name_[tmpl.name] = &tmpl;
    for (const model::Template& tmpl : spec.templates) look_at(tmpl);
    // Values go through a template at a time.
    for (bool changed = true; changed;) {
      changed = false;
      for (const auto& [from, to] : flows_)
        if (const auto found = uses_.find(to); found != uses_.end()) {
          const Use use = found->second;
          changed = uses_[from].add(use) || changed;
        }
    }
  }
  Uses take() { return std::move(uses_); }

 private:
  void look_at(const model::Template& tmpl) {
    for (const auto& group : tmpl.steps)
      for (const model::Task& task : group) look_at(task, tmpl);
    if (tmpl.dag)
      for (const model::Task& task : tmpl.dag->tasks) look_at(task, tmpl);
  }

  void look_at(const model::Task& task, const model::Template& tmpl) {
    for (const model::Template& inner : task.inline_) look_at(inner);
    if (!task.with_param.empty()) {
      Use use;
      use.looped = true;
      use.item_keys = item_keys(task);
      for (const std::string& source : sources(task.with_param, tmpl)) uses_[source].add(use);
    }
    compare(task.when, tmpl);
    const auto found = by_name_.find(task.template_);
    if (found == by_name_.end()) return;
    for (const model::Parameter& argument : task.arguments.parameters)
      if (argument.value)
        for (const std::string& source : sources(*argument.value, tmpl))
          flows_.emplace_back(source, input(*found->second, argument.name));
    // What the called template puts out is what its own steps have put out.
    for (const auto& [source, output] : outputs_of(*found->second))
      flows_.emplace_back(source, task.name + "." + output);
  }

  std::vector<std::pair<std::string, std::string>> outputs_of(const model::Template& tmpl) {
    std::vector<std::pair<std::string, std::string>> out;
    for (const model::Parameter& output : tmpl.outputs.parameters)
      if (output.value_from)
        for (const std::string& source :
             sources(output.value_from->parameter + " " + output.value_from->expression, tmpl))
          out.emplace_back(source, "parameters." + output.name);
    return out;
  }

  // The words on the other side of a comparison.
  void compare(const std::string& when, const model::Template& tmpl) {
    static const RE2 after(R"((?:\}\})?['"]?\s*(?:==|!=|=~|<=|>=|<|>)\s*['"]?([^'"\s)&|{}]+))");
    static const RE2 value(std::string("(") + kOutput + "|" + kInput + ")");
    re2::StringPiece left(when);
    std::string whole, step, what, parameter;
    while (RE2::FindAndConsume(&left, value, &whole, &step, &what, &parameter)) {
      std::string word;
      re2::StringPiece rest(left);
      const std::string source = parameter.empty() ? step + "." + what : input(tmpl, parameter);
      if (RE2::Consume(&rest, after, &word)) uses_[source].words.insert(word);
    }
  }

  static std::string input(const model::Template& tmpl, const std::string& parameter) {
    return "inputs of " + tmpl.name + "." + parameter;
  }

  static std::vector<std::string> sources(const std::string& text, const model::Template& tmpl) {
    static const RE2 output(kOutput), in(kInput);
    std::vector<std::string> out;
    std::string step, what, parameter;
    re2::StringPiece left(text);
    while (RE2::FindAndConsume(&left, output, &step, &what)) out.push_back(step + "." + what);
    left = text;
    while (RE2::FindAndConsume(&left, in, &parameter)) out.push_back(input(tmpl, parameter));
    return out;
  }

  static std::set<std::string> item_keys(const model::Task& task) {
    static const RE2 key(R"(item\.([\w-]+))");
    std::set<std::string> out;
    std::string texts = task.when;
    for (const model::Parameter& argument : task.arguments.parameters)
      texts += " " + argument.value.value_or("");
    re2::StringPiece left(texts);
    std::string name;
    while (RE2::FindAndConsume(&left, key, &name)) out.insert(name);
    return out;
  }

  Uses uses_;
  std::map<std::string, const model::Template*> by_name_;
  std::vector<std::pair<std::string, std::string>>
      flows_;  // what is done with `second` is of `first`
};

}  // namespace

std::map<std::string, Use> find_uses(const model::WorkflowSpec& spec) {
  return Finder(spec).take();
}

}  // namespace play
