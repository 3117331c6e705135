#include "server/kube_deletes.h"

#include <algorithm>

#include "server/kube_lists.h"
#include "server/kube_writes.h"
#include "text/json.h"

namespace server {
namespace {

using base::Code;
using text::Value;

constexpr uint64_t kPage = 200;  // objects that are in memory at once

kube::DeleteOptions delete_options(const Call& call, const Value& body) {
  kube::DeleteOptions out;
  out.propagation = call.query("propagationPolicy");
  if (out.propagation.empty()) out.propagation = body.string_at("propagationPolicy");
  const Value* orphans = body.find("orphanDependents");  // the old word for it
  if (out.propagation.empty() && orphans && orphans->is_bool())
    out.propagation = orphans->as_bool() ? "Orphan" : "Background";
  out.grace_period_seconds = call.query_number("gracePeriodSeconds");
  if (const Value* grace = body.find("gracePeriodSeconds"); grace && !out.grace_period_seconds)
    out.grace_period_seconds = grace->to_int();
  if (const std::string_view uid = body.string_at("preconditions", "uid"); !uid.empty())
    out.uid = std::string(uid);
  if (const std::string_view version = body.string_at("preconditions", "resourceVersion");
      !version.empty())
    out.resource_version = std::string(version);
  const Value* dry_run = body.find("dryRun");
  out.dry_run = call.query("dryRun") == "All" ||
                (dry_run && dry_run->is_list() && !dry_run->as_list().empty());
  return out;
}

Value success() {
  Value out;
  out["kind"] = "Status";
  out["apiVersion"] = "v1";
  out["metadata"] = text::Map();
  out["status"] = "Success";
  return out;
}

}  // namespace

void delete_one(kube::StoreApi& api, const kube::ObjectRef& ref, Call& call) {
  auto body = call.body();
  if (!body) return call.fail(body.error());
  const auto stored = api.store().get(kube::StoreApi::key_of(ref));
  if (!stored) return call.fail(stored.error());
  const kube::DeleteOptions options = delete_options(call, *body);
  if (auto removed = api.remove(ref, options); !removed) return call.fail(removed.error());
  auto left = api.get(ref);
  if (left && left->string_at("metadata", "uid") == stored->uid) return call.reply(*left);
  Value out = success();
  Value& details = out["details"];
  details["name"] = ref.name;
  if (!ref.kind->group.empty()) details["group"] = ref.kind->group;
  details["kind"] = ref.kind->plural;
  details["uid"] = stored->uid;
  call.reply(out);
}

void delete_collection(kube::StoreApi& api, const kube::Kind& kind, const std::string& namespace_,
                       Call& call) {
  auto body = call.body();
  if (!body) return call.fail(body.error());
  if (auto good = check_field_selector(kind, call); !good)
    return refuse_call(call, 400, "BadRequest", good.error().text);
  const kube::DeleteOptions options = delete_options(call, *body);
  kube::ListOptions select = list_options(call);
  uint64_t left = select.limit == 0 ? UINT64_MAX : select.limit;
  do {
    select.limit = std::min(left, kPage);
    auto page = api.list(kind, namespace_, select);
    if (!page) return call.fail(page.error());
    for (const Value& item : page->items) {
      const kube::ObjectRef ref{&kind, std::string(item.string_at("metadata", "namespace")),
                                std::string(item.string_at("metadata", "name"))};
      auto removed = api.remove(ref, options);
      if (!removed && removed.error().code != Code::kNotFound) return call.fail(removed.error());
    }
    left -= std::min<uint64_t>(left, page->items.size());
    select.continue_token = page->continue_token;
  } while (!select.continue_token.empty() && left > 0);
  call.reply(success());
}

}  // namespace server
