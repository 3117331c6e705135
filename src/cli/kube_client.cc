#include "cli/kube_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/api.h"
#include "cli/kube_logs.h"
#include "cli/kube_nodes.h"
#include "cli/line_cutter.h"
#include "model/again.h"
#include "model/cron_workflow.h"
#include "model/decode.h"
#include "model/submit_options.h"
#include "model/validate.h"
#include "text/json.h"

namespace cli {
namespace {

using text::Value;

constexpr int kTriesMax = 5;  // when others write the workflow at the same time
constexpr std::string_view kMergePatch = "application/merge-patch+json";

// The kinds of Argo's REST, and where the Kubernetes API has them.
struct KubeKind {
  std::string_view path, plural, kind, member;
  bool namespaced;
};
constexpr KubeKind kKinds[] = {
    {"workflows", "workflows", "Workflow", "workflow", true},
    {"workflow-templates", "workflowtemplates", "WorkflowTemplate", "template", true},
    {"cluster-workflow-templates", "clusterworkflowtemplates", "ClusterWorkflowTemplate",
     "template", false},
    {"cron-workflows", "cronworkflows", "CronWorkflow", "cronWorkflow", true}};

const KubeKind* find_kind(std::string_view path) {
  const auto found = std::ranges::find(kKinds, path, &KubeKind::path);
  return found == std::end(kKinds) ? nullptr : found;
}

// Of --from: "workflowtemplate", "wftmpl", "CronWorkflow", …
const KubeKind* find_source(std::string word) {
  std::ranges::transform(word, word.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  static constexpr std::pair<std::string_view, size_t> kWords[] = {{"workflowtemplate", 1},
                                                                   {"workflowtemplates", 1},
                                                                   {"wftmpl", 1},
                                                                   {"clusterworkflowtemplate", 2},
                                                                   {"clusterworkflowtemplates", 2},
                                                                   {"clusterwftmpl", 2},
                                                                   {"cwft", 2},
                                                                   {"cronworkflow", 3},
                                                                   {"cronworkflows", 3},
                                                                   {"cronwf", 3},
                                                                   {"cwf", 3}};
  for (const auto& [known, index] : kWords)
    if (known == word) return &kKinds[index];
  return nullptr;
}

tl::unexpected<base::Error> needs_server(std::string_view what) {
  return base::fail(
      base::Code::kUnsupported,
      fmt::format("{} needs an Argo server, and the Kubernetes API is asked here", what), {},
      "give --argo-server, or set ARGO_SERVER");
}

bool is_on(const Value& body, std::string_view flag) {
  const Value* value = body.find(flag);
  return value && value->is_bool() && value->as_bool();
}

std::string path_of(const KubeKind& kind, const std::string& name_space, const std::string& name) {
  std::string out = "/apis/argoproj.io/v1alpha1";
  if (kind.namespaced && !name_space.empty())
    out += "/namespaces/" + sys::percent_encode(name_space);
  out += "/" + std::string(kind.plural);
  if (!name.empty()) out += "/" + sys::percent_encode(name);
  return out;
}

sys::HttpResponse response_of(const base::Result<Value>& answer) {
  if (answer) return {200, {}, text::to_json(*answer)};
  const base::Error& error = answer.error();
  Value body;
  body["message"] = error.text;
  body["reason"] = base::reason(error.code);
  if (!error.hint.empty()) body["hint"] = error.hint;
  const bool is_refused = error.code == base::Code::kUnsupported;
  return {is_refused ? 501 : base::http_status(error.code), {}, text::to_json(body)};
}

// The list's options, as Kubernetes names them.
std::string list_query(const RequestPath& path) {
  Query query;
  for (const char* option :
       {"labelSelector", "fieldSelector", "limit", "continue", "resourceVersion"})
    query.add(option, path.get(std::string("listOptions.") + option));
  return query.text();
}

// An ERROR among the events of a watch is the end of it.
std::string event_line(std::string_view line) {
  constexpr std::string_view kError = R"("type":"ERROR")";
  if (line.substr(0, line.find("\"object\"")).find(kError) == std::string_view::npos)
    return std::string(line) + "\n";
  const auto event = text::parse_json(line);
  const Value* status = event ? event->find("object") : nullptr;
  Value out;
  out["error"]["message"] = status ? status->string_at("message") : "the watch has failed";
  const Value* code = status ? status->find("code") : nullptr;
  out["error"]["http_code"] = code ? *code : Value(int64_t{500});
  return text::to_json(out) + "\n";
}

}  // namespace

struct KubeClient::Target {
  const KubeKind* kind;
  std::string name_space, name, action;

  std::string path() const { return path_of(*kind, name_space, name); }
  std::string all() const { return path_of(*kind, name_space, {}); }
};

base::Result<Value> KubeClient::ask(const std::string& method, const std::string& path,
                                    const Value* body, std::string_view type) {
  sys::HttpRequest request{
      .method = method, .target = path, .headers = {{"Accept", "application/json"}}, .body = {}};
  if (body) {
    request.headers.emplace_back("Content-Type", type);
    request.body = text::to_json(*body);
  }
  const auto response = inner_->send(request);
  if (!response) return base::fail(response.error());
  if (response->status >= 300) return base::fail(error_of(*response));
  return text::parse_json(response->body);
}

base::Result<sys::HttpResponse> KubeClient::send(const sys::HttpRequest& request) {
  const RequestPath path = split_target(request.target);
  if (request.target.starts_with("/artifacts/")) return response_of(needs_server("argo cp"));
  if (!path.is_argo) return inner_->send(request);
  auto answered = answer(request, path);
  // Without a connection there is no answer either.
  if (!answered && answered.error().code == base::Code::kUnavailable)
    return base::fail(answered.error());
  return response_of(answered);
}

base::Result<Value> KubeClient::answer(const sys::HttpRequest& request, const RequestPath& path) {
  if (path.parts.empty()) return needs_server("this");
  const KubeKind* kind = find_kind(path.parts[0]);
  if (!kind) {
    if (path.parts[0].starts_with("archived-workflows")) return needs_server("the archive");
    if (path.parts[0] == "sync") return sync(request, path);
    if (path.parts[0] == "agent") return needs_server("an image or a check of the machine");
    return needs_server("/" + path.parts[0]);
  }
  Target target{kind, {}, {}, {}};
  size_t at = 1;
  const auto next = [&] { return at < path.parts.size() ? path.parts[at++] : std::string(); };
  if (kind->namespaced) target.name_space = next();
  target.name = next();
  target.action = next();
  if (request.method == "POST") std::swap(target.name, target.action);  // submit, lint
  return answer_kind(request, target, path);
}

base::Result<Value> KubeClient::answer_kind(const sys::HttpRequest& request, const Target& target,
                                            const RequestPath& path) {
  Value body;
  if (!request.body.empty()) {
    auto parsed = text::parse_json(request.body);
    if (!parsed) return parsed;
    body = *std::move(parsed);
  }
  if (request.method == "GET") {
    if (target.name.empty()) return list(target, path);
    const auto name = real_name(target);
    if (!name) return base::fail(name.error());
    return ask("GET", path_of(*target.kind, target.name_space, *name));
  }
  if (request.method == "DELETE") return remove(target, path.get("force") == "true");
  if (request.method == "POST") {
    if (target.action == "submit") return submit(target, body);
    const Value* object = body.find(target.kind->member);
    if (!object) return base::fail(base::Code::kInvalid, "the object is missing");
    if (target.action == "lint") return lint(target, *object, false);
    return create(target, body);
  }
  if (!target.action.empty()) return operate(target, body);
  const Value* object = body.find(target.kind->member);
  if (!object) return base::fail(base::Code::kInvalid, "the object is missing");
  return ask("PUT", target.path(), object);
}

base::Result<Value> KubeClient::list(const Target& target, const RequestPath& path) {
  return ask("GET", target.all() + list_query(path));
}

base::Result<std::string> KubeClient::real_name(const Target& target) {
  if (target.name != "@latest") return target.name;
  const auto all = ask("GET", target.all());
  if (!all) return base::fail(all.error());
  std::string_view newest, name;
  const Value* items = all->find("items");
  if (items && items->is_list())
    for (const Value& item : items->as_list()) {
      const std::string_view created = item.string_at("metadata", "creationTimestamp");
      if (name.empty() || created > newest) {
        newest = created;
        name = item.string_at("metadata", "name");
      }
    }
  if (name.empty()) return base::fail(base::Code::kNotFound, "no workflows found");
  return std::string(name);
}

base::Result<Value> KubeClient::create(const Target& target, const Value& body) {
  Value object = *body.find(target.kind->member);
  if (auto good = lint(target, object, true); !good) return good;
  object["apiVersion"] = "argoproj.io/v1alpha1";
  object["kind"] = target.kind->kind;
  return ask("POST", target.all() + (is_on(body, "serverDryRun") ? "?dryRun=All" : ""), &object);
}

base::Result<Value> KubeClient::submit(const Target& target, const Value& body) {
  const std::string word(body.string_at("resourceKind")), name(body.string_at("resourceName"));
  const KubeKind* source = find_source(word);
  if (!source)
    return base::fail(base::Code::kInvalid,
                      fmt::format("Resource kind '{}' is not supported for submitting", word));
  const auto stored = ask("GET", path_of(*source, target.name_space, name));
  if (!stored) return stored;
  const Value none;
  const Value* given = body.find("submitOptions");
  const Value& flags = given ? *given : none;
  const auto options = model::read_submit_options(flags);
  if (!options) return base::fail(options.error());
  Value workflow;
  if (source->kind == "CronWorkflow") {
    workflow = model::workflow_of(model::decode_cron_workflow(*stored), clock_.now());
    workflow["metadata"]["generateName"] = name + "-";
  } else {
    workflow = model::workflow_of_template(!source->namespaced, target.name_space, name);
  }
  model::apply_submit_options(workflow, *options);
  if (is_on(flags, "dryRun")) return workflow;
  Value whole;
  whole["workflow"] = std::move(workflow);
  whole["serverDryRun"] = is_on(flags, "serverDryRun");
  return create(target, whole);
}

// What an Argo server looks at before it stores something: its sense, with the stored templates.
base::Result<Value> KubeClient::lint(const Target& target, Value object, bool to_run) {
  object["apiVersion"] = "argoproj.io/v1alpha1";
  object["kind"] = target.kind->kind;
  std::map<std::pair<std::string, bool>, std::optional<model::WorkflowSpec>> shelf;
  std::optional<base::Error> failure;
  const auto find = [&](std::string_view name, bool cluster_scope) -> const model::WorkflowSpec* {
    const auto [place, is_new] = shelf.try_emplace({std::string(name), cluster_scope});
    if (is_new) {
      const auto stored =
          ask("GET", path_of(kKinds[cluster_scope ? 2 : 1], target.name_space, std::string(name)));
      const Value* spec = stored ? stored->find("spec") : nullptr;
      if (spec) place->second = model::decode_spec(*spec);
      if (!stored && stored.error().code != base::Code::kNotFound) failure = stored.error();
    }
    return place->second ? &*place->second : nullptr;
  };
  base::Diagnostics found;
  model::lint_document(object, "", true, {.find = find, .needs_values = to_run}, found);
  if (failure) return base::fail(*failure);
  std::string text;
  for (const base::Diagnostic& one : found) {
    // Whether the cluster's controller acts on a field is for it to say.
    if (one.severity != base::Severity::kError) continue;
    text += fmt::format("{}{}{}{}", text.empty() ? "" : "\n", one.path,
                        one.path.empty() ? "" : ": ", one.text);
  }
  if (!text.empty()) return base::fail(base::Code::kInvalid, std::move(text));
  return object;
}

base::Result<Value> KubeClient::remove(const Target& target, bool force) {
  const auto name = real_name(target);
  if (!name) return base::fail(name.error());
  Target found = target;
  found.name = *name;
  if (force) {  // nobody needs to clean up behind it
    Value without;
    without["metadata"]["finalizers"] = Value();
    if (auto patched = patch(found, without); !patched) return patched;
  }
  return ask("DELETE", found.path());
}

base::Result<Value> KubeClient::patch(const Target& target, const Value& patch) {
  return ask("PATCH", target.path(), &patch, kMergePatch);
}

base::Result<Value> KubeClient::change(const Target& target, const Change& change) {
  for (int tries = 1;; ++tries) {
    auto object = ask("GET", target.path());
    if (!object) return object;
    if (auto done = change(*object); !done) return base::fail(done.error());
    auto written = ask("PUT", target.path(), &*object);
    if (written || written.error().code != base::Code::kConflict || tries == kTriesMax)
      return written;
  }
}

base::Result<Value> KubeClient::operate(const Target& target, const Value& body) {
  Target found = target;
  const auto name = real_name(target);
  if (!name) return base::fail(name.error());
  found.name = *name;
  const std::string& action = target.action;
  Value wish;
  if (target.kind->kind == "CronWorkflow") {
    if (action != "suspend" && action != "resume") return needs_server(action);
    wish["spec"]["suspend"] = action == "suspend";
    return patch(found, wish);
  }
  const bool chooses = !body.string_at("nodeFieldSelector").empty();
  const auto nodes = [&](auto edit) {
    return change(found, [&, edit](Value& workflow) { return edit(workflow, body, clock_.now()); });
  };
  if (action == "resubmit") return resubmit(found, body);
  if (action == "resume") return nodes(resume_nodes);
  if (action == "set") return nodes(set_nodes);
  if (action == "stop" && chooses) return nodes(stop_nodes);
  if (chooses)
    return base::fail(base::Code::kInvalid, fmt::format("{} is of whole workflows here", action));
  if (action == "suspend") {
    const auto workflow = ask("GET", found.path());
    if (!workflow) return workflow;
    if (!workflow->string_at("status", "finishedAt").empty())
      return base::fail(base::Code::kInvalid, "cannot suspend completed workflows");
    wish["spec"]["suspend"] = true;
  } else if (action == "stop" || action == "terminate") {
    const std::string_view shutdown = action == "stop" ? "Stop" : "Terminate";
    const auto workflow = ask("GET", found.path());
    if (!workflow) return workflow;
    if (!workflow->string_at("status", "finishedAt").empty())
      return base::fail(base::Code::kInvalid, "cannot shutdown a completed workflow");
    if (workflow->string_at("spec", "shutdown") == shutdown)
      return base::fail(base::Code::kInvalid,
                        fmt::format("cannot shutdown a workflow that is already {}ped", action));
    wish["spec"]["shutdown"] = shutdown;
  } else {
    return needs_server("argo " + action);
  }
  return patch(found, wish);
}

base::Result<Value> KubeClient::resubmit(const Target& target, const Value& body) {
  if (is_on(body, "memoized")) return needs_server("argo resubmit --memoized");
  const auto old = ask("GET", target.path());
  if (!old) return old;
  std::vector<std::pair<std::string, std::string>> parameters;
  if (const Value* list = body.find("parameters"); list && list->is_list())
    for (const Value& text : list->as_list()) {
      auto pair = model::split_assignment(text.to_any_string(), "parameter");
      if (!pair) return base::fail(pair.error());
      parameters.push_back(*std::move(pair));
    }
  Value workflow = model::resubmitted(*old, parameters);
  if (const Value* priority = body.find("priority")) workflow["spec"]["priority"] = *priority;
  return ask("POST", target.all(), &workflow);
}

// Limits that stand in a ConfigMap: a key each.
base::Result<Value> KubeClient::sync(const sys::HttpRequest& request, const RequestPath& path) {
  if (path.parts.size() < 2 || (path.parts.size() == 2 && request.method != "POST"))
    return needs_server("a list of locks");
  Value body;
  if (!request.body.empty()) {
    auto parsed = text::parse_json(request.body);
    if (!parsed) return parsed;
    body = *std::move(parsed);
  }
  const Value* type = body.find("type");
  if ((type && type->to_int() == 1) || path.get("type") == "DATABASE")
    return needs_server("a limit in a database");
  const std::string key =
      path.parts.size() > 2 ? path.parts[2] : std::string(body.string_at("key"));
  const std::string map =
      body.find("cmName") ? std::string(body.string_at("cmName")) : path.get("cmName");
  const std::string all =
      fmt::format("/api/v1/namespaces/{}/configmaps", sys::percent_encode(path.parts[1]));
  const std::string one = all + "/" + sys::percent_encode(map);
  const bool is_new = request.method == "POST";
  auto stored = ask("GET", one);
  const bool is_absent = !stored && stored.error().code == base::Code::kNotFound;
  if (!stored && !(is_new && is_absent)) return stored;
  const Value* before = stored ? stored->find_path("data", key) : nullptr;
  if (is_new && before)
    return base::fail(base::Code::kAlreadyExists,
                      "sync limit cannot be created as it already exists");
  if (!is_new && !before)
    return base::fail(base::Code::kNotFound,
                      fmt::format("ConfigMap {} has no limit \"{}\"", map, key));
  Value limit = body.find("limit") ? *body.find("limit") : Value();
  Value wish;
  wish["data"][key] = limit.is_null() ? Value() : Value(limit.to_any_string());
  if (request.method == "GET") {
    limit = *before;
  } else if (is_absent) {
    wish["apiVersion"] = "v1";
    wish["kind"] = "ConfigMap";
    wish["metadata"]["name"] = map;
    if (auto made = ask("POST", all, &wish); !made) return made;
  } else if (auto patched = ask("PATCH", one, &wish, kMergePatch); !patched) {
    return patched;
  }
  Value out;
  out["key"] = key;
  out["cmName"] = map;
  out["namespace"] = path.parts[1];
  out["limit"] = limit;
  return out;
}

base::Result<sys::HttpResponse> KubeClient::stream(
    const sys::HttpRequest& request, const std::function<bool(std::string_view)>& on_bytes) {
  const RequestPath path = split_target(request.target);
  if (!path.is_argo) return inner_->stream(request, on_bytes);
  const std::string kind = path.parts.empty() ? "" : path.parts[0];
  const std::string name_space = path.parts.size() > 1 ? path.parts[1] : "";
  if (kind == "workflows" && path.parts.size() == 4 && path.parts[3] == "log") {
    const auto name = real_name({&kKinds[0], name_space, path.parts[2], {}});
    if (!name) return response_of(base::fail(name.error()));
    const auto read = read_kube_logs(*inner_, connect_, {name_space, *name, path}, on_bytes);
    if (!read) return response_of(base::fail(read.error()));
    return sys::HttpResponse{200, {}, {}};
  }
  if (kind != "workflow-events") return response_of(needs_server("/" + kind));
  RequestPath options = path;
  std::string target = path_of(kKinds[0], name_space, {}) + list_query(options);
  target += target.find('?') == std::string::npos ? "?watch=true" : "&watch=true";
  LineCutter cutter([&](std::string_view line) { return on_bytes(event_line(line)); });
  return inner_->stream({.method = "GET", .target = target, .headers = {}, .body = {}},
                        [&](std::string_view bytes) { return cutter.feed(bytes); });
}

}  // namespace cli
