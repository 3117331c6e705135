#include "kube/client_writes.h"

#include <utility>

#include "kube/custom_kind.h"
#include "kube/defaults.h"
#include "kube/job_writes.h"
#include "kube/structural_schema.h"
#include "kube/unknown_fields.h"
#include "model/api_types.h"
#include "model/secret.h"
#include "text/base64.h"

namespace kube {
namespace {

using base::Code;
using base::fail;
using text::Value;

// Of a write that somebody else overtook.
constexpr int kTriesMax = 64;

base::Status refuse(const Kind& kind, const Value& object, std::vector<Cause> found,
                    WriteNotes& notes) {
  std::string text = std::string(kind.kind) + (kind.group.empty() ? "" : ".") +
                     std::string(kind.group) + " \"" +
                     std::string(object.string_at("metadata", "name")) + "\" is invalid: ";
  for (size_t i = 0; i < found.size(); ++i) {
    if (found.size() > 1) text += i == 0 ? "[" : ", ";
    text += found[i].field + ": " + found[i].message;
  }
  if (found.size() > 1) text += "]";
  notes.causes = std::move(found);
  notes.refused_name = object.string_at("metadata", "name");
  return fail(Code::kInvalid, std::move(text));
}

// A built-in kind has no nulls: they are members that are not there.
void drop_nulls(Value& value) {
  if (value.is_list()) {
    for (Value& element : value.as_list()) drop_nulls(element);
  } else if (value.is_map()) {
    std::vector<std::string> gone;
    for (text::Member& member : value.as_map())
      if (member.value.is_null())
        gone.push_back(member.key);
      else
        drop_nulls(member.value);
    for (const std::string& name : gone) value.as_map().erase(name);
  }
}

std::vector<Cause> bad_bytes(const Value& object, std::string_view name) {
  std::vector<Cause> out;
  const Value* data = object.find(name);
  if (!data || !data->is_map()) return out;
  for (const text::Member& member : data->as_map())
    if (!member.value.is_string() || !text::from_base64(member.value.as_string()))
      out.push_back({"FieldValueInvalid", "Invalid value: must be base64; texts go to stringData",
                     std::string(name) + "." + member.key});
  return out;
}

// Kubernetes restarts containers by default; the agent here runs a pod once.
std::vector<Cause> bad_restart_policy(const Value& pod) {
  const std::string_view policy = pod.string_at("spec", "restartPolicy");
  if (policy == "Never") return {};
  return {{"FieldValueNotSupported",
           "Unsupported value: \"" + std::string(policy.empty() ? "Always" : policy) +
               "\": pods run once here: write restartPolicy: Never (kubectl run: --restart=Never)",
           "spec.restartPolicy"}};
}

bool is_defaulted(const model::SchemaType* type, const Value& object) {
  Value copy = object;
  fill_defaults(type, copy);
  return copy == object;
}

// Where the store keeps it too: two writes of the same object are the same bytes.
void put_managers_last(Value& object) {
  Value& metadata = object["metadata"];
  Value* managers = metadata.find("managedFields");
  if (!managers) return;
  Value moved = std::move(*managers);
  metadata.as_map().erase("managedFields");
  metadata["managedFields"] = std::move(moved);
}

}  // namespace

struct ClientWrites::Request {
  const Kind& kind;
  Part part;
  const ClientOptions& options;
  WriteNotes& notes;
  bool is_apply = false;
  Value managed_fields = {};  // of an apply: as they are to be
  const model::SchemaType* type = model::find_api_type(kind.api_version(), kind.kind);
  Manager manager{options.field_manager, part == Part::kStatus ? "status" : ""};
};

base::Status ClientWrites::take_unknown(const Request& request, Value& object) const {
  if (!request.type || !object.is_map()) return {};
  // The status is not of this write where it has its own.
  Value status;
  const bool keeps_status = request.part == Part::kObject && request.kind.has_status;
  if (Value* found = object.find("status"); found && keeps_status) {
    status = std::move(*found);
    *found = Value();
  }
  auto formed = check_forms(*request.type, object);
  if (!formed) {
    request.notes.is_bad_request = true;
    return formed;
  }
  std::vector<std::string> unknown = take_unknown_fields(*request.type, object);
  if (!status.is_null()) object["status"] = std::move(status);
  return tell_unknown(request, unknown);
}

base::Status ClientWrites::tell_unknown(const Request& request,
                                        const std::vector<std::string>& unknown) const {
  if (unknown.empty() || request.options.validation == ClientOptions::Validation::kIgnore)
    return {};
  if (request.options.validation == ClientOptions::Validation::kWarn) {
    for (const std::string& path : unknown)
      request.notes.warnings.push_back("unknown field \"" + path + "\"");
    return {};
  }
  std::string text = "strict decoding error: ";
  for (const std::string& path : unknown) {
    if (&path != &unknown.front()) text += ", ";
    text += "unknown field \"" + path + "\"";
  }
  request.notes.is_bad_request = true;
  return fail(Code::kInvalid, std::move(text));
}

// By its definition's schema: what is not named goes, what is missing is filled in, the rest is
// judged.
base::Status ClientWrites::finish_custom(const Request& request, Value& object) const {
  const CustomKind& custom = *request.kind.custom;
  if (!custom.deprecation.empty()) request.notes.warnings.push_back(custom.deprecation);
  if (!custom.schema) return {};
  if (auto ok = tell_unknown(request, custom.schema->prune(object)); !ok) return ok;
  custom.schema->fill_defaults(object);
  auto wrong = custom.schema->validate(object);
  if (!wrong.empty()) return refuse(request.kind, object, std::move(wrong), request.notes);
  return {};
}

base::Status ClientWrites::finish(const Request& request, const Value* old_object,
                                  Value& object) const {
  const std::string_view name = request.type ? request.type->row->name : std::string_view();
  if (request.type) {
    drop_nulls(object);
    if (auto ok = take_unknown(request, object); !ok) return ok;
  }
  if (request.kind.custom)
    if (auto ok = finish_custom(request, object); !ok) return ok;
  if (name == "Secret") model::fold_string_data(object);
  std::vector<Cause> bad;
  if (name == "Secret") bad = bad_bytes(object, "data");
  if (name == "ConfigMap") bad = bad_bytes(object, "binaryData");
  if (name == "Pod" && !old_object) bad = bad_restart_policy(object);
  if (name == "Job" && !old_object) bad = job_problems(object);
  if (!bad.empty()) return refuse(request.kind, object, std::move(bad), request.notes);
  if (name == "Job" && !old_object) put_job_selector(object);
  // What control and the agent have made stays as small as it is.
  const bool completes =
      request.part == Part::kObject && (!old_object || is_defaulted(request.type, *old_object));
  if (completes) fill_defaults(request.type, object);
  if (old_object && request.type && request.part == Part::kObject) {
    auto changed = changed_fixed_fields(*request.type, *old_object, object);
    if (!changed.empty()) return refuse(request.kind, object, std::move(changed), request.notes);
  }
  if (request.is_apply)
    object["metadata"]["managedFields"] = request.managed_fields;
  else
    note_update(request.type, old_object ? *old_object : Value(), object, request.manager,
                clock_.now());
  put_managers_last(object);
  return {};
}

WriteOptions ClientWrites::options_of(const Request& request) const {
  WriteOptions out;
  out.dry_run = request.options.dry_run;
  out.finish = [this, &request](const Value* old_object, Value& object) {
    return finish(request, old_object, object);
  };
  return out;
}

// What Kubernetes says beside the answer to a creation.
void ClientWrites::note_creation(const Kind& kind, std::string_view namespace_,
                                 const base::Result<Value>& made, WriteNotes& notes) const {
  if (made && kind.is_idle)
    notes.warnings.push_back("nothing here acts on a " + std::string(kind.kind) +
                             ": it is kept as " + "it is");
  const bool restarts =
      made && kind.plural == "jobs" && !kind.custom && made->find_path("spec", "template") &&
      made->find_path("spec", "template")->string_at("spec", "restartPolicy") == "OnFailure";
  if (restarts)
    notes.warnings.push_back(
        "spec.template.spec.restartPolicy: OnFailure: a container that fails is not started again "
        "in its pod; another pod takes its place");
  const bool is_refused = !made && made.error().code == Code::kForbidden && kind.namespaced;
  if (is_refused && api_.is_terminating(std::string(namespace_)))
    notes.causes.push_back({"NamespaceTerminating",
                            "namespace " + std::string(namespace_) + " is being terminated",
                            "metadata.namespace"});
}

base::Result<Value> ClientWrites::create(const Kind& kind, std::string_view namespace_,
                                         Value object, const ClientOptions& options,
                                         WriteNotes& notes) {
  Request request{kind, Part::kObject, options, notes};
  notes.refused_name = object.string_at("metadata", "name");
  Warnings heard;
  auto made = api_.create(kind, namespace_, std::move(object), options_of(request), heard);
  notes.warnings.insert(notes.warnings.end(), heard.begin(), heard.end());
  note_creation(kind, namespace_, made, notes);
  return made;
}

base::Result<Value> ClientWrites::update(const ObjectRef& ref, Value object, Part part,
                                         const ClientOptions& options, WriteNotes& notes) {
  Request request{*ref.kind, part, options, notes};
  Warnings heard;
  auto done = api_.update(ref, std::move(object), part, options_of(request), heard);
  notes.warnings.insert(notes.warnings.end(), heard.begin(), heard.end());
  return done;
}

base::Result<Value> ClientWrites::patch(const ObjectRef& ref, PatchType type, const Value& patch,
                                        Part part, const ClientOptions& options,
                                        WriteNotes& notes) {
  Request request{*ref.kind, part, options, notes};
  if (type == PatchType::kApply) {
    request.is_apply = true;
    return apply(request, ref, patch);
  }
  for (int left = kTriesMax;; --left) {
    auto current = api_.get(ref);
    if (!current) return current;
    const std::string version(current->string_at("metadata", "resourceVersion"));
    auto patched = patched_object(*ref.kind, *current, type, patch);
    if (!patched) return patched;
    const bool is_guarded = patched->string_at("metadata", "resourceVersion") != version;
    notes = {};
    auto done = update(ref, std::move(*patched), part, options, notes);
    if (done || done.error().code != Code::kConflict || is_guarded || left == 1) return done;
  }
}

base::Result<Value> ClientWrites::apply(Request& request, const ObjectRef& ref, Value config) {
  const auto bad = [&](std::string text) {
    request.notes.is_bad_request = true;
    return fail(Code::kInvalid, std::move(text));
  };
  if (request.manager.name.empty())
    return bad(
        "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is "
        "required for apply patch");
  if (!config.is_map()) return bad("an apply patch must be an object");
  if (config.string_at("apiVersion") != ref.kind->api_version() ||
      config.string_at("kind") != ref.kind->kind)
    return bad("an apply patch must be a " + std::string(ref.kind->kind) + " of " +
               ref.kind->api_version());
  const Value* given_metadata = config.find("metadata");
  if (given_metadata && !given_metadata->is_map())
    return bad("metadata: must be a map, not " + std::string(given_metadata->kind_name()));
  const std::string_view name = config.string_at("metadata", "name");
  if (!name.empty() && name != ref.name)
    return bad("metadata.name does not match the name on the URL (" + ref.name + ")");
  if (auto ok = take_unknown(request, config); !ok) return fail(ok.error());
  if (request.type && request.type->row->name == "Secret") model::fold_string_data(config);
  const bool is_status = request.part == Part::kStatus;
  if (is_status) {
    Value status{text::Map()};
    for (const std::string_view member : {"apiVersion", "kind", "metadata", "status"})
      if (const Value* given = config.find(member)) status[member] = *given;
    config = std::move(status);
  } else if (ref.kind->has_status) {
    config.as_map().erase("status");
  }
  Value& metadata = config["metadata"];
  metadata["name"] = ref.name;
  if (ref.kind->namespaced) metadata["namespace"] = ref.namespace_;
  const Warnings told = request.notes.warnings;
  for (int left = kTriesMax;; --left) {
    request.notes = {};
    request.notes.warnings = told;
    auto done = apply_once(request, ref, config);
    const bool is_overtaken =
        !done && request.notes.causes.empty() &&
        (done.error().code == Code::kConflict || done.error().code == Code::kAlreadyExists);
    if (!is_overtaken || left == 1 || !metadata.string_at("resourceVersion").empty()) return done;
  }
}

base::Result<Value> ClientWrites::apply_once(Request& request, const ObjectRef& ref,
                                             const Value& config) {
  auto live = api_.get(ref);
  if (!live && (live.error().code != Code::kNotFound || request.part == Part::kStatus)) return live;
  std::vector<FieldConflict> conflicts;
  auto applied = apply_fields(request.type, live ? *live : Value(), config, request.manager,
                              request.options.force, clock_.now(), conflicts);
  if (!applied) {
    for (FieldConflict& conflict : conflicts)
      request.notes.causes.push_back(
          {"FieldManagerConflict", std::move(conflict.who), std::move(conflict.field)});
    return applied;
  }
  request.managed_fields = applied->find("metadata")->find("managedFields")
                               ? *applied->find_path("metadata", "managedFields")
                               : Value(text::List());
  Warnings heard;
  request.notes.is_created = !live;
  auto done = live ? api_.update(ref, std::move(*applied), request.part, options_of(request), heard)
                   : api_.create(*ref.kind, ref.namespace_, std::move(*applied),
                                 options_of(request), heard);
  request.notes.warnings.insert(request.notes.warnings.end(), heard.begin(), heard.end());
  if (!live) note_creation(*ref.kind, ref.namespace_, done, request.notes);
  return done;
}

}  // namespace kube
