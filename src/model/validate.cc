#include "model/validate.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <unordered_set>

#include "expr/cron.h"
#include "model/check.h"
#include "model/decode.h"
#include "model/schema.h"
#include "model/validation/validator.h"

namespace model {

using base::Diagnostic;
using base::Diagnostics;
using base::Severity;
using text::Value;

namespace {

// One document while it is linted.
struct Lint {
  const Value& document;
  std::string_view file;
  const ValidateOptions& options;
  Diagnostics& found;

  // At the value of a key where there is one that is no map or list; else where the path leads.
  void error(std::string path, std::string rule, std::string text, std::string hint = {}) const {
    const Value* value = find_at(document, path);
    const bool is_word = value && (value->is_string() || value->is_number());
    const text::Place place = is_word ? value->place : place_at(document, path);
    found.push_back({Severity::kError,
                     std::move(rule),
                     {std::string(file), place.line, place.column},
                     std::move(path),
                     std::move(text),
                     std::move(hint)});
  }
};

// Names become labels of pods, of at most 63 characters; a CronWorkflow's workflows add the time.
void check_name(const Lint& lint, const ObjectMeta& metadata, size_t longest) {
  if (metadata.name.size() <= longest) return;
  lint.error("metadata.name", "name-too-long",
             "the name has " + std::to_string(metadata.name.size()) + " characters, at most " +
                 std::to_string(longest) + " are allowed");
}

// The nearest word, or one that the given one begins with: "Forbidden".
std::string hint_for_word(std::string_view word, const std::vector<std::string_view>& words) {
  std::string near = base::nearest(word, words);
  for (const std::string_view each : words)
    if (near.empty() && word.starts_with(each)) near = each;
  return near.empty() ? near : "did you mean " + quote(near) + "?";
}

void check_cron(const Lint& lint, const Value& spec) {
  const Value* schedules = spec.find("schedules");
  if (!schedules || !schedules->is_list() || schedules->as_list().empty()) {
    lint.error("spec.schedules", "missing-schedule", "at least one schedule is needed",
               "add schedules: [\"0 * * * *\"]");
  } else {
    for (size_t i = 0; i < schedules->as_list().size(); ++i) {
      const Value& schedule = schedules->as_list()[i];
      if (!schedule.is_string() && !schedule.is_null()) continue;
      const std::string text = schedule.is_null() ? std::string() : schedule.as_string();
      const auto parsed = expr::Schedule::parse(text);
      if (!parsed)
        lint.error("spec.schedules[" + std::to_string(i) + ']', "bad-schedule",
                   quote(text) + " is no schedule: " + parsed.error().text, parsed.error().hint);
    }
  }
  const std::string_view zone = spec.string_at("timezone");
  if (!zone.empty() && !expr::TimeZone::load(zone))
    lint.error("spec.timezone", "bad-time-zone", quote(zone) + " is not a time zone",
               "write it as Europe/Berlin or UTC");
  const std::string_view policy = spec.string_at("concurrencyPolicy");
  const std::vector<std::string_view> policies = {"Allow", "Forbid", "Replace"};
  if (!policy.empty() && std::find(policies.begin(), policies.end(), policy) == policies.end())
    lint.error("spec.concurrencyPolicy", "unknown-word",
               quote(policy) + " is not a concurrency policy: Allow, Forbid or Replace",
               hint_for_word(policy, policies));
  const Value* deadline = spec.find("startingDeadlineSeconds");
  if (deadline && deadline->to_int().value_or(0) < 0)
    lint.error("spec.startingDeadlineSeconds", "bad-number",
               "startingDeadlineSeconds must not be negative");
}

void run_validator(const Lint& lint, const Workflow& workflow, Validator::Mode mode) {
  Validator(workflow, lint.document, lint.file, lint.options, std::move(mode), lint.found).run();
}

void lint_cron(const Lint& lint) {
  constexpr size_t kLongestCronName = 52;
  const Value nothing;
  const Value* spec = lint.document.find("spec");
  if (!spec) spec = &nothing;
  Workflow workflow;
  if (const Value* metadata = lint.document.find("metadata"))
    check_name(lint, decode_metadata(*metadata), kLongestCronName);
  check_cron(lint, *spec);
  if (const Value* inner = spec->find("workflowSpec")) workflow.spec = decode_spec(*inner);
  if (const Value* metadata = spec->find("workflowMetadata"))
    workflow.metadata = decode_metadata(*metadata);
  // What a workflow that it starts has besides.
  workflow.metadata.labels.emplace_back("workflows.argoproj.io/cron-workflow", "");
  workflow.metadata.annotations.emplace_back("workflows.argoproj.io/scheduled-time", "");
  constexpr std::string_view kInstance = "workflows.argoproj.io/controller-instanceid";
  if (!lint.document.string_at("metadata", "labels", kInstance).empty())
    workflow.metadata.labels.emplace_back(kInstance, "");
  run_validator(lint, workflow, {"spec.workflowSpec", false, true, spec});
}

void lint_kind(const Lint& lint, std::string_view kind) {
  constexpr size_t kLongestName = 63;
  if (kind == "CronWorkflow") return lint_cron(lint);
  if (kind != "Workflow" && kind != "WorkflowTemplate" && kind != "ClusterWorkflowTemplate") return;
  const Workflow workflow = decode_workflow(lint.document);
  check_name(lint, workflow.metadata, kLongestName);
  run_validator(lint, workflow, {"spec", kind != "Workflow", lint.options.needs_values});
}

std::string_view parent_of(std::string_view path) {
  const size_t end = path.find_last_of(".[");
  return end == std::string_view::npos ? std::string_view() : path.substr(0, end);
}

// A slip in a field makes further rules fail: "contaner" leaves a template that runs nothing. Only
// the cause is reported. Borrows the paths of the findings.
class Causes {
 public:
  Causes(const Diagnostics& found, size_t first) {
    for (size_t i = first; i < found.size(); ++i) {
      const Diagnostic& cause = found[i];
      if (cause.rule == "wrong-type") {
        wrong_.insert(cause.path);
        has_no_templates_ = has_no_templates_ || cause.path.ends_with("templates");
      }
      if (cause.rule != "unknown-field") continue;
      wrong_.insert(cause.path);  // nothing below it is read
      if (cause.severity == Severity::kError) around_slips_.insert(parent_of(cause.path));
    }
  }

  bool explain(const Diagnostic& finding) const {
    if (finding.rule == "unknown-template" && has_no_templates_) return true;
    if (!wrong_.empty())
      for (std::string_view path = finding.path; !path.empty(); path = parent_of(path))
        if (wrong_.contains(path)) return true;
    const bool asks_for_more =
        finding.rule.starts_with("missing-") || finding.rule.starts_with("template-");
    return asks_for_more && (around_slips_.contains(finding.path) ||
                             around_slips_.contains(parent_of(finding.path)));
  }

 private:
  std::unordered_set<std::string_view> wrong_, around_slips_;
  bool has_no_templates_ = false;
};

// A row of the tables and a rule of Argo's may find the same word: the graver finding stays.
void drop_double_words(Diagnostics& found) {
  std::set<std::string> graver;
  for (const Diagnostic& finding : found)
    if (finding.rule == "unknown-word" && finding.severity == Severity::kError)
      graver.insert(finding.path);
  std::set<std::string> kept;
  std::erase_if(found, [&](const Diagnostic& finding) {
    if (finding.rule != "unknown-word" || !graver.contains(finding.path)) return false;
    return finding.severity == Severity::kWarning || !kept.insert(finding.path).second;
  });
}

// Adds what is no consequence of the findings from `first` on, in the order of the file.
void add_causes_only(Diagnostics more, Diagnostics& found, size_t first) {
  drop_double_words(more);
  {
    const Causes causes(found, first);
    std::erase_if(more, [&](const Diagnostic& finding) { return causes.explain(finding); });
  }
  found.insert(found.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
  base::sort_by_place(found, first);
}

Purpose purpose_of(const ValidateOptions& options) {
  if (options.submit) return Purpose::kSubmit;
  return options.rehearsal ? Purpose::kRehearsal : Purpose::kLint;
}

}  // namespace

void validate_workflow(const Workflow& workflow, const Value& source, std::string_view file,
                       const ValidateOptions& options, Diagnostics& found) {
  constexpr size_t kLongestName = 63;
  Diagnostics more;
  const Lint lint{source, file, options, more};
  check_name(lint, workflow.metadata, kLongestName);
  run_validator(lint, workflow, {"spec", false, options.needs_values});
  check_treatments(source, "Workflow", "", file, purpose_of(options), more);
  add_causes_only(std::move(more), found, 0);
}

void check_runs(const Value& value, std::string_view type, std::string_view path,
                Diagnostics& found) {
  Diagnostics all;
  check_treatments(value, type, path, {}, Purpose::kSubmit, all);
  for (base::Diagnostic& one : all)
    if (one.rule == "refused-field") found.push_back(std::move(one));
}

void lint_document(const Value& document, std::string_view file, bool strict,
                   const ValidateOptions& options, Diagnostics& found) {
  const size_t first = found.size();
  if (!document.is_map()) {
    Lint{document, file, options, found}.error(
        "", "not-an-object",
        "expected an object with apiVersion and kind, got " + std::string(document.kind_name()));
    return;
  }
  const std::string_view kind = document.string_at("kind");
  const auto& kinds = Schema::kinds();
  if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
    const std::string_view version = document.string_at("apiVersion");
    if (!kind.empty() && !version.starts_with("argoproj.io/")) return;
    // Not everything in a folder of YAML is an object of Kubernetes.
    if (kind.empty() && version.empty() && !document.find("spec")) return;
    const std::string near = base::nearest(kind, kinds);
    // Argo's other projects have kinds of this group, too.
    if (!kind.empty() && near.empty()) {
      found.push_back({Severity::kWarning,
                       "unchecked-kind",
                       {std::string(file), document.place.line, document.place.column},
                       "kind",
                       "the fields of a " + std::string(kind) + " are not known here",
                       ""});
      return;
    }
    Lint{document, file, options, found}.error(
        "kind", "unknown-kind",
        kind.empty() ? "the kind is missing" : quote(kind) + " is not a kind",
        near.empty() ? "add kind: Workflow" : "did you mean " + quote(near) + "?");
    return;
  }
  check_fields(document, kind, "", file, strict ? Strictness::kStrict : Strictness::kLenient,
               found);
  Diagnostics more;
  lint_kind({document, file, options, more}, kind);
  check_treatments(document, kind, "", file, purpose_of(options), more);
  add_causes_only(std::move(more), found, first);
}

}  // namespace model
