// What the executor gets: the node's template with all tags put in, and with what only the node
// knows: its artifacts, where they go by default, the owner of what it makes.
#include <algorithm>
#include <map>

#include "engine/artifact.h"
#include "engine/machine.h"
#include "text/json.h"
#include "text/yaml.h"

namespace engine {
namespace {

using text::Value;

// Go prints maps by their keys' order.
Value sorted(const Value& value) {
  if (value.is_list()) {
    text::List out;
    for (const Value& element : value.as_list()) out.push_back(sorted(element));
    return Value(std::move(out));
  }
  if (!value.is_map()) return value;
  std::map<std::string, Value> members;
  for (const text::Member& member : value.as_map()) members[member.key] = sorted(member.value);
  text::Map out;
  for (auto& [key, inner] : members) out.set(key, std::move(inner));
  return Value(std::move(out));
}

// As Argo leaves them when it has looked for mounts that hold an input artifact's path: the longest
// path first.
void sort_mounts(Value& executor, const Value& inputs) {
  const auto is_mounted = [](const Value& artifact) {
    const Value* optional = artifact.find("optional");
    const bool may_miss = optional != nullptr && optional->is_bool() && optional->as_bool();
    return !may_miss || has_location_or_key(artifact);
  };
  if (!inputs.is_list() ||
      std::none_of(inputs.as_list().begin(), inputs.as_list().end(), is_mounted))
    return;
  for (const std::string_view body : {"container", "script", "containerSet"}) {
    if (executor.find_path(body, "volumeMounts") == nullptr) continue;
    Value& mounts = executor[body]["volumeMounts"];
    if (!mounts.is_list()) continue;
    std::stable_sort(mounts.as_list().begin(), mounts.as_list().end(),
                     [](const Value& a, const Value& b) {
                       return a.string_at("mountPath").size() > b.string_at("mountPath").size();
                     });
  }
}

bool lacks_location(const Value* list) {
  if (list == nullptr || !list->is_list()) return false;
  for (const Value& artifact : list->as_list())
    if (!has_location(artifact)) return true;
  return false;
}

}  // namespace

// Null where the template's own place is what counts, or none is needed.
Value State::Machine::archive_location(uint32_t id, const Value& executor) {
  const Value* own = executor.find("archiveLocation");
  if (own != nullptr && has_location(*own)) return Value();
  const bool logs = template_of(nodes_[id]).archives_logs;
  const Value* paths = executor.find_path("data", "source", "artifactPaths");
  if (!logs && !lacks_location(executor.find_path("inputs", "artifacts")) &&
      !lacks_location(executor.find_path("outputs", "artifacts")) &&
      (paths == nullptr || has_location(*paths)))
    return Value();
  Value out = plan_->archive_location;
  if (out.is_null()) return out;
  put_tags_in(out, scope_of(id));
  out["archiveLogs"] = Value(logs);
  return out;
}

// resource.setOwnerReference: the object belongs to the workflow.
base::Status State::Machine::own_manifest(Value& executor) const {
  Value& manifest = executor["resource"]["manifest"];
  auto documents = text::parse_yaml(manifest.is_string() ? manifest.as_string() : "", "manifest");
  if (!documents) return base::fail(documents.error());
  if (documents->empty() || !documents->front().is_map()) return {};
  Value object = documents->front();
  Value owner{text::Map()};
  owner["apiVersion"] = Value("argoproj.io/v1alpha1");
  owner["kind"] = Value("Workflow");
  owner["name"] = Value(plan_->workflow_name);
  owner["uid"] = Value(plan_->uid);
  owner["controller"] = Value(true);
  owner["blockOwnerDeletion"] = Value(true);
  Value& owners = object["metadata"]["ownerReferences"];
  if (!owners.is_list()) owners = Value(text::List());
  owners.as_list().push_back(std::move(owner));
  manifest = Value(text::to_yaml(sorted(object)));
  return {};
}

base::Result<std::string> State::Machine::boundary_placement(uint32_t id) {
  const uint32_t boundary = nodes_[id].boundary;
  if (boundary == kNil || nodes_[boundary].tmpl == kNil) return std::string();
  const PlanTemplate& tmpl = template_of(nodes_[boundary]);
  if (!tmpl.json.valid() || (tmpl.body != Body::kSteps && tmpl.body != Body::kDag))
    return std::string();
  std::string out, error;
  if (render(tmpl.json, scope_of(boundary), Strict::kLenient, out, &error, /*escape=*/true) !=
      Rendered::kOk)
    return base::fail(base::Code::kInvalid, error);
  return out;
}

base::Result<std::string> State::Machine::pod_template(uint32_t id) {
  const Node& node = nodes_[id];
  if (node.type != NodeType::kPod && !is_task(node.type))
    return base::fail(base::Code::kInvalid, "node " + id_of(id) + " has no pod");
  const PlanTemplate& tmpl = template_of(node);
  std::string out, error;
  if (render(tmpl.json, scope_of(id), Strict::kLenient, out, &error, /*escape=*/true) !=
      Rendered::kOk)
    return base::fail(base::Code::kInvalid, error);
  if (!tmpl.is_completed) return out;
  auto executor = text::parse_json(out);
  if (!executor) return base::fail(executor.error());
  if (const auto inputs = artifacts_of(id, ArtifactSide::kInputs); inputs.data() != nullptr)
    if (auto list = text::parse_json(inputs)) {
      sort_mounts(*executor, *list);
      (*executor)["inputs"]["artifacts"] = std::move(*list);
    }
  if (tmpl.owns_manifest)
    if (auto done = own_manifest(*executor); !done) return base::fail(done.error());
  if (Value location = archive_location(id, *executor); !location.is_null())
    (*executor)["archiveLocation"] = std::move(location);
  return text::to_json(*executor);
}

}  // namespace engine
