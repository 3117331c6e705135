#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/pod_test.h"
#include "runtime/volumes.h"

namespace runtime {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;

constexpr const char* kConfig = R"(
kind: ConfigMap
metadata: {name: config, namespace: argo}
data: {COLOR: blue, SIZE: "3"}
binaryData: {RAW: aGk=}
)";
constexpr const char* kSecret = R"(
kind: Secret
metadata: {name: secret, namespace: argo}
data: {PASSWORD: czNjcmV0, ZERO: AAE=}
)";
constexpr const char* kOtherNamespace = R"(
kind: ConfigMap
metadata: {name: foreign, namespace: other}
data: {A: b}
)";
constexpr const char* kPod = R"(
metadata:
  name: pod-1
  namespace: argo
  uid: u-1
  labels: {app: web}
  annotations: {note: "two words"}
spec:
  containers:
  - name: main
    resources: {limits: {cpu: 1500m, memory: 64Mi}, requests: {cpu: 250m}}
  - name: bare
)";

struct EnvCase {
  const char* title;
  const char* container;
  std::vector<std::string> env;
  const char* error = "";
};

class Env : public testing::TestWithParam<EnvCase> {
 protected:
  base::Result<std::vector<std::string>> env_of(const char* container) {
    KeptObjects api({yaml(kConfig), yaml(kSecret), yaml(kOtherNamespace)});
    PodSurroundings around;
    around.api = &api;
    around.node_name = "node-a";
    around.host_ip = "192.0.2.1";
    around.pod_ip = "10.0.0.7";
    around.node_cpu_milli = 2000;
    around.node_memory_bytes = 1 << 30;
    return container_env(yaml(kPod), yaml(container), around);
  }
};

TEST_P(Env, IsAsKubernetesMakesIt) {
  const auto env = env_of(GetParam().container);
  if (*GetParam().error) {
    ASSERT_FALSE(env) << GetParam().title;
    EXPECT_THAT(env.error().text, HasSubstr(GetParam().error));
    return;
  }
  ASSERT_TRUE(env) << GetParam().title << ": " << env.error().to_string();
  EXPECT_THAT(*env, ElementsAreArray(GetParam().env)) << GetParam().title;
}

INSTANTIATE_TEST_SUITE_P(
    Spec, Env,
    testing::Values(
        EnvCase{"none", "{name: main}", {}},
        EnvCase{"values stay in order",
                "{name: main, env: [{name: B, value: '1'}, {name: A}]}",
                {"B=1", "A="}},
        EnvCase{
            "the last of a name wins",
            "{name: main, env: [{name: A, value: x}, {name: B, value: b}, {name: A, value: z}]}",
            {"A=z", "B=b"}},
        EnvCase{"references to what stands before",
                "{name: main, env: [{name: A, value: x}, {name: B, value: '$(A)-$(C)-$$(A)'}, "
                "{name: C, value: '1'}]}",
                {"A=x", "B=x-$(C)-$(A)", "C=1"}},
        EnvCase{"all of a ConfigMap",
                "{name: main, envFrom: [{configMapRef: {name: config}}]}",
                {"COLOR=blue", "RAW=hi", "SIZE=3"}},
        EnvCase{"with a prefix, and overridden by env",
                "{name: main, envFrom: [{prefix: C_, configMapRef: {name: config}}], "
                "env: [{name: C_SIZE, value: '4'}]}",
                {"C_COLOR=blue", "C_RAW=hi", "C_SIZE=4"}},
        EnvCase{"a key of a Secret",
                "{name: main, env: [{name: P, valueFrom: {secretKeyRef: "
                "{name: secret, key: PASSWORD}}}]}",
                {"P=s3cret"}},
        EnvCase{"a key of a ConfigMap is not expanded",
                "{name: main, env: [{name: P, valueFrom: {configMapKeyRef: "
                "{name: config, key: COLOR}}}]}",
                {"P=blue"}},
        EnvCase{
            "optional references may lead nowhere",
            "{name: main, envFrom: [{secretRef: {name: nope, optional: true}}], env: [{name: P, "
            "valueFrom: {configMapKeyRef: {name: config, key: nope, optional: true}}}, "
            "{name: Q, valueFrom: {secretKeyRef: {name: nope, key: a, optional: true}}}]}",
            {}},
        EnvCase{"a missing ConfigMap",
                "{name: main, envFrom: [{configMapRef: {name: nope}}]}",
                {},
                "envFrom[0]: configmap \"nope\" not found"},
        EnvCase{"a ConfigMap of another namespace",
                "{name: main, envFrom: [{configMapRef: {name: foreign}}]}",
                {},
                "configmap \"foreign\" not found"},
        EnvCase{
            "a missing key",
            "{name: main, env: [{name: P, valueFrom: {secretKeyRef: {name: secret, key: nope}}}]}",
            {},
            "secret \"secret\" has no key \"nope\""},
        EnvCase{
            "a zero byte cannot be in a variable",
            "{name: main, env: [{name: P, valueFrom: {secretKeyRef: {name: secret, key: ZERO}}}]}",
            {},
            "holds a zero byte"},
        EnvCase{"fields of the pod",
                "{name: main, env: [{name: A, valueFrom: {fieldRef: {fieldPath: metadata.name}}}, "
                "{name: B, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}, "
                "{name: C, valueFrom: {fieldRef: {fieldPath: metadata.uid}}}, "
                "{name: D, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['app']\"}}}, "
                "{name: E, valueFrom: {fieldRef: {fieldPath: \"metadata.annotations['note']\"}}}, "
                "{name: F, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}, "
                "{name: G, valueFrom: {fieldRef: {fieldPath: spec.serviceAccountName}}}, "
                "{name: H, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}, "
                "{name: I, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]}",
                {"A=pod-1", "B=argo", "C=u-1", "D=web", "E=two words", "F=node-a", "G=default",
                 "H=192.0.2.1", "I=10.0.0.7"}},
        EnvCase{
            "an unknown field of the pod",
            "{name: main, env: [{name: A, valueFrom: {fieldRef: {fieldPath: spec.nodeSelector}}}]}",
            {},
            "\"spec.nodeSelector\" is no field"},
        EnvCase{
            "resources, rounded up",
            "{name: main, env: ["
            "{name: A, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}, "
            "{name: B, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}, "
            "{name: C, valueFrom: {resourceFieldRef: {resource: limits.memory}}}, "
            "{name: D, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}, "
            "{name: E, valueFrom: {resourceFieldRef: {resource: requests.cpu, divisor: 1m}}}, "
            "{name: F, valueFrom: {resourceFieldRef: {resource: requests.memory, divisor: 1Gi}}}, "
            "{name: G, valueFrom: {resourceFieldRef: {containerName: bare, resource: "
            "limits.cpu}}}, "
            "{name: H, valueFrom: {resourceFieldRef: {containerName: bare, "
            "resource: requests.cpu}}}]}",
            {"A=2", "B=1500", "C=67108864", "D=64", "E=250", "F=1", "G=2", "H=0"}},
        EnvCase{"an unknown source",
                "{name: main, env: [{name: A, valueFrom: {fileKeyRef: {key: a}}}]}",
                {},
                "container \"main\": env[0].valueFrom.fileKeyRef is not supported"},
        EnvCase{"an impossible name",
                "{name: main, env: [{name: 'A=B', value: x}]}",
                {},
                "cannot be the name of a variable"}));

struct Expansion {
  const char *text, *result;
};
class Expansions : public testing::TestWithParam<Expansion> {};

TEST_P(Expansions, FollowKubernetes) {
  EXPECT_EQ(expand_references(GetParam().text, {"A=1", "B=$(A)", "LONG_NAME=x", "A=2"}),
            GetParam().result);
}

INSTANTIATE_TEST_SUITE_P(Spec, Expansions,
                         testing::Values(Expansion{"", ""}, Expansion{"plain", "plain"},
                                         Expansion{"$(A)", "2"}, Expansion{"$(B)", "$(A)"},
                                         Expansion{"$$(A)", "$(A)"}, Expansion{"$$$(A)", "$2"},
                                         Expansion{"$(NO)", "$(NO)"}, Expansion{"$(A", "$(A"},
                                         Expansion{"$A $", "$A $"}, Expansion{"$$", "$"},
                                         Expansion{"$()", "$()"},
                                         Expansion{"$(LONG_NAME)$(LONG)", "x$(LONG)"},
                                         Expansion{"$(x$(A))", "$(x$(A))"}));

}  // namespace
}  // namespace runtime
