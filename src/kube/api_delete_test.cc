// Deleting: finalizers, grace, preconditions, and what depends on an owner.
#include <gmock/gmock.h>

#include "kube/api_contract_test.h"

namespace kube {
namespace {

using base::Code;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Type = WatchEvent::Type;

class ApiDeletes : public ApiContract {};
ON_EVERY_BODY(ApiDeletes);

TEST_P(ApiDeletes, FinalizersHoldADeletedObjectUntilTheLastIsGone) {
  create("workflows", R"({"metadata":{"name":"a","finalizers":["x/one","x/two"]}})");
  ASSERT_TRUE(api().remove(ref("workflows", "a"), {}));
  text::Value object = get("workflows", "a");
  EXPECT_EQ(object.string_at("metadata", "deletionTimestamp"), "2026-01-02T03:04:05Z");
  const std::string before = now();
  ASSERT_TRUE(api().remove(ref("workflows", "a"), {}));
  EXPECT_EQ(now(), before);
  object["metadata"]["finalizers"] = json(R"(["x/two"])");
  object = api().update(ref("workflows", "a"), object).value();
  EXPECT_TRUE(exists("workflows", "a"));
  auto workflows = watch("workflows", {}, now());
  object["metadata"].as_map().erase("finalizers");
  ASSERT_TRUE(api().update(ref("workflows", "a"), object));
  EXPECT_FALSE(exists("workflows", "a"));
  EXPECT_EQ(seen(*workflows), "-a ");
}

TEST_P(ApiDeletes, ARunningPodGetsItsGrace) {
  create("pods", R"({"metadata":{"name":"p"},"spec":{"nodeName":"n",
      "terminationGracePeriodSeconds":10}})");
  ASSERT_TRUE(api().remove(ref("pods", "p"), {}));
  EXPECT_EQ(get("pods", "p").string_at("metadata", "deletionTimestamp"), "2026-01-02T03:04:15Z");
  DeleteOptions sooner;
  sooner.grace_period_seconds = 2;
  ASSERT_TRUE(api().remove(ref("pods", "p"), sooner));
  EXPECT_EQ(get("pods", "p").string_at("metadata", "deletionTimestamp"), "2026-01-02T03:04:07Z");
  DeleteOptions now_;
  now_.grace_period_seconds = 0;
  ASSERT_TRUE(api().remove(ref("pods", "p"), now_));
  EXPECT_FALSE(exists("pods", "p"));
  create("pods", R"({"metadata":{"name":"waiting"}})");
  ASSERT_TRUE(api().remove(ref("pods", "waiting"), {}));
  EXPECT_FALSE(exists("pods", "waiting"));
}

TEST_P(ApiDeletes, RemoveHoldsItsPreconditions) {
  const text::Value made = create("pods", R"({"metadata":{"name":"p"}})");
  DeleteOptions options;
  options.uid = "other";
  EXPECT_EQ(api().remove(ref("pods", "p"), options).error().code, Code::kConflict);
  options.uid.reset();
  options.resource_version = "1";
  EXPECT_EQ(api().remove(ref("pods", "p"), options).error().code, Code::kConflict);
  options.resource_version = std::string(made.string_at("metadata", "resourceVersion"));
  options.propagation = "Sideways";
  EXPECT_EQ(api().remove(ref("pods", "p"), options).error().code, Code::kInvalid);
  options.propagation = "Background";
  EXPECT_TRUE(api().remove(ref("pods", "p"), options));
  EXPECT_EQ(api().remove(ref("pods", "p"), {}).error().code, Code::kNotFound);
}

TEST_P(ApiDeletes, DependentsGoWithTheirLastOwner) {
  const text::Value one = create("workflows", R"({"metadata":{"name":"one"}})");
  const text::Value two = create("workflows", R"({"metadata":{"name":"two"}})");
  create("pods", R"({"metadata":{"name":"of-one",)" + owner_of(one) + "}}");
  const text::Value child =
      create("workflows", R"({"metadata":{"name":"child",)" + owner_of(one) + "}}");
  create("pods", R"({"metadata":{"name":"grandchild",)" + owner_of(child) + "}}");
  text::Value both = json(R"({"metadata":{"name":"both",)" + owner_of(one) + "}}");
  both["metadata"]["ownerReferences"].as_list().push_back(
      json("{" + owner_of(two) + "}").find("ownerReferences")->as_list()[0]);
  ASSERT_TRUE(api().create(kind_of("pods"), "argo", both, false));
  create("pods", R"({"metadata":{"name":"of-two",)" + owner_of(two) + "}}");
  ASSERT_TRUE(api().remove(ref("workflows", "one"), {}));
  collect();
  EXPECT_THAT(names("pods", {}), ElementsAre("both", "of-two"));
  EXPECT_THAT(names("workflows", {}), ElementsAre("two"));
  EXPECT_THAT(get("pods", "both").find_path("metadata", "ownerReferences")->as_list(), SizeIs(1));
  ASSERT_TRUE(api().remove(ref("workflows", "two"), {}));
  collect();
  EXPECT_THAT(names("pods", {}), IsEmpty());
}

TEST_P(ApiDeletes, ADependentOfAnOwnerThatIsGoneIsCollected) {
  const text::Value owner = create("workflows", R"({"metadata":{"name":"w"}})");
  ASSERT_TRUE(api().remove(ref("workflows", "w"), {}));
  collect();
  create("pods", R"({"metadata":{"name":"late",)" + owner_of(owner) + "}}");
  collect();
  EXPECT_FALSE(exists("pods", "late"));
}

TEST_P(ApiDeletes, ForegroundTheOwnerGoesLast) {
  const text::Value owner = create("workflows", R"({"metadata":{"name":"w"}})");
  create("pods",
         R"({"metadata":{"name":"held","finalizers":["x/y"],)" + owner_of(owner, true) + "}}");
  create("pods", R"({"metadata":{"name":"other","finalizers":["x/y"],)" + owner_of(owner) + "}}");
  DeleteOptions options;
  options.propagation = "Foreground";
  ASSERT_TRUE(api().remove(ref("workflows", "w"), options));
  collect();
  EXPECT_TRUE(exists("workflows", "w"));
  text::Value held = get("pods", "held");
  EXPECT_FALSE(held.string_at("metadata", "deletionTimestamp").empty());
  text::Value& finalizers = held["metadata"]["finalizers"];
  std::erase(finalizers.as_list(), text::Value("x/y"));
  ASSERT_TRUE(api().update(ref("pods", "held"), held));
  collect();
  EXPECT_FALSE(exists("pods", "held"));
  EXPECT_FALSE(exists("workflows", "w")) << "it waits for those that block it only";
  EXPECT_TRUE(exists("pods", "other"));
}

TEST_P(ApiDeletes, OrphansAreLetGo) {
  const text::Value owner = create("workflows", R"({"metadata":{"name":"w"}})");
  create("pods", R"({"metadata":{"name":"p",)" + owner_of(owner) + "}}");
  DeleteOptions options;
  options.propagation = "Orphan";
  ASSERT_TRUE(api().remove(ref("workflows", "w"), options));
  collect();
  EXPECT_FALSE(exists("workflows", "w"));
  EXPECT_EQ(get("pods", "p").find_path("metadata", "ownerReferences"), nullptr);
}

TEST_P(ApiDeletes, ManyDependentsGoInPages) {
  const text::Value owner = create("workflows", R"({"metadata":{"name":"w"}})");
  store::Batch batch;
  for (int i = 0; i < 450; ++i) {
    auto put = api().prepare_create(
        kind_of("pods"), "argo",
        json(R"({"metadata":{"name":"p)" + std::to_string(i) + R"(",)" + owner_of(owner) + "}}"));
    batch.puts.push_back(std::move(put.value()));
  }
  batch.checks.push_back(
      {StoreApi::key_of(ref("workflows", "w")),
       store::Precondition::uid_is(std::string(owner.string_at("metadata", "uid")))});
  ASSERT_TRUE(api().commit(batch));
  ASSERT_TRUE(api().remove(ref("workflows", "w"), {}));
  collect();
  EXPECT_THAT(names("pods", {}), IsEmpty());
}

TEST_P(ApiDeletes, WhatOthersKeepWritingIsCollectedLater) {
  const text::Value owner = create("workflows", R"({"metadata":{"name":"w"}})");
  create("pods", R"({"metadata":{"name":"p",)" + owner_of(owner) + "}}");
  ASSERT_TRUE(api().remove(ref("workflows", "w"), {}));
  // Once together with all others, once alone.
  store_->fail_commits(store::FailingStore::Fault::kConflict, 0, 2);
  collect();
  EXPECT_TRUE(exists("pods", "p"));
  collect();
  EXPECT_FALSE(exists("pods", "p"));
}

TEST_P(ApiDeletes, TheCollectorsThreadFollowsDeletions) {
  const text::Value owner = create("workflows", R"({"metadata":{"name":"w"}})");
  create("pods", R"({"metadata":{"name":"p",)" + owner_of(owner) + "}}");
  auto pods = watch("pods", {}, now());
  GarbageCollector collector(api());
  collector.start();
  ASSERT_TRUE(api().remove(ref("workflows", "w"), {}));
  const auto events = pods->next(10'000).value();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].type, Type::kDeleted);
}

}  // namespace
}  // namespace kube
