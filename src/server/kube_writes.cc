#include "server/kube_writes.h"

#include <algorithm>
#include <optional>

#include "kube/http_api.h"
#include "server/node_changes.h"

namespace server {
namespace {

using base::Code;
using base::fail;
using text::Value;

// Kubernetes' limit.
constexpr size_t kManagerBytesMax = 128;

// Of the parameters, or of the program that asks: "kubectl/v1.32.4 (…)".
std::string field_manager(const Call& call) {
  if (const std::string_view given = call.query("fieldManager"); !given.empty())
    return std::string(given);
  const std::string agent = call.request.header("User-Agent");
  const std::string name = agent.substr(0, agent.find('/')).substr(0, kManagerBytesMax);
  return name.empty() ? "unknown" : name;
}

// A workflow's status is no plain data: what a client changes there are operations.
bool takes_operations(const WriteTarget& target, kube::PatchType type, const Value& body,
                      const Call& call) {
  if (target.ref.kind->plural != "workflows" || target.is_status) return false;
  if (call.request.method == "PUT") return body.find("status") != nullptr;
  const bool is_plain = type == kube::PatchType::kJson || type == kube::PatchType::kMerge;
  return call.request.method == "PATCH" && is_plain && touches_status(type, body);
}

}  // namespace

base::Result<kube::ClientOptions> client_options(const Call& call, bool is_apply) {
  using Validation = kube::ClientOptions::Validation;
  kube::ClientOptions out;
  const std::string_view dry_run = call.query("dryRun");
  if (!dry_run.empty() && dry_run != "All")
    return fail(Code::kInvalid, "dryRun: Unsupported value: \"" + std::string(dry_run) +
                                    "\": supported values: \"All\"");
  out.dry_run = !dry_run.empty();
  out.force = call.query_flag("force");
  if (out.force && !is_apply)
    return fail(Code::kInvalid, "force: Forbidden: may not be specified for non-apply patch");
  out.field_manager = is_apply ? std::string(call.query("fieldManager")) : field_manager(call);
  if (out.field_manager.size() > kManagerBytesMax)
    return fail(Code::kInvalid, "fieldManager: Too long: may not be more than 128 bytes");
  const std::string_view validation = call.query("fieldValidation");
  if (validation == "Strict")
    out.validation = Validation::kStrict;
  else if (validation == "Ignore")
    out.validation = Validation::kIgnore;
  else if (!validation.empty() && validation != "Warn")
    return fail(Code::kInvalid, "fieldValidation: Unsupported value: \"" + std::string(validation) +
                                    "\": supported values: \"Ignore\", \"Warn\", \"Strict\"");
  return out;
}

std::optional<kube::PatchType> patch_type(const Call& call) {
  using kube::PatchType;
  const std::string given = call.request.header("Content-Type");
  for (const PatchType type :
       {PatchType::kJson, PatchType::kMerge, PatchType::kStrategic, PatchType::kApply})
    if (given.starts_with(kube::content_type(type))) return type;
  return std::nullopt;
}

void tell_refusal(const base::Error& error, const kube::WriteNotes& notes,
                  const WriteTarget& target, const Call& call) {
  if (error.code == Code::kUnsupported && call.request.method == "PATCH" && notes.causes.empty() &&
      patch_type(call) == kube::PatchType::kStrategic)
    return refuse_call(call, 415, "UnsupportedMediaType", error.text);
  const bool is_invalid = error.code == Code::kInvalid;
  if (notes.causes.empty() && !notes.is_bad_request && !is_invalid) return call.fail(error);
  Value body = kube::to_status_object(error);
  if (notes.is_bad_request) {
    body["reason"] = "BadRequest";
    body["code"] = 400;
  }
  Value& details = body["details"];
  const std::string& name = target.ref.name.empty() ? notes.refused_name : target.ref.name;
  if (!name.empty()) details["name"] = name;
  if (!target.ref.kind->group.empty()) details["group"] = target.ref.kind->group;
  details["kind"] = target.ref.kind->kind;
  text::List causes;
  for (const kube::Cause& cause : notes.causes) {
    Value one;
    one["reason"] = cause.reason;
    one["message"] = cause.message;
    one["field"] = cause.field;
    causes.push_back(std::move(one));
  }
  // Admission tells its problems line by line, each with its path.
  if (notes.causes.empty() && !notes.is_bad_request) {
    std::string_view rest = error.text;
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      const size_t colon = line.find(": ");
      const bool has_path = colon != std::string_view::npos &&
                            line.substr(0, colon).find(' ') == std::string_view::npos;
      Value one;
      one["reason"] = "FieldValueInvalid";
      one["message"] = has_path ? line.substr(colon + 2) : line;
      if (has_path) one["field"] = line.substr(0, colon);
      causes.push_back(std::move(one));
    }
  }
  if (!causes.empty()) details["causes"] = std::move(causes);
  call.reply(body, notes.is_bad_request ? 400 : base::http_status(error.code));
}

void refuse_call(const Call& call, int status, std::string_view reason, std::string_view message) {
  Value body;
  body["kind"] = "Status";
  body["apiVersion"] = "v1";
  body["metadata"] = text::Map();
  body["status"] = "Failure";
  body["message"] = message;
  body["reason"] = reason;
  body["code"] = status;
  call.reply(body, status);
}

void answer_write(kube::StoreApi& api, const sys::Clock& clock, OperationLog& log,
                  const WriteTarget& target, Call& call) {
  const std::string& method = call.request.method;
  const auto type = method == "PATCH" ? patch_type(call) : kube::PatchType::kMerge;
  if (!type)
    return refuse_call(call, 415, "UnsupportedMediaType",
                       "patches are application/json-patch+json, application/merge-patch+json, "
                       "application/strategic-merge-patch+json or application/apply-patch+yaml");
  auto options = client_options(call, *type == kube::PatchType::kApply);
  if (!options) return call.fail(options.error());
  auto body = call.body();
  if (!body) return call.fail(body.error());
  if (takes_operations(target, *type, *body, call)) {
    if (options->dry_run)
      return call.fail(
          {Code::kUnsupported, "a dry run of changes of a workflow's status is not supported"});
    if (method == "PUT") return put_workflow(api, log, target.ref, std::move(*body), call);
    return patch_workflow(api, log, target.ref, *type, *body, call);
  }
  const kube::Part part = target.is_status ? kube::Part::kStatus : kube::Part::kObject;
  kube::ClientWrites writes(api, clock);
  const bool drops_status = *type == kube::PatchType::kApply && body->find("status") &&
                            target.ref.kind->plural == "workflows";
  if (drops_status) body->as_map().erase("status");
  kube::WriteNotes notes;
  const kube::ObjectRef& ref = target.ref;
  base::Result<Value> done =
      method == "POST" ? writes.create(*ref.kind, ref.namespace_, std::move(*body), *options, notes)
      : method == "PUT" ? writes.update(ref, std::move(*body), part, *options, notes)
                        : writes.patch(ref, *type, *body, part, *options, notes);
  call.warnings = std::move(notes.warnings);
  if (drops_status)
    call.warnings.push_back("status: only the controller writes it; it has been left out");
  if (!done) return tell_refusal(done.error(), notes, target, call);
  call.reply(*done, method == "POST" || notes.is_created ? 201 : 200);
}

}  // namespace server
