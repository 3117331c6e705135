#include "model/validation/validator.h"

#include <utility>

#include "model/validation/expressions.h"

namespace model {

using base::Severity;
using text::Value;

namespace {

// Deeper calls are looked at later, from the list of all templates: the stack must not grow with
// the user's file.
constexpr size_t kDepthMax = 200;

const Parameter* find_parameter(const Arguments& arguments, std::string_view name) {
  for (const Parameter& parameter : arguments.parameters)
    if (parameter.name == name) return &parameter;
  return nullptr;
}

// How far a string of that length may reach in its file: escapes and indentation make it longer.
size_t reach_of(const std::string& text) { return 4 * text.size() + 1000; }

bool has_artifact(const Arguments& arguments, std::string_view name) {
  for (const Artifact& artifact : arguments.artifacts)
    if (artifact.name == name) return true;
  return false;
}

}  // namespace

Holder::Holder(const WorkflowSpec* of, std::string its_title, bool of_cluster)
    : spec(of), title(std::move(its_title)), is_cluster(of_cluster) {
  for (size_t i = 0; i < spec->templates.size(); ++i)
    by_name_.emplace(spec->templates[i].name, i);  // of two with one name the first counts
}

const Template* Holder::find(std::string_view name) const {
  const auto at = by_name_.find(name);
  return at == by_name_.end() ? nullptr : &spec->templates[at->second];
}

std::string Site::at(std::string_view below) const {
  if (!is_own() || below.empty()) return path;
  return path + (below[0] == '[' ? "" : ".") + std::string(below);
}

Call call_of(const Task& task) {
  return {task.template_, task.template_ref ? &*task.template_ref : nullptr,
          task.inline_.empty() ? nullptr : &task.inline_[0]};
}
Call call_of(const LifecycleHook& hook) {
  return {hook.template_, hook.template_ref ? &*hook.template_ref : nullptr, nullptr};
}

Validator::Validator(const Workflow& workflow, const Value& source, std::string_view file,
                     const ValidateOptions& options, Mode mode, base::Diagnostics& found)
    : workflow_(workflow),
      source_(source),
      file_(file),
      options_(options),
      mode_(std::move(mode)),
      found_(found),
      locator_(options.source_text),
      own_(&workflow.spec, "") {}

void Validator::report(Severity severity, const Site& site, std::string_view below,
                       std::string rule, std::string text, std::string hint, std::string_view word,
                       size_t offset) {
  std::string path = site.at(below);
  text::Place place = place_at(source_, path);
  const Value* value =
      word.empty() || options_.source_text.empty() ? nullptr : find_at(source_, path);
  if (value && value->is_string())
    place = locator_.find(value->place, word, reach_of(value->as_string()), offset);
  if (unseen_ > 0) severity = Severity::kWarning;
  found_.push_back({severity,
                    std::move(rule),
                    {std::string(file_), place.line, place.column},
                    std::move(path),
                    site.prefix + text,
                    std::move(hint)});
}
void Validator::error(const Site& site, std::string_view below, std::string rule, std::string text,
                      std::string hint) {
  report(Severity::kError, site, below, std::move(rule), std::move(text), std::move(hint));
}
void Validator::error_at(std::string_view word, const Site& site, std::string_view below,
                         std::string rule, std::string text, std::string hint) {
  report(Severity::kError, site, below, std::move(rule), std::move(text), std::move(hint), word);
}
void Validator::flaw(const Site& site, std::string_view below, std::string rule, std::string text,
                     std::string hint) {
  report(options_.submit ? Severity::kError : Severity::kWarning, site, below, std::move(rule),
         std::move(text), std::move(hint));
}
void Validator::flaw_at(std::string_view word, size_t offset, const Site& site,
                        std::string_view below, std::string rule, std::string text,
                        std::string hint) {
  report(options_.submit ? Severity::kError : Severity::kWarning, site, below, std::move(rule),
         std::move(text), std::move(hint), word, offset);
}
void Validator::warning(const Site& site, std::string_view below, std::string rule,
                        std::string text, std::string hint) {
  report(Severity::kWarning, site, below, std::move(rule), std::move(text), std::move(hint));
}

void Validator::warning_in(const Path& path, const Value& value, std::string_view word,
                           size_t offset, std::string rule, std::string text, std::string hint) {
  const text::Place place = locator_.find(value.place, word, reach_of(value.as_string()), offset);
  found_.push_back({Severity::kWarning,
                    std::move(rule),
                    {std::string(file_), place.line, place.column},
                    path.to_string(),
                    std::move(text),
                    std::move(hint)});
}

const Holder* Validator::stored_holder(std::string_view name, bool cluster_scope) {
  const std::string key = (cluster_scope ? "cluster/" : "/") + std::string(name);
  const auto known = stored_.find(key);
  if (known != stored_.end()) return known->second.spec ? &known->second : nullptr;
  const WorkflowSpec* spec = options_.find(name, cluster_scope);
  Holder holder;
  if (spec)
    holder = Holder(
        spec,
        (cluster_scope ? "ClusterWorkflowTemplate " : "WorkflowTemplate ") + std::string(name),
        cluster_scope);
  const Holder& kept = stored_.emplace(key, std::move(holder)).first->second;
  return kept.spec ? &kept : nullptr;
}

Validator::Resolved Validator::resolve_ref(const Call& call, const Site& caller,
                                           std::string_view below) {
  const TemplateRef& ref = *call.ref;
  if (!call.template_name.empty()) {
    error(caller, below, "template-choice", "template and templateRef exclude each other");
    return {};
  }
  if (ref.name.empty() || ref.template_.empty()) {
    error(caller, below, "template-choice", "templateRef needs name and template");
    return {};
  }
  const std::string name = rendered(ref.name);
  const std::string wanted = rendered(ref.template_);
  const auto is_dynamic = [](std::string_view text) {
    return text.find("{{") != std::string_view::npos;
  };
  // Argo leaves out what has tags; of an expression in the name it takes the text for the name.
  const bool is_expression = name.find("{{=") != std::string::npos;
  if ((is_dynamic(name) && !is_expression) || (is_dynamic(wanted) && !wanted.starts_with("{{=")))
    return {.is_dynamic = true};
  if (!options_.find) return {};
  // Argo's words first.
  const std::string missing =
      "template reference " + ref.name + '.' + ref.template_ + " not found: ";
  const Holder* holder = stored_holder(name, ref.cluster_scope);
  if (!holder) {
    error(caller, below, "unknown-template",
          missing + "there is no " + (ref.cluster_scope ? "Cluster" : "") + "WorkflowTemplate " +
              quote(ref.name));
    return {};
  }
  if (call.inline_template) {
    warning(caller, below, "template-choice",
            "inline is used, " + holder->title + " gives no template");
    return {call.inline_template, {holder, caller.at(below), "inline: "}};
  }
  if (is_dynamic(wanted) || wanted.find(kUnknownText) != std::string::npos)
    return {.is_dynamic = true};
  const Template* found = holder->find(wanted);
  if (!found) {
    error(caller, below, "unknown-template",
          missing + holder->title + " has no template " + quote(ref.template_),
          suggest(wanted, holder->spec->templates));
    return {};
  }
  Site site{holder, caller.at(below), "template " + found->name + " of " + holder->title + ": "};
  return {found, std::move(site)};
}

Validator::Resolved Validator::resolve(const Call& call, const Site& caller,
                                       std::string_view below) {
  if (call.ref) return resolve_ref(call, caller, below);
  if (call.template_name.empty() && !call.inline_template) {
    error(caller, below, "template-choice", "no template is named",
          "add template, templateRef or inline");
    return {};
  }
  const std::string name = rendered(call.template_name);
  const Template* found = name.empty() ? call.inline_template : caller.holder->find(name);
  if (!found) {
    const std::string place = std::string(below) + (below.empty() ? "" : ".") + "template";
    const bool is_field = find_at(source_, caller.at(place)) != nullptr;
    const std::string_view named_at = is_field ? std::string_view(place) : below;
    const std::string hint = suggest(name, caller.holder->spec->templates);
    const bool is_dynamic = holds_tag(call.template_name);
    error(caller, named_at, "unknown-template", "there is no template " + quote(call.template_name),
          hint.empty() && is_dynamic ? "only a templateRef may be computed" : hint);
    return {};
  }
  Site site = caller;
  if (call.inline_template) {
    if (!name.empty())
      warning(caller, below, "template-choice",
              "inline is used, template " + quote(name) + " is not");
    if (caller.is_own()) site.path = caller.at(std::string(below) + ".inline");
    return {call.inline_template, std::move(site)};
  }
  if (caller.holder->title.empty()) {
    site.path =
        mode_.spec_path + ".templates[" + std::to_string(caller.holder->index_of(*found)) + "]";
  } else {
    site.prefix = "template " + found->name + " of " + caller.holder->title + ": ";
  }
  return {found, std::move(site)};
}

// Argo remembers what it has looked at by the template's name, and inline templates have none: it
// looks at the body of the first alone.
bool Validator::is_first_of_its_name(const Template& tmpl, const Site& site) {
  const Template* named = tmpl.name.empty() ? nullptr : site.holder->find(tmpl.name);
  if (named == &tmpl) return true;
  return inline_seen_.emplace(site.holder, tmpl.name).second;
}

void Validator::visit(const Template& tmpl, const Site& site, const Scope* outer,
                      const Arguments* given) {
  if (depth_ >= kDepthMax) {
    was_too_deep_ = true;
    return;
  }
  if (!visited_.insert(&tmpl).second) return;
  ++depth_;
  Scope inputs(outer ? outer : &globals_), scope(&inputs);
  const Scope* const around = std::exchange(here_, &inputs);
  const Arguments* const given_around = std::exchange(given_, given);
  validate_inputs(*this, tmpl, site, inputs, scope);
  check_shape(tmpl, site);
  {
    const Unseen unseen(*this, !is_first_of_its_name(tmpl, site));
    if (tmpl.parallelism && tmpl.type() == TemplateType::kSteps && tmpl.steps.empty())
      error(site, "parallelism", "misplaced-field", "the template has no steps to limit");
    if (tmpl.type() == TemplateType::kSteps)
      validate_steps(*this, tmpl, site, scope);
    else if (tmpl.type() == TemplateType::kDag)
      validate_dag(*this, tmpl, site, scope);
    else if (tmpl.type() != TemplateType::kUnknown)
      validate_body_of_leaf(*this, tmpl, site, scope);

    validate_outputs(*this, tmpl, site, scope);
    if (const Value* location = tmpl.rest.find("archiveLocation"))
      validate_git_and_hdfs(*this, *location, site, "archiveLocation");
    if (!tmpl.metrics.is_null()) validate_metrics(*this, tmpl.metrics, site, "metrics");
    check_expressions_of(tmpl, site, scope);
  }
  given_ = given_around;
  here_ = around;
  --depth_;
}

// Of what is not a step or task: those are looked at with their own scope.
void Validator::check_expressions_of(const Template& tmpl, const Site& site, const Scope& scope) {
  if (!tmpl.rest.is_map()) return;
  for (const text::Member& member : tmpl.rest.as_map())
    if (member.key != "steps" && member.key != "dag")
      check_expressions(*this, member.value, scope, site, member.key);
}

// A whole number as timeout is refused, even where it comes by an argument.
void Validator::check_call_timeout(const Template& tmpl, const Arguments& given, const Site& caller,
                                   std::string_view below) {
  if (tmpl.timeout.find("{{") == std::string::npos || !is_leaf(tmpl)) return;
  Scope scope(&globals_);
  for (const Parameter& input : tmpl.inputs.parameters) {
    const Parameter* argument = find_parameter(given, input.name);
    const auto& value = argument ? argument->value : input.default_ ? input.default_ : input.value;
    scope.add("inputs.parameters." + input.name);
    if (value) scope.add_value("inputs.parameters." + input.name, rendered(*value));
  }
  const std::string timeout = render(tmpl.timeout, scope);
  if (is_go_int(timeout))
    error(caller, below, "bad-duration",
          "the timeout of template " + quote(tmpl.name) + " becomes " + quote(timeout) +
              ", which has no unit",
          "write " + timeout + "s");
}

void Validator::check_supplied(const Template& tmpl, const Arguments& given, const Site& caller,
                               std::string_view below, bool is_checked) {
  check_call_timeout(tmpl, given, caller, below);
  const std::string name =
      tmpl.name.empty() ? "the inline template" : "template " + quote(tmpl.name);
  for (const Parameter& input : tmpl.inputs.parameters) {
    bool has_value = input.value || input.default_;
    const ValueFrom* source = input.value_from ? &*input.value_from : nullptr;
    if (const Parameter* argument = find_parameter(given, input.name)) {
      has_value = argument->value.has_value();
      source = argument->value_from ? &*argument->value_from : nullptr;
      const bool is_outside = source && (source->supplied || !source->event.empty());
      if (is_checked && !has_value && !is_outside) continue;
    }
    if (has_value || (source && source->config_map_key_ref)) continue;
    error(caller, below, "missing-argument", name + " needs the parameter " + quote(input.name),
          "give it in arguments.parameters, or a default in the template's inputs");
  }
  for (const Artifact& input : tmpl.inputs.artifacts)
    if (!input.optional && !has_location(input) && !has_artifact(given, input.name))
      error(caller, below, "missing-argument", name + " needs the artifact " + quote(input.name),
            "give it in arguments.artifacts, or make it optional");
}

void Validator::check_parameter_argument(const Parameter& parameter, const Site& site,
                                         const std::string& below, bool may_be_empty) {
  if (!parameter.value && !parameter.value_from && !may_be_empty)
    error(site, below, "missing-value", "the parameter " + quote(parameter.name) + " has no value",
          "add value or valueFrom");
  if (const auto& source = parameter.value_from) {
    const bool is_outside =
        source->config_map_key_ref || !source->event.empty() || source->supplied;
    const bool is_inside = !source->path.empty() || !source->json_path.empty() ||
                           !source->parameter.empty() || !source->expression.empty();
    if (!is_outside || is_inside)
      error(site, below + ".valueFrom", "bad-value-source",
            "an argument's valueFrom may hold configMapKeyRef, supplied or event alone",
            source->parameter.empty() ? "" : "write value: \"" + source->parameter + "\"");
  }
  if (!parameter.enum_) return;
  if (parameter.enum_->empty())
    return error(site, below + ".enum", "empty-enum", "enum needs at least one value");
  if (!parameter.value) {
    if (!may_be_empty)
      error(site, below, "missing-value",
            "the parameter " + quote(parameter.name) + " has an enum and no value");
    return;
  }
  std::vector<std::string_view> words;
  const std::string value = rendered(*parameter.value);
  for (const std::string& word : *parameter.enum_) {
    if (word == value) return;
    words.push_back(word);
  }
  error(site, below + ".value", "not-in-enum",
        quote(*parameter.value) + " is not in the enum of " + quote(parameter.name),
        suggest(*parameter.value, words));
}

void Validator::check_artifact_arguments(const Arguments& arguments, const Site& site,
                                         const std::string& below) {
  for (size_t i = 0; i < arguments.artifacts.size(); ++i) {
    const Artifact& artifact = arguments.artifacts[i];
    const std::string at = below + ".artifacts[" + std::to_string(i) + "]";
    if (artifact.from.empty() && !has_location(artifact))
      error(site, at, "missing-value",
            "the artifact " + quote(artifact.name) + " comes from nowhere",
            "add from or a location");
    if (!artifact.from.empty() && !artifact.from_expression.empty())
      error(site, at, "value-choice", "from and fromExpression exclude each other");
  }
}

void Validator::check_arguments(const Arguments& arguments, const Site& site,
                                const std::string& below, bool may_be_empty) {
  check_names(*this, arguments.parameters, site, below + ".parameters", NameStyle::kMayHoldTags);
  check_names(*this, arguments.artifacts, site, below + ".artifacts", NameStyle::kMayHoldTags);
  // Argo stops looking where an enum waits for its value.
  bool is_over = false;
  for (size_t i = 0; i < arguments.parameters.size(); ++i) {
    const Unseen unseen(*this, is_over);
    const Parameter& parameter = arguments.parameters[i];
    check_parameter_argument(parameter, site, below + ".parameters[" + std::to_string(i) + "]",
                             may_be_empty);
    is_over = is_over || (may_be_empty && parameter.enum_ && !parameter.value);
  }
  const Unseen unseen(*this, is_over);
  check_artifact_arguments(arguments, site, below);
}

void Validator::check_hooks(const std::vector<std::pair<std::string, LifecycleHook>>& hooks,
                            std::string_view on_exit, HooksOf of, const Site& site,
                            const std::string& below) {
  const std::string start = below.empty() ? "" : below + ".";
  const auto look = [&](std::string_view name, const std::string& at) {
    if (name.empty() || holds_tag(name)) return;
    const Template* called = site.holder->find(name);
    if (!called) return flaw(site, at, "unknown-template", "there is no template " + quote(name));
    if (site.holder->title.empty()) hooked_.push_back(called);
  };
  for (const auto& [name, hook] : hooks) {
    const std::string at = start + "hooks." + name;
    const Unseen unseen(*this, of == HooksOf::kTask);
    if (name != "exit" && hook.expression.empty())
      error(site, at, "missing-expression", "the hook " + quote(name) + " needs an expression",
            "only the hook \"exit\" needs none");
    if (!hook.template_ref) look(hook.template_, at + ".template");
  }
  look(on_exit, start + "onExit");
}

std::string Validator::nearest_of(const Scope& scope, std::string_view name) {
  const size_t names = scope.size();
  if (names > suggestions_left_) return {};
  suggestions_left_ -= names;
  return scope.nearest(name);
}

// {{steps.x…}} in a DAG, {{tasks.x…}} among steps.
static std::string other_kind_of(std::string_view variable) {
  if (variable.starts_with("steps.")) return "tasks." + std::string(variable.substr(6));
  return variable.starts_with("tasks.") ? "steps." + std::string(variable.substr(6)) : "";
}

std::string Validator::hint_for(std::string_view variable, const Scope& scope) {
  const std::string near = nearest_of(scope, variable);
  if (!near.empty()) return "did you mean {{" + near + "}}?";
  if (const std::string other = other_kind_of(variable); !other.empty() && scope.knows(other))
    return "did you mean {{" + other + "}}?";
  if (variable.starts_with("inputs.parameters."))
    return "declare it in inputs.parameters of this template";
  if (variable.starts_with("workflow.parameters."))
    return "declare it in spec.arguments.parameters";
  if (variable.starts_with("item.")) return "add withItems, withParam or withSequence";
  return {};
}

void Validator::check_tags(const Value* value, const Scope& scope, const Site& site,
                           const std::string& below) {
  if (!value) return;
  const std::string start = site.at(below);
  for_each_tag(*value, scope, Path(start), [&](const Tag& tag, const Path& path) {
    if (!is_checked_variable(tag.name) || scope.knows(tag.name)) return;
    std::string at = site.is_own() ? path.to_string() : start;
    text::Place place = site.is_own() ? tag.place : place_at(source_, at);
    if (site.is_own() && tag.value)
      place = locator_.find(place, tag.name, reach_of(tag.value->as_string()));
    found_.push_back({unseen_ > 0 ? Severity::kWarning : Severity::kError,
                      "unresolved-variable",
                      {std::string(file_), place.line, place.column},
                      std::move(at),
                      site.prefix + "there is no {{" + shown(tag.name) + "}} here",
                      hint_for(tag.name, scope)});
  });
}

void Validator::check_tags(std::string_view text, const Scope& scope, const Site& site,
                           const std::string& below) {
  for_each_tag(text, scope, [&](std::string_view name) {
    if (is_checked_variable(name) && !scope.knows(name))
      error(site, below, "unresolved-variable", "there is no {{" + shown(name) + "}} here",
            hint_for(name, scope));
  });
}

void Validator::add_global_outputs(const Template& tmpl, Scope& scope) {
  const auto add = [&](const std::string& name, std::string beginning) {
    if (name.empty()) return;
    if (holds_plain_tag(name))
      scope.add_all(std::move(beginning));  // known at run time only
    else
      globals_.add(beginning + name);
  };
  for (const Parameter& parameter : tmpl.outputs.parameters)
    add(parameter.global_name, "workflow.outputs.parameters.");
  for (const Artifact& artifact : tmpl.outputs.artifacts)
    add(artifact.global_name, "workflow.outputs.artifacts.");
}

}  // namespace model
