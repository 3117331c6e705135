#include "sim/fault_workflows.h"

#include <fmt/format.h>

#include <utility>

#include "engine/random_workflow.h"
#include "text/yaml.h"

namespace sim {
namespace {

using text::Value;

Value parse(std::string_view yaml) { return text::parse_yaml(yaml, "made up")->front(); }

// Locks for some of its pods, and sometimes for the workflow as a whole; of different names, so
// that nobody waits for what he holds himself.
bool add_locks(Value& spec, std::mt19937& random) {
  if (random() % 2 == 0) return false;
  const bool is_whole = random() % 3 == 0;
  if (is_whole) spec["synchronization"] = parse("{mutexes: [{name: whole}]}");
  if (random() % 3 == 0) spec["priority"] = static_cast<int64_t>(random() % 3);
  constexpr std::string_view kChoices[] = {
      "{mutexes: [{name: m}]}",
      "{mutexes: [{name: other, database: true}, {name: m}]}",
      "{semaphores: [{configMapKeyRef: {name: limits, key: k}}]}",
      "{semaphores: [{database: {key: d}}, {configMapKeyRef: {name: limits, key: k}}]}",
      "{mutexes: [{name: m}], semaphores: [{database: {key: d}}]}",
  };
  for (Value& tmpl : spec.find("templates")->as_list())
    if (tmpl.find("container") != nullptr && random() % 2 == 0)
      tmpl["synchronization"] = parse(kChoices[random() % std::size(kChoices)]);
  return is_whole;
}

// Around the old entrypoint: steps beside it or before, which use `more` templates.
class Wrapper {
 public:
  Wrapper(Value& spec, std::mt19937& random) : spec_(spec), random_(random) {}

  void loop() {
    add_template(
        "{name: lister, outputs: {parameters: [{name: o, globalName: g, valueFrom: {path: /o}}]}, "
        "container: {image: i}}");
    add_template(
        "{name: loop, steps: [[{name: list, template: lister}], [{name: each, template: pod, "
        "withParam: '{{steps.list.outputs.parameters.o}}', "
        "arguments: {parameters: [{name: p, value: '{{item}}'}]}}]]}");
    add_step("{name: looped, template: loop}");
  }
  void daemon() {
    add_template("{name: daemon, daemon: true, container: {image: i}}");
    add_template(
        "{name: served, steps: [[{name: server, template: daemon}], [{name: client, "
        "template: pod, arguments: {parameters: [{name: p, value: '{{steps.server.ip}}'}]}}]]}");
    add_step("{name: served, template: served}");
  }
  void ask() {
    add_template(
        "{name: ask, suspend: {duration: '30'}, outputs: {parameters: [{name: a, "
        "valueFrom: {supplied: {}, default: none}}]}}");
    add_step("{name: asked, template: ask}");
  }
  void library() { add_step("{name: lent, templateRef: {name: lib, template: work}}"); }
  void wrap() {
    Value rest;
    rest["name"] = "rest";
    rest["template"] = spec_.string_at("entrypoint");
    if (hooks_) rest["hooks"] = parse(kHooks);
    steps_.insert(steps_.begin() + static_cast<ptrdiff_t>(random_() % (steps_.size() + 1)),
                  std::move(rest));
    Value wrapped;
    wrapped["name"] = "wrapped";
    text::List groups;
    for (Value& step : steps_) {
      if (groups.empty() || random_() % 2 == 0) groups.emplace_back(text::List());
      groups.back().as_list().push_back(std::move(step));
    }
    wrapped["steps"] = std::move(groups);
    spec_["templates"].as_list().push_back(std::move(wrapped));
    spec_["entrypoint"] = "wrapped";
  }
  void add_hooks() { hooks_ = true; }

 private:
  static constexpr std::string_view kHooks =
      "{running: {expression: 'steps[\"rest\"].status == \"Running\"', template: pod}, "
      "bad: {expression: 'steps[\"rest\"].status == \"Failed\"', template: pod}, "
      "exit: {template: pod}}";
  void add_template(std::string_view yaml) { spec_["templates"].as_list().push_back(parse(yaml)); }
  void add_step(std::string_view yaml) { steps_.push_back(parse(yaml)); }

  Value& spec_;
  std::mt19937& random_;
  std::vector<Value> steps_;
  bool hooks_ = false;
};

// The WorkflowTemplate that workflows share.
Value make_library() {
  return parse(
      "apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\nmetadata: {name: lib}\nspec:\n"
      "  templates:\n"
      "  - {name: work, steps: [[{name: one, template: own}], [{name: two, template: own}]]}\n"
      "  - {name: own, container: {image: i, args: [v0]}}\n");
}

// What hangs on time and on others.
void add_free(Value& spec, Wrapper& wrapper, std::mt19937& random, MadeWorkflow& out) {
  if (random() % 3 == 0) {
    constexpr int64_t kSeconds[] = {0, 5, 60, 900};
    out.ttl_seconds = kSeconds[random() % std::size(kSeconds)];
    spec["ttlStrategy"]["secondsAfterCompletion"] = *out.ttl_seconds;
  }
  if (random() % 3 == 0)
    for (Value& tmpl : spec.find("templates")->as_list())
      if (tmpl.find("container") != nullptr)
        tmpl["memoize"] = parse(fmt::format(
            "{{key: 'k-{{{{inputs.parameters.p}}}}', maxAge: {}, cache: {}}}",
            random() % 2 == 0 ? "20s" : "1h",
            random() % 2 == 0 ? "{configMap: {name: memo}}" : "{database: {name: memo}}"));
  if (random() % 4 == 0)
    spec["hooks"] = parse(
        "{running: {expression: 'workflow.status == \"Running\"', template: pod}, "
        "bad: {expression: 'workflow.status == \"Failed\"', template: pod}}");
  if (random() % 4 == 0) wrapper.add_hooks();
  if (random() % 4 == 0) wrapper.ask();
  if (random() % 3 == 0) {
    wrapper.library();
    out.templates.push_back(make_library());
  }
}

}  // namespace

MadeWorkflow make_workflow(const std::string& name, uint32_t seed, bool is_free) {
  MadeWorkflow out;
  out.object = parse("apiVersion: argoproj.io/v1alpha1\nkind: Workflow\n" +
                     engine::WorkflowMaker(seed, is_free, false).yaml());
  Value metadata;
  metadata["name"] = name;
  out.object["metadata"] = std::move(metadata);
  Value& spec = out.object["spec"];
  std::mt19937 random(seed);
  out.is_locked = add_locks(spec, random);
  if (const Value* limit = spec.find("parallelism")) out.parallelism = limit->to_int();
  constexpr std::string_view kPodGc[] = {"OnPodCompletion", "OnPodSuccess", "OnWorkflowCompletion",
                                         "OnWorkflowSuccess"};
  if (random() % 3 == 0) spec["podGC"]["strategy"] = kPodGc[random() % std::size(kPodGc)];
  Wrapper wrapper(spec, random);
  if (is_free) add_free(spec, wrapper, random, out);
  if (random() % 3 == 0) wrapper.loop();
  // A daemon keeps the place of a pod for as long as it is asked.
  if (random() % 4 == 0 && !out.parallelism) wrapper.daemon();
  if (random() % 2 == 0) wrapper.wrap();
  if (!is_free) return out;
  spec["arguments"] = parse("{parameters: [{name: a, value: x}]}");
  if (random() % 4 != 0) return out;
  Value holder;
  holder["apiVersion"] = "argoproj.io/v1alpha1";
  holder["kind"] = "WorkflowTemplate";
  holder["metadata"]["name"] = name + "-spec";
  holder["spec"] = std::exchange(spec, Value());
  spec["workflowTemplateRef"]["name"] = name + "-spec";
  out.templates.push_back(std::move(holder));
  return out;
}

Value changed_template(Value object, uint64_t version) {
  Value* const templates = object["spec"].find("templates");
  if (templates == nullptr || !templates->is_list()) return object;
  for (Value& tmpl : templates->as_list())
    if (Value* container = tmpl.find("container"))
      (*container)["args"] = text::List{Value(fmt::format("v{}", version))};
  return object;
}

bool is_daemon_pod(std::string_view pod_name) {
  return pod_name.find("-daemon-") != std::string_view::npos;
}

bool is_lister_pod(std::string_view pod_name) {
  return pod_name.find("-lister-") != std::string_view::npos;
}

}  // namespace sim
