// Where a pod goes and who it is: each field of the workflow and of its templates reaches the pod.
#include <gtest/gtest.h>

#include "sim/control_fixture.h"
#include "text/json.h"

namespace sim {
namespace {

constexpr char kOfTheWorkflow[] = R"(
  serviceAccountName: worker
  automountServiceAccountToken: false
  nodeSelector: {disk: ssd}
  affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: []}}
  tolerations: [{key: spot, operator: Exists}]
  schedulerName: packing
  podPriorityClassName: usual
  hostAliases: [{ip: 10.0.0.1, hostnames: [a]}]
  securityContext: {runAsUser: 7}
  imagePullSecrets: [{name: registry}]
  hostNetwork: true
  dnsPolicy: None
  dnsConfig: {nameservers: [10.0.0.2]}
)";

class Placement : public Control {
 protected:
  text::Value spec_of_pod(const std::string& workflow, const std::string& tmpl) {
    submit(
        "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: placed}\nspec:\n"
        "  entrypoint: main" +
        workflow + "\n  templates:\n  - name: main\n    container: {image: busybox}\n" + tmpl);
    settle(false);
    EXPECT_EQ(pods().size(), 1u);
    return *pods().front().find("spec");
  }
  static std::string shown(const text::Value& spec, std::string_view field) {
    const text::Value* const found = spec.find(field);
    return found == nullptr ? "" : text::to_json(*found);
  }
};

TEST_F(Placement, OfTheWorkflowIsHandedOn) {
  const text::Value spec = spec_of_pod(kOfTheWorkflow, "");
  for (const auto& [field, wanted] :
       {std::pair<const char*, const char*>{"serviceAccountName", R"("worker")"},
        {"automountServiceAccountToken", "false"},
        {"nodeSelector", R"({"disk":"ssd"})"},
        {"affinity", R"({"nodeAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[]}})"},
        {"tolerations", R"([{"key":"spot","operator":"Exists"}])"},
        {"schedulerName", R"("packing")"},
        {"priorityClassName", R"("usual")"},
        {"hostAliases", R"([{"ip":"10.0.0.1","hostnames":["a"]}])"},
        {"securityContext", R"({"runAsUser":7})"},
        {"imagePullSecrets", R"([{"name":"registry"}])"},
        {"hostNetwork", "true"},
        {"dnsPolicy", R"("None")"},
        {"dnsConfig", R"({"nameservers":["10.0.0.2"]})"}})
    EXPECT_EQ(shown(spec, field), wanted) << field;
}

TEST_F(Placement, OfTheTemplateStandsInItsPlace) {
  const text::Value spec = spec_of_pod(kOfTheWorkflow, R"(
    serviceAccountName: other
    nodeSelector: {disk: nvme}
    tolerations: [{key: gpu}]
    schedulerName: spreading
    priorityClassName: urgent
    hostAliases: [{ip: 10.0.0.3, hostnames: [b]}]
)");
  EXPECT_EQ(shown(spec, "serviceAccountName"), R"("other")");
  EXPECT_EQ(shown(spec, "nodeSelector"), R"({"disk":"nvme"})");
  EXPECT_EQ(shown(spec, "tolerations"), R"([{"key":"gpu"}])");
  EXPECT_EQ(shown(spec, "schedulerName"), R"("spreading")");
  EXPECT_EQ(shown(spec, "priorityClassName"), R"("urgent")");
  // As in Argo, these count together.
  EXPECT_EQ(shown(spec, "hostAliases"),
            R"([{"ip":"10.0.0.1","hostnames":["a"]},{"ip":"10.0.0.3","hostnames":["b"]}])");
  EXPECT_EQ(shown(spec, "dnsPolicy"), R"("None")");
}

TEST_F(Placement, NothingSaidIsNothingThere) {
  const text::Value spec = spec_of_pod("", "");
  for (const char* field : {"nodeSelector", "affinity", "tolerations", "schedulerName",
                            "priorityClassName", "hostAliases", "hostNetwork", "dnsPolicy"})
    EXPECT_EQ(spec.find(field), nullptr) << field;
}

}  // namespace
}  // namespace sim
