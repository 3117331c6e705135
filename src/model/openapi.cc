#include "model/openapi.h"

#include <fmt/format.h>

#include <cctype>
#include <utility>

#include "model/api_types.h"
#include "model/openapi_names.h"
#include "model/openapi_operations.h"
#include "model/openapi_v2_proto.h"
#include "text/json.h"

namespace model {
namespace {

using text::Value;

constexpr QueryParameter kPretty = {"pretty", "string", "taken, and without effect"};
constexpr QueryParameter kDryRun = {"dryRun", "string", "All: say what would happen, no more"};
constexpr QueryParameter kManager = {"fieldManager", "string", "who writes"};
constexpr QueryParameter kValidation = {"fieldValidation", "string",
                                        "what happens to unknown fields: Ignore, Warn or Strict"};
constexpr QueryParameter kForce = {"force", "boolean", "of an apply: take fields from others"};
constexpr QueryParameter kLabels = {"labelSelector", "string", "which objects, by their labels"};
constexpr QueryParameter kFields = {"fieldSelector", "string", "which objects, by their fields"};
constexpr QueryParameter kLimit = {"limit", "integer", "how many objects at most"};
constexpr QueryParameter kContinue = {"continue", "string", "the page before says it"};
constexpr QueryParameter kRevision = {"resourceVersion", "string", "how new it must be"};
constexpr QueryParameter kMatch = {"resourceVersionMatch", "string", "NotOlderThan or Exact"};
constexpr QueryParameter kInitial = {"sendInitialEvents", "boolean",
                                     "a watch begins with what is there"};
constexpr QueryParameter kTimeout = {"timeoutSeconds", "integer", "how long a watch may last"};
constexpr QueryParameter kWatch = {"watch", "boolean", "tell the changes instead"};
constexpr QueryParameter kBookmarks = {"allowWatchBookmarks", "boolean",
                                       "say from time to time how far a watch is"};
constexpr QueryParameter kGrace = {"gracePeriodSeconds", "integer",
                                   "seconds until it is killed; 0: at once"};
constexpr QueryParameter kPropagation = {"propagationPolicy", "string",
                                         "Background, Foreground or Orphan"};

// "argoproj.io/v1alpha1" -> "ArgoprojV1alpha1", "v1" -> "CoreV1".
std::string id_of_version(const ApiResource& resource) {
  std::string group = resource.group.empty() ? "core" : resource.group;
  group = group.substr(0, group.find('.'));
  std::string version = resource.version;
  group[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(group[0])));
  version[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(version[0])));
  return group + version;
}

std::string tag_of(const ApiResource& resource) {
  std::string group = resource.group.empty() ? "core" : resource.group;
  return group.substr(0, group.find('.')) + "_" + resource.version;
}

Value kind_extension(const ApiResource& resource) {
  Value out;
  out["group"] = resource.group;
  out["version"] = resource.version;
  out["kind"] = resource.kind;
  return out;
}

// Gathers paths and definitions of one document.
class Writer {
 public:
  explicit Writer(OpenApi version) : version_(version), definitions_(version) {}

  void add(const ApiResource& resource) {
    add_definitions(resource);
    if (resource.is_virtual) {
      const bool scoped = resource.namespaced;
      Value& at = path(resource, scoped, false, {});
      at["post"] = create(resource, scoped);
      return;
    }
    if (resource.namespaced) {
      Value& everywhere = path(resource, false, false, {});
      everywhere["get"] = list(resource, false, "ForAllNamespaces");
    }
    const bool scoped = resource.namespaced;
    Value& collection = path(resource, scoped, false, {});
    collection["get"] = list(resource, scoped, "");
    collection["post"] = create(resource, scoped);
    collection["delete"] = remove(resource, scoped, true);
    Value& object = path(resource, scoped, true, {});
    add_object(resource, object, "");
    object["delete"] = remove(resource, scoped, false);
    if (resource.has_status) add_object(resource, path(resource, scoped, true, "status"), "status");
    if (resource.has_scale) {
      Value& scale = path(resource, scoped, true, "scale");
      add_object(resource, scale, "scale");
    }
    if (resource.group.empty() && resource.plural == "pods")
      path(resource, true, true, "log")["get"] = log(resource);
  }

  Value take_paths() { return std::move(paths_); }
  Value take_definitions() { return definitions_.take(); }

 private:
  std::string name_of(const ApiResource& resource) const {
    return resource.type ? definition_name(*resource.type)
                         : definition_name(resource.group, resource.version, resource.kind);
  }
  Value type_named(std::string_view name) {
    return definitions_.reference(*Schema::get().find(name));
  }
  void add_definitions(const ApiResource& resource);
  void add_custom_definition(const ApiResource& resource, const std::string& name);

  Value& path(const ApiResource& resource, bool scoped, bool has_name, std::string_view below) {
    std::string text = resource.path();
    if (scoped) text += "/namespaces/{namespace}";
    text += "/" + resource.plural;
    if (has_name) text += "/{name}";
    if (!below.empty()) text += "/" + std::string(below);
    return paths_[text];
  }
  OperationSketch sketch(const ApiResource& resource, std::string_view verb,
                         std::string_view action, bool scoped, bool has_name,
                         std::string_view suffix) const {
    OperationSketch out;
    out.id = fmt::format("{}{}{}{}{}", verb, id_of_version(resource), scoped ? "Namespaced" : "",
                         resource.kind, suffix);
    out.tag = tag_of(resource);
    if (scoped) out.path.emplace_back("namespace");
    if (has_name) out.path.emplace_back("name");
    out.query.push_back(kPretty);
    out.extensions.emplace_back("x-kubernetes-action", Value(action));
    out.extensions.emplace_back("x-kubernetes-group-version-kind", kind_extension(resource));
    return out;
  }
  Value list(const ApiResource& resource, bool scoped, std::string_view suffix);
  Value create(const ApiResource& resource, bool scoped);
  Value remove(const ApiResource& resource, bool scoped, bool all);
  Value log(const ApiResource& resource);
  void add_object(const ApiResource& resource, Value& at, std::string_view below);

  const OpenApi version_;
  Definitions definitions_;
  Value paths_{text::Map()};
};

void Writer::add_custom_definition(const ApiResource& resource, const std::string& name) {
  Value schema{text::Map()};
  if (resource.schema.is_map())
    schema = version_ == OpenApi::kV2 ? to_v2_schema(resource.schema) : resource.schema;
  else
    schema["x-kubernetes-preserve-unknown-fields"] = true;
  schema["type"] = "object";
  Value& properties = schema["properties"];
  for (const std::string_view field : {"apiVersion", "kind"}) properties[field]["type"] = "string";
  Value meta = type_named("ObjectMeta");
  if (version_ == OpenApi::kV2)
    properties["metadata"] = std::move(meta);
  else
    properties["metadata"]["allOf"] = text::List{std::move(meta)};
  definitions_.define(name, std::move(schema));
}

void Writer::add_definitions(const ApiResource& resource) {
  const std::string name = name_of(resource);
  if (resource.type)
    definitions_.reference(*resource.type);
  else
    add_custom_definition(resource, name);
  definitions_.at(name)["x-kubernetes-group-version-kind"] = text::List{kind_extension(resource)};
  if (resource.is_virtual) return;
  Value of_list;
  of_list["type"] = "object";
  of_list["description"] = fmt::format("A list of {}.", resource.plural);
  of_list["required"] = words({"items"});
  Value& properties = of_list["properties"];
  for (const std::string_view field : {"apiVersion", "kind"}) properties[field]["type"] = "string";
  properties["metadata"] = type_named("ListMeta");
  properties["items"]["type"] = "array";
  properties["items"]["items"] = definitions_.reference(name);
  Value kind = kind_extension(resource);
  kind["kind"] = resource.kind + "List";
  of_list["x-kubernetes-group-version-kind"] = text::List{std::move(kind)};
  definitions_.define(name + "List", std::move(of_list));
}

Value Writer::list(const ApiResource& resource, bool scoped, std::string_view suffix) {
  OperationSketch out = sketch(resource, "list", "list", scoped, false, suffix);
  out.summary = fmt::format("Lists or watches {}.", resource.plural);
  out.query.insert(out.query.end(), {kLabels, kFields, kLimit, kContinue, kRevision, kMatch, kWatch,
                                     kBookmarks, kInitial, kTimeout});
  out.answer = definitions_.reference(name_of(resource) + "List");
  out.produces = {"application/json", "application/json;stream=watch"};
  return write_operation(version_, std::move(out));
}

Value Writer::create(const ApiResource& resource, bool scoped) {
  OperationSketch out = sketch(resource, "create", "post", scoped, false, "");
  out.summary = fmt::format("Creates a {}.", resource.kind);
  out.query.insert(out.query.end(), {kDryRun, kManager, kValidation});
  out.body = out.answer = definitions_.reference(name_of(resource));
  out.consumes = {"application/json", "application/yaml"};
  out.creates = true;
  return write_operation(version_, std::move(out));
}

Value Writer::remove(const ApiResource& resource, bool scoped, bool all) {
  OperationSketch out =
      all ? sketch(resource, "deleteCollection", "deletecollection", scoped, false, "")
          : sketch(resource, "delete", "delete", scoped, true, "");
  out.summary = all ? fmt::format("Deletes {}.", resource.plural)
                    : fmt::format("Deletes a {}.", resource.kind);
  out.query.insert(out.query.end(), {kDryRun, kGrace, kPropagation});
  if (all) out.query.insert(out.query.end(), {kLabels, kFields, kLimit, kContinue});
  out.body = type_named("DeleteOptions");
  out.body_required = false;
  out.answer = type_named("Status");
  return write_operation(version_, std::move(out));
}

Value Writer::log(const ApiResource& resource) {
  OperationSketch out = sketch(resource, "read", "get", true, true, "Log");
  out.summary = "Reads what a container has written.";
  out.query.insert(out.query.end(), {{"container", "string", "which container"},
                                     {"follow", "boolean", "go on with what is still to come"},
                                     {"previous", "boolean", "of the run before"},
                                     {"sinceSeconds", "integer", "only of the last seconds"},
                                     {"sinceTime", "string", "only from this moment on"},
                                     {"tailLines", "integer", "only the last lines"},
                                     {"limitBytes", "integer", "how many bytes at most"},
                                     {"timestamps", "boolean", "each line with its time"}});
  out.answer = text::Map();
  out.answer["type"] = "string";
  out.produces = {"text/plain"};
  return write_operation(version_, std::move(out));
}

// get, put and patch of an object or a part of it.
void Writer::add_object(const ApiResource& resource, Value& at, std::string_view below) {
  const bool scoped = resource.namespaced;
  std::string suffix(below);
  if (!suffix.empty())
    suffix[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(suffix[0])));
  const bool is_scale = below == "scale";
  const Value object = is_scale ? Value() : definitions_.reference(name_of(resource));
  Value any;
  any["type"] = "object";
  const Value& schema = is_scale ? any : object;
  const std::string what = below.empty() ? fmt::format("a {}", resource.kind)
                                         : fmt::format("the {} of a {}", below, resource.kind);
  OperationSketch get = sketch(resource, "read", "get", scoped, true, suffix);
  get.summary = fmt::format("Reads {}.", what);
  get.answer = schema;
  at["get"] = write_operation(version_, std::move(get));
  OperationSketch put = sketch(resource, "replace", "put", scoped, true, suffix);
  put.summary = fmt::format("Replaces {}.", what);
  put.query.insert(put.query.end(), {kDryRun, kManager, kValidation});
  put.body = put.answer = schema;
  put.consumes = {"application/json", "application/yaml"};
  at["put"] = write_operation(version_, std::move(put));
  OperationSketch patch = sketch(resource, "patch", "patch", scoped, true, suffix);
  patch.summary = fmt::format("Changes {}.", what);
  patch.query.insert(patch.query.end(), {kDryRun, kManager, kValidation, kForce});
  Value anything;
  anything["description"] = "The change, in the form that Content-Type says.";
  patch.body = std::move(anything);
  patch.consumes = {"application/json-patch+json", "application/merge-patch+json"};
  if (!resource.is_custom) patch.consumes.push_back("application/strategic-merge-patch+json");
  patch.consumes.push_back("application/apply-patch+yaml");
  patch.answer = schema;
  at["patch"] = write_operation(version_, std::move(patch));
}

Value info() {
  Value out;
  out["title"] = "Kubernetes";
  out["version"] = "v1.31.0";
  return out;
}

Value bearer() {
  Value out;
  out["type"] = "apiKey";
  out["name"] = "authorization";
  out["in"] = "header";
  out["description"] = "Bearer, and the token";
  return out;
}

Value security() {
  Value one;
  one["BearerToken"] = text::List();
  return text::List{one};
}

Value v2_document(std::span<const ApiResource> resources) {
  Writer writer(OpenApi::kV2);
  for (const ApiResource& resource : resources) writer.add(resource);
  Value out;
  out["swagger"] = "2.0";
  out["info"] = info();
  out["paths"] = writer.take_paths();
  out["definitions"] = writer.take_definitions();
  out["securityDefinitions"]["BearerToken"] = bearer();
  out["security"] = security();
  return out;
}

}  // namespace

std::string ApiResource::api_version() const {
  return group.empty() ? version : group + "/" + version;
}

std::string ApiResource::path() const {
  return (group.empty() ? "/api/" : "/apis/") + api_version();
}

const SchemaType* find_served_type(std::string_view api_version, std::string_view kind) {
  if (const SchemaType* type = find_api_type(api_version, kind)) return type;
  if (!api_version.starts_with("argoproj.io/")) return nullptr;
  // Types of Kubernetes may have the name of a kind.
  const SchemaType* type = Schema::get().find(kind);
  return type && type->find("metadata") && type->find("spec") && type->find("kind") ? type
                                                                                    : nullptr;
}

std::string openapi_v2_json(std::span<const ApiResource> resources) {
  return text::to_json(v2_document(resources));
}

std::string openapi_v2_protobuf(std::span<const ApiResource> resources) {
  return to_v2_protobuf(v2_document(resources));
}

std::string openapi_v3_json(std::span<const ApiResource> resources, std::string_view group,
                            std::string_view version) {
  Writer writer(OpenApi::kV3);
  for (const ApiResource& resource : resources)
    if (resource.group == group && resource.version == version) writer.add(resource);
  Value out;
  out["openapi"] = "3.0.0";
  out["info"] = info();
  out["paths"] = writer.take_paths();
  Value& components = out["components"];
  components["schemas"] = writer.take_definitions();
  components["securitySchemes"]["BearerToken"] = bearer();
  out["security"] = security();
  return text::to_json(out);
}

}  // namespace model
