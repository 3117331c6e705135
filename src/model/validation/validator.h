// validator.h — one run of the semantic rules over a workflow. Internal to model/.
//
// Templates are visited once each, in the order in which Argo's validation reaches them: from the
// entrypoint down, then the exit handler, then the rest; the global outputs that a template may use
// are those of the templates before it. Problems in stored templates are reported at the call.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/diagnostic.h"
#include "model/validate.h"
#include "model/validation/locator.h"
#include "model/validation/scope.h"

namespace model {

// Whose templates a name refers to: the workflow's own, or those of a stored one.
class Holder {
 public:
  Holder() = default;
  Holder(const WorkflowSpec* spec, std::string title, bool is_cluster = false);

  const Template* find(std::string_view name) const;
  size_t index_of(const Template& tmpl) const { return size_t(&tmpl - spec->templates.data()); }

  const WorkflowSpec* spec = nullptr;
  std::string title;  // "" for the workflow's own, else "WorkflowTemplate x"
  bool is_cluster = false;

 private:
  std::unordered_map<std::string_view, size_t> by_name_;
};

// Where a template stands: at a path of the source, or behind a call in it.
struct Site {
  const Holder* holder = nullptr;
  std::string path;    // own: of the template; stored: of the call that led there
  std::string prefix;  // stored: "template a of WorkflowTemplate x: "

  bool is_own() const { return prefix.empty(); }
  // The path of something below the template.
  std::string at(std::string_view below) const;
};

// What a step, a task or a hook calls.
struct Call {
  std::string_view template_name;
  const TemplateRef* ref = nullptr;
  const Template* inline_template = nullptr;
};
Call call_of(const Task& task);
Call call_of(const LifecycleHook& hook);

class Validator {
 public:
  struct Mode {
    std::string spec_path = "spec";  // "spec.workflowSpec" in a CronWorkflow
    bool is_template = false;        // a WorkflowTemplate: parameters may come from whoever uses it
    bool needs_values = false;
    const text::Value* cron_spec = nullptr;  // of a CronWorkflow
  };

  Validator(const Workflow& workflow, const text::Value& source, std::string_view file,
            const ValidateOptions& options, Mode mode, base::Diagnostics& found);
  void run();
  // A workflow that runs as it stands: what it does not declare is not there. A WorkflowTemplate's
  // templates may be used by a workflow that declares more.
  bool is_complete() const { return !mode_.is_template && !workflow_.spec.workflow_template_ref; }

  // For the other parts of this room; `below` is a path below the site.
  void error(const Site& site, std::string_view below, std::string rule, std::string text,
             std::string hint = {});
  // The same, at a word of the string that stands there.
  void error_at(std::string_view word, const Site& site, std::string_view below, std::string rule,
                std::string text, std::string hint = {});
  // Argo lets it through, but it cannot work: a warning in lint, an error at submit.
  void flaw(const Site& site, std::string_view below, std::string rule, std::string text,
            std::string hint = {});
  // The same, `offset` bytes into a word of the string that stands there.
  void flaw_at(std::string_view word, size_t offset, const Site& site, std::string_view below,
               std::string rule, std::string text, std::string hint = {});
  void warning(const Site& site, std::string_view below, std::string rule, std::string text,
               std::string hint = {});

  // About a part of a string: `offset` bytes into the `word` that it holds.
  void warning_in(const Path& path, const text::Value& value, std::string_view word, size_t offset,
                  std::string rule, std::string text, std::string hint);
  // The known name nearest to a mistyped one, as long as looking is not too much in all.
  std::string nearest_of(const Scope& scope, std::string_view name);

  struct Resolved {
    const Template* found = nullptr;  // null: reported, dynamic, or no stored templates here
    Site site = {};
    bool is_dynamic = false;  // its name is known at run time: Argo knows no outputs of it then
  };
  // Reports when there is no such template.
  Resolved resolve(const Call& call, const Site& caller, std::string_view below);
  // Visits the body once. `outer` is what an inline template sees of its surroundings: the inputs
  // of the template around it. `given`: the real arguments, which Argo has for entrypoint and exit
  // handler alone; of other templates' inputs it knows no values.
  void visit(const Template& tmpl, const Site& site, const Scope* outer,
             const Arguments* given = nullptr);
  // Arguments that the template visited has for sure; null: placeholders for all.
  const Arguments* given() const { return given_; }
  // The tags of the visited template that have a value before it runs; an inline template in it
  // sees no more.
  const Scope& here() const { return here_ ? *here_ : globals_; }
  std::string rendered(std::string_view text) const { return render(text, here()); }
  // Whether the call hands over all that the template needs. `is_checked`: check_arguments has
  // reported arguments that are there without a value.
  void check_supplied(const Template& tmpl, const Arguments& given, const Site& caller,
                      std::string_view below, bool is_checked);
  void check_arguments(const Arguments& arguments, const Site& site, const std::string& below,
                       bool may_be_empty);
  // Argo asks the hooks of workflows and steps for an expression, those of tasks it does not.
  enum class HooksOf { kWorkflow, kStep, kTask };
  void check_hooks(const std::vector<std::pair<std::string, LifecycleHook>>& hooks,
                   std::string_view on_exit, HooksOf of, const Site& site,
                   const std::string& below);
  void check_tags(const text::Value* value, const Scope& scope, const Site& site,
                  const std::string& below);
  void check_tags(std::string_view text, const Scope& scope, const Site& site,
                  const std::string& below);
  // While one is alive, errors are warnings: Argo does not look there.
  class Unseen {
   public:
    explicit Unseen(Validator& run, bool is_unseen = true) : run_(run), is_unseen_(is_unseen) {
      run_.unseen_ += is_unseen_;
    }
    ~Unseen() { run_.unseen_ -= is_unseen_; }
    Unseen(const Unseen&) = delete;
    Unseen& operator=(const Unseen&) = delete;

   private:
    Validator& run_;
    bool is_unseen_;
  };
  // "did you mean …?" for the name that is nearest to the word, or "". Counts what it looks at: a
  // file with ten thousand slips in ten thousand names gets hints for the first of them.
  template <class Named>
  std::string suggest(std::string_view word, const std::vector<Named>& entries) {
    if (suggestions_left_ < entries.size()) return {};
    suggestions_left_ -= entries.size();
    std::vector<std::string_view> names;
    for (const Named& entry : entries) names.push_back(name_of(entry));
    const std::string near = base::nearest(word, names);
    return near.empty() ? near : "did you mean \"" + near + "\"?";
  }
  // Global outputs that later templates may use, and `scope` all of them where a name is known at
  // run time only.
  void add_global_outputs(const Template& tmpl, Scope& scope);

 private:
  static std::string_view name_of(std::string_view word) { return word; }
  template <class Named>
  static std::string_view name_of(const Named& entry) {
    return entry.name;
  }
  void set_globals(const WorkflowSpec* stored);
  void set_metadata_globals(const WorkflowSpec* stored);
  // The templates that entrypoint and exit handler name: the workflow's own, or those of its
  // workflowTemplateRef; null when that is not there.
  const Holder* holder_of_run();
  bool arguments_may_be_empty() const {
    return mode_.is_template || !(options_.submit || mode_.needs_values);
  }
  void check_workflow_arguments(const WorkflowSpec* stored);
  void check_entrypoint(const Site& site, const WorkflowSpec* stored);
  void check_exit(const Site& site, const WorkflowSpec* stored);
  void visit_called(const Site& site, std::string_view name, std::string_view field,
                    const Arguments* arguments);
  void visit_all(const Site& site);
  void warn_unreachable();
  void report(base::Severity severity, const Site& site, std::string_view below, std::string rule,
              std::string text, std::string hint, std::string_view word = {}, size_t offset = 0);
  const Holder* stored_holder(std::string_view name, bool cluster_scope);
  Resolved resolve_ref(const Call& call, const Site& caller, std::string_view below);
  void check_shape(const Template& tmpl, const Site& site);
  void check_artifact_arguments(const Arguments& arguments, const Site& site,
                                const std::string& below);
  void check_parameter_argument(const Parameter& parameter, const Site& site,
                                const std::string& below, bool may_be_empty);
  void check_pod_gc();
  void check_executor_plugins();
  void check_init_containers(const Template& tmpl, const Site& site);
  void check_expressions_of(const Template& tmpl, const Site& site, const Scope& scope);
  bool is_first_of_its_name(const Template& tmpl, const Site& site);
  void check_call_timeout(const Template& tmpl, const Arguments& given, const Site& caller,
                          std::string_view below);
  void check_pod_resources(const text::Value& resources, const Site& site,
                           const std::string& below);
  void check_retry(const RetryStrategy& retry, const Site& site);
  std::string hint_for(std::string_view variable, const Scope& scope);

  const Workflow& workflow_;
  const text::Value& source_;
  std::string_view file_;
  const ValidateOptions& options_;
  Mode mode_;
  base::Diagnostics& found_;
  Locator locator_;
  Holder own_;
  std::map<std::string, Holder, std::less<>> stored_;  // by "cluster/name" or "/name"
  Scope globals_;
  const Scope* here_ = nullptr;
  const Arguments* given_ = nullptr;
  int unseen_ = 0;
  std::set<const Template*> visited_;
  std::set<std::pair<const Holder*, std::string_view>> inline_seen_;  // by name, mostly ""
  std::vector<const Template*> hooked_;  // own templates that hooks of steps and tasks call
  Arguments arguments_;                  // with those of the workflowTemplateRef
  size_t depth_ = 0;
  bool was_too_deep_ = false;
  size_t suggestions_left_ = 200'000;  // names that suggest() may still look at
};

// The parts of a visit, one file each. `scope` is extended by what outputs may use.
void validate_body_of_leaf(Validator& run, const Template& tmpl, const Site& site,
                           const Scope& scope);
void validate_steps(Validator& run, const Template& tmpl, const Site& site, Scope& scope);
void validate_dag(Validator& run, const Template& tmpl, const Site& site, Scope& scope);
// `inputs` gets what has a value before the template runs, `scope` the rest.
void validate_inputs(Validator& run, const Template& tmpl, const Site& site, Scope& inputs,
                     Scope& scope);
void validate_outputs(Validator& run, const Template& tmpl, const Site& site, const Scope& scope);
void validate_metrics(Validator& run, const text::Value& metrics, const Site& site,
                      const std::string& below);
void validate_git_and_hdfs(Validator& run, const text::Value& location, const Site& site,
                           const std::string& at);

// Names of templates, inputs and tasks are fixed; those of outputs and arguments may hold {{tags}}.
enum class NameStyle { kFixed, kMayHoldTags };
// Names of a list's entries: there, well formed, unique.
template <class Named>
void check_names(Validator& run, const std::vector<Named>& entries, const Site& site,
                 const std::string& below, NameStyle style = NameStyle::kFixed);
extern template void check_names(Validator&, const std::vector<Parameter>&, const Site&,
                                 const std::string&, NameStyle);
extern template void check_names(Validator&, const std::vector<Artifact>&, const Site&,
                                 const std::string&, NameStyle);
extern template void check_names(Validator&, const std::vector<Template>&, const Site&,
                                 const std::string&, NameStyle);
extern template void check_names(Validator&, const std::vector<Task>&, const Site&,
                                 const std::string&, NameStyle);

// Small rules that several parts need.
bool is_leaf(const Template& tmpl);
bool is_pod(const Template& tmpl);
bool has_output(const Template& tmpl);
bool is_field_name(std::string_view name);      // templates, steps, tasks
bool is_parameter_name(std::string_view name);  // parameters and artifacts
bool holds_tag(std::string_view text);          // a whole {{tag}} is in it
bool holds_plain_tag(std::string_view text);    // one without blanks, as Argo counts in names
bool is_go_int(std::string_view text);          // as strconv.Atoi reads it
bool is_label_key(std::string_view key);        // "name" or "prefix.dns/name"
bool is_label_value(std::string_view value);
bool has_location(const Artifact& artifact);
std::string quote(std::string_view text);
// Whether a steps.X.… or tasks.X.… reference, without its first two words, names something of it.
// Of a template that is not known anything.
bool is_node_attribute(std::string_view attribute, const Template* tmpl, bool is_aggregate,
                       bool is_dynamic);

}  // namespace model
