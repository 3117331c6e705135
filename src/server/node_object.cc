#include "server/node_object.h"

#include <fmt/format.h>

#include "kube/kinds.h"

namespace server {
namespace {

using text::Value;

Value resources(const NodeFacts& facts) {
  Value out;
  out["cpu"] = fmt::format("{}", facts.cpus);
  out["ephemeral-storage"] = fmt::format("{}Ki", facts.disk_bytes / 1024);
  out["memory"] = fmt::format("{}Ki", facts.memory_bytes / 1024);
  out["pods"] = fmt::format("{}", facts.pods_max);
  return out;
}

Value condition(std::string_view type, bool is_true, std::string_view reason,
                std::string_view message, base::Time now) {
  Value out;
  out["type"] = type;
  out["status"] = is_true ? "True" : "False";
  out["lastHeartbeatTime"] = base::to_rfc3339(now);
  out["lastTransitionTime"] = base::to_rfc3339(now);
  out["reason"] = reason;
  out["message"] = message;
  return out;
}

Value node_info(const NodeFacts& facts) {
  Value out;
  out["architecture"] = facts.architecture;
  out["bootID"] = facts.boot_id;
  out["containerRuntimeVersion"] = "argon://" + facts.version;
  out["kernelVersion"] = facts.kernel;
  out["kubeProxyVersion"] = "";
  out["kubeletVersion"] = facts.version;
  out["machineID"] = facts.machine_id;
  out["operatingSystem"] = "linux";
  out["osImage"] = facts.os_image;
  out["systemUUID"] = facts.machine_id;
  return out;
}

Value status_of(const NodeFacts& facts, base::Time now) {
  Value out;
  text::List addresses;
  const auto add = [&](std::string_view type, const std::string& address) {
    Value one;
    one["type"] = type;
    one["address"] = address;
    addresses.push_back(std::move(one));
  };
  for (const std::string& address : facts.addresses) add("InternalIP", address);
  add("Hostname", facts.name);
  out["addresses"] = std::move(addresses);
  out["capacity"] = resources(facts);
  out["allocatable"] = resources(facts);
  out["conditions"] =
      text::List{condition("Ready", true, "AgentReady", "the node agent takes pods", now)};
  out["nodeInfo"] = node_info(facts);
  return out;
}

// But for the times.
bool is_same(const Value* old_status, Value status) {
  if (!old_status) return false;
  const auto without_times = [](Value from) {
    if (Value* list = from.find("conditions"); list && list->is_list())
      for (Value& one : list->as_list())
        for (const std::string_view time : {"lastHeartbeatTime", "lastTransitionTime"})
          if (one.is_map()) one.as_map().erase(time);
    return from;
  };
  return without_times(*old_status) == without_times(std::move(status));
}

}  // namespace

base::Status write_node(kube::StoreApi& api, const sys::Clock& clock, const NodeFacts& facts) {
  const kube::ObjectRef ref{&kube::kind_of("nodes"), "", facts.name};
  Value status = status_of(facts, clock.now());
  auto stored = api.get(ref);
  if (!stored && stored.error().code != base::Code::kNotFound) return base::fail(stored.error());
  if (stored && is_same(stored->find("status"), status)) return {};
  if (!stored) {
    Value node;
    Value& metadata = node["metadata"];
    metadata["name"] = facts.name;
    metadata["labels"]["kubernetes.io/arch"] = facts.architecture;
    metadata["labels"]["kubernetes.io/hostname"] = facts.name;
    metadata["labels"]["kubernetes.io/os"] = "linux";
    node["spec"] = text::Map();
    stored = api.create(*ref.kind, "", std::move(node), false);
    if (!stored) return base::fail(stored.error());
  }
  (*stored)["status"] = std::move(status);
  (*stored)["metadata"].as_map().erase("resourceVersion");
  const auto done = api.update_status(ref, std::move(*stored));
  return done ? base::Status() : base::fail(done.error());
}

}  // namespace server
