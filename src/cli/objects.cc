#include "cli/objects.h"

#include <algorithm>

#include "cli/check.h"
#include "cli/humanize.h"
#include "cli/manifest.h"
#include "cli/table.h"
#include "model/secret.h"
#include "model/validate.h"
#include "text/json.h"
#include "text/yaml.h"

namespace cli {
namespace {

using text::Value;

struct Kind {
  std::string_view kind, plural, singular, short_name;
  std::string_view api_version = "v1";
  bool is_namespaced = true;
};
constexpr std::string_view kArgo = "argoproj.io/v1alpha1";
constexpr Kind kKinds[] = {
    {"ConfigMap", "configmaps", "configmap", "cm"},
    {"Secret", "secrets", "secret", "secret"},
    {"ServiceAccount", "serviceaccounts", "serviceaccount", "sa"},
    {"WorkflowTemplate", "workflowtemplates", "workflowtemplate", "wftmpl", kArgo},
    {"ClusterWorkflowTemplate", "clusterworkflowtemplates", "clusterworkflowtemplate", "cwft",
     kArgo, false},
    {"CronWorkflow", "cronworkflows", "cronworkflow", "cwf", kArgo},
    {"WorkflowEventBinding", "workfloweventbindings", "workfloweventbinding", "wfeb", kArgo}};

const Kind* kind_of_word(std::string_view word) {
  for (const Kind& kind : kKinds)
    if (word == kind.plural || word == kind.singular || word == kind.short_name ||
        word == kind.kind)
      return &kind;
  return nullptr;
}

struct Named {
  const Kind* kind;
  std::string name, name_space;
  Value object;  // null when only its name was given
  std::string shown() const { return fmt::format("{}/{}", kind->singular, name); }
};

std::string path_of(const Named& one, bool collection = false) {
  std::string path = (one.kind->api_version == "v1" ? "/api/" : "/apis/");
  path += one.kind->api_version;
  if (one.kind->is_namespaced) path += "/namespaces/" + sys::percent_encode(one.name_space);
  path += "/" + std::string(one.kind->plural);
  return collection || one.name.empty() ? path : path + "/" + sys::percent_encode(one.name);
}

base::Diagnostic mistake(const Manifest& manifest, const Value& at, std::string text,
                         std::string hint = {}) {
  return {base::Severity::kError,
          "",
          {manifest.file, at.place.line, at.place.column},
          "",
          std::move(text),
          std::move(hint)};
}

base::Result<std::vector<Named>> from_files(Session& session) {
  auto manifests = read_manifests(session, session.flags.all("filename"));
  if (!manifests) return base::fail(manifests.error());
  std::vector<Named> out;
  bool good = true;
  for (Manifest& manifest : *manifests) {
    for (Value& object : manifest.documents) {
      base::Diagnostics found;
      const std::string kind_name(object.string_at("kind"));
      const Kind* kind = kind_of_word(kind_name);
      if (!kind || kind->kind != kind_name || kind->api_version != object.string_at("apiVersion"))
        found.push_back(
            mistake(manifest, object, fmt::format("kind \"{}\" cannot be applied here", kind_name),
                    "ConfigMaps, Secrets, ServiceAccounts, templates, CronWorkflows and "
                    "WorkflowEventBindings are; workflows are for `argo submit`"));
      else if (object.string_at("metadata", "name").empty())
        found.push_back(mistake(manifest, object, "metadata.name is required"));
      else
        check_sent(session, object, manifest.file, true, manifest.source, found);
      session.report(found, manifest.source);
      if (base::has_errors(found)) {
        good = false;
        continue;
      }
      model::fold_string_data(object);
      std::string name_space;
      if (kind->is_namespaced) {
        name_space = object.string_at("metadata", "namespace");
        if (name_space.empty()) name_space = session.name_space;
        object["metadata"]["namespace"] = name_space;
      }
      std::string name(object.string_at("metadata", "name"));
      out.push_back({kind, std::move(name), std::move(name_space), std::move(object)});
    }
  }
  if (!good) return already_said();
  return out;
}

base::Result<std::vector<Named>> from_arguments(Session& session) {
  const auto& words = session.flags.arguments;
  std::vector<Named> out;
  const Kind* kind = nullptr;
  for (const std::string& word : words) {
    const size_t slash = word.find('/');
    const Kind* own = kind_of_word(std::string_view(word).substr(0, slash));
    if (slash != std::string::npos && own)
      out.push_back({own, word.substr(slash + 1), session.name_space, {}});
    else if (&word == &words[0])
      kind = own;
    else if (kind)
      out.push_back({kind, word, session.name_space, {}});
    else
      return base::fail(base::Code::kInvalid, fmt::format("\"{}\" names no object", word), {},
                        "write configmap/NAME or secret/NAME");
  }
  if (out.empty() && kind) out.push_back({kind, "", session.name_space, {}});
  return out;
}

base::Result<std::vector<Named>> named_objects(Session& session) {
  return session.flags.has("filename") ? from_files(session) : from_arguments(session);
}

// What a user writes of an object; the rest is the server's.
Value written_part(const Value& object) {
  Value out = object;
  static constexpr std::string_view kServers[] = {
      "resourceVersion", "uid", "creationTimestamp", "generation", "managedFields", "selfLink"};
  if (Value* metadata = out.find("metadata"); metadata && metadata->is_map())
    for (const std::string_view key : kServers) metadata->as_map().erase(key);
  out.as_map().erase("status");
  return out;
}

base::Status apply_one(Session& session, Named& one) {
  const auto before = session.api.get(path_of(one));
  if (!before && before.error().code != base::Code::kNotFound) return base::fail(before.error());
  if (!before) {
    const auto made = session.api.post(path_of(one, true), one.object);
    if (!made) return base::fail(made.error());
    session.print("{} created\n", one.shown());
    return {};
  }
  if (written_part(*before) == written_part(one.object)) {
    session.print("{} unchanged\n", one.shown());
    return {};
  }
  // The version makes a change that came in between a conflict instead of a loss.
  one.object["metadata"]["resourceVersion"] = before->string_at("metadata", "resourceVersion");
  const auto changed = session.api.put(path_of(one), one.object);
  if (!changed) return base::fail(changed.error());
  session.print("{} configured\n", one.shown());
  return {};
}

void add_row(Table& table, const Value& object, base::Time now) {
  const Value* data = object.find("data");
  const Value* binary = object.find("binaryData");
  const size_t count = (data && data->is_map() ? data->as_map().size() : 0) +
                       (binary && binary->is_map() ? binary->as_map().size() : 0);
  const base::Time created = time_at(*object.find("metadata"), "creationTimestamp");
  table.add({std::string(object.string_at("metadata", "name")), std::to_string(count),
             short_duration(elapsed(created, {}, now))});
}

}  // namespace

bool names_objects(const std::vector<std::string>& arguments) {
  return !arguments.empty() &&
         kind_of_word(std::string_view(arguments[0]).substr(0, arguments[0].find('/')));
}

base::Result<int> apply_objects(Session& session) {
  auto objects = named_objects(session);
  if (!objects) return base::fail(objects.error());
  for (Named& one : *objects)
    if (base::Status done = apply_one(session, one); !done) return base::fail(done.error());
  return 0;
}

base::Result<int> get_objects(Session& session) {
  const auto objects = named_objects(session);
  if (!objects) return base::fail(objects.error());
  std::vector<Value> found;
  for (const Named& one : *objects) {
    auto answer = session.api.get(path_of(one));
    if (!answer) return base::fail(answer.error());
    Value* items = answer->find("items");
    if (one.name.empty() && items && items->is_list())
      for (Value& item : items->as_list()) found.push_back(std::move(item));
    else
      found.push_back(*std::move(answer));
  }
  const std::string output = session.flags.get("output");
  Table table(3);
  table.add({"NAME", "DATA", "AGE"});
  bool first = true;
  for (const Value& object : found) {
    if (!object.find("metadata")) continue;
    if (output == "name")
      session.print("{}\n", object.string_at("metadata", "name"));
    else if (output == "json")
      session.around.out(text::to_json_pretty(object, 4) + "\n");
    else if (output == "yaml")
      session.around.out((std::exchange(first, false) ? "" : "---\n") + text::to_yaml(object));
    else
      add_row(table, object, session.now());
  }
  if (output != "name" && output != "json" && output != "yaml") session.around.out(table.text());
  return 0;
}

base::Result<int> delete_objects(Session& session) {
  const auto objects = named_objects(session);
  if (!objects) return base::fail(objects.error());
  for (const Named& one : *objects) {
    if (one.name.empty())
      return base::fail(base::Code::kInvalid, "which object?", {}, "write configmap/NAME");
    if (session.flags.on("dry-run")) {
      session.print("{} deleted (dry-run)\n", one.shown());
      continue;
    }
    const auto gone = session.api.remove(path_of(one));
    if (!gone) return base::fail(gone.error());
    session.print("{} deleted\n", one.shown());
  }
  return 0;
}

}  // namespace cli
