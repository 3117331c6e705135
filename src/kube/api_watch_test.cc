// Lists by selectors, in pages; watches.
#include <gmock/gmock.h>

#include "kube/api_contract_test.h"

namespace kube {
namespace {

using base::Code;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ApiWatches : public ApiContract {};
ON_EVERY_BODY(ApiWatches);

TEST_P(ApiWatches, ListsBySelectorsAndPages) {
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    create("pods", R"({"metadata":{"name":")" + std::string(name) + R"(","labels":{"k":")" +
                       (name[0] < 'd' ? "x" : "y") + R"("}},"spec":{"nodeName":"n)" + name +
                       R"("}})");
    if (name[0] == 'b' || name[0] == 'e')
      api().update_status(ref("pods", name), json(R"({"status":{"phase":"Running"}})")).value();
  }
  EXPECT_THAT(names("pods", {"k=x", "", "", 0}), ElementsAre("a", "b", "c"));
  EXPECT_THAT(names("pods", {"", "status.phase=Running", "", 0}), ElementsAre("b", "e"));
  EXPECT_THAT(names("pods", {"k=x", "status.phase!=Running", "", 0}), ElementsAre("a", "c"));
  EXPECT_THAT(names("pods", {"", "metadata.name=c", "", 0}), ElementsAre("c"));
  EXPECT_THAT(names("pods", {"", "spec.nodeName=", "", 0}), IsEmpty());
  ListOptions options{"", "status.phase!=Running", "", 2};
  const auto first = api().list(kind_of("pods"), "argo", options).value();
  EXPECT_THAT(first.items, SizeIs(2));
  options.continue_token = first.continue_token;
  EXPECT_THAT(names("pods", options), ElementsAre("d"));
  EXPECT_EQ(first.resource_version, now());
  EXPECT_EQ(api().list(kind_of("pods"), "", {"a b", "", "", 0}).error().code, Code::kInvalid);
}

TEST_P(ApiWatches, AWatchFromNothingBeginsWithWhatIsThere) {
  create("pods", R"({"metadata":{"name":"a"}})");
  auto pods = watch("pods", {}, "");
  EXPECT_EQ(seen(*pods), "+a ");
  create("pods", R"({"metadata":{"name":"b"}})");
  EXPECT_EQ(seen(*pods), "+b ");
  EXPECT_EQ(pods->bookmark(), now());
  auto later = watch("pods", {}, pods->bookmark());
  ASSERT_TRUE(api().remove(ref("pods", "a"), {}));
  EXPECT_EQ(seen(*later), "-a ");
  EXPECT_EQ(api().watch(kind_of("pods"), "", {}, "999999").error().code, Code::kGone);
  EXPECT_EQ(api().watch(kind_of("pods"), "", {}, "x").error().code, Code::kInvalid);
}

TEST_P(ApiWatches, AWatchWithASelectorSeesObjectsComeAndGo) {
  create("pods", R"({"metadata":{"name":"a","labels":{"k":"x"}}})");
  create("pods", R"({"metadata":{"name":"b"}})");
  auto labels = watch("pods", {"k=x", "", "", 0}, now());
  auto fields = watch("pods", {"", "status.phase=Running", "", 0}, now());
  auto named = watch("pods", {"", "metadata.name=b", "", 0}, now());
  const auto patch = [&](const char* name, const char* source) {
    const auto done = api().patch(ref("pods", name), PatchType::kMerge, json(source));
    EXPECT_TRUE(done);
  };
  patch("b", R"({"metadata":{"labels":{"k":"x"}}})");
  EXPECT_EQ(seen(*labels), "+b ");
  patch("b", R"({"metadata":{"annotations":{"z":"1"}}})");
  EXPECT_EQ(seen(*labels), "~b ");
  patch("b", R"({"metadata":{"labels":{"k":"y"}}})");
  EXPECT_EQ(seen(*labels), "-b ");
  patch("b", R"({"metadata":{"labels":{"k":"z"}}})");
  EXPECT_EQ(seen(*labels), "");
  EXPECT_EQ(seen(*fields), "");
  EXPECT_EQ(seen(*named), "~b ");
  api().update_status(ref("pods", "a"), json(R"({"status":{"phase":"Running"}})")).value();
  EXPECT_EQ(seen(*fields), "+a ");
  api().update_status(ref("pods", "a"), json(R"({"status":{"phase":"Succeeded"}})")).value();
  EXPECT_EQ(seen(*fields), "-a ");
  ASSERT_TRUE(api().remove(ref("pods", "a"), {}));
  ASSERT_TRUE(api().remove(ref("pods", "b"), {}));
  EXPECT_EQ(seen(*labels), "-a ");
  EXPECT_EQ(seen(*fields), "");
  EXPECT_EQ(seen(*named), "-b ");
}

TEST_P(ApiWatches, EventsCarryARevisionToGoOnFrom) {
  create("workflows", R"({"metadata":{"name":"w"}})");
  auto workflows = watch("workflows", {}, now());
  store::Batch batch;
  batch.rows.push_back(
      {std::string(get("workflows", "w").string_at("metadata", "uid")), "nodes", 1, "row"});
  ASSERT_TRUE(api().commit(batch));
  const auto events = workflows->next(0).value();
  ASSERT_THAT(events, SizeIs(1));
  const std::string version(events[0].object.string_at("metadata", "resourceVersion"));
  EXPECT_EQ(version, now());
  // A client that read this event may write.
  EXPECT_TRUE(api().update(ref("workflows", "w"), events[0].object));
}

}  // namespace
}  // namespace kube
