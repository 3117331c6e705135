#include "server/stored_routes.h"

#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "kube/kinds.h"
#include "kube/stored_templates.h"
#include "server/admission.h"
#include "server/object_stream.h"

namespace server {
namespace {

using text::Value;

// One kind and the words of its requests.
struct Collection {
  std::string_view path;    // with {namespace} where it has one
  std::string_view plural;  // of the kind
  std::string_view member;  // of the body of a create, lint or update
  std::string_view absent;  // what is said when that is missing, as Argo says it
  bool is_checked = true;   // there is a lint of it; else it is only kept, and can be streamed
};
constexpr Collection kCollections[] = {
    {"/api/v1/workflow-templates/{namespace}", "workflowtemplates", "template",
     "workflow template was not found in the request body"},
    {"/api/v1/cluster-workflow-templates", "clusterworkflowtemplates", "template",
     "cluster workflow template was not found in the request body"},
    {"/api/v1/cron-workflows/{namespace}", "cronworkflows", "cronWorkflow",
     "cron workflow was not found in the request body"},
    {"/api/v1/event-sources/{namespace}", "eventsources", "eventSource",
     "event source was not found in the request body", false},
    {"/api/v1/sensors/{namespace}", "sensors", "sensor", "sensor was not found in the request body",
     false},
};

// One collection's answers. Paths have the namespace first, where the kind has one, then the name.
class Answers {
 public:
  Answers(kube::StoreApi& api, const Collection& row)
      : api_(api), row_(row), kind_(kube::kind_of(row.plural)) {}

  void list(Call& call) const;
  void create(Call& call) const;
  void lint(Call& call) const;
  void get(Call& call) const;
  void update(Call& call) const;
  void remove(Call& call) const;
  void suspend(Call& call, bool suspends) const;

 private:
  std::string namespace_of(const Call& call) const {
    return kind_.namespaced ? call.args[0] : std::string();
  }
  kube::ObjectRef ref_of(const Call& call) const {
    return {&kind_, namespace_of(call), call.args.back()};
  }
  // The object of the body; answers the call when there is none.
  std::optional<Value> object_of(Call& call, Value* body_out = nullptr) const;

  kube::StoreApi& api_;
  const Collection& row_;
  const kube::Kind& kind_;
};

std::optional<Value> Answers::object_of(Call& call, Value* body_out) const {
  auto body = call.body();
  if (!body) {
    call.fail(body.error());
    return {};
  }
  Value* object = body->find(row_.member);
  if (object == nullptr || !object->is_map()) {
    call.fail({base::Code::kInvalid, std::string(row_.absent)});
    return {};
  }
  if (object->string_at("kind").empty()) (*object)["kind"] = kind_.kind;
  if (object->string_at("apiVersion").empty()) (*object)["apiVersion"] = kind_.api_version();
  std::optional<Value> out = std::move(*object);
  if (body_out) *body_out = std::move(*body);
  return out;
}

void Answers::list(Call& call) const { answer_list(api_, kind_, call); }

void Answers::create(Call& call) const {
  Value body;
  auto object = object_of(call, &body);
  if (!object) return;
  const Value* dry_run = body.find_path("createOptions", "dryRun");
  const bool is_dry = dry_run && dry_run->is_list() && !dry_run->as_list().empty();
  if (auto found = check_references(api_, namespace_of(call), *object); !found)
    return call.fail(found.error());
  auto created = api_.create(kind_, namespace_of(call), std::move(*object), is_dry, call.warnings);
  if (!created) return call.fail(created.error());
  call.reply(*created);
}

void Answers::lint(Call& call) const {
  auto object = object_of(call);
  if (object) answer_lint(api_, namespace_of(call), std::move(*object), call);
}

void Answers::get(Call& call) const {
  auto object = api_.get(ref_of(call));
  if (!object) return call.fail(object.error());
  call.reply(*object);
}

void Answers::update(Call& call) const {
  auto object = object_of(call);
  if (!object) return;
  // The original command line leaves the name out of the path: "…/workflow-templates/default/".
  if (call.args.size() < (kind_.namespaced ? 2u : 1u))
    call.args.emplace_back(object->string_at("metadata", "name"));
  if (auto found = check_references(api_, namespace_of(call), *object); !found)
    return call.fail(found.error());
  auto updated = api_.update(ref_of(call), std::move(*object));
  if (!updated) return call.fail(updated.error());
  call.reply(*updated);
}

void Answers::remove(Call& call) const {
  kube::DeleteOptions options;
  options.propagation = std::string(call.query("deleteOptions.propagationPolicy"));
  options.dry_run = !call.query("deleteOptions.dryRun").empty();
  if (auto removed = api_.remove(ref_of(call), options); !removed)
    return call.fail(removed.error());
  call.reply_json("{}");
}

void Answers::suspend(Call& call, bool suspends) const {
  Value patch;
  patch["spec"]["suspend"] = suspends;
  auto patched = api_.patch(ref_of(call), kube::PatchType::kMerge, patch);
  if (!patched) return call.fail(patched.error());
  call.reply(*patched);
}

void add_streams(WatchPump& pump, const Collection& row, std::vector<Route>& rows) {
  const std::string path = "/api/v1/stream" + std::string(row.path.substr(strlen("/api/v1")));
  const kube::Kind& kind = kube::kind_of(row.plural);
  rows.push_back({"GET", path, [&pump, &kind](Call& call) {
                    stream_objects(pump, kind, StreamForm::kWatchEvent, call);
                  }});
  // Nothing runs them here, so there is nothing to tell.
  rows.push_back({"GET", path + "/logs", [](Call& call) {
                    const LineStream empty(call, true);
                    call.out.end();
                  }});
}

void add_routes(kube::StoreApi& api, WatchPump& pump, const Collection& row,
                std::vector<Route>& rows) {
  const auto answers = std::make_shared<Answers>(api, row);
  const std::string all(row.path), one = all + "/{name}";
  const auto add = [&](std::string_view method, std::string pattern,
                       void (Answers::*answer)(Call&) const) {
    rows.push_back({method, std::move(pattern),
                    [answers, answer](Call& call) { ((*answers).*answer)(call); }});
  };
  add("GET", all, &Answers::list);
  add("POST", all, &Answers::create);
  add("GET", one, &Answers::get);
  add("PUT", one, &Answers::update);
  add("PUT", all, &Answers::update);
  add("DELETE", one, &Answers::remove);
  // Without a namespace: of all.
  if (const size_t end = all.find("/{"); end != std::string::npos)
    add("GET", all.substr(0, end), &Answers::list);
  if (row.is_checked)
    add("POST", all + "/lint", &Answers::lint);
  else
    add_streams(pump, row, rows);
  if (row.plural != "cronworkflows") return;
  for (const bool suspends : {true, false})
    rows.push_back({"PUT", one + (suspends ? "/suspend" : "/resume"),
                    [answers, suspends](Call& call) { answers->suspend(call, suspends); }});
}

}  // namespace

std::vector<Route> stored_routes(kube::StoreApi& api, WatchPump& pump) {
  std::vector<Route> rows;
  for (const Collection& row : kCollections) add_routes(api, pump, row, rows);
  return rows;
}

void answer_list(kube::StoreApi& api, const kube::Kind& kind, Call& call) {
  kube::ListOptions options;
  options.label_selector = call.query("listOptions.labelSelector");
  options.field_selector = call.query("listOptions.fieldSelector");
  const std::string_view pattern = call.query("namePattern");
  // Names are looked for in all of them, so pages cannot be counted by the store.
  if (pattern.empty()) {
    options.limit = static_cast<uint64_t>(
        std::max<int64_t>(0, call.query_number("listOptions.limit").value_or(0)));
    options.continue_token = call.query("listOptions.continue");
  }
  auto found = api.list(kind, kind.namespaced && !call.args.empty() ? call.args[0] : "", options);
  if (!found) return call.fail(found.error());
  Value out;
  out["metadata"]["resourceVersion"] = found->resource_version;
  if (!found->continue_token.empty()) out["metadata"]["continue"] = found->continue_token;
  text::List items;
  for (Value& item : found->items)
    if (item.string_at("metadata", "name").find(pattern) != std::string_view::npos)
      items.push_back(std::move(item));
  out["items"] = items.empty() ? Value() : Value(std::move(items));
  call.reply(out);
}

void answer_lint(kube::StoreApi& api, const std::string& namespace_, Value object, Call& call) {
  if (!namespace_.empty()) object["metadata"]["namespace"] = namespace_;
  model::StoredTemplates templates(kube::stored_templates(api, namespace_));
  std::string problems = find_problems(object, templates.finder(), call.warnings);
  if (!templates.trouble()) return call.fail(templates.trouble().error());
  if (!problems.empty()) return call.fail({base::Code::kInvalid, std::move(problems)});
  call.reply(object);
}

}  // namespace server
