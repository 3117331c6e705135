#include "server/workflow_routes.h"

#include <fmt/format.h>

#include <algorithm>

#include "kube/kinds.h"
#include "server/admission.h"
#include "server/operation_routes.h"
#include "server/rerun_routes.h"
#include "server/stored_routes.h"
#include "server/workflow_logs.h"
#include "server/workflow_view.h"
#include "server/workflow_watch.h"
#include "text/json.h"
#include "text/selector.h"

namespace server {
namespace {

using text::Value;

const kube::Kind& workflows() { return kube::kind_of("workflows"); }

kube::ObjectRef ref_of(const store::Object& object) {
  return {&workflows(), object.key.namespace_, object.key.name};
}

// POST {namespace, workflow, createOptions: {dryRun: [..]}, serverDryRun}
void create(kube::StoreApi& api, Call& call) {
  auto body = call.body();
  if (!body) return call.fail(body.error());
  Value* workflow = body->find("workflow");
  if (workflow == nullptr || !workflow->is_map())
    return call.fail({base::Code::kInvalid, "workflow body not specified"});
  const Value* server_dry_run = body->find("serverDryRun");
  const Value* dry_run = body->find_path("createOptions", "dryRun");
  const bool is_dry = (server_dry_run && server_dry_run->is_bool() && server_dry_run->as_bool()) ||
                      (dry_run && dry_run->is_list() && !dry_run->as_list().empty());
  if (auto found = check_references(api, call.args[0], *workflow); !found)
    return call.fail(found.error());
  auto created = api.create(workflows(), call.args[0], std::move(*workflow), is_dry, call.warnings);
  if (!created) return call.fail(created.error());
  call.reply(*created);
}

void lint(kube::StoreApi& api, Call& call) {
  auto body = call.body();
  if (!body) return call.fail(body.error());
  Value* workflow = body->find("workflow");
  if (workflow == nullptr || !workflow->is_map())
    return call.fail({base::Code::kInvalid, "workflow body not specified"});
  answer_lint(api, call.args[0], std::move(*workflow), call);
}

// Times as text order as times do: RFC 3339, UTC, whole seconds.
struct Listed {
  store::Object object;
  std::string started;
};

bool matches_name(std::string_view name, std::string_view wanted, std::string_view how) {
  if (wanted.empty()) return true;
  if (how == "Contains") return name.find(wanted) != std::string_view::npos;
  if (how == "Prefix") return name.starts_with(wanted);
  return name == wanted;
}

// The phase label saves parsing where only the phase is asked for.
base::Result<std::vector<Listed>> select_workflows(kube::StoreApi& api, const Call& call,
                                                   std::string& revision) {
  store::ListQuery query;
  query.resource = workflows().resource();
  query.namespace_ = call.args[0];
  auto labels = text::Selector::parse_labels(call.query("listOptions.labelSelector"));
  if (!labels) return base::fail(labels.error());
  query.labels = std::move(*labels);
  auto fields = text::Selector::parse_fields(call.query("listOptions.fieldSelector"));
  if (!fields) return base::fail(fields.error());
  auto page = api.store().list(query);
  if (!page) return base::fail(page.error());
  revision = std::to_string(page->revision);
  const std::string_view name_wanted = call.query("namePrefix").empty()
                                           ? call.query("listOptions.namePrefix")
                                           : call.query("namePrefix");
  const std::string_view created_after = call.query("createdAfter"),
                         finished_before = call.query("finishedBefore");
  std::vector<Listed> out;
  for (store::Object& object : page->objects) {
    if (!matches_name(object.key.name, name_wanted, "Prefix")) continue;
    auto value = text::parse_json(object.json);
    if (!value) continue;
    const bool fits = fields->matches([&](std::string_view key) -> std::optional<std::string_view> {
      if (key == "metadata.name") return object.key.name;
      if (key == "metadata.namespace") return object.key.namespace_;
      if (key == "status.phase") return value->string_at("status", "phase");
      return {};
    });
    const std::string_view created = value->string_at("metadata", "creationTimestamp"),
                           finished = value->string_at("status", "finishedAt");
    if (!fits || (!created_after.empty() && created <= created_after)) continue;
    if (!finished_before.empty() && (finished.empty() || finished >= finished_before)) continue;
    std::string started(value->string_at("status", "startedAt"));
    if (started.empty()) started = created;
    out.push_back({std::move(object), std::move(started)});
  }
  // The newest first.
  std::stable_sort(out.begin(), out.end(), [](const Listed& a, const Listed& b) {
    return a.started != b.started ? a.started > b.started
                                  : a.object.created_revision > b.object.created_revision;
  });
  return out;
}

void list(kube::StoreApi& api, Call& call) {
  std::string revision;
  auto found = select_workflows(api, call, revision);
  if (!found) return call.fail(found.error());
  const int64_t limit = call.query_number("listOptions.limit").value_or(0);
  int64_t from = call.query_number("listOptions.continue").value_or(0);
  from = std::clamp<int64_t>(from, 0, static_cast<int64_t>(found->size()));
  int64_t to = static_cast<int64_t>(found->size());
  if (limit > 0) to = std::min(to, from + limit);
  const FieldFilter filter(call.query("fields"));
  const FieldFilter inner(call.query("fields"), "items.");
  std::string json = "{\"metadata\":{";
  if (!filter.will_exclude("metadata.resourceVersion") || !filter.will_exclude("metadata"))
    json += "\"resourceVersion\":\"" + revision + "\"";
  if (to < static_cast<int64_t>(found->size())) json += fmt::format(R"(,"continue":"{}")", to);
  json += "},\"items\":";
  json += from == to ? "null" : "[";
  for (int64_t i = from; i < to; ++i) {
    auto item = view_json(api, (*found)[static_cast<size_t>(i)].object, inner);
    if (!item) return call.fail(item.error());
    if (i != from) json += ',';
    json += *item;
  }
  json += from == to ? "}" : "]}";
  call.reply_json(std::move(json));
}

void get(kube::StoreApi& api, Call& call) {
  auto object = find_workflow(api, call.args[0], call.args[1]);
  if (!object) return call.fail(object.error());
  if (const std::string_view uid = call.query("uid"); !uid.empty() && uid != object->uid)
    return call.fail({base::Code::kNotFound,
                      fmt::format("workflows.argoproj.io \"{}\" not found", call.args[1])});
  answer_workflow(api, *object, FieldFilter(call.query("fields")), call);
}

void remove(kube::StoreApi& api, Call& call) {
  auto object = find_workflow(api, call.args[0], call.args[1]);
  if (!object) return call.fail(object.error());
  if (call.query_flag("force")) {
    Value patch;
    patch["metadata"]["finalizers"] = Value();
    if (auto patched = api.patch(ref_of(*object), kube::PatchType::kMerge, patch); !patched)
      return call.fail(patched.error());
  }
  kube::DeleteOptions options;
  options.propagation = std::string(call.query("deleteOptions.propagationPolicy"));
  options.dry_run = !call.query("deleteOptions.dryRun").empty();
  options.uid = object->uid;
  if (auto removed = api.remove(ref_of(*object), options); !removed)
    return call.fail(removed.error());
  call.reply_json("{}");
}

}  // namespace

base::Result<store::Object> find_workflow(kube::StoreApi& api, const std::string& namespace_,
                                          const std::string& name) {
  const std::string resource = workflows().resource();
  if (name != "@latest") {
    auto object = api.store().get({resource, namespace_, name});
    if (!object && object.error().code == base::Code::kNotFound)
      return base::fail(base::Code::kNotFound,
                        fmt::format("workflows.argoproj.io \"{}\" not found", name));
    return object;
  }
  store::ListQuery query;
  query.resource = resource;
  query.namespace_ = namespace_;
  auto page = api.store().list(query);
  if (!page) return base::fail(page.error());
  if (page->objects.empty()) return base::fail(base::Code::kNotFound, "no workflows found");
  auto newest = std::max_element(page->objects.begin(), page->objects.end(),
                                 [](const store::Object& a, const store::Object& b) {
                                   return a.created_revision < b.created_revision;
                                 });
  return std::move(*newest);
}

std::vector<Route> workflow_routes(kube::StoreApi& api, kube::NodeApi* node,
                                   const sys::Clock& clock, OperationLog& log) {
  std::vector<Route> rows = {
      {"GET", "/api/v1/workflows/{namespace}", [&api](Call& c) { list(api, c); }},
      {"GET", "/api/v1/workflows",
       [&api](Call& c) {
         c.args = {""};
         list(api, c);
       }},
      {"POST", "/api/v1/workflows/{namespace}", [&api](Call& c) { create(api, c); }},
      {"POST", "/api/v1/workflows/{namespace}/lint", [&api](Call& c) { lint(api, c); }},
      {"GET", "/api/v1/workflows/{namespace}/{name}", [&api](Call& c) { get(api, c); }},
      {"DELETE", "/api/v1/workflows/{namespace}/{name}", [&api](Call& c) { remove(api, c); }},
      {"GET", "/api/v1/workflows/{namespace}/{name}/log",
       [&api, node](Call& c) {
         answer_logs(api, node, {c.args[0], c.args[1], std::string(c.query("podName"))}, c);
       }},
      {"GET", "/api/v1/workflows/{namespace}/{name}/{pod}/log",
       [&api, node](Call& c) {
         answer_logs(api, node, {c.args[0], c.args[1], c.args[2]}, c);
       }},
      {"GET", "/api/v1/workflow-events/{namespace}", [&api](Call& c) { watch_workflows(api, c); }},
      {"GET", "/api/v1/workflow-events",
       [&api](Call& c) {
         c.args = {""};
         watch_workflows(api, c);
       }},
  };
  for (Route& row : operation_routes(api, log)) rows.push_back(std::move(row));
  for (Route& row : rerun_routes(api, clock)) rows.push_back(std::move(row));
  return rows;
}

}  // namespace server
