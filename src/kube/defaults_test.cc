#include "kube/defaults.h"

#include <gtest/gtest.h>

#include "kube/fixed_fields.h"
#include "kube/three_way_patch.h"
#include "kube/unknown_fields.h"
#include "model/api_types.h"
#include "text/json.h"

namespace kube {
namespace {

using text::Value;

Value json(std::string_view source) { return *text::parse_json(source); }

struct Case {
  const char *title, *api_version, *kind, *spec, *result;
};
class Defaults : public testing::TestWithParam<Case> {};
TEST_P(Defaults, AreFilledInOnce) {
  const Case& c = GetParam();
  Value object;
  object["spec"] = json(c.spec);
  const model::SchemaType* type = model::find_api_type(c.api_version, c.kind);
  ASSERT_NE(type, nullptr);
  fill_defaults(type, object);
  EXPECT_EQ(*object.find("spec"), json(c.result)) << c.title << ": " << text::to_json(object);
  const Value once = object;
  fill_defaults(type, object);
  EXPECT_EQ(object, once) << c.title;
}
INSTANTIATE_TEST_SUITE_P(
    Table, Defaults,
    testing::Values(
        Case{"a port of a service", "v1", "Service", R"({"ports":[{"port":80}]})",
             R"({"ports":[{"port":80,"targetPort":80,"protocol":"TCP"}],"type":"ClusterIP",)"
             R"("sessionAffinity":"None","internalTrafficPolicy":"Cluster"})"},
        Case{"a name for another host", "v1", "Service",
             R"({"type":"ExternalName","externalName":"x"})",
             R"({"type":"ExternalName","externalName":"x","sessionAffinity":"None"})"},
        Case{"a balanced service", "v1", "Service", R"({"type":"LoadBalancer"})",
             R"({"type":"LoadBalancer","sessionAffinity":"None","externalTrafficPolicy":"Cluster",)"
             R"("internalTrafficPolicy":"Cluster","allocateLoadBalancerNodePorts":true})"},
        Case{"completions follow parallelism", "batch/v1", "Job", R"({"parallelism":3})",
             R"({"parallelism":3,"backoffLimit":6,"completionMode":"NonIndexed",)"
             R"("manualSelector":false,"suspend":false,)"
             R"("podReplacementPolicy":"TerminatingOrFailed"})"},
        Case{"a deployment that is recreated", "apps/v1", "Deployment",
             R"({"strategy":{"type":"Recreate"}})",
             R"({"strategy":{"type":"Recreate"},"replicas":1,"revisionHistoryLimit":10,)"
             R"("progressDeadlineSeconds":600})"},
        Case{"a deployment that rolls", "apps/v1", "Deployment", R"({"replicas":0})",
             R"({"replicas":0,"revisionHistoryLimit":10,"progressDeadlineSeconds":600,"strategy":)"
             R"({"type":"RollingUpdate",)"
             R"("rollingUpdate":{"maxSurge":"25%","maxUnavailable":"25%"}}})"},
        Case{"policies of a network", "networking.k8s.io/v1", "NetworkPolicy",
             R"({"egress":[{"ports":[{"port":53}]}]})",
             R"({"egress":[{"ports":[{"port":53,"protocol":"TCP"}]}],)"
             R"("policyTypes":["Ingress","Egress"]})"},
        Case{"a claim", "v1", "PersistentVolumeClaim", "{}", R"({"volumeMode":"Filesystem"})"}));

struct ImageCase {
  const char *image, *policy;
};
class PullPolicy : public testing::TestWithParam<ImageCase> {};
TEST_P(PullPolicy, FollowsTheTag) {
  Value pod;
  pod["spec"]["containers"] = text::List{json("{}")};
  pod["spec"]["containers"].as_list()[0]["image"] = GetParam().image;
  fill_defaults(model::find_api_type("v1", "Pod"), pod);
  EXPECT_EQ(pod.find_path("spec", "containers")->as_list()[0].string_at("imagePullPolicy"),
            GetParam().policy)
      << GetParam().image;
}
INSTANTIATE_TEST_SUITE_P(Table, PullPolicy,
                         testing::Values(ImageCase{"busybox", "Always"},
                                         ImageCase{"busybox:latest", "Always"},
                                         ImageCase{"busybox:1", "IfNotPresent"},
                                         ImageCase{"host:5000/busybox", "Always"},
                                         ImageCase{"host:5000/busybox:1", "IfNotPresent"},
                                         ImageCase{"busybox@sha256:ab", "IfNotPresent"}));

TEST(UnknownFields, AreTakenAndNamed) {
  Value pod = json(
      R"({"metadata":{"name":"x","lables":{}},"spec":{"containers":[{"name":"a","imagee":"b"}]}})");
  const std::vector<std::string> expected = {"metadata.lables", "spec.containers[0].imagee"};
  EXPECT_EQ(take_unknown_fields(*model::find_api_type("v1", "Pod"), pod), expected);
  EXPECT_EQ(text::to_json(pod),
            R"({"metadata":{"name":"x"},"spec":{"containers":[{"name":"a"}]}})");
}

struct FormCase {
  const char *object, *problem;
};
class Forms : public testing::TestWithParam<FormCase> {};
TEST_P(Forms, AreChecked) {
  const auto ok = check_forms(*model::find_api_type("v1", "Pod"), json(GetParam().object));
  EXPECT_EQ(ok ? "" : ok.error().text, GetParam().problem);
}
INSTANTIATE_TEST_SUITE_P(
    Table, Forms,
    testing::Values(
        FormCase{R"({"metadata":{"labels":{"a":"1"}},"spec":{"priority":5,"hostNetwork":true}})",
                 ""},
        FormCase{R"({"metadata":{"labels":{"a":1}}})",
                 "metadata.labels.a: expected a string, not a number"},
        FormCase{R"({"metadata":{"labels":null}})", ""},
        FormCase{R"({"spec":{"containers":{}}})", "spec.containers: expected a list, not a map"},
        FormCase{R"({"spec":{"containers":[{"args":["a",1]}]}})",
                 "spec.containers[0].args[1]: expected a string, not a number"},
        FormCase{R"({"spec":{"priority":1.5}})",
                 "spec.priority: expected a whole number, not a number"},
        FormCase{R"({"spec":{"containers":[{"resources":{"limits":{"cpu":1,"memory":"1Gi"}}}]}})",
                 ""},
        FormCase{R"({"spec":{"containers":[{"tty":"yes"}]}})",
                 "spec.containers[0].tty: expected a boolean, not a string"}));

struct FixedCase {
  const char *api_version, *kind, *before, *after, *field;
};
class FixedFields : public testing::TestWithParam<FixedCase> {};
TEST_P(FixedFields, AreNamed) {
  const FixedCase& c = GetParam();
  const auto found = changed_fixed_fields(*model::find_api_type(c.api_version, c.kind),
                                          json(c.before), json(c.after));
  EXPECT_EQ(found.empty() ? "" : found[0].field, c.field) << c.before << " to " << c.after;
}
INSTANTIATE_TEST_SUITE_P(
    Table, FixedFields,
    testing::Values(
        FixedCase{"v1", "ConfigMap", R"({"data":{"a":"1"}})", R"({"data":{"a":"2"}})", ""},
        FixedCase{"v1", "ConfigMap", R"({"immutable":true,"data":{"a":"1"}})",
                  R"({"immutable":true,"data":{"a":"2"}})", "data"},
        FixedCase{"v1", "ConfigMap", R"({"immutable":true})", "{}", "immutable"},
        FixedCase{"v1", "Secret", R"({"type":"Opaque"})", R"({"type":"x/y"})", "type"},
        FixedCase{"v1", "Service", R"({"spec":{}})", R"({"spec":{"clusterIP":"1.2.3.4"}})", ""},
        FixedCase{"v1", "Service", R"({"spec":{"clusterIP":"1.2.3.4"}})",
                  R"({"spec":{"clusterIP":"1.2.3.5"}})", "spec.clusterIP"},
        FixedCase{"batch/v1", "Job", R"({"spec":{"parallelism":1}})",
                  R"({"spec":{"parallelism":2}})", ""},
        FixedCase{"batch/v1", "Job", R"({"spec":{"template":{}}})",
                  R"({"spec":{"template":{"spec":{}}}})", "spec.template"},
        FixedCase{"apps/v1", "StatefulSet", R"({"spec":{"replicas":1}})",
                  R"({"spec":{"replicas":2}})", ""},
        FixedCase{"apps/v1", "StatefulSet", R"({"spec":{"serviceName":"a"}})",
                  R"({"spec":{"serviceName":"b"}})", "spec"}));

TEST(ThreeWayPatch, RefusesAnotherName) {
  const Value live = json(R"({"kind":"Foo","metadata":{"name":"a"}})");
  EXPECT_TRUE(three_way_patch(nullptr, live, live, nullptr));
  EXPECT_FALSE(
      three_way_patch(nullptr, json(R"({"kind":"Foo","metadata":{"name":"b"}})"), live, nullptr));
}

TEST(ThreeWayPatch, SetsChangesAndTakesAwayWhatWasApplied) {
  const Value last = json(R"({"spec":{"a":1,"b":2}})");
  const Value live = json(R"({"spec":{"a":1,"b":2,"c":3}})");
  const auto patch = three_way_patch(&last, json(R"({"spec":{"a":5}})"), live, nullptr);
  ASSERT_TRUE(patch);
  EXPECT_EQ(text::to_json(patch->patch), R"({"spec":{"b":null,"a":5}})");
  EXPECT_EQ(text::to_json(patch->result), R"({"spec":{"a":5,"c":3}})");
}

}  // namespace
}  // namespace kube
