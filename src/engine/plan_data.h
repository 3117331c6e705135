// plan_data.h — the inside of a Plan: templates, tasks and texts as dense tables.
//
// Only the engine's own files include this. Every name is an index here: tasks of a template are
// contiguous, dependencies and dependants are ranges of one edge table, texts are ranges of pieces
// whose tags are resolved to slots. A workflow of a million tasks costs some 200 bytes a task.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/id.h"
#include "base/large.h"
#include "engine/name_table.h"
#include "engine/plan.h"
#include "expr/depends.h"
#include "expr/expression.h"
#include "expr/template_text.h"
#include "text/value.h"

namespace engine {

inline constexpr uint32_t kNil = 0xffffffffu;

using TextId = base::Id<struct TextTag>;
using TaskId = base::Id<struct TaskTag>;
using TemplateId = base::Id<struct TemplateTag>;

// What a tag stands for. `a` and `b` of the piece say which one.
enum class Var : uint8_t {
  kLiteral,     // the text itself
  kUnknown,     // a tag that nobody knows: stays as written, or fails where all must resolve
  kNested,      // the name holds tags itself: a = index into `nested`
  kExpression,  // {{=…}}: a = index into `expressions`
  kInput,       // inputs.parameters.<n>: a = slot
  kInputs,      // inputs.parameters: JSON of all
  kItem,
  kItemKey,  // item.<k>: the text is the key
  kPodName,
  kNodeName,
  kStepName,  // steps.name, tasks.name
  kRetries,
  kLastExitCode,
  kLastStatus,
  kLastDuration,
  kLastMessage,
  kWorkflowStatus,
  kWorkflowDuration,
  kWorkflowFailures,
  kWorkflowOutput,  // workflow.outputs.parameters.<n>: the text is the name
  // Of another step or task of the same template: a = its index in the template.
  kTaskId,
  kTaskStatus,
  kTaskStartedAt,
  kTaskFinishedAt,
  kTaskIp,
  kTaskHost,
  kTaskExitCode,
  kTaskResult,
  kTaskOutputs,  // outputs.parameters of a loop: JSON of all
  kTaskOutput,   // outputs.parameters.<p>: the text is p
  kTaskOther,    // steps.x.<anything else>: never resolves, and must
};
inline bool is_task_var(Var var) { return var >= Var::kTaskId; }

struct StrRef {  // into Plan::chars
  uint32_t offset = 0, size = 0;
};

struct Piece {
  Var var = Var::kLiteral;
  uint32_t a = 0;
  StrRef text;  // the literal, the key, or for tags that may stay: see `raw`
  StrRef raw;   // the whole tag as written
};

struct Text {
  uint32_t first = 0;
  uint32_t count = 0;
};

// valueFrom.configMapKeyRef of an input or an argument.
struct PlanConfigMapRef {
  TextId name, key, default_;
};

struct PlanArgument {
  StrRef name;
  TextId value;
  uint32_t config_map = kNil;  // where there is no value
};

// An artifact that a template takes or gives, or that a step, task or hook hands on. The JSON has
// tags; `from` and `fromExpression` stand in it as they are.
struct PlanArtifact {
  std::string name, path;
  TextId json;
  bool optional = false;
  bool has_location = false;  // or at least a key
  bool refers = false;        // has `from` or `fromExpression`
};

struct Range {
  uint32_t first = 0, count = 0;
};

struct PlanInput {
  std::string name;
  TextId value;     // the input's own value, if it has one
  TextId default_;  // invalid when there is none
  uint32_t config_map = kNil;
  std::string extra;  // further members as JSON, without braces: "default":"x","enum":[…]
};

struct PlanLock {
  TextId name;  // as in lock_table.h
  bool is_mutex = false;
};

struct PlanMemo {
  TextId key, cache, max_age;
  bool in_database = false;
};

struct PlanOutput {
  std::string name, global_name, path, json_path, jq_filter, description;
  TextId parameter;              // valueFrom.parameter, as a text
  std::string parameter_source;  // as written, for messages
  std::shared_ptr<const expr::Expression> expression;
  std::string expression_source;
  std::optional<std::string> default_;
  TextId default_text;
  bool supplied = false, has_value_from = false;
};

struct PlanLoop {
  enum class Kind : uint8_t { kItems, kParam, kSequence };
  Kind kind = Kind::kItems;
  TextId source;  // withItems as JSON, or withParam
  TextId count, start, end, format;
};

struct PlanHook {
  std::string name;  // "exit", or as in the node's name
  std::string template_name;
  TemplateId template_id;
  TextId expression_text;                              // invalid: none
  std::shared_ptr<const expr::Expression> expression;  // where the text holds no tags
  bool looks_around = false;  // the expression reads more than its own step or task
  uint32_t arguments_first = 0, arguments_count = 0;
  Range artifacts;
};

// A container of a container set.
struct PlanContainer {
  std::string name;
  std::vector<uint32_t> dependencies;  // indexes in the set
};

struct PlanRetry {
  TextId limit, duration, factor, cap, max_duration, expression;
  std::string policy;
  bool has_backoff = false;
  bool avoids_hosts = false;  // affinity.nodeAntiAffinity: never again where it has failed
};

// A line of the processor's cache: a large DAG reaches its tasks at random.
struct PlanTask {
  StrRef name;
  TemplateId template_id;  // invalid: unknown, or the name has tags: see template_text
  TextId template_text, when;
  uint32_t arguments_first = 0, arguments_count = 0;
  uint32_t loop = kNil, hook = kNil;
  uint32_t depends_first = 0, depends_count = 0;        // edges: indexes in the template
  uint32_t dependants_first = 0, dependants_count = 0;  // edges: indexes in the template
  uint32_t tree = kNil;                                 // `depends` that is no plain conjunction
  bool continue_on_failed : 1 = false, continue_on_error : 1 = false;
  bool wants_result : 1 = false, reads_tasks : 1 = false;
  bool by_reference : 1 = false;  // a templateRef: see odd_template_names
  bool has_hooks : 1 = false;     // other than `exit`: see Plan::task_hooks
  uint32_t group = 0;             // of steps
};

static_assert(sizeof(PlanTask) == 64);

enum class Body : uint8_t {
  kPod,  // a container or a script
  kContainerSet,
  kResource,
  kData,
  kHttp,
  kPlugin,
  kSteps,
  kDag,
  kSuspend,
  kMissing
};
inline bool is_pod(Body body) { return body <= Body::kData; }
inline bool is_task(Body body) { return body == Body::kHttp || body == Body::kPlugin; }

// Argo's order of walking a DAG for given targets.
struct DagOrder {
  std::vector<uint32_t> targets;  // indexes in the template, as named, or sorted by name
  std::vector<uint32_t> order;    // rank -> index in the template
  std::vector<uint32_t> rank;     // index -> rank; none: no target needs the task
};

// What one container asks for of one resource.
struct PlanRequest {
  std::string name, quantity;
  int64_t milli = -1;  // below 0: the quantity has tags

  // Of what the resource is counted in: a cpu, 100Mi of memory, 10Gi of storage.
  static int64_t unit_milli(std::string_view name);
};

struct PlanTemplate {
  std::string name;
  std::string scope;  // "local/<workflow>", "namespaced/<holder>", "cluster/<holder>"
  Body body = Body::kMissing;
  bool is_inline = false, daemon = false, fail_fast = false, dag_fail_fast = true;
  bool has_hooks = false;  // some step or task has
  std::string pod_error;   // why no pod can be made of it; empty: one can
  std::vector<PlanInput> inputs;
  std::vector<PlanOutput> outputs;
  std::vector<PlanArtifact> input_artifacts, output_artifacts;
  std::string archive_plugin;             // of the template's own archiveLocation
  std::vector<PlanContainer> containers;  // of a container set
  std::vector<PlanRequest> requests;      // of a pod: of all its containers
  // The JSON is not all that the executor gets: see pod_template.cc.
  bool is_completed = false, owns_manifest = false, archives_logs = false;
  std::vector<std::pair<uint32_t, uint32_t>> groups;  // first task, count; of steps
  uint32_t tasks_first = 0, tasks_count = 0;          // steps and DAG
  TextId target;                                      // of a DAG; invalid: all leaves
  DagOrder dag;                                       // empty when the target depends on inputs
  uint32_t retry = kNil;
  std::vector<PlanLock> locks;
  std::optional<PlanMemo> memo;
  std::optional<int64_t> parallelism;
  TextId suspend_duration, timeout, pending_timeout, active_deadline;
  // Strings escaped for JSON. The whole template; of steps and DAGs where their pods are placed,
  // invalid when they don't say.
  TextId json;
  NameTable names;  // of the tasks
};

class Plan {
 public:
  std::string workflow_name, namespace_, uid, scope;
  TemplateId entry;
  std::string entry_name;
  uint32_t entry_arguments_first = 0, entry_arguments_count = 0;
  Range entry_artifacts;
  uint32_t exit_hook = kNil;
  uint32_t retry = kNil;  // spec.retryStrategy
  std::optional<int64_t> parallelism, active_deadline_seconds;
  bool starts_suspended = false;
  bool has_lock_database = true;
  std::vector<PlanLock> locks;  // of the workflow as a whole
  std::string shutdown;         // spec.shutdown as submitted

  std::deque<PlanTemplate> templates;  // inline ones are added while others are compiled
  std::unordered_map<std::string, TemplateId> template_by_name;  // by template_key()
  std::vector<StoredTemplate> stored_templates;
  std::vector<std::pair<uint32_t, text::Value>> inline_metrics;
  base::LargeVector<PlanTask> tasks;
  // Of tasks without a template_id the name as written, of references their shown_reference().
  std::unordered_map<uint32_t, StrRef> odd_template_names;
  base::LargeVector<PlanArgument> arguments;
  std::vector<PlanArtifact> artifacts;                 // of arguments
  std::unordered_map<uint32_t, Range> task_artifacts;  // of tasks that have any
  text::Value archive_location;  // where artifacts go by default, its key with tags; null: nowhere
  bool archives_logs = false;    // by the repository: for all templates
  std::optional<std::vector<std::string>> artifact_plugins;  // unset: not checked
  uint32_t lost_attempts_max = 0;
  std::function<bool(std::string_view)> is_transient;  // of the settings; unset: nothing more
  base::LargeVector<uint32_t> edges;
  std::vector<expr::Depends> trees;  // operands are indexes into tree_tasks of the task's edges
  std::vector<PlanLoop> loops;
  std::vector<PlanHook> hooks;
  std::unordered_map<uint32_t, std::vector<uint32_t>> task_hooks;  // without `exit`
  std::vector<uint32_t> workflow_hooks;
  std::vector<PlanRetry> retries;
  std::vector<PlanConfigMapRef> config_maps;

  base::LargeVector<char> chars;
  base::LargeVector<Piece> pieces;
  base::LargeVector<Text> texts;
  std::vector<std::shared_ptr<const expr::Expression>> expressions;
  std::vector<std::shared_ptr<const expr::TemplateText>> nested;
  std::map<std::string, std::string, std::less<>> globals;  // "workflow.name" -> value

  std::string_view str(StrRef ref) const { return {chars.data() + ref.offset, ref.size}; }
  const Text& text(TextId id) const { return texts[id.value]; }
  std::string_view task_name(const PlanTask& task) const { return str(task.name); }
  // The task of that name, as an index in the template.
  std::optional<uint32_t> find_task(const PlanTemplate& tmpl, std::string_view name) const {
    return tmpl.names.find(name,
                           [&](uint32_t i) { return task_name(tasks[tmpl.tasks_first + i]); });
  }
  std::string_view literal(TextId id) const {
    const Text& t = texts[id.value];
    return t.count == 0 ? std::string_view() : str(pieces[t.first].text);
  }
  bool is_literal(TextId id) const {
    const Text& t = texts[id.value];
    return t.count == 0 || (t.count == 1 && pieces[t.first].var == Var::kLiteral);
  }
};

inline std::string template_key(std::string_view scope, std::string_view name) {
  return std::string(scope) + "/" + std::string(name);
}

// A templateRef in the place of a template's name: "@holder/template", with "@@" of a
// cluster-scoped holder. No template has such a name.
inline std::string shown_reference(const model::TemplateRef& ref) {
  return (ref.cluster_scope ? "@@" : "@") + ref.name + "/" + ref.template_;
}
inline bool is_reference(std::string_view template_name) { return template_name.starts_with('@'); }

// What a simple tag means inside `tmpl`; the piece's text is `name`'s last part and not in `chars`.
struct TagMeaning {
  Var var = Var::kUnknown;
  uint32_t a = 0;
  std::string_view text;
  std::optional<std::string_view> constant;  // of workflow.* that never changes
};
// `target` is the DAG's target with all tags put in; empty for all leaves.
base::Result<DagOrder> order_dag(const Plan& plan, const PlanTemplate& tmpl,
                                 std::string_view target);

TagMeaning classify_tag(const Plan& plan, const PlanTemplate* tmpl, std::string_view name);

}  // namespace engine
