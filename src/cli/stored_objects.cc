#include "cli/stored_objects.h"

#include <utility>

#include "cli/humanize.h"
#include "cli/manifest.h"
#include "model/validate.h"
#include "text/json.h"
#include "text/yaml.h"

namespace cli {
namespace {

using text::Value;

// Those of the kind, in all files. What else stands in them is left alone, as Argo does.
base::Result<std::vector<Value>> read_objects(Session& session, const StoredKind& kind,
                                              const Change& change) {
  auto manifests = read_manifests(session, session.flags.arguments);
  if (!manifests) return base::fail(manifests.error());
  std::vector<Value> out;
  bool good = true;
  const bool strict = session.flags.on("strict", true);
  for (Manifest& manifest : *manifests) {
    base::Diagnostics found;
    for (Value& document : manifest.documents) {
      if (document.string_at("kind") != kind.kind) continue;
      if (change) change(document);
      model::ValidateOptions options;
      options.source_text = manifest.source;
      model::lint_document(document, manifest.file, strict, options, found);
      out.push_back(std::move(document));
    }
    session.report(found, manifest.source);
    good = good && !base::has_errors(found);
  }
  if (!good) return already_said();
  if (out.empty())
    return base::fail(base::Code::kInvalid, fmt::format("no {} found in given files", kind.words));
  return out;
}

// In the form that -o asks for.
void print_object(Session& session, const StoredKind& kind, const Value& object) {
  const std::string output = session.flags.get("output");
  if (output == "name")
    session.print("{}\n", object.string_at("metadata", "name"));
  else if (output == "json")
    session.around.out(text::to_json_pretty(object, 4) + "\n");
  else if (output == "yaml")
    session.around.out(text::to_yaml(object));
  else
    session.around.out(kind.shown(session, object));
}

base::Error failed(std::string_view what, const StoredKind& kind, base::Error error) {
  error.text = fmt::format("failed to {} {}: {}", what, kind.words, error.text);
  return error;
}

// Where the object goes: its own namespace, or else the command's.
Value body_of(Session& session, const StoredKind& kind, Value object) {
  Value body{text::Map()};
  if (kind.namespaced) {
    if (object.string_at("metadata", "namespace").empty())
      object["metadata"]["namespace"] = session.settings.name_space;
    session.name_space = object.string_at("metadata", "namespace");
    body["namespace"] = session.name_space;
  }
  body[kind.member] = std::move(object);
  return body;
}

base::Result<std::vector<Value>> fetch_all(Session& session, const StoredKind& kind) {
  Query query;
  query.add("listOptions.labelSelector", session.flags.get("selector"));
  if (session.flags.on("all-namespaces")) session.name_space.clear();
  const auto list = session.api.get(stored_path(session, kind) + query.text());
  if (!list) return base::fail(list.error());
  const Value* items = list->find("items");
  std::vector<Value> out;
  if (items && items->is_list()) out.assign(items->as_list().begin(), items->as_list().end());
  return out;
}

}  // namespace

std::string stored_path(const Session& session, const StoredKind& kind, std::string_view name,
                        std::string_view action) {
  std::string out =
      kind.namespaced ? api_path({kind.path, session.name_space}) : api_path({kind.path});
  if (!name.empty())
    out = kind.namespaced ? api_path({kind.path, session.name_space, name})
                          : api_path({kind.path, name});
  if (!action.empty()) out += "/" + std::string(action);
  return out;
}

std::string field_line(size_t width, std::string_view name, std::string_view value) {
  return fmt::format("{:<{}} {}\n", name, width, value);
}

std::string created_text(Session& session, const Value& object) {
  const auto time = base::parse_rfc3339(object.string_at("metadata", "creationTimestamp"));
  if (!time) return "";
  return timestamp(*time, session.now(), session.around.zone(*time));
}

base::Result<int> create_stored(Session& session, const StoredKind& kind, const Change& change) {
  auto objects = read_objects(session, kind, change);
  if (!objects) return base::fail(objects.error());
  for (Value& object : *objects) {
    const Value body = body_of(session, kind, std::move(object));
    const auto created = session.api.post(stored_path(session, kind), body);
    if (!created) return base::fail(failed("create", kind, created.error()));
    print_object(session, kind, *created);
  }
  return 0;
}

base::Result<int> update_stored(Session& session, const StoredKind& kind, const Change& change) {
  auto objects = read_objects(session, kind, change);
  if (!objects) return base::fail(objects.error());
  for (Value& object : *objects) {
    const std::string name(object.string_at("metadata", "name"));
    Value body = body_of(session, kind, std::move(object));
    const std::string path = stored_path(session, kind, name);
    const auto current = session.api.get(path);
    if (!current)
      return base::fail(
          failed(fmt::format("get existing \"{}\" to update as", name), kind, current.error()));
    body[kind.member]["metadata"]["resourceVersion"] =
        current->string_at("metadata", "resourceVersion");
    body["name"] = name;
    const auto updated = session.api.put(path, body);
    if (!updated) return base::fail(failed("update", kind, updated.error()));
    print_object(session, kind, *updated);
  }
  return 0;
}

base::Result<int> get_stored(Session& session, const StoredKind& kind) {
  for (const std::string& name : session.flags.arguments) {
    const auto object = session.api.get(stored_path(session, kind, name));
    if (!object) return base::fail(object.error());
    print_object(session, kind, *object);
  }
  return 0;
}

base::Result<int> list_stored(Session& session, const StoredKind& kind) {
  const auto objects = fetch_all(session, kind);
  if (!objects) return base::fail(objects.error());
  if (session.flags.get("output") != "name") {
    session.around.out(kind.table(session, *objects));
    return 0;
  }
  for (const Value& object : *objects) session.print("{}\n", object.string_at("metadata", "name"));
  return 0;
}

base::Result<int> delete_stored(Session& session, const StoredKind& kind) {
  std::vector<std::string> names = session.flags.arguments;
  if (session.flags.on("all")) {
    const auto objects = fetch_all(session, kind);
    if (!objects) return base::fail(objects.error());
    for (const Value& object : *objects) names.emplace_back(object.string_at("metadata", "name"));
  } else if (names.empty()) {
    return base::fail(base::Code::kInvalid, fmt::format("which {}?", kind.words), {},
                      "name it, or write --all");
  }
  for (const std::string& name : names) {
    const auto gone = session.api.remove(stored_path(session, kind, name));
    if (!gone) return base::fail(gone.error());
    session.print("{} '{}' deleted\n", kind.kind, name);
  }
  return 0;
}

}  // namespace cli
