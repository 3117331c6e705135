#include "conformance/traces_suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "conformance/cases.h"
#include "conformance/trace_run.h"
#include "conformance/trace_status.h"
#include "engine/config_map.h"
#include "engine/plan.h"
#include "model/decode.h"
#include "model/merge.h"
#include "model/validate.h"
#include "text/json.h"
#include "text/yaml.h"

namespace conformance {
namespace {

using text::Value;

// Of a node; times and figures depend on how the original ran.
constexpr std::string_view kCompared[] = {"id",
                                          "name",
                                          "displayName",
                                          "type",
                                          "phase",
                                          "message",
                                          "boundary",
                                          "templateName",
                                          "templateRef",
                                          "templateScope",
                                          "children",
                                          "outboundNodes",
                                          "inputs",
                                          "outputs",
                                          "nodeFlag",
                                          "daemoned",
                                          "memoizationStatus",
                                          "synchronizationStatus"};

// Without what is the same as nothing: empty texts, lists, maps and null. Scalars as their text,
// for Argo writes numbers of parameters as strings.
Value plain(const Value& value) {
  if (value.is_map()) {
    text::Map out;
    for (const text::Member& member : value.as_map()) {
      Value inner = plain(member.value);
      const bool nothing = inner.is_null() || (inner.is_map() && inner.as_map().empty()) ||
                           (inner.is_list() && inner.as_list().empty()) ||
                           (inner.is_string() && inner.as_string().empty());
      if (!nothing) out.set(member.key, std::move(inner));
    }
    return Value(std::move(out));
  }
  if (value.is_list()) {
    text::List out;
    for (const Value& element : value.as_list()) out.push_back(plain(element));
    return Value(std::move(out));
  }
  if (value.is_null()) return value;
  return Value(value.to_any_string());
}

std::string shown(const Value* value) {
  return value == nullptr ? std::string("nothing") : text::to_json(*value);
}

struct Difference {
  std::string expected, got;
};

bool is_sorted_equal(const Value& a, const Value& b) {
  if (!a.is_list() || !b.is_list()) return a == b;
  std::vector<std::string> left, right;
  for (const Value& element : a.as_list()) left.push_back(text::to_json(element));
  for (const Value& element : b.as_list()) right.push_back(text::to_json(element));
  std::sort(left.begin(), left.end());
  std::sort(right.begin(), right.end());
  return left == right;
}

std::optional<Difference> compare_node(const Value& expected, const Value& got, bool any_order) {
  const std::string name(expected.string_at("name"));
  for (const std::string_view field : kCompared) {
    const Value* want = expected.find(field);
    const Value* have = got.find(field);
    const Value left = want == nullptr ? Value() : plain(*want);
    const Value right = have == nullptr ? Value() : plain(*have);
    const bool links = field == "children" || field == "outboundNodes";
    if (left == right || (any_order && links && is_sorted_equal(left, right))) continue;
    const bool both_empty =
        text::to_json(left).size() <= 2 && text::to_json(right).size() <= 2 && field != "nodeFlag";
    if (both_empty) continue;
    if (field != "nodeFlag" || shown(want) != shown(have))
      return Difference{name + " " + std::string(field) + " " + shown(want), shown(have)};
  }
  return std::nullopt;
}

// `first_step`: pods that were made before are not looked at.
std::optional<Difference> compare_pods(const Value& record, const TraceOutcome& got, bool any_order,
                                       size_t first_step) {
  std::vector<const Value*> pods;
  if (const Value* list = record.find("pods"); list != nullptr && list->is_list())
    for (const Value& pod : list->as_list())
      if (const Value* step = pod.find("createdAtStep");
          pod.string_at("node") != "(agent)" &&
          (step == nullptr || step->to_int().value_or(0) >= static_cast<int64_t>(first_step)))
        pods.push_back(&pod);
  std::string want_order, have_order;
  for (const Value* pod : pods) want_order += std::string(pod->string_at("node")) + " ";
  std::map<std::string, const TracePod*> by_node;
  for (const TracePod& pod : got.pods) {
    have_order += pod.node + " ";
    by_node[pod.node] = &pod;
  }
  if (want_order != have_order && (!any_order || want_order.size() != have_order.size()))
    return Difference{"pods " + want_order, have_order};
  for (const Value* pod : pods) {
    const auto found = by_node.find(std::string(pod->string_at("node")));
    if (found == by_node.end())
      return Difference{"pod of " + std::string(pod->string_at("node")), "none"};
    if (found->second->name != pod->string_at("podName"))
      return Difference{"pod " + std::string(pod->string_at("podName")), found->second->name};
    const Value* want = pod->find("template");
    Value left = want == nullptr ? Value() : plain(*want), right = plain(found->second->made_from);
    if (!(left == right))
      return Difference{"template of " + found->first + " " + text::to_json(left),
                        text::to_json(right)};
  }
  return std::nullopt;
}

std::optional<Difference> compare(const Value& record, const TraceOutcome& got, bool any_order,
                                  size_t first_step = 0) {
  const Value& workflow = *record.find("workflow");
  const std::string phase(workflow.string_at("phase"));
  std::map<std::string, bool> seen;
  if (const Value* nodes = workflow.find("nodes"); nodes != nullptr && nodes->is_list())
    for (const Value& node : nodes->as_list()) {
      const std::string name(node.string_at("name"));
      seen[name] = true;
      const auto found = got.nodes.find(name);
      if (found == got.nodes.end()) return Difference{"node " + name, "none"};
      if (auto difference = compare_node(node, found->second, any_order)) return difference;
    }
  for (const auto& [name, node] : got.nodes)
    if (!seen.contains(name)) return Difference{"no node " + name, text::to_json(node)};
  if (phase != got.phase) return Difference{"workflow " + phase, got.phase + " " + got.message};
  if (workflow.string_at("message") != got.message)
    return Difference{"message " + std::string(workflow.string_at("message")), got.message};
  const Value* outputs = workflow.find("outputs");
  if (outputs != nullptr && !(plain(*outputs) == plain(got.outputs)))
    return Difference{"outputs " + shown(outputs), text::to_json(got.outputs)};
  return compare_pods(record, got, any_order, first_step);
}

// What the controller was configured with: README of the suite.
engine::Settings recorded_settings() {
  engine::Settings out;
  out.artifact_repository["s3"]["endpoint"] = Value("my-endpoint");
  out.artifact_repository["s3"]["bucket"] = Value("my-bucket");
  out.artifact_plugins.emplace();
  out.has_lock_database = false;
  return out;
}

struct Loaded {
  std::shared_ptr<const engine::Plan> plan;
  std::optional<std::string> refused;  // by name: not in scope
  std::string invalid;                 // the workflow is wrong
  bool has_unordered_dag = false;      // some task has several dependencies
  std::vector<Value> config_maps;
};

// The original takes the dependencies of a task in the order of a hash map.
bool has_unordered_dag(const model::WorkflowSpec& spec) {
  for (const model::Template& tmpl : spec.templates)
    if (tmpl.dag)
      for (const model::Task& task : tmpl.dag->tasks)
        if (task.dependencies.size() > 1 || task.depends.find_first_of("&|") != std::string::npos)
          return true;
  return false;
}

// The templates that were in the cluster.
class Holders {
 public:
  explicit Holders(const std::filesystem::path& folder) {
    const auto source = read_file(folder / "others.yaml");
    const auto documents =
        source ? text::parse_yaml(*source, "others.yaml") : tl::unexpected(source.error());
    if (!documents) return;
    for (const Value& document : *documents) {
      const std::string_view kind = document.string_at("kind");
      const Value* spec = document.find("spec");
      if (kind == "ConfigMap" || document.find("data") != nullptr) config_maps_.push_back(document);
      // Those that came from Go literals bear no kind.
      if (spec == nullptr || !(kind.empty() || kind.ends_with("WorkflowTemplate"))) continue;
      const std::string name(document.string_at("metadata", "name"));
      for (const bool cluster : {false, true})
        if (kind.empty() || kind.starts_with("Cluster") == cluster)
          specs_[{name, cluster}] = model::decode_spec(*spec);
    }
  }
  const model::WorkflowSpec* find(std::string_view name, bool cluster_scope) const {
    const auto found = specs_.find({std::string(name), cluster_scope});
    return found == specs_.end() ? nullptr : &found->second;
  }

  const std::vector<Value>& config_maps() const { return config_maps_; }
  const Value* config_map(std::string_view name) const {
    for (const Value& object : config_maps_)
      if (object.string_at("metadata", "name") == name) return &object;
    return nullptr;
  }

 private:
  std::map<std::pair<std::string, bool>, model::WorkflowSpec> specs_;
  std::vector<Value> config_maps_;
};

// The recorded workflow as the real API server and controller had it; `resumed`: no longer
// suspended as a whole.
base::Result<Loaded> load(const std::filesystem::path& folder, const Value& record,
                          bool resumed = false) {
  const auto source = read_file(folder / "workflow.yaml");
  if (!source) return base::fail(source.error());
  auto documents = text::parse_yaml(*source, "workflow.yaml");
  if (!documents) return base::fail(documents.error());
  if (documents->empty()) return base::fail(base::Code::kInvalid, "workflow.yaml is empty");
  Value object = documents->front();
  Value& metadata = object["metadata"];
  metadata["name"] = Value(record.string_at("workflowName"));
  metadata["namespace"] = Value("argo");
  metadata["uid"] = Value("11111111-2222-3333-4444-555555555555");
  metadata["creationTimestamp"] = Value("2026-01-02T03:04:05Z");
  Loaded out;
  const Holders holders(folder);
  const auto find = [&](std::string_view name, bool cluster_scope) {
    return holders.find(name, cluster_scope);
  };
  if (!model::merge_template_ref(object, find)) {
    out.invalid = "the template of workflowTemplateRef is not there";
    return out;
  }
  if (resumed) object["spec"].as_map().erase("suspend");
  model::Workflow workflow = model::decode_workflow(object);
  out.config_maps = holders.config_maps();
  base::Diagnostics found;
  model::validate_workflow(workflow, object, "workflow.yaml", {.find = find, .submit = true},
                           found);
  out.has_unordered_dag = has_unordered_dag(workflow.spec);
  for (const base::Diagnostic& finding : found)
    if (finding.severity == base::Severity::kError && out.invalid.empty())
      out.invalid = finding.path + ": " + finding.text;
  const auto known = engine::resolve_arguments(workflow, [&](const engine::ConfigMapKey& key) {
    return engine::read_parameter(holders.config_map(key.name), key);
  });
  if (!known) out.invalid = known.error().text;
  auto plan = engine::compile(workflow, find, recorded_settings());
  if (plan)
    out.plan = *plan;
  else if (plan.error().code == base::Code::kUnsupported)
    out.refused = plan.error().text;
  else
    out.invalid = plan.error().text;
  return out;
}

// From what the real controller had stored after each reconciliation, to the real end.
void run_from_status(const std::filesystem::path& folder, const Value& record, bool any_order,
                     CaseResult& result) {
  const Value* steps = record.find("steps");
  if (steps == nullptr || !steps->is_list()) return;
  std::shared_ptr<const engine::Plan> plan;
  bool resumed = false, is_known = false;
  std::vector<Value> config_maps;
  for (size_t i = 0; i + 1 < steps->as_list().size(); ++i) {
    const Value& step = steps->as_list()[i];
    if (step.string_at("op") == "resume") resumed = true;
    if (step.string_at("op") != "reconcile") continue;
    if (!is_known || resumed) {
      const auto loaded = load(folder, record, resumed);
      if (loaded) plan = loaded->plan;
      if (loaded) config_maps = loaded->config_maps;
      is_known = true;
    }
    if (plan == nullptr) return;
    TraceRun run(plan, record, config_maps);
    const auto driven = run.drive_from(status_after(record, i), i);
    const auto difference = compare(record, run.outcome(), any_order, i + 1);
    if (driven && !difference) continue;
    result.ok = false;
    result.expected = fmt::format("from the status after step {}: ", i);
    if (difference) {
      result.expected += difference->expected;
      result.got = difference->got;
    }
    if (!driven) result.got += " (" + driven.error().text + ")";
    return;
  }
}

base::Status run_policy(const std::filesystem::path& folder, const std::string& id,
                        const std::string& policy, bool any_order, const Report& report) {
  const auto source = read_file((folder / (policy + ".json")).string());
  if (!source) return base::fail(source.error());
  const auto record = text::parse_json(*source);
  if (!record) return base::fail(record.error());
  CaseResult result{id + "#" + policy, false, {}, {}, {}};
  const auto loaded = load(folder, *record);
  const bool was_invalid =
      record->find("workflow") != nullptr &&
      record->find("workflow")->string_at("message").starts_with("invalid spec");
  if (!loaded) {
    result.got = loaded.error().to_string();
  } else if (was_invalid) {
    result.ok = !loaded->invalid.empty() || loaded->refused.has_value();
    result.expected = std::string(record->find("workflow")->string_at("message"));
    result.got = "no error";
  } else if (loaded->refused) {
    result.not_in_scope = *loaded->refused;
    result.got = *loaded->refused;
  } else if (loaded->plan == nullptr) {
    result.got = loaded->invalid;
  } else {
    TraceRun run(loaded->plan, *record, loaded->config_maps);
    const auto driven = run.drive();
    const auto difference = compare(*record, run.outcome(), any_order || loaded->has_unordered_dag);
    result.ok = driven && !difference;
    if (difference) {
      result.expected = difference->expected;
      result.got = difference->got;
    }
    if (!driven) result.got += " (" + driven.error().text + ")";
    if (result.ok) {
      run_from_status(folder, *record, any_order || loaded->has_unordered_dag, result);
    }
  }
  report(result);
  return {};
}

}  // namespace

base::Status run_traces(const std::string& folder, const Report& report) {
  const std::filesystem::path root(folder);
  const auto source = read_file(root / "index.json");
  if (!source) return base::fail(source.error());
  const auto index = text::parse_json(*source);
  if (!index) return base::fail(index.error());
  for (const Value& entry : index->as_list()) {
    const std::string id(entry.string_at("id"));
    const Value* policies = entry.find("policies");
    if (policies == nullptr || !policies->is_map()) continue;
    for (const text::Member& policy : policies->as_map()) {
      const bool any_order = policy.value.find("unstable") != nullptr;
      if (auto done = run_policy(root / id, id, policy.key, any_order, report); !done) return done;
    }
  }
  return {};
}

}  // namespace conformance
