#include "control/pod_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/plan.h"
#include "kube/pod_contract.h"
#include "model/schema.h"
#include "text/json.h"
#include "text/strategic_patch.h"
#include "text/yaml.h"

namespace control {
namespace {

using text::append_json;
using text::append_json_string;
using text::Value;

constexpr std::string_view kScriptAnnotation = "workflows.argoproj.io/script";
constexpr std::string_view kScriptFolder = "/argo/staging";
constexpr std::string_view kScriptVolume = "argo-staging";

// Field of a Pod's spec, and what it is called in a Template and in the Workflow's spec. The
// template's counts before the workflow's.
struct Passed {
  std::string_view pod, tmpl, workflow;
};
constexpr Passed kPassed[] = {
    {"serviceAccountName", "serviceAccountName", "serviceAccountName"},
    {"automountServiceAccountToken", "automountServiceAccountToken",
     "automountServiceAccountToken"},
    {"nodeSelector", "nodeSelector", "nodeSelector"},
    {"affinity", "affinity", "affinity"},
    {"tolerations", "tolerations", "tolerations"},
    {"schedulerName", "schedulerName", "schedulerName"},
    {"priorityClassName", "priorityClassName", "podPriorityClassName"},
    {"hostAliases", "hostAliases", "hostAliases"},
    {"securityContext", "securityContext", "securityContext"},
    {"imagePullSecrets", "", "imagePullSecrets"},
    {"hostNetwork", "", "hostNetwork"},
    {"dnsPolicy", "", "dnsPolicy"},
    {"dnsConfig", "", "dnsConfig"},
};

// `affinity` with one more condition: not on these machines. As Argo, in each term.
Value away_from(const std::vector<std::string_view>& hosts, Value affinity) {
  Value rule;
  rule["key"] = Value("kubernetes.io/hostname");
  rule["operator"] = Value("NotIn");
  text::List names;
  for (const std::string_view host : hosts) names.emplace_back(host);
  rule["values"] = Value(std::move(names));
  Value& terms = affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
                         ["nodeSelectorTerms"];
  if (!terms.is_list()) terms = Value(text::List());
  if (terms.as_list().empty()) terms.as_list().emplace_back(text::Map());
  for (Value& term : terms.as_list()) {
    Value& rules = term["matchExpressions"];
    if (!rules.is_list()) rules = Value(text::List());
    rules.as_list().push_back(rule);
  }
  return affinity;
}

bool is_empty(const Value* value) {
  return value == nullptr || value->is_null() || (value->is_map() && value->as_map().empty()) ||
         (value->is_list() && value->as_list().empty());
}

// As Argo: the steps or DAG around a pod places it unless its own template does, before the
// workflow's spec.
base::Status take_over(std::string_view boundary_json, Value& tmpl) {
  if (boundary_json.empty()) return {};
  auto boundary = text::parse_json(boundary_json);
  if (!boundary) return base::fail(boundary.error());
  for (text::Member& member : boundary->as_map())
    if (is_empty(tmpl.find(member.key))) tmpl[member.key] = std::move(member.value);
  return {};
}

void append_member(std::string& out, std::string_view key, std::string_view json) {
  if (out.back() != '{') out += ',';
  append_json_string(out, key);
  out += ':';
  out += json;
}

void append_string_member(std::string& out, std::string_view key, std::string_view text) {
  if (out.back() != '{') out += ',';
  append_json_string(out, key);
  out += ':';
  append_json_string(out, text);
}

// The members of a map but for some, into an object that is being written.
void append_members(std::string& out, const Value& map,
                    std::initializer_list<std::string_view> without) {
  for (const text::Member& member : map.as_map()) {
    if (std::find(without.begin(), without.end(), member.key) != without.end()) continue;
    if (out.back() != '{') out += ',';
    append_json_string(out, member.key);
    out += ':';
    append_json(out, member.value);
  }
}

constexpr std::string_view kProgressVariable = "ARGO_PROGRESS_FILE";

using Variables = std::vector<std::pair<std::string_view, std::string_view>>;

// Only a pod whose template speaks of the file, or has a progress to begin with, can tell its own:
// the others need no volume.
bool tells_progress(const PodRequest& request) {
  return request.template_json.find(kProgressVariable) != std::string_view::npos ||
         request.template_json.find(kube::kProgress) != std::string_view::npos;
}

void add_mount(Value& mounts, std::string_view volume, std::string_view path) {
  if (!mounts.is_list()) mounts = text::List();
  Value mount;
  mount["name"] = volume;
  mount["mountPath"] = path;
  mounts.as_list().push_back(std::move(mount));
}

// Ours first, so that the user's of the same name count.
std::string environment_json(const Variables& ours, const Value& container) {
  std::string env = "[";
  for (const auto& [key, value] : ours) {
    env += env.size() > 1 ? ",{" : "{";
    append_string_member(env, "name", key);
    append_string_member(env, "value", value);
    env += '}';
  }
  if (const Value* own = container.find("env"); own && own->is_list())
    for (const Value& one : own->as_list()) {
      env += ',';
      append_json(env, one);
    }
  return env + "]";
}

// podSpecPatch over the spec of the pod.
base::Status patch_spec(std::string& json, std::string_view patch) {
  const auto documents = text::parse_yaml(patch, "podSpecPatch");
  if (!documents || documents->size() != 1 || !documents->front().is_map())
    return base::fail(
        base::Code::kInvalid,
        fmt::format("Error applying PodSpecPatch: it is no YAML or JSON of an object: {}",
                    documents ? patch : documents.error().text));
  auto pod = text::parse_json(json);
  if (!pod) return base::fail(pod.error());
  Value& spec = (*pod)["spec"];
  auto patched = text::apply_strategic_patch(std::move(spec), documents->front(),
                                             model::Schema::get().find("PodSpec"));
  if (!patched)
    return base::fail(base::Code::kInvalid, "Error applying PodSpecPatch: " + patched.error().text);
  spec = std::move(*patched);
  json = text::to_json(*pod);
  return {};
}

}  // namespace

// The pieces of a pod while it is put together.
struct PodBuilder::Draft {
  std::vector<std::pair<std::string, std::string>> labels, annotations;
  std::string containers, init_containers, volumes, placement = "{";
  std::vector<std::string> mounted;  // names of volumes that containers mount

  void label(std::string_view key, std::string_view value) { set(labels, key, value); }
  void annotate(std::string_view key, std::string_view value) { set(annotations, key, value); }

  static void set(std::vector<std::pair<std::string, std::string>>& in, std::string_view key,
                  std::string_view value) {
    for (auto& [name, old] : in)
      if (name == key) {
        old = value;
        return;
      }
    in.emplace_back(key, value);
  }

  void note_mounts(const Value& container) {
    const Value* mounts = container.find("volumeMounts");
    if (mounts == nullptr || !mounts->is_list()) return;
    for (const Value& mount : mounts->as_list()) {
      const std::string_view name = mount.string_at("name");
      if (std::find(mounted.begin(), mounted.end(), name) == mounted.end())
        mounted.emplace_back(name);
    }
  }
};

PodBuilder::PodBuilder(const Value& workflow)
    : workflow_(workflow.string_at("metadata", "name")),
      namespace_(workflow.string_at("metadata", "namespace")),
      runtime_(workflow.string_at("metadata", "annotations", kube::kRuntime)) {
  owner_json_ = R"([{"apiVersion":"argoproj.io/v1alpha1","kind":"Workflow","name":)";
  append_json_string(owner_json_, workflow_);
  owner_json_ += R"(,"uid":)";
  append_json_string(owner_json_, workflow.string_at("metadata", "uid"));
  owner_json_ += R"(,"controller":true,"blockOwnerDeletion":true}])";
  if (const Value* volumes = workflow.find_path("spec", "volumes")) volumes_ = *volumes;
  if (const Value* metadata = workflow.find_path("spec", "podMetadata")) metadata_ = *metadata;
  for (const Passed& field : kPassed)
    if (const Value* value = workflow.find_path("spec", field.workflow); value && !value->is_null())
      spec_.emplace_back(field.pod, text::to_json(*value));
}

base::Result<BuiltPod> PodBuilder::build(const PodRequest& request) const {
  auto tmpl = text::parse_json(request.template_json);
  if (!tmpl) return base::fail(tmpl.error());
  if (auto taken = take_over(request.boundary_json, *tmpl); !taken)
    return base::fail(taken.error());
  Draft draft;
  add_metadata(*tmpl, request, draft);
  if (auto added = add_containers(*tmpl, request, draft); !added) return base::fail(added.error());
  if (auto added = add_volumes(*tmpl, request, draft); !added) return base::fail(added.error());
  add_placement(*tmpl, request, draft);

  BuiltPod out;
  std::string& json = out.json;
  json.reserve(1024 + draft.containers.size());
  json = R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":)";
  append_json_string(json, request.name);
  append_string_member(json, "namespace", namespace_);
  append_string_member(json, "uid", request.uid);
  append_string_member(json, "creationTimestamp", base::to_rfc3339(request.now));
  json += R"(,"labels":{)";
  for (const auto& [key, value] : draft.labels) append_string_member(json, key, value);
  json += R"(},"annotations":{)";
  for (const auto& [key, value] : draft.annotations) append_string_member(json, key, value);
  json += R"(},"ownerReferences":)" + owner_json_ + R"(},"spec":)" + draft.placement;
  if (!draft.init_containers.empty())
    append_member(json, "initContainers", "[" + draft.init_containers + "]");
  append_member(json, "containers", "[" + draft.containers + "]");
  if (!draft.volumes.empty()) append_member(json, "volumes", "[" + draft.volumes + "]");
  json += R"(},"status":{"phase":"Pending"}})";
  out.labels = std::move(draft.labels);
  for (const std::string_view field :
       {engine::kWorkflowPodSpecPatch, std::string_view("podSpecPatch")})
    if (const std::string_view patch = tmpl->string_at(field); !patch.empty())
      if (auto patched = patch_spec(json, patch); !patched) return base::fail(patched.error());
  return out;
}

void PodBuilder::add_metadata(const Value& tmpl, const PodRequest& request, Draft& draft) const {
  draft.label(kube::kCompletedLabel, "false");
  draft.label(kube::kWorkflowLabel, workflow_);
  if (request.is_on_exit) draft.label("workflows.argoproj.io/on-exit", "true");
  draft.annotate("kubectl.kubernetes.io/default-container", "main");
  draft.annotate(kube::kNodeId, request.node_id);
  draft.annotate(kube::kNodeName, request.node_name);
  if (!runtime_.empty()) draft.annotate(kube::kRuntime, runtime_);
  for (const Value* from : {&metadata_, tmpl.find("metadata")}) {
    if (from == nullptr) continue;
    if (const Value* labels = from->find("labels"); labels && labels->is_map())
      for (const text::Member& label : labels->as_map())
        draft.label(label.key, label.value.to_any_string());
    if (const Value* annotations = from->find("annotations"); annotations && annotations->is_map())
      for (const text::Member& annotation : annotations->as_map())
        draft.annotate(annotation.key, annotation.value.to_any_string());
  }
  if (const Value* script = tmpl.find("script"); script && script->is_map())
    draft.annotate(kScriptAnnotation, script->string_at("source"));

  std::string wanted = "{";
  if (request.wants_result) append_member(wanted, "result", "true");
  std::string parameters;
  if (const Value* list = tmpl.find_path("outputs", "parameters"); list && list->is_list())
    for (const Value& parameter : list->as_list()) {
      const std::string_view path = parameter.string_at("valueFrom", "path");
      if (path.empty()) continue;
      parameters += parameters.empty() ? "{" : ",{";
      append_string_member(parameters, "name", parameter.string_at("name"));
      append_string_member(parameters, "path", path);
      if (parameter.find_path("valueFrom", "default") != nullptr)
        append_member(parameters, "optional", "true");
      parameters += '}';
    }
  if (!parameters.empty()) append_member(wanted, "parameters", "[" + parameters + "]");
  if (wanted.size() > 1) draft.annotate(kube::kOutputsWanted, wanted + "}");
}

base::Status PodBuilder::add_containers(const Value& tmpl, const PodRequest& request,
                                        Draft& draft) const {
  const Value* script = tmpl.find("script");
  const bool is_script = script != nullptr && script->is_map();
  const Value* main = is_script ? script : tmpl.find("container");
  if (main == nullptr || !main->is_map())
    return base::fail(
        base::Code::kUnsupported,
        fmt::format("template \"{}\" has neither container nor script", tmpl.string_at("name")));
  const bool tells = tells_progress(request);
  const std::string file = fmt::format("{}/{}", kube::kProgressFolder, kube::kProgressFile);
  auto environment = [&](std::string_view container, const Value& given) {
    Variables ours = {{"ARGO_CONTAINER_NAME", container},
                      {"ARGO_NODE_ID", request.node_id},
                      {"ARGO_POD_NAME", request.name},
                      {"ARGO_WORKFLOW_NAME", workflow_}};
    if (tells && container == "main") ours.emplace_back(kProgressVariable, file);
    return environment_json(ours, given);
  };
  std::string& out = draft.containers;
  out = R"({"name":"main")";
  append_member(out, "env", environment("main", *main));
  draft.note_mounts(*main);
  Value mounts = main->find("volumeMounts") ? *main->find("volumeMounts") : Value(text::List());
  if (tells) add_mount(mounts, kube::kProgressVolume, kube::kProgressFolder);
  if (is_script) {
    append_members(out, *main, {"name", "env", "source", "args", "volumeMounts"});
    Value args = main->find("args") ? *main->find("args") : Value(text::List());
    if (args.is_null()) args = text::List();
    args.as_list().push_back(fmt::format("{}/script", kScriptFolder));
    append_member(out, "args", text::to_json(args));
    add_mount(mounts, kScriptVolume, kScriptFolder);
  } else {
    append_members(out, *main, {"name", "env", "volumeMounts"});
  }
  if (mounts.is_list() && !mounts.as_list().empty())
    append_member(out, "volumeMounts", text::to_json(mounts));
  out += '}';
  auto others = [&](std::string_view field, std::string& into) {
    const Value* list = tmpl.find(field);
    if (list == nullptr || !list->is_list()) return;
    const Value* main_mounts = main->find("volumeMounts");
    for (const Value& container : list->as_list()) {
      if (!container.is_map()) continue;
      into += into.empty() ? "{" : ",{";
      append_member(into, "env", environment(container.string_at("name"), container));
      const Value* mirror = container.find("mirrorVolumeMounts");
      Value own_mounts = container.find("volumeMounts") ? *container.find("volumeMounts") : Value();
      if (mirror && mirror->is_bool() && mirror->as_bool() && main_mounts &&
          main_mounts->is_list()) {
        if (!own_mounts.is_list()) own_mounts = text::List();
        for (const Value& mount : main_mounts->as_list()) own_mounts.as_list().push_back(mount);
      }
      append_members(into, container, {"env", "mirrorVolumeMounts", "volumeMounts"});
      if (own_mounts.is_list()) append_member(into, "volumeMounts", text::to_json(own_mounts));
      into += '}';
      draft.note_mounts(container);
    }
  };
  others("initContainers", draft.init_containers);
  others("sidecars", draft.containers);
  return {};
}

base::Status PodBuilder::add_volumes(const Value& tmpl, const PodRequest& request,
                                     Draft& draft) const {
  auto add = [&](std::string_view json) {
    if (!draft.volumes.empty()) draft.volumes += ',';
    draft.volumes += json;
  };
  const Value* own = tmpl.find("volumes");
  for (const std::string& name : draft.mounted) {
    const Value* found = nullptr;
    for (const Value* from : {own, &volumes_}) {
      if (from == nullptr || !from->is_list()) continue;
      for (const Value& volume : from->as_list())
        if (found == nullptr && volume.string_at("name") == name) found = &volume;
    }
    if (found == nullptr)
      return base::fail(base::Code::kInvalid,
                        fmt::format("volume '{}' not found in workflow spec", name));
    add(text::to_json(*found));
  }
  if (tells_progress(request))
    add(fmt::format(R"({{"name":"{}","emptyDir":{{}}}})", kube::kProgressVolume));
  if (const Value* script = tmpl.find("script"); script && script->is_map())
    add(fmt::format(R"({{"name":"{}","downwardAPI":{{"items":[{{"path":"script","mode":493,)"
                    R"("fieldRef":{{"fieldPath":"metadata.annotations['{}']"}}}}]}}}})",
                    kScriptVolume, kScriptAnnotation));
  return {};
}

// The affinity that the pod has without its retries: the template's own, or the workflow's.
Value PodBuilder::affinity(const Value* own) const {
  if (own != nullptr && !own->is_null()) return *own;
  for (const auto& [key, json] : spec_)
    if (key == "affinity")
      if (auto value = text::parse_json(json)) return *value;
  return Value();
}

// The field itself, but that hostAliases of the workflow and of the template count together.
Value PodBuilder::with_aliases(std::string_view field, const Value& own) const {
  if (field != "hostAliases" || !own.is_list()) return own;
  for (const auto& [key, json] : spec_) {
    if (key != field) continue;
    auto all = text::parse_json(json);
    if (!all || !all->is_list()) return own;
    for (const Value& each : own.as_list()) all->as_list().push_back(each);
    return *all;
  }
  return own;
}

void PodBuilder::add_placement(const Value& tmpl, const PodRequest& request, Draft& draft) const {
  std::string& out = draft.placement;
  append_member(out, "restartPolicy", R"("Never")");
  std::optional<int64_t> seconds;
  if (const Value* own = tmpl.find("activeDeadlineSeconds")) {
    int64_t parsed = 0;
    const std::string shown = own->to_any_string();
    const auto [end, error] = std::from_chars(shown.data(), shown.data() + shown.size(), parsed);
    if (error == std::errc() && end == shown.data() + shown.size()) seconds = parsed;
  }
  if (request.deadline) {
    const int64_t left = ((*request.deadline - request.now).ns + 999'999'999) / 1'000'000'000;
    seconds = std::min(seconds.value_or(left), left);
  }
  if (seconds)
    append_member(out, "activeDeadlineSeconds", fmt::format("{}", std::max<int64_t>(1, *seconds)));
  for (const Passed& field : kPassed) {
    const Value* own = field.tmpl.empty() ? nullptr : tmpl.find(field.tmpl);
    if (field.pod == "affinity" && !request.avoided_hosts.empty()) {
      append_member(out, field.pod, text::to_json(away_from(request.avoided_hosts, affinity(own))));
      continue;
    }
    if (own != nullptr && !own->is_null()) {
      append_member(out, field.pod, text::to_json(with_aliases(field.pod, *own)));
      continue;
    }
    for (const auto& [key, json] : spec_)
      if (key == field.pod) append_member(out, key, json);
  }
}

}  // namespace control
