#include "kube/kinds.h"

#include <gmock/gmock.h>

namespace kube {
namespace {

TEST(Kinds, AreFoundByEveryWordForThem) {
  for (const char* word :
       {"workflows", "workflow", "Workflow", "wf", "WF", "workflows.argoproj.io"}) {
    ASSERT_NE(find_kind(word), nullptr) << word;
    EXPECT_EQ(find_kind(word)->kind, "Workflow") << word;
  }
  EXPECT_EQ(find_kind("wfx"), nullptr);
  EXPECT_EQ(find_kind("v1", "Pod")->plural, "pods");
  EXPECT_EQ(find_kind("argoproj.io/v1alpha1", "Pod"), nullptr);
  EXPECT_EQ(find_resource("coordination.k8s.io", "v1", "leases")->kind, "Lease");
  EXPECT_EQ(find_resource("", "v1", "workflows"), nullptr);
}

TEST(Kinds, NoWordMeansTwoKinds) {
  for (const Kind& kind : kinds()) {
    EXPECT_EQ(find_kind(kind.plural), &kind) << kind.kind;
    EXPECT_EQ(find_kind(kind.singular), &kind) << kind.kind;
    EXPECT_EQ(find_kind(kind.api_version(), kind.kind), &kind) << kind.kind;
    for (const std::string_view word : kind.short_names) EXPECT_EQ(find_kind(word), &kind) << word;
  }
}

TEST(Kinds, PathsAreThoseOfKubernetes) {
  EXPECT_EQ(rest_path(kind_of("pods"), "argo", "p"), "/api/v1/namespaces/argo/pods/p");
  EXPECT_EQ(rest_path(kind_of("workflows"), ""), "/apis/argoproj.io/v1alpha1/workflows");
  EXPECT_EQ(rest_path(kind_of("cwft"), "ignored", "t"),
            "/apis/argoproj.io/v1alpha1/clusterworkflowtemplates/t");
  EXPECT_EQ(rest_path(kind_of("nodes"), ""), "/api/v1/nodes");
}

}  // namespace
}  // namespace kube
