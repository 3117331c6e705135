#include "model/openapi.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "model/api_types.h"
#include "text/json.h"

namespace model {
namespace {

using text::Value;

ApiResource resource(std::string group, std::string version, std::string kind, std::string plural) {
  ApiResource out;
  out.group = std::move(group);
  out.version = std::move(version);
  out.kind = std::move(kind);
  out.plural = std::move(plural);
  out.namespaced = true;
  out.type = find_served_type(out.api_version(), out.kind);
  out.is_custom = find_api_type(out.api_version(), out.kind) == nullptr;
  return out;
}

std::vector<ApiResource> some() {
  std::vector<ApiResource> out = {
      resource("argoproj.io", "v1alpha1", "Workflow", "workflows"),
      resource("argoproj.io", "v1alpha1", "EventSource", "eventsources"),
      resource("", "v1", "Pod", "pods"), resource("", "v1", "Service", "services"),
      resource("", "v1", "Event", "events")};
  out[2].has_status = true;
  ApiResource custom = resource("stable.example.com", "v1", "CronTab", "crontabs");
  custom.schema =
      *text::parse_json(R"({"type":"object","properties":{"spec":{"type":"object","properties":{)"
                        R"("port":{"x-kubernetes-int-or-string":true},"any":{"type":"object",)"
                        R"("x-kubernetes-preserve-unknown-fields":true},)"
                        R"("when":{"type":"string","pattern":"^a"}}}}})");
  custom.has_scale = true;
  out.push_back(std::move(custom));
  return out;
}

void expect_references_resolve(const Value& value, const Value& definitions,
                               std::string_view prefix) {
  if (value.is_list()) {
    for (const Value& one : value.as_list()) expect_references_resolve(one, definitions, prefix);
  } else if (value.is_map()) {
    for (const text::Member& member : value.as_map()) {
      if (member.key != "$ref" || !member.value.is_string()) {
        expect_references_resolve(member.value, definitions, prefix);
        continue;
      }
      const std::string& target = member.value.as_string();
      ASSERT_TRUE(target.starts_with(prefix)) << target;
      EXPECT_NE(definitions.find(target.substr(prefix.size())), nullptr) << target;
    }
  }
}

TEST(OpenApi, ReferencesLeadToDefinitions) {
  const auto all = some();
  const auto v2 = text::parse_json(openapi_v2_json(all));
  ASSERT_TRUE(v2);
  expect_references_resolve(*v2, *v2->find("definitions"), "#/definitions/");
  for (const auto& [group, version] : {std::pair("argoproj.io", "v1alpha1"), std::pair("", "v1"),
                                       std::pair("stable.example.com", "v1")}) {
    const auto v3 = text::parse_json(openapi_v3_json(all, group, version));
    ASSERT_TRUE(v3);
    expect_references_resolve(*v3, *v3->find_path("components", "schemas"),
                              "#/components/schemas/");
  }
}

// kubectl decides by these whether the server checks fields and knows dry runs.
TEST(OpenApi, PatchesTakeFieldValidationAndDryRun) {
  const auto all = some();
  const auto v3 = text::parse_json(openapi_v3_json(all, "argoproj.io", "v1alpha1"));
  ASSERT_TRUE(v3);
  const Value* patch = v3->find_path(
      "paths", "/apis/argoproj.io/v1alpha1/namespaces/{namespace}/workflows/{name}", "patch");
  ASSERT_NE(patch, nullptr);
  EXPECT_EQ(patch->string_at("x-kubernetes-group-version-kind", "kind"), "Workflow");
  std::vector<std::string_view> names;
  for (const Value& one : patch->find("parameters")->as_list())
    names.push_back(one.string_at("name"));
  for (const std::string_view wanted : {"fieldValidation", "dryRun", "fieldManager", "force"})
    EXPECT_NE(std::find(names.begin(), names.end(), wanted), names.end()) << wanted;
}

// kubectl makes a strategic merge patch where this content is named, and only there.
TEST(OpenApi, OnlyBuiltInKindsTakeStrategicMergePatches) {
  const auto all = some();
  for (const auto& [group, version, path, wanted] :
       {std::tuple("argoproj.io", "v1alpha1",
                   "/apis/argoproj.io/v1alpha1/namespaces/{namespace}/workflows/{name}", false),
        std::tuple("", "v1", "/api/v1/namespaces/{namespace}/pods/{name}", true)}) {
    const auto v3 = text::parse_json(openapi_v3_json(all, group, version));
    const Value* content = v3->find_path("paths", path, "patch", "requestBody", "content");
    ASSERT_NE(content, nullptr) << path;
    EXPECT_EQ(content->find("application/strategic-merge-patch+json") != nullptr, wanted) << path;
    EXPECT_NE(content->find("application/apply-patch+yaml"), nullptr) << path;
  }
}

TEST(OpenApi, FieldsSayHowTheyAreMerged) {
  const auto v2 = text::parse_json(openapi_v2_json(some()));
  const auto property = [&](std::string_view type, std::string_view name) {
    const Value* found = v2->find_path("definitions", type, "properties", name);
    return found ? *found : Value();
  };
  const Value containers = property("io.k8s.api.core.v1.PodSpec", "containers");
  EXPECT_EQ(containers.string_at("x-kubernetes-patch-merge-key"), "name");
  EXPECT_EQ(containers.string_at("x-kubernetes-patch-strategy"), "merge");
  EXPECT_EQ(containers.string_at("x-kubernetes-list-type"), "map");
  EXPECT_EQ(text::to_json(*containers.find("x-kubernetes-list-map-keys")), "[\"name\"]");
  EXPECT_EQ(
      property("io.k8s.api.core.v1.PodSpec", "volumes").string_at("x-kubernetes-patch-strategy"),
      "merge,retainKeys");
  EXPECT_EQ(
      property("io.k8s.api.core.v1.ServiceSpec", "ports").string_at("x-kubernetes-patch-merge-key"),
      "port");
  EXPECT_EQ(property("io.k8s.api.core.v1.Container", "args").string_at("x-kubernetes-list-type"),
            "atomic");
}

TEST(OpenApi, ScalarsAreWrittenAsKubernetesDoes) {
  const auto all = some();
  const auto v2 = text::parse_json(openapi_v2_json(all));
  const auto v3 = text::parse_json(openapi_v3_json(all, "", "v1"));
  const std::string_view name = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
  EXPECT_EQ(v2->string_at("definitions", name, "format"), "int-or-string");
  EXPECT_EQ(text::to_json(*v3->find_path("components", "schemas", name, "oneOf")),
            R"([{"type":"integer"},{"type":"string"}])");
}

TEST(OpenApi, CustomKindsHaveTheirSchema) {
  const auto all = some();
  const std::string_view name = "com.example.stable.v1.CronTab";
  const auto v3 = text::parse_json(openapi_v3_json(all, "stable.example.com", "v1"));
  const Value* schema = v3->find_path("components", "schemas", name);
  ASSERT_NE(schema, nullptr);
  EXPECT_EQ(schema->string_at("properties", "spec", "properties", "when", "pattern"), "^a");
  EXPECT_NE(schema->find_path("properties", "metadata"), nullptr);
  EXPECT_NE(v3->find_path(
                "paths", "/apis/stable.example.com/v1/namespaces/{namespace}/crontabs/{name}/scale",
                "patch"),
            nullptr);
  const auto v2 = text::parse_json(openapi_v2_json(all));
  const Value* spec = v2->find_path("definitions", name, "properties", "spec", "properties");
  ASSERT_NE(spec, nullptr);
  EXPECT_EQ(text::to_json(*spec->find("port")), R"({"x-kubernetes-int-or-string":true})");
  // What may hold anything is not checked by clients.
  EXPECT_EQ(spec->find_path("any", "type"), nullptr);
}

// Argo Events' kind has the name of a type of Kubernetes.
TEST(OpenApi, AKindWithoutATableTakesAnyFields) {
  EXPECT_EQ(find_served_type("argoproj.io/v1alpha1", "EventSource"), nullptr);
  const auto v2 = text::parse_json(openapi_v2_json(some()));
  const Value* type = v2->find_path("definitions", "io.argoproj.v1alpha1.EventSource");
  ASSERT_NE(type, nullptr);
  EXPECT_EQ(type->string_at("x-kubernetes-group-version-kind"), "");
  EXPECT_TRUE(type->find("x-kubernetes-preserve-unknown-fields"));
}

// Walks a message of protobuf: all lengths must fit. True when it holds this string as a field.
bool holds(std::string_view bytes, std::string_view wanted, int depth = 0) {
  bool found = false;
  const auto varint = [&](uint64_t& out) {
    out = 0;
    for (int shift = 0; !bytes.empty() && shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes.front());
      bytes.remove_prefix(1);
      out |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return true;
    }
    return false;
  };
  while (!bytes.empty()) {
    uint64_t tag = 0, length = 0;
    if (!varint(tag)) return false;
    if ((tag & 7) == 0) {
      if (!varint(length)) return false;
      continue;
    }
    if ((tag & 7) != 2 || !varint(length) || length > bytes.size()) return false;
    const std::string_view inner = bytes.substr(0, length);
    bytes.remove_prefix(length);
    if (inner == wanted ||
        (depth < 40 && inner.size() > wanted.size() &&
         inner.find(wanted) != std::string_view::npos && holds(inner, wanted, depth + 1)))
      found = true;
  }
  return found;
}

TEST(OpenApi, TheProtobufFormIsWellFormed) {
  const std::string bytes = openapi_v2_protobuf(some());
  EXPECT_EQ(bytes.substr(0, 5),
            "\x0a\x03"
            "2.0");
  for (const std::string_view wanted :
       {"io.argoproj.workflow.v1alpha1.RetryStrategy", "#/definitions/io.k8s.api.core.v1.PodSpec",
        "fieldValidation", "x-kubernetes-group-version-kind", "int-or-string"})
    EXPECT_TRUE(holds(bytes, wanted)) << wanted;
  EXPECT_FALSE(holds(bytes, "no such text"));
}

}  // namespace
}  // namespace model
