#include "runtime/pod_spec.h"

#include <algorithm>

#include "kube/pod_contract.h"
#include "runtime/pod_reader.h"
#include "text/json.h"
#include "text/quantity.h"

namespace runtime {
namespace {

// A container that says nothing of what it needs: enough for a shell.
constexpr int64_t kCpuRequestDefault = 10;
constexpr int64_t kMemoryRequestDefault = 16 << 20;

const text::Value kNothing;

const text::Value& inner(const text::Value& map, std::string_view key) {
  const text::Value* const found = map.find(key);
  return found == nullptr ? kNothing : *found;
}

std::optional<int64_t> quantity(PodReader& reader, const text::Value& map, std::string_view key,
                                const std::string& path, int64_t unit) {
  const std::string text = reader.text_or_number(map, key, path);
  if (text.empty()) return std::nullopt;
  const base::Result<int64_t> milli = text::parse_quantity_milli(text);
  if (!milli) {
    reader.refuse(base::Code::kInvalid, path + "." + std::string(key), milli.error().text);
    return std::nullopt;
  }
  return *milli / unit;
}

Resources read_resources(PodReader& reader, const text::Value& map, const std::string& path) {
  reader.known(map, path, {"limits", "requests"});
  const text::Value &limits = inner(map, "limits"), &requests = inner(map, "requests");
  reader.known(limits, path + ".limits", {"cpu", "memory", "ephemeral-storage"});
  reader.known(requests, path + ".requests", {"cpu", "memory", "ephemeral-storage"});
  Resources out;
  out.cpu_limit = quantity(reader, limits, "cpu", path + ".limits", 1);
  out.memory_limit = quantity(reader, limits, "memory", path + ".limits", 1000);
  out.cpu_request = quantity(reader, requests, "cpu", path + ".requests", 1);
  out.memory_request = quantity(reader, requests, "memory", path + ".requests", 1000);
  if (!out.cpu_request) out.cpu_request = out.cpu_limit;
  if (!out.memory_request) out.memory_request = out.memory_limit;
  return out;
}

void read_seccomp(PodReader& reader, const text::Value& map, const std::string& path,
                  SecurityContext& out) {
  const text::Value& profile = inner(map, "seccompProfile");
  const std::string type = reader.text(profile, "type", path + ".seccompProfile");
  if (type == "Unconfined")
    out.seccomp_unconfined = true;
  else if (!type.empty() && type != "RuntimeDefault")
    reader.refuse(base::Code::kUnsupported, path + ".seccompProfile.type",
                  "\"" + type + "\" is not supported; RuntimeDefault and Unconfined are");
  else if (type == "RuntimeDefault")
    out.seccomp_unconfined = false;
}

// The fields that pod and container share; the container's win.
void read_shared_security(PodReader& reader, const text::Value& map, const std::string& path,
                          SecurityContext& out) {
  if (const auto user = reader.number(map, "runAsUser", path)) out.run_as_user = user;
  if (const auto group = reader.number(map, "runAsGroup", path)) out.run_as_group = group;
  if (const auto flag = reader.boolean(map, "runAsNonRoot", path)) out.run_as_non_root = flag;
  read_seccomp(reader, map, path, out);
}

SecurityContext read_security(PodReader& reader, const text::Value& map, const std::string& path,
                              const SecurityContext& of_pod) {
  // SELinux and AppArmor: the host has none of the pod's profiles; they are hints.
  reader.known(map, path,
               {"runAsUser", "runAsGroup", "runAsNonRoot", "allowPrivilegeEscalation",
                "readOnlyRootFilesystem", "privileged", "capabilities", "seccompProfile",
                "seLinuxOptions", "appArmorProfile"});
  SecurityContext out = of_pod;
  read_shared_security(reader, map, path, out);
  out.allow_privilege_escalation = reader.boolean(map, "allowPrivilegeEscalation", path);
  out.read_only_root = reader.boolean(map, "readOnlyRootFilesystem", path).value_or(false);
  out.privileged = reader.boolean(map, "privileged", path).value_or(false);
  const text::Value& capabilities = inner(map, "capabilities");
  out.add_capabilities = reader.texts(capabilities, "add", path + ".capabilities")
                             .value_or(std::vector<std::string>());
  out.drop_capabilities = reader.texts(capabilities, "drop", path + ".capabilities")
                              .value_or(std::vector<std::string>());
  return out;
}

std::optional<Probe> read_probe(PodReader& reader, const text::Value& container,
                                std::string_view key, const std::string& container_path) {
  const text::Value* const map = container.find(key);
  if (map == nullptr || map->is_null()) return std::nullopt;
  const std::string path = container_path + "." + std::string(key);
  reader.known(
      *map, path,
      {"exec", "httpGet", "tcpSocket", "initialDelaySeconds", "periodSeconds", "timeoutSeconds",
       "successThreshold", "failureThreshold", "terminationGracePeriodSeconds"});
  Probe out;
  const auto whole = [&](std::string_view name, int fallback) {
    const int64_t value = reader.number(*map, name, path).value_or(0);
    return value > 0 ? static_cast<int>(std::min<int64_t>(value, 86400)) : fallback;
  };
  out.initial_delay_seconds = whole("initialDelaySeconds", 0);
  out.period_seconds = whole("periodSeconds", 10);
  out.timeout_seconds = whole("timeoutSeconds", 1);
  out.success_threshold = whole("successThreshold", 1);
  out.failure_threshold = whole("failureThreshold", 3);
  if (const text::Value& http = inner(*map, "httpGet"); http.is_map()) {
    out.kind = Probe::Kind::kHttp;
    out.port = reader.text_or_number(http, "port", path + ".httpGet");
    out.host = reader.text(http, "host", path + ".httpGet");
    out.path = reader.text(http, "path", path + ".httpGet");
    out.scheme = reader.text(http, "scheme", path + ".httpGet");
    reader.each(http, "httpHeaders", path + ".httpGet",
                [&](const text::Value& header, const std::string& where) {
                  out.headers.emplace_back(reader.text(header, "name", where),
                                           reader.text(header, "value", where));
                });
  } else if (const text::Value& tcp = inner(*map, "tcpSocket"); tcp.is_map()) {
    out.kind = Probe::Kind::kTcp;
    out.port = reader.text_or_number(tcp, "port", path + ".tcpSocket");
    out.host = reader.text(tcp, "host", path + ".tcpSocket");
  } else {
    out.command = reader.texts(inner(*map, "exec"), "command", path + ".exec")
                      .value_or(std::vector<std::string>());
    if (out.command.empty())
      reader.refuse(base::Code::kInvalid, path, "needs one of exec, httpGet, tcpSocket");
  }
  return out;
}

PullPolicy read_pull_policy(PodReader& reader, const text::Value& map, const std::string& path) {
  const std::string word = reader.text(map, "imagePullPolicy", path);
  if (word == "Always") return PullPolicy::kAlways;
  if (word == "Never") return PullPolicy::kNever;
  if (!word.empty() && word != "IfNotPresent")
    reader.refuse(base::Code::kInvalid, path + ".imagePullPolicy",
                  "expected Always, IfNotPresent or Never");
  // Kubernetes pulls ":latest" each time; here a step's start must not wait for a registry, so an
  // image that is there is used. `argo image pull` refreshes it.
  return PullPolicy::kIfNotPresent;
}

ContainerSpec read_container(PodReader& reader, const text::Value& map, const std::string& path,
                             const SecurityContext& of_pod) {
  reader.known(map, path,
               {"name",
                "image",
                "imagePullPolicy",
                "command",
                "args",
                "workingDir",
                "env",
                "envFrom",
                "volumeMounts",
                "resources",
                "securityContext",
                "readinessProbe",
                "livenessProbe",
                "startupProbe",
                "ports",
                "terminationMessagePath",
                "terminationMessagePolicy",
                "restartPolicy",
                "resizePolicy",
                "stdin",
                "stdinOnce",
                "tty"});
  ContainerSpec out;
  out.raw = map;
  out.name = reader.text(map, "name", path);
  out.image = reader.text(map, "image", path);
  if (out.name.empty()) reader.refuse(base::Code::kInvalid, path + ".name", "required");
  if (out.name.find('/') != std::string::npos || out.name.starts_with('.'))
    reader.refuse(base::Code::kInvalid, path + ".name", "not a name: \"" + out.name + "\"");
  out.pull_policy = read_pull_policy(reader, map, path);
  out.command = reader.texts(map, "command", path);
  out.args = reader.texts(map, "args", path);
  out.working_dir = reader.text(map, "workingDir", path);
  out.resources = read_resources(reader, inner(map, "resources"), path + ".resources");
  out.security =
      read_security(reader, inner(map, "securityContext"), path + ".securityContext", of_pod);
  out.readiness = read_probe(reader, map, "readinessProbe", path);
  out.liveness = read_probe(reader, map, "livenessProbe", path);
  out.startup = read_probe(reader, map, "startupProbe", path);
  const std::string message_path = reader.text(map, "terminationMessagePath", path);
  const std::string message_policy = reader.text(map, "terminationMessagePolicy", path);
  if (!message_path.empty()) out.termination_message_path = message_path;
  out.wants_termination_message = !message_path.empty() || !message_policy.empty();
  out.fallback_to_logs = message_policy == "FallbackToLogsOnError";
  const std::string restart = reader.text(map, "restartPolicy", path);
  out.restarts = restart == "Always";
  if (!restart.empty() && restart != "Always" && restart != "Never")
    reader.refuse(base::Code::kUnsupported, path + ".restartPolicy", "only Always is supported");
  if (reader.boolean(map, "stdin", path).value_or(false))
    reader.refuse(base::Code::kUnsupported, path + ".stdin", "nobody can attach to a container");
  reader.each(map, "ports", path, [&](const text::Value& port, const std::string& where) {
    out.ports.emplace_back(
        reader.text(port, "name", where),
        static_cast<int>(reader.number(port, "containerPort", where).value_or(0)));
  });
  return out;
}

void read_dns(PodReader& reader, const text::Value& spec, PodSpec& out) {
  out.dns_policy = reader.text(spec, "dnsPolicy", "spec");
  const text::Value& config = inner(spec, "dnsConfig");
  const std::vector<std::string> none;
  out.dns_servers = reader.texts(config, "nameservers", "spec.dnsConfig").value_or(none);
  out.dns_searches = reader.texts(config, "searches", "spec.dnsConfig").value_or(none);
  reader.each(config, "options", "spec.dnsConfig",
              [&](const text::Value& option, const std::string& where) {
                std::string word = reader.text(option, "name", where);
                const std::string value = reader.text(option, "value", where);
                if (!value.empty()) word += ":" + value;
                out.dns_options.push_back(word);
              });
  reader.each(spec, "hostAliases", "spec", [&](const text::Value& alias, const std::string& where) {
    std::string names;
    for (const std::string& name : reader.texts(alias, "hostnames", where).value_or(none))
      names += (names.empty() ? "" : " ") + name;
    out.host_aliases.emplace_back(reader.text(alias, "ip", where), names);
  });
}

void read_annotations(PodReader& reader, const text::Value& metadata, PodSpec& out) {
  const text::Value &labels = inner(metadata, "labels"),
                    &annotations = inner(metadata, "annotations");
  out.is_workflow = labels.find(kube::kWorkflowLabel) != nullptr;
  out.wants_process = annotations.string_at(kube::kRuntime) == "process";
  const std::string_view json = annotations.string_at(kube::kOutputsWanted);
  if (json.empty()) return;
  const std::string path = "metadata.annotations[" + std::string(kube::kOutputsWanted) + "]";
  const base::Result<text::Value> wanted = text::parse_json(json);
  if (!wanted || !wanted->is_map())
    return reader.refuse(base::Code::kInvalid, path, "expected a JSON map");
  out.outputs.emplace();
  out.outputs->result = reader.boolean(*wanted, "result", path).value_or(false);
  reader.each(*wanted, "parameters", path, [&](const text::Value& item, const std::string& where) {
    OutputsWanted::Parameter parameter{reader.text(item, "name", where),
                                       reader.text(item, "path", where),
                                       reader.boolean(item, "optional", where).value_or(false)};
    if (parameter.path.empty()) reader.refuse(base::Code::kInvalid, where + ".path", "required");
    out.outputs->parameters.push_back(std::move(parameter));
  });
}

SecurityContext read_pod_security(PodReader& reader, const text::Value& spec, PodSpec& out) {
  const std::string path = "spec.securityContext";
  const text::Value& map = inner(spec, "securityContext");
  reader.known(map, path,
               {"runAsUser", "runAsGroup", "runAsNonRoot", "fsGroup", "fsGroupChangePolicy",
                "supplementalGroups", "seccompProfile", "seLinuxOptions", "appArmorProfile"});
  SecurityContext shared;
  read_shared_security(reader, map, path, shared);
  out.fs_group = reader.number(map, "fsGroup", path);
  if (const text::Value& groups = inner(map, "supplementalGroups"); groups.is_list())
    for (const text::Value& group : groups.as_list())
      if (const auto id = group.to_int()) out.supplemental_groups.push_back(*id);
  if (out.fs_group) out.supplemental_groups.push_back(*out.fs_group);
  return shared;
}

// Fields that change what runs, and that nobody here acts on. The rest of a PodSpec are hints.
void refuse_unsupported(PodReader& reader, const text::Value& spec) {
  for (const char* key : {"hostPID", "hostIPC", "shareProcessNamespace", "setHostnameAsFQDN"})
    if (reader.boolean(spec, key, "spec").value_or(false))
      reader.refuse(base::Code::kUnsupported, std::string("spec.") + key,
                    "not supported by the node agent");
  for (const char* key : {"ephemeralContainers", "resourceClaims", "resources"})
    if (const text::Value* found = spec.find(key); found != nullptr && !found->is_null())
      reader.refuse(base::Code::kUnsupported, std::string("spec.") + key,
                    "not supported by the node agent");
  const std::string restart = reader.text(spec, "restartPolicy", "spec");
  if (restart == "Always" || restart == "OnFailure")
    reader.refuse(base::Code::kUnsupported, "spec.restartPolicy",
                  "\"" + restart + "\" is not supported; a pod runs once (Never)");
}

void count_resources(PodSpec& pod) {
  const auto cpu = [](const ContainerSpec& c) {
    return c.resources.cpu_request.value_or(kCpuRequestDefault);
  };
  const auto memory = [](const ContainerSpec& c) {
    return c.resources.memory_request.value_or(kMemoryRequestDefault);
  };
  for (const ContainerSpec& container : pod.containers) {
    pod.cpu_milli += cpu(container);
    pod.memory_bytes += memory(container);
  }
  for (const ContainerSpec& container : pod.init_containers) {
    if (container.restarts) {
      pod.cpu_milli += cpu(container);
      pod.memory_bytes += memory(container);
    } else {
      pod.cpu_milli = std::max(pod.cpu_milli, cpu(container));
      pod.memory_bytes = std::max(pod.memory_bytes, memory(container));
    }
  }
}

void check_names(PodReader& reader, const PodSpec& pod) {
  std::vector<std::string_view> names;
  for (const auto* list : {&pod.init_containers, &pod.containers})
    for (const ContainerSpec& container : *list) names.push_back(container.name);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end())
    reader.refuse(base::Code::kInvalid, "spec.containers",
                  "two are named \"" + std::string(*twice) + "\"");
  if (pod.containers.empty()) reader.refuse(base::Code::kInvalid, "spec.containers", "required");
  if (pod.is_workflow &&
      std::none_of(pod.containers.begin(), pod.containers.end(),
                   [](const ContainerSpec& container) { return container.name == "main"; }))
    reader.refuse(base::Code::kInvalid, "spec.containers", "none is named \"main\"");
}

}  // namespace

base::Result<PodSpec> read_pod(const text::Value& pod) {
  PodReader reader;
  PodSpec out;
  const text::Value &metadata = inner(pod, "metadata"), &spec = inner(pod, "spec");
  out.uid = reader.text(metadata, "uid", "metadata");
  out.namespace_ = reader.text(metadata, "namespace", "metadata");
  out.name = reader.text(metadata, "name", "metadata");
  if (out.uid.empty() || out.uid.find('/') != std::string::npos || out.uid.starts_with('.'))
    reader.refuse(base::Code::kInvalid, "metadata.uid", "not a uid");
  read_annotations(reader, metadata, out);
  refuse_unsupported(reader, spec);
  const SecurityContext shared = read_pod_security(reader, spec, out);
  reader.each(spec, "initContainers", "spec", [&](const text::Value& one, const std::string& path) {
    out.init_containers.push_back(read_container(reader, one, path, shared));
  });
  reader.each(spec, "containers", "spec", [&](const text::Value& one, const std::string& path) {
    out.containers.push_back(read_container(reader, one, path, shared));
  });
  check_names(reader, out);
  out.hostname = reader.text(spec, "hostname", "spec");
  if (out.hostname.empty()) out.hostname = out.name.substr(0, 63);
  while (out.hostname.ends_with('-') || out.hostname.ends_with('.')) out.hostname.pop_back();
  out.subdomain = reader.text(spec, "subdomain", "spec");
  out.grace_seconds = reader.number(spec, "terminationGracePeriodSeconds", "spec").value_or(30);
  out.active_deadline_seconds = reader.number(spec, "activeDeadlineSeconds", "spec");
  out.priority = reader.number(spec, "priority", "spec").value_or(0);
  out.host_network = reader.boolean(spec, "hostNetwork", "spec").value_or(false);
  read_dns(reader, spec, out);
  reader.each(spec, "imagePullSecrets", "spec",
              [&](const text::Value& secret, const std::string& path) {
                out.pull_secrets.push_back(reader.text(secret, "name", path));
              });
  count_resources(out);
  if (!reader.is_good()) return base::fail(reader.error());
  return out;
}

}  // namespace runtime
