#include "kube/defaults.h"

#include "text/json.h"

namespace kube {
namespace {

using text::Map;
using text::Value;

bool is_unset(const Value& object, std::string_view name) {
  const Value* value = object.find(name);
  return !value || value->is_null();
}

void set_if_absent(Value& object, std::string_view name, Value value) {
  if (is_unset(object, name)) object[name] = std::move(value);
}

bool is_empty_list(const Value& object, std::string_view name) {
  const Value* value = object.find(name);
  return !value || !value->is_list() || value->as_list().empty();
}

// Always when the image may change under its name.
std::string_view pull_policy_of(std::string_view image) {
  if (image.find('@') != std::string_view::npos) return "IfNotPresent";
  const size_t slash = image.rfind('/');
  const std::string_view last = slash == std::string_view::npos ? image : image.substr(slash + 1);
  const size_t colon = last.find(':');
  return colon == std::string_view::npos || last.substr(colon + 1) == "latest" ? "Always"
                                                                               : "IfNotPresent";
}

void container_before(Value& container) {
  if (is_unset(container, "imagePullPolicy"))
    container["imagePullPolicy"] = pull_policy_of(container.string_at("image"));
}

void volume_before(Value& volume) {
  if (volume.as_map().size() == 1 && volume.find("name")) volume["emptyDir"] = Map();
}

void host_ports(Value& spec) {
  const Value* host = spec.find("hostNetwork");
  if (!host || !host->is_bool() || !host->as_bool()) return;
  for (const std::string_view list : {"containers", "initContainers"}) {
    Value* containers = spec.find(list);
    if (!containers || !containers->is_list()) continue;
    for (Value& container : containers->as_list()) {
      Value* ports = container.find("ports");
      if (!ports || !ports->is_list()) continue;
      for (Value& port : ports->as_list())
        if (const Value* number = port.find("containerPort"))
          set_if_absent(port, "hostPort", Value(*number));
    }
  }
}

void pod_spec_before(Value& spec) {
  host_ports(spec);
  // The old name and the new one say the same.
  if (const Value* name = spec.find("serviceAccountName"))
    set_if_absent(spec, "serviceAccount", Value(*name));
  else if (const Value* old_name = spec.find("serviceAccount"))
    spec["serviceAccountName"] = Value(*old_name);
}

// Of pods themselves, not of templates: requests are the limits where there are none.
void pod_before(Value& pod) {
  Value* spec = pod.find("spec");
  if (!spec || !spec->is_map()) return;
  set_if_absent(*spec, "enableServiceLinks", true);
  for (const std::string_view list : {"containers", "initContainers"}) {
    Value* containers = spec->find(list);
    if (!containers || !containers->is_list()) continue;
    for (Value& container : containers->as_list()) {
      Value* resources = container.find("resources");
      const Value* limits = resources ? resources->find("limits") : nullptr;
      if (!limits || !limits->is_map()) continue;
      const Value given = *limits;
      for (const text::Member& limit : given.as_map())
        set_if_absent((*resources)["requests"], limit.key, limit.value);
    }
  }
}

void service_spec_before(Value& spec) {
  const std::string_view type =
      is_unset(spec, "type") ? std::string_view("ClusterIP") : spec.string_at("type");
  const bool is_balanced = type == "LoadBalancer";
  if (is_balanced || type == "NodePort") set_if_absent(spec, "externalTrafficPolicy", "Cluster");
  if (is_balanced) set_if_absent(spec, "allocateLoadBalancerNodePorts", true);
  if (type != "ExternalName") set_if_absent(spec, "internalTrafficPolicy", "Cluster");
  if (spec.string_at("sessionAffinity") == "ClientIP" && is_unset(spec, "sessionAffinityConfig"))
    spec["sessionAffinityConfig"]["clientIP"]["timeoutSeconds"] = 10800;
}

void service_port_before(Value& port) {
  const Value* target = port.find("targetPort");
  const bool is_set =
      target && !target->is_null() && !(*target == Value(0)) && !(*target == Value(""));
  const Value* number = port.find("port");
  if (!is_set && number) port["targetPort"] = Value(*number);
}

void job_spec_before(Value& spec) {
  if (is_unset(spec, "completions") && is_unset(spec, "parallelism")) spec["completions"] = 1;
  set_if_absent(spec, "parallelism", 1);
  set_if_absent(spec, "backoffLimit", is_unset(spec, "backoffLimitPerIndex") ? 6 : 2147483647);
  set_if_absent(spec, "podReplacementPolicy",
                is_unset(spec, "podFailurePolicy") ? "TerminatingOrFailed" : "Failed");
}

void rolling(Value& strategy) {
  const bool rolls = is_unset(strategy, "type") || strategy.string_at("type") == "RollingUpdate";
  if (rolls) set_if_absent(strategy, "rollingUpdate", Map());
}

void claim_templates(Value& spec) {
  Value* claims = spec.find("volumeClaimTemplates");
  if (!claims || !claims->is_list()) return;
  for (Value& claim : claims->as_list())
    if (claim.is_map()) set_if_absent(claim, "status", Map());
}

void network_policy_spec_before(Value& spec) {
  if (!is_empty_list(spec, "policyTypes")) return;
  text::List types{Value("Ingress")};
  if (!is_empty_list(spec, "egress")) types.push_back("Egress");
  spec["policyTypes"] = std::move(types);
}

void hpa_spec_before(Value& spec) {
  if (is_empty_list(spec, "metrics"))
    spec["metrics"] =
        *text::parse_json(R"([{"type":"Resource","resource":{"name":"cpu",)"
                          R"("target":{"type":"Utilization","averageUtilization":80}}}])");
  Value* behavior = spec.find("behavior");
  if (!behavior || !behavior->is_map()) return;
  const auto fill = [&](std::string_view direction, std::string_view json) {
    const auto rules = text::parse_json(json);
    for (const text::Member& member : rules->as_map())
      set_if_absent((*behavior)[direction], member.key, member.value);
  };
  fill("scaleUp", R"({"stabilizationWindowSeconds":0,"selectPolicy":"Max","policies":[)"
                  R"({"type":"Pods","value":4,"periodSeconds":15},)"
                  R"({"type":"Percent","value":100,"periodSeconds":15}]})");
  fill("scaleDown",
       R"({"selectPolicy":"Max","policies":[{"type":"Percent","value":100,"periodSeconds":15}]})");
}

void subject_before(Value& subject) {
  const std::string_view kind = subject.string_at("kind");
  if (kind == "User" || kind == "Group")
    set_if_absent(subject, "apiGroup", "rbac.authorization.k8s.io");
}

// What a LimitRange leaves open for containers follows from what it says.
void limit_range_item_before(Value& item) {
  if (item.string_at("type") != "Container") return;
  const auto follow = [&](std::string_view to, std::string_view from) {
    const Value* source = item.find(from);
    if (!source || !source->is_map()) return;
    const Value copy = *source;
    for (const text::Member& member : copy.as_map())
      set_if_absent(item[to], member.key, member.value);
  };
  follow("default", "max");
  follow("defaultRequest", "default");
  follow("defaultRequest", "min");
}

void node_status_before(Value& status) {
  const Value* capacity = status.find("capacity");
  if (capacity && capacity->is_map()) set_if_absent(status, "allocatable", Value(*capacity));
}

void namespace_before(Value& object) {
  const std::string name(object.string_at("metadata", "name"));
  if (name.empty()) return;
  set_if_absent(object["metadata"]["labels"], "kubernetes.io/metadata.name", name);
  set_if_absent(object["status"], "phase", "Active");
}

void custom_resource_before(Value& object) {
  Value* names = object.find("spec") ? object.find("spec")->find("names") : nullptr;
  if (!names || !names->is_map()) return;
  std::string kind(names->string_at("kind"));
  if (kind.empty()) return;
  set_if_absent(*names, "listKind", kind + "List");
  for (char& c : kind)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  set_if_absent(*names, "singular", kind);
}

// Run on a struct before the defaults of its type and of all that it holds.
struct Special {
  std::string_view type;
  void (*fill)(Value&);
};
constexpr Special kSpecials[] = {
    {"Container", container_before},
    {"EphemeralContainer", container_before},
    {"Volume", volume_before},
    {"PodSpec", pod_spec_before},
    {"Pod", pod_before},
    {"ServiceSpec", service_spec_before},
    {"ServicePort", service_port_before},
    {"JobSpec", job_spec_before},
    {"DeploymentStrategy", rolling},
    {"StatefulSetSpec", claim_templates},
    {"StatefulSetUpdateStrategy", rolling},
    {"DaemonSetUpdateStrategy", rolling},
    {"NetworkPolicySpec", network_policy_spec_before},
    {"HorizontalPodAutoscalerSpec", hpa_spec_before},
    {"Subject", subject_before},
    {"LimitRangeItem", limit_range_item_before},
    {"CoreNodeStatus", node_status_before},
    {"Namespace", namespace_before},
    {"CustomResourceDefinition", custom_resource_before},
};

class Filler {
 public:
  explicit Filler(EmptyStructs empty) : shows_empty_(empty == EmptyStructs::kShown) {}
  void fill_struct(const model::SchemaType& type, Value& object) const;

 private:
  void fill(const model::Shape& shape, Value& value) const;

  bool shows_empty_;
};

// The members that a CronJob's jobs leave open are filled in when the job is made.
bool is_left_open(const model::SchemaType& owner, const model::SchemaField& field) {
  return owner.row->name == "JobTemplateSpec" && field.row->name == "spec";
}

void Filler::fill_struct(const model::SchemaType& type, Value& object) const {
  for (const Special& special : kSpecials)
    if (special.type == type.row->name) special.fill(object);
  for (const model::SchemaField& field : type.fields) {
    const bool is_new = !field.row->default_json.empty() && is_unset(object, field.row->name);
    if (is_new)
      if (auto value = text::parse_json(field.row->default_json))
        object[field.row->name] = std::move(*value);
    Value* value = object.find(field.row->name);
    if (!value) continue;
    if (is_left_open(type, field)) {
      if (Value* pods = value->find("template"))
        if (const auto* inner = field.shape->type->find("template")) fill(*inner->shape, *pods);
    } else {
      fill(*field.shape, *value);
    }
    if (is_new && !shows_empty_ && value->is_map() && value->as_map().empty())
      object.as_map().erase(field.row->name);
  }
}

void Filler::fill(const model::Shape& shape, Value& value) const {
  if (shape.kind == model::Kind::kStruct && value.is_map()) {
    fill_struct(*shape.type, value);
  } else if (shape.kind == model::Kind::kList && value.is_list()) {
    for (Value& element : value.as_list()) fill(*shape.element, element);
  } else if (shape.kind == model::Kind::kMap && value.is_map()) {
    for (text::Member& member : value.as_map()) fill(*shape.element, member.value);
  }
}

}  // namespace

void fill_defaults(const model::SchemaType* type, Value& object, EmptyStructs empty) {
  if (type && object.is_map()) Filler(empty).fill_struct(*type, object);
}

}  // namespace kube
