#include "kube/definition.h"

#include <gmock/gmock.h>

#include "kube/api_contract_test.h"
#include "kube/client_writes.h"

namespace kube {
namespace {

using base::Code;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kCronTab = R"({
  "apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
  "metadata":{"name":"crontabs.example.com"},
  "spec":{"group":"example.com","scope":"Namespaced",
    "names":{"plural":"crontabs","kind":"CronTab","shortNames":["ct"]},
    "versions":[
      {"name":"v1","served":true,"storage":true,
       "subresources":{"status":{},"scale":{"specReplicasPath":".spec.replicas",
                                            "statusReplicasPath":".status.replicas"}},
       "additionalPrinterColumns":[{"name":"Spec","type":"string","jsonPath":".spec.cron"}],
       "schema":{"openAPIV3Schema":{"type":"object","properties":{
         "spec":{"type":"object","required":["cron"],"properties":{
           "cron":{"type":"string","pattern":"^\\S+$"},
           "image":{"type":"string","default":"busybox"},
           "size":{"type":"string","enum":["s","m"]},
           "port":{"x-kubernetes-int-or-string":true},
           "ports":{"type":"array","x-kubernetes-list-type":"map",
                    "x-kubernetes-list-map-keys":["name"],
                    "items":{"type":"object","properties":{"name":{"type":"string"}}}},
           "free":{"type":"object","x-kubernetes-preserve-unknown-fields":true},
           "replicas":{"type":"integer","minimum":1,"maximum":10}}}}}}},
      {"name":"v2","served":true,"storage":false,
       "schema":{"openAPIV3Schema":{"type":"object",
                                    "x-kubernetes-preserve-unknown-fields":true}}}]}})";

class Definitions : public ApiContract {
 protected:
  void define(std::string_view source = kCronTab) { create("customresourcedefinitions", source); }
  const Kind& kind(std::string_view version) {
    const Kind* found = api().kinds().find("example.com", version, "crontabs");
    EXPECT_NE(found, nullptr);
    return *found;
  }
  base::Result<text::Value> make(const std::string& spec, WriteNotes& notes,
                                 const std::string& name = "c") {
    ClientWrites writes(api(), clock_);
    return writes.create(kind("v1"), "argo",
                         json(R"({"metadata":{"name":")" + name + R"("},"spec":)" + spec + "}"), {},
                         notes);
  }
};

TEST_P(Definitions, MakeAKindAtOnce) {
  EXPECT_EQ(api().kinds().find("example.com/v1", "CronTab"), nullptr);
  define();
  EXPECT_EQ(kind("v1").short_names[0], "ct");
  EXPECT_TRUE(kind("v1").has_status);
  EXPECT_TRUE(kind("v1").has_scale);
  EXPECT_FALSE(kind("v2").has_scale);
  EXPECT_EQ(kind("v1").custom->columns[0].path, ".spec.cron");
  const text::Value stored = api().get({&kind_of("crd"), "", "crontabs.example.com"}).value();
  EXPECT_EQ(stored.string_at("status", "acceptedNames", "listKind"), "CronTabList");
  EXPECT_EQ(text::to_json(*stored.find_path("status", "storedVersions")), R"(["v1"])");
  StoreApi after_restart(*store_, clock_, random_);
  EXPECT_NE(after_restart.kinds().find("example.com", "v2", "crontabs"), nullptr);
}

TEST_P(Definitions, ObjectsAreCompletedAndPruned) {
  define();
  WriteNotes notes;
  const auto made = make(R"({"cron":"*","port":"http","free":{"a":1},"other":1})", notes);
  ASSERT_TRUE(made) << made.error().text;
  EXPECT_EQ(text::to_json(*made->find("spec")),
            R"({"cron":"*","port":"http","free":{"a":1},"image":"busybox"})");
  EXPECT_THAT(notes.warnings, ElementsAre("unknown field \"spec.other\""));
}

TEST_P(Definitions, RefusalsAreInKubernetesWords) {
  define();
  const struct {
    const char *spec, *text;
  } rows[] = {
      {"{}", "spec.cron: Required value"},
      {R"({"cron":1})",
       "spec.cron: Invalid value: \"integer\": spec.cron in body must be of type string: "
       "\"integer\""},
      {R"({"cron":"a b"})",
       R"(spec.cron: Invalid value: "a b": spec.cron in body should match '^\S+$')"},
      {R"({"cron":"*","replicas":0})",
       "spec.replicas: Invalid value: 0: spec.replicas in body should be greater than or equal to "
       "1"},
      {R"({"cron":"*","replicas":11})",
       "spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to "
       "10"},
      {R"({"cron":"*","size":"l"})",
       R"(spec.size: Unsupported value: "l": supported values: "s", "m")"},
      {R"({"cron":"*","port":true})", "spec.port: Invalid value: \"boolean\""},
      {R"({"cron":"*","ports":[{"name":"a"},{"name":"a"}]})",
       R"(spec.ports[1]: Duplicate value: {"name":"a"})"},
  };
  for (const auto& row : rows) {
    WriteNotes notes;
    const auto made = make(row.spec, notes);
    ASSERT_FALSE(made) << row.spec;
    EXPECT_THAT(made.error().text, HasSubstr(row.text));
    EXPECT_EQ(notes.causes.size(), 1u) << row.spec;
  }
  WriteNotes notes;
  EXPECT_TRUE(make(R"({"cron":"*","replicas":10,"size":"m","port":80})", notes));
}

TEST_P(Definitions, VersionsShareTheirObjects) {
  define();
  WriteNotes notes;
  ASSERT_TRUE(make(R"({"cron":"*"})", notes));
  EXPECT_EQ(api().get({&kind("v2"), "argo", "c"})->string_at("apiVersion"), "example.com/v2");
  ASSERT_TRUE(api().create(kind("v2"), "argo", json(R"({"metadata":{"name":"d"}})"), false));
  const auto list = api().list(kind("v1"), "", {});
  ASSERT_EQ(list->items.size(), 2u);
  for (const text::Value& item : list->items)
    EXPECT_EQ(item.string_at("apiVersion"), "example.com/v1");
}

TEST_P(Definitions, TheirEndIsThatOfTheirObjects) {
  define();
  WriteNotes notes;
  ASSERT_TRUE(make(R"({"cron":"*"})", notes));
  const ObjectRef ref{&kind_of("crd"), "", "crontabs.example.com"};
  ASSERT_TRUE(api().remove(ref, {}));
  EXPECT_TRUE(api().get(ref)) << "it waits for its objects";
  const Kind& old_kind = kind("v1");
  collect();
  EXPECT_EQ(api().get({&old_kind, "argo", "c"}).error().code, Code::kNotFound);
  EXPECT_EQ(api().get(ref).error().code, Code::kNotFound);
  EXPECT_EQ(api().kinds().find("example.com", "v1", "crontabs"), nullptr);
}

TEST_P(Definitions, MustMakeSense) {
  const auto refusal = [&](std::string from, std::string to) {
    std::string source = kCronTab;
    const size_t at = source.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    source.replace(at, from.size(), to);
    const auto made = api().create(kind_of("crd"), "", json(source), false);
    return made ? std::string("taken") : made.error().text;
  };
  EXPECT_THAT(refusal(R"("plural":"crontabs")", R"("plural":"tabs")"),
              HasSubstr("metadata.name: Invalid value: \"crontabs.example.com\""));
  EXPECT_THAT(refusal(R"("storage":true)", R"("storage":false)"),
              HasSubstr("exactly one version marked as storage version"));
  EXPECT_THAT(refusal(R"("cron":{"type":"string")", R"("cron":{"type":"text")"),
              HasSubstr("openAPIV3Schema.properties[spec].properties[cron].type: Unsupported"));
  EXPECT_THAT(refusal(R"("cron":{"type":"string",)", R"("cron":{)"), HasSubstr("Required value"));
  EXPECT_THAT(refusal(R"("scope":"Namespaced",)",
                      R"("scope":"Namespaced","conversion":{"strategy":"Webhook"},)"),
              HasSubstr("spec.conversion.strategy: Unsupported value"));
}

TEST_P(Definitions, ThoseOfBuiltInKindsAreKeptOnly) {
  define(R"({"metadata":{"name":"workflows.argoproj.io"},"spec":{"group":"argoproj.io",
    "scope":"Namespaced","names":{"plural":"workflows","kind":"Workflow"},"versions":[
    {"name":"v1alpha1","served":true,"storage":true,
     "schema":{"openAPIV3Schema":{"type":"object"}}}]}})");
  EXPECT_EQ(api().kinds().find("argoproj.io", "v1alpha1", "workflows"), &kind_of("workflows"));
  create("workflows", R"({"metadata":{"name":"w"}})");
  ASSERT_TRUE(api().remove({&kind_of("crd"), "", "workflows.argoproj.io"}, {}));
  collect();
  EXPECT_TRUE(exists("workflows", "w"));
  EXPECT_FALSE(api().get({&kind_of("crd"), "", "workflows.argoproj.io"}));
}

class Namespaces : public ApiContract {
 protected:
  ObjectRef space(std::string name) { return {&kind_of("namespaces"), "", std::move(name)}; }
};

TEST_P(Namespaces, GoWithAllThatIsInThem) {
  create("workflows", R"({"metadata":{"name":"w","finalizers":["example.com/mine"]}})");
  create("configmaps", R"({"metadata":{"name":"m"}})");
  EXPECT_TRUE(exists("serviceaccounts", "default"));
  ASSERT_TRUE(api().remove(space("argo"), {}));
  EXPECT_EQ(api().get(space("argo"))->string_at("status", "phase"), "Terminating");
  const auto late =
      api().create(kind_of("configmaps"), "argo", json(R"({"metadata":{"name":"l"}})"), false);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kForbidden);
  collect();
  EXPECT_FALSE(exists("configmaps", "m"));
  EXPECT_TRUE(api().get(space("argo"))) << "somebody's finalizer is still there";
  text::Value workflow = get("workflows", "w");
  workflow["metadata"].as_map().erase("finalizers");
  ASSERT_TRUE(api().update(ref("workflows", "w"), std::move(workflow)));
  collect();
  EXPECT_EQ(api().get(space("argo")).error().code, Code::kNotFound);
  create("configmaps", R"({"metadata":{"name":"m"}})");
  EXPECT_EQ(api().get(space("argo"))->string_at("status", "phase"), "Active") << "a new one";
}

TEST_P(Namespaces, SomeAreForEver) {
  ASSERT_TRUE(
      api().create(kind_of("namespaces"), "", json(R"({"metadata":{"name":"default"}})"), false));
  EXPECT_EQ(api().remove(space("default"), {}).error().code, Code::kForbidden);
}

ON_EVERY_BODY(Definitions);
ON_EVERY_BODY(Namespaces);

}  // namespace
}  // namespace kube
