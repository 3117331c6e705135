#include "server/table_cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "server/pod_cells.h"
#include "text/human_duration.h"
#include "text/json.h"
#include "text/words.h"

namespace server {
namespace {

using text::take_word;
using text::Value;

constexpr std::string_view kNone = "<none>";

const text::List& list_at(const Value& object, std::string_view path) {
  static const text::List kEmpty;
  const Value* found = at_path(object, path);
  return found && found->is_list() ? found->as_list() : kEmpty;
}

int64_t number_at(const Value& object, std::string_view path) {
  const Value* found = at_path(object, path);
  return found ? found->to_int().value_or(0) : 0;
}

bool is_deleted(const Value& object) {
  const Value* deleted = at_path(object, ".metadata.deletionTimestamp");
  return deleted && !deleted->is_null();
}

// Texts joined by commas; null when there are none.
class Joined {
 public:
  explicit Joined(std::string_view between = ",") : between_(between) {}
  void add(std::string_view text) {
    if (text.empty()) return;
    if (!out_.empty()) out_ += between_;
    out_ += text;
  }
  Value take() { return out_.empty() ? Value() : Value(std::move(out_)); }

 private:
  const std::string_view between_;
  std::string out_;
};

Value joined_members(const Value& object, std::string_view path, std::string_view member) {
  Joined out;
  for (const Value& one : list_at(object, path)) out.add(one.string_at(member));
  return out.take();
}

Value count(const Value& object, std::string_view paths) {
  int64_t out = 0;
  while (!paths.empty()) {
    const Value* found = at_path(object, take_word(paths));
    if (found && found->is_map()) out += static_cast<int64_t>(found->as_map().size());
    if (found && found->is_list()) out += static_cast<int64_t>(found->as_list().size());
  }
  return out;
}

Value age(const Value& object, std::string_view paths, base::Time now) {
  while (!paths.empty())
    if (Value out = age_of(at_path(object, take_word(paths)), now); !out.is_null()) return out;
  return {};
}

// "a=b,c in (d,e),!f": labels alone, or a LabelSelector.
Value selector(const Value& object, std::string_view path) {
  const Value* found = at_path(object, path);
  if (!found || !found->is_map() || found->as_map().empty()) return kNone;
  const Value* labels = found->find("matchLabels");
  const Value* expressions = found->find("matchExpressions");
  Joined out;
  const Value& plain = labels && labels->is_map() ? *labels : *found;
  for (const text::Member& member : plain.as_map())
    if (member.value.is_string()) out.add(member.key + "=" + member.value.as_string());
  if (expressions && expressions->is_list())
    for (const Value& one : expressions->as_list()) {
      const std::string key(one.string_at("key"));
      const std::string_view op = one.string_at("operator");
      Joined values;
      for (const Value& value : list_at(one, ".values")) values.add(value.to_any_string());
      const std::string set = values.take().to_any_string();
      if (op == "In") out.add(fmt::format("{} in ({})", key, set));
      if (op == "NotIn") out.add(fmt::format("{} notin ({})", key, set));
      if (op == "Exists") out.add(key);
      if (op == "DoesNotExist") out.add("!" + key);
    }
  Value text = out.take();
  return text.is_null() ? Value(kNone) : text;
}

Value readiness_gates(const Value& pod) {
  const auto& gates = list_at(pod, ".spec.readinessGates");
  if (gates.empty()) return {};
  size_t ready = 0;
  for (const Value& gate : gates)
    for (const Value& one : list_at(pod, ".status.conditions"))
      if (one.string_at("type") == gate.string_at("conditionType"))
        ready += one.string_at("status") == "True" ? 1 : 0;
  return fmt::format("{}/{}", ready, gates.size());
}

Value event_object(const Value& event) {
  std::string kind(event.string_at("involvedObject", "kind"));
  for (char& c : kind)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const std::string_view name = event.string_at("involvedObject", "name");
  return name.empty() ? kind : fmt::format("{}/{}", kind, name);
}

Value event_source(const Value& event) {
  std::string_view component = event.string_at("source", "component");
  std::string_view host = event.string_at("source", "host");
  if (component.empty()) component = event.string_at("reportingComponent");
  if (host.empty()) host = event.string_at("reportingInstance");
  return host.empty() ? std::string(component) : fmt::format("{}, {}", component, host);
}

Value load_balancer(const Value& object) {
  Joined out;
  for (const Value& one : list_at(object, ".status.loadBalancer.ingress")) {
    const std::string_view ip = one.string_at("ip");
    out.add(ip.empty() ? one.string_at("hostname") : ip);
  }
  return out.take();
}

Value external_ip(const Value& service) {
  const std::string_view type = service.string_at("spec", "type");
  if (type == "ExternalName") return service.string_at("spec", "externalName");
  Joined out;
  if (type == "LoadBalancer")
    if (const Value ips = load_balancer(service); ips.is_string()) out.add(ips.as_string());
  for (const Value& one : list_at(service, ".spec.externalIPs")) out.add(one.to_any_string());
  Value text = out.take();
  return text.is_null() && type == "LoadBalancer" ? Value("<pending>") : text;
}

Value service_ports(const Value& service) {
  Joined out;
  for (const Value& port : list_at(service, ".spec.ports")) {
    const std::string_view protocol = port.string_at("protocol");
    const int64_t node_port = number_at(port, ".nodePort");
    std::string text = std::to_string(number_at(port, ".port"));
    if (node_port > 0) text += ":" + std::to_string(node_port);
    out.add(text + "/" + std::string(protocol.empty() ? "TCP" : protocol));
  }
  return out.take();
}

Value access_modes(const Value& object, std::string_view path) {
  constexpr std::pair<std::string_view, std::string_view> kShort[] = {{"ReadWriteOnce", "RWO"},
                                                                      {"ReadOnlyMany", "ROX"},
                                                                      {"ReadWriteMany", "RWX"},
                                                                      {"ReadWriteOncePod", "RWOP"}};
  Joined out;
  for (const auto& [mode, shown] : kShort)
    for (const Value& one : list_at(object, path))
      if (one.is_string() && one.as_string() == mode) out.add(shown);
  return out.take();
}

Value node_status(const Value& node) {
  Joined out;
  for (const Value& one : list_at(node, ".status.conditions"))
    if (one.string_at("type") == "Ready")
      out.add(one.string_at("status") == "True" ? "Ready" : "NotReady");
  Value text = out.take();
  std::string status = text.is_null() ? "Unknown" : text.as_string();
  const Value* cordoned = at_path(node, ".spec.unschedulable");
  if (cordoned && cordoned->is_bool() && cordoned->as_bool()) status += ",SchedulingDisabled";
  return status;
}

Value node_roles(const Value& node) {
  constexpr std::string_view kRole = "node-role.kubernetes.io/";
  std::vector<std::string> roles;
  if (const Value* labels = at_path(node, ".metadata.labels"); labels && labels->is_map())
    for (const text::Member& member : labels->as_map()) {
      if (member.key.starts_with(kRole)) roles.push_back(member.key.substr(kRole.size()));
      if (member.key == "kubernetes.io/role" && member.value.is_string())
        roles.push_back(member.value.as_string());
    }
  std::sort(roles.begin(), roles.end());
  Joined out;
  for (const std::string& role : roles) out.add(role);
  return out.take();
}

Value node_address(const Value& node, std::string_view type) {
  for (const Value& one : list_at(node, ".status.addresses"))
    if (one.string_at("type") == type) return one.string_at("address");
  return {};
}

// "requests.cpu: 1/2, pods: 3/10", of the limits or of all others.
Value quota(const Value& object, std::string_view which) {
  const Value* hard = at_path(object, ".status.hard");
  const Value* used = at_path(object, ".status.used");
  if (!hard || !hard->is_map() || hard->as_map().empty()) hard = at_path(object, ".spec.hard");
  if (!hard || !hard->is_map()) return "";
  std::vector<std::string> names;
  for (const text::Member& member : hard->as_map())
    if (member.key.starts_with("limits.") == (which == "limits")) names.push_back(member.key);
  std::sort(names.begin(), names.end());
  Joined out(", ");
  for (const std::string& name : names) {
    const Value* of = used ? used->find(name) : nullptr;
    out.add(fmt::format("{}: {}/{}", name, of ? of->to_any_string() : "0",
                        hard->find(name)->to_any_string()));
  }
  Value text = out.take();
  return text.is_null() ? Value("") : text;
}

Value subjects(const Value& binding, std::string_view kind) {
  Joined out(", ");
  for (const Value& one : list_at(binding, ".subjects")) {
    if (one.string_at("kind") != kind) continue;
    const std::string_view name_space = one.string_at("namespace");
    const std::string_view name = one.string_at("name");
    out.add(kind == "ServiceAccount" && !name_space.empty() ? fmt::format("{}/{}", name_space, name)
                                                            : std::string(name));
  }
  Value text = out.take();
  return text.is_null() ? Value("") : text;
}

Value job_status(const Value& job) {
  const auto has = [&](std::string_view type) {
    for (const Value& one : list_at(job, ".status.conditions"))
      if (one.string_at("type") == type && one.string_at("status") == "True") return true;
    return false;
  };
  if (has("Complete")) return "Complete";
  if (has("Failed")) return "Failed";
  if (is_deleted(job)) return "Terminating";
  if (has("Suspended")) return "Suspended";
  if (has("FailureTarget")) return "FailureTarget";
  if (has("SuccessCriteriaMet")) return "SuccessCriteriaMet";
  return "Running";
}

Value job_completions(const Value& job) {
  const int64_t succeeded = number_at(job, ".status.succeeded");
  const Value* wanted = at_path(job, ".spec.completions");
  if (wanted && !wanted->is_null()) return fmt::format("{}/{}", succeeded, wanted->to_any_string());
  const int64_t parallelism = number_at(job, ".spec.parallelism");
  if (parallelism > 1) return fmt::format("{}/1 of {}", succeeded, parallelism);
  return fmt::format("{}/1", succeeded);
}

Value job_duration(const Value& job, base::Time now) {
  const auto began = base::parse_rfc3339(job.string_at("status", "startTime"));
  if (!began) return "";
  auto ended = base::parse_rfc3339(job.string_at("status", "completionTime"));
  if (!ended)
    for (const Value& one : list_at(job, ".status.conditions"))
      if (one.string_at("type") == "Failed" && one.string_at("status") == "True")
        ended = base::parse_rfc3339(one.string_at("lastTransitionTime"));
  return text::human_duration(ended.value_or(now) - *began);
}

Value scale_metrics(const Value& autoscaler) {
  Joined out(", ");
  const auto& current = list_at(autoscaler, ".status.currentMetrics");
  const auto& wanted = list_at(autoscaler, ".spec.metrics");
  for (size_t i = 0; i < wanted.size(); ++i) {
    const std::string_view name = wanted[i].string_at("resource", "name");
    if (name.empty()) {
      out.add(fmt::format("<{}>", wanted[i].string_at("type")));
      continue;
    }
    const Value* target = at_path(wanted[i], ".resource.target.averageUtilization");
    const Value* has =
        i < current.size() ? at_path(current[i], ".resource.current.averageUtilization") : nullptr;
    if (target)
      out.add(fmt::format("{}: {}/{}%", name, has ? has->to_any_string() + "%" : "<unknown>",
                          target->to_any_string()));
    else
      out.add(fmt::format("{}: <unknown>/{}", name,
                          wanted[i].string_at("resource", "target", "averageValue")));
  }
  return out.take();
}

Value ingress_hosts(const Value& ingress) {
  Joined out;
  for (const Value& rule : list_at(ingress, ".spec.rules")) out.add(rule.string_at("host"));
  Value text = out.take();
  return text.is_null() ? Value("*") : text;
}

Value endpoints(const Value& object) {
  Joined out;
  size_t shown = 0, all = 0;
  for (const Value& subset : list_at(object, ".subsets"))
    for (const Value& address : list_at(subset, ".addresses")) {
      const auto& ports = list_at(subset, ".ports");
      for (size_t i = 0; i < std::max<size_t>(ports.size(), 1); ++i) {
        if (++all > 3) continue;
        ++shown;
        const std::string ip(address.string_at("ip"));
        out.add(ports.empty() ? ip : fmt::format("{}:{}", ip, number_at(ports[i], ".port")));
      }
    }
  Value text = out.take();
  if (all <= shown) return text;
  return fmt::format("{} + {} more...", text.as_string(), all - shown);
}

Value claim_reference(const Value& volume) {
  const std::string_view name = volume.string_at("spec", "claimRef", "name");
  if (name.empty()) return "";
  return fmt::format("{}/{}", volume.string_at("spec", "claimRef", "namespace"), name);
}

Value phase(const Value& object) {
  if (is_deleted(object)) return "Terminating";
  return object.string_at("status", "phase");
}

Value ready_of(const Value& object, std::string_view path) {
  return fmt::format("{}/{}", number_at(object, ".status.readyReplicas"), number_at(object, path));
}

Value truth(const Value& object, std::string_view path) {
  const Value* found = at_path(object, path);
  return found && found->is_bool() && found->as_bool() ? "True" : "False";
}

struct Word {
  std::string_view name;
  Value (*make)(const Value& object, std::string_view rest, base::Time now);
};

template <Value (*Make)(const Value&)>
Value of_object(const Value& object, std::string_view, base::Time) {
  return Make(object);
}
template <Value (*Make)(const Value&, std::string_view)>
Value of_rest(const Value& object, std::string_view rest, base::Time) {
  return Make(object, rest);
}

const Word kWords[] = {
    {"age", age},
    {"count", of_rest<count>},
    {"truth", of_rest<truth>},
    {"selector", of_rest<selector>},
    {"access-modes", of_rest<access_modes>},
    {"node-address", of_rest<node_address>},
    {"quota", of_rest<quota>},
    {"subjects", of_rest<subjects>},
    {"ready-of", of_rest<ready_of>},
    {"names",
     [](const Value& o, std::string_view p, base::Time) -> Value {
       return joined_members(o, p, "name");
     }},
    {"images",
     [](const Value& o, std::string_view p, base::Time) -> Value {
       return joined_members(o, p, "image");
     }},
    {"pod-ready",
     [](const Value& o, std::string_view, base::Time now) -> Value {
       return pod_cells(o, now).ready;
     }},
    {"pod-status",
     [](const Value& o, std::string_view, base::Time now) -> Value {
       return pod_cells(o, now).status;
     }},
    {"pod-restarts",
     [](const Value& o, std::string_view, base::Time now) -> Value {
       return pod_cells(o, now).restarts;
     }},
    {"readiness-gates", of_object<readiness_gates>},
    {"event-object", of_object<event_object>},
    {"event-source", of_object<event_source>},
    {"event-count",
     [](const Value& o, std::string_view, base::Time) -> Value {
       return std::max<int64_t>({1, number_at(o, ".count"), number_at(o, ".series.count")});
     }},
    {"external-ip", of_object<external_ip>},
    {"service-ports", of_object<service_ports>},
    {"load-balancer", of_object<load_balancer>},
    {"phase-or-terminating", of_object<phase>},
    {"claim-reference", of_object<claim_reference>},
    {"node-status", of_object<node_status>},
    {"node-roles", of_object<node_roles>},
    {"role-reference",
     [](const Value& o, std::string_view, base::Time) -> Value {
       return fmt::format("{}/{}", o.string_at("roleRef", "kind"), o.string_at("roleRef", "name"));
     }},
    {"job-status", of_object<job_status>},
    {"job-completions", of_object<job_completions>},
    {"job-duration",
     [](const Value& o, std::string_view, base::Time now) -> Value {
       return job_duration(o, now);
     }},
    {"scale-target",
     [](const Value& o, std::string_view, base::Time) -> Value {
       return fmt::format("{}/{}", o.string_at("spec", "scaleTargetRef", "kind"),
                          o.string_at("spec", "scaleTargetRef", "name"));
     }},
    {"scale-metrics", of_object<scale_metrics>},
    {"ingress-hosts", of_object<ingress_hosts>},
    {"ingress-ports",
     [](const Value& o, std::string_view, base::Time) -> Value {
       return list_at(o, ".spec.tls").empty() ? "80" : "80, 443";
     }},
    {"endpoints", of_object<endpoints>},
};

}  // namespace

const Value* at_path(const Value& object, std::string_view path) {
  const Value* at = &object;
  while (at && !path.empty()) {
    path.remove_prefix(1);  // '.'
    const size_t end = std::min(path.find('.'), path.size());
    at = at->find(path.substr(0, end));
    path.remove_prefix(end);
  }
  return at;
}

Value age_of(const Value* time, base::Time now) {
  const auto at = time && time->is_string() ? base::parse_rfc3339(time->as_string()) : std::nullopt;
  return at ? Value(text::human_duration(now - *at)) : Value();
}

bool is_word(std::string_view source) {
  const std::string_view word = take_word(source);
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](const Word& row) { return row.name == word; });
}

Value cell_of(std::string_view source, const Value& object, base::Time now) {
  if (source.starts_with('.')) {
    const Value* found = at_path(object, source);
    if (!found) return {};
    return found->is_map() || found->is_list() ? Value(text::to_json(*found)) : *found;
  }
  const std::string_view word = take_word(source);
  for (const Word& row : kWords)
    if (row.name == word) return row.make(object, source, now);
  return {};
}

}  // namespace server
