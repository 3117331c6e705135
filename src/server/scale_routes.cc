#include "server/scale_routes.h"

#include "kube/scale.h"
#include "text/patch.h"

namespace server {
namespace {

using text::Value;

base::Result<Value> patched_scale(kube::StoreApi& api, const kube::ObjectRef& ref,
                                  kube::PatchType type, const Value& patch) {
  auto object = api.get(ref);
  if (!object) return object;
  auto scale = kube::scale_of(*ref.kind, *object);
  if (!scale) return scale;
  // Whoever else writes meanwhile is overwritten, but for what the patch itself demands.
  for (const std::string_view name : {"uid", "resourceVersion"})
    (*scale)["metadata"].as_map().erase(name);
  if (type == kube::PatchType::kJson) return text::apply_json_patch(std::move(*scale), patch);
  return text::apply_merge_patch(std::move(*scale), patch);
}

}  // namespace

void answer_scale(kube::StoreApi& api, const sys::Clock& clock, const kube::ObjectRef& ref,
                  Call& call) {
  const std::string& method = call.request.method;
  const auto reply = [&](base::Result<Value> object) {
    if (object) object = kube::scale_of(*ref.kind, *object);
    if (!object) return call.fail(object.error());
    call.reply(*object);
  };
  if (method == "GET") return reply(api.get(ref));
  if (method != "PUT" && method != "PATCH")
    return refuse_call(call, 405, "MethodNotAllowed",
                       "the server does not allow this method on the requested resource");
  const auto type = method == "PATCH" ? patch_type(call) : kube::PatchType::kMerge;
  if (!type || *type == kube::PatchType::kApply)
    return refuse_call(call, 415, "UnsupportedMediaType",
                       "patches of a scale are application/json-patch+json or "
                       "application/merge-patch+json");
  auto options = client_options(call, false);
  if (!options) return call.fail(options.error());
  auto body = call.body();
  if (!body) return call.fail(body.error());
  auto scale = method == "PUT" ? base::Result<Value>(std::move(*body))
                               : patched_scale(api, ref, *type, *body);
  if (!scale) return call.fail(scale.error());
  auto patch = kube::patch_of_scale(*ref.kind, *scale);
  if (!patch) return call.fail(patch.error());
  kube::ClientWrites writes(api, clock);
  kube::WriteNotes notes;
  auto done =
      writes.patch(ref, kube::PatchType::kMerge, *patch, kube::Part::kObject, *options, notes);
  if (!done) return tell_refusal(done.error(), notes, {ref}, call);
  reply(std::move(done));
}

}  // namespace server
