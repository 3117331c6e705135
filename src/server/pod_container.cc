#include "server/pod_container.h"

#include <fmt/format.h>

#include "server/kube_writes.h"
#include "text/json.h"

namespace server {
namespace {

using text::Value;

constexpr const char* kLists[] = {"containers", "initContainers", "ephemeralContainers"};
constexpr const char* kStatusLists[] = {"containerStatuses", "initContainerStatuses",
                                        "ephemeralContainerStatuses"};

const text::List& list_of(const Value& object, const char* part, const char* name) {
  static const text::List kNone;
  const Value* const within = object.find(part);
  const Value* const found = within != nullptr ? within->find(name) : nullptr;
  return found != nullptr && found->is_list() ? found->as_list() : kNone;
}

std::string names_of(const text::List& containers) {
  std::string out;
  for (const Value& one : containers) {
    if (!out.empty()) out += ' ';
    out += one.string_at("name");
  }
  return out;
}

std::string choose_one(std::string_view pod_name, const Value& pod) {
  std::string out =
      fmt::format("a container name must be specified for pod {}, choose one of: [{}]", pod_name,
                  names_of(list_of(pod, "spec", kLists[0])));
  if (const std::string init = names_of(list_of(pod, "spec", kLists[1])); !init.empty())
    out += fmt::format(" or one of the init containers: [{}]", init);
  return out;
}

void read_state(PodContainer& out) {
  out.waits = "ContainerCreating";
  for (const char* list : kStatusLists)
    for (const Value& status : list_of(out.pod, "status", list)) {
      if (status.string_at("name") != out.name) continue;
      const Value* const state = status.find("state");
      if (state == nullptr) continue;
      out.is_running = state->find("running") != nullptr;
      out.waits = state->string_at("waiting", "reason");
    }
}

}  // namespace

std::optional<PodContainer> find_container(kube::StoreApi& api, const kube::ObjectRef& pod,
                                           Call& call) {
  auto object = api.store().get(kube::StoreApi::key_of(pod));
  auto parsed = object ? text::parse_json(object->json) : base::fail(object.error());
  if (!parsed) return call.fail(parsed.error()), std::nullopt;
  PodContainer out;
  out.pod_uid = object->uid;
  out.pod = std::move(*parsed);
  out.name = call.query("container");
  const auto refuse = [&](const std::string& why) {
    refuse_call(call, 400, "BadRequest", why);
    return std::nullopt;
  };
  const text::List& mains = list_of(out.pod, "spec", kLists[0]);
  if (out.name.empty() && mains.size() != 1) return refuse(choose_one(pod.name, out.pod));
  if (out.name.empty()) out.name = mains[0].string_at("name");
  bool is_there = false;
  for (const char* list : kLists)
    for (const Value& one : list_of(out.pod, "spec", list)) {
      if (one.string_at("name") != out.name) continue;
      is_there = true;
      out.spec = one;
    }
  if (!is_there)
    return refuse(fmt::format("container {} is not valid for pod {}", out.name, pod.name));
  read_state(out);
  return out;
}

}  // namespace server
