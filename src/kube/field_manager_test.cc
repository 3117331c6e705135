#include "kube/field_manager.h"

#include <gtest/gtest.h>

#include "kube/field_set.h"
#include "kube/typed_merge.h"
#include "model/api_types.h"
#include "text/json.h"

namespace kube {
namespace {

using text::Value;

Value json(std::string_view source) { return *text::parse_json(source); }

const model::SchemaType* deployment() { return model::find_api_type("apps/v1", "Deployment"); }

Value deployment(const std::string& spec, const std::string& metadata = "") {
  return json(R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web")" + metadata +
              R"(},"spec":)" + spec + "}");
}

TEST(FieldSet, ReadsWhatItWrites) {
  const Value fields = json(R"({"f:metadata":{"f:labels":{".":{},"f:a":{}}},"f:spec":{"f:ports":{)"
                            R"("k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:port":{}}},)"
                            R"("f:sources":{"v:\"x\"":{}}}})");
  const auto set = FieldSet::parse(fields);
  ASSERT_TRUE(set);
  EXPECT_EQ(set->to_fields_v1(), fields);
  const std::vector<std::string> expected = {
      ".metadata.labels", ".metadata.labels.a", R"(.spec.ports[port=80,protocol="TCP"])",
      R"(.spec.ports[port=80,protocol="TCP"].port)", R"(.spec.sources[="x"])"};
  EXPECT_EQ(set->paths(), expected);
  EXPECT_FALSE(FieldSet::parse(json(R"({"x":{}})")));
  EXPECT_FALSE(FieldSet::parse(json("[]")));
}

TEST(FieldSet, UnitesRemovesAndCompares) {
  auto a = *FieldSet::parse(json(R"({"f:a":{},"f:b":{"f:c":{}}})"));
  const auto b = *FieldSet::parse(json(R"({"f:b":{"f:c":{},"f:d":{}}})"));
  EXPECT_EQ(text::to_json(a.common(b).to_fields_v1()), R"({"f:b":{"f:c":{}}})");
  FieldSet all = a;
  all.unite(b);
  EXPECT_EQ(text::to_json(all.to_fields_v1()), R"({"f:a":{},"f:b":{"f:c":{},"f:d":{}}})");
  all.remove(b);
  EXPECT_EQ(text::to_json(all.to_fields_v1()), R"({"f:a":{}})");
}

class Applied : public testing::Test {
 protected:
  // The text of the refusal, or "".
  std::string apply(const Value& config, const std::string& who, bool force = false) {
    conflicts_.clear();
    auto done = apply_fields(deployment(), live_, config, {who, ""}, force, {0}, conflicts_);
    if (!done) return done.error().text;
    live_ = std::move(*done);
    return "";
  }
  std::string spec() { return text::to_json(*live_.find("spec")); }

  Value live_;
  std::vector<FieldConflict> conflicts_;
};

TEST_F(Applied, WhatIsNoLongerAppliedGoes) {
  EXPECT_EQ(apply(deployment(R"({"replicas":2,"paused":true})"), "a"), "");
  EXPECT_EQ(spec(), R"({"replicas":2,"paused":true})");
  EXPECT_EQ(apply(deployment(R"({"replicas":2})"), "a"), "");
  EXPECT_EQ(spec(), R"({"replicas":2})");
  EXPECT_EQ(text::to_json(*live_.find_path("metadata", "managedFields")),
            R"([{"manager":"a","operation":"Apply","apiVersion":"apps/v1",)"
            R"("time":"1970-01-01T00:00:00Z","fieldsType":"FieldsV1",)"
            R"("fieldsV1":{"f:spec":{"f:replicas":{}}}}])");
}

TEST_F(Applied, ConflictsAreToldAndForced) {
  EXPECT_EQ(apply(deployment(R"({"replicas":2,"paused":true})"), "a"), "");
  EXPECT_EQ(apply(deployment(R"({"replicas":2})"), "b"), "") << "the same value is shared";
  EXPECT_EQ(apply(deployment(R"({"replicas":3})"), "b"),
            "Apply failed with 1 conflict: conflict with \"a\" using apps/v1: .spec.replicas");
  ASSERT_EQ(conflicts_.size(), 1u);
  EXPECT_EQ(conflicts_[0].field, ".spec.replicas");
  EXPECT_EQ(apply(deployment(R"({"replicas":3,"paused":false})"), "b"),
            "Apply failed with 2 conflicts: conflicts with \"a\" using apps/v1:\n- .spec.paused\n"
            "- .spec.replicas");
  EXPECT_EQ(apply(deployment(R"({"replicas":3})"), "b", true), "");
  EXPECT_EQ(spec(), R"({"replicas":3,"paused":true})");
  EXPECT_EQ(apply(deployment(R"({"paused":true})"), "a"), "");
  EXPECT_EQ(spec(), R"({"replicas":3,"paused":true})") << "b has taken it over";
}

TEST_F(Applied, ElementsOfListsHaveTheirOwners) {
  EXPECT_EQ(
      apply(deployment(R"({"template":{"spec":{"containers":[{"name":"x","image":"1"}]}}})"), "a"),
      "");
  EXPECT_EQ(
      apply(deployment(R"({"template":{"spec":{"containers":[{"name":"y","image":"2"}]}}})"), "b"),
      "");
  EXPECT_EQ(spec(), R"({"template":{"spec":{"containers":[)"
                    R"({"name":"x","image":"1"},{"name":"y","image":"2"}]}}})");
  EXPECT_EQ(apply(deployment(R"({"template":{"spec":{}}})"), "a"), "");
  EXPECT_EQ(spec(), R"({"template":{"spec":{"containers":[{"name":"y","image":"2"}]}}})");
}

TEST_F(Applied, WhatWasThereBelongsToBeforeFirstApply) {
  live_ = deployment(R"({"replicas":2})");
  EXPECT_EQ(apply(deployment(R"({"replicas":3})"), "a"),
            "Apply failed with 1 conflict: conflict with \"before-first-apply\" using apps/v1 at "
            "1970-01-01T00:00:00Z: .spec.replicas");
}

TEST_F(Applied, TheSameTwiceChangesNothing) {
  const Value config = deployment(R"({"replicas":2})", R"(,"labels":{"a":"1"})");
  EXPECT_EQ(apply(config, "a"), "");
  const Value once = live_;
  EXPECT_EQ(apply(config, "a"), "");
  EXPECT_EQ(text::to_json(live_), text::to_json(once));
}

TEST_F(Applied, MistakesAreRefused) {
  EXPECT_EQ(apply(deployment(R"({"replicass":2})"), "a"),
            ".spec.replicass: field not declared in schema");
  EXPECT_EQ(
      apply(deployment(R"({"template":{"spec":{"containers":[{"name":"x"},{"name":"x"}]}}})"), "a"),
      ".spec.template.spec.containers: duplicate entries for {\"name\":\"x\"}");
  EXPECT_EQ(apply(deployment(R"({"template":{"spec":{"containers":[{"image":"x"}]}}})"), "a"),
            ".spec.template.spec.containers: an element has none of the keys name");
}

TEST(NoteUpdate, FollowsWhoChangesWhat) {
  Value made = deployment(R"({"replicas":2,"paused":true})", R"(,"labels":{"a":"1"})");
  note_update(deployment(), Value(), made, {"create", ""}, {0});
  EXPECT_EQ(text::to_json(*made.find_path("metadata", "managedFields")),
            R"([{"manager":"create","operation":"Update","apiVersion":"apps/v1",)"
            R"("time":"1970-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":)"
            R"({"f:labels":{".":{},"f:a":{}}},"f:spec":{"f:paused":{},"f:replicas":{}}}}])");
  Value edited = made;
  edited["spec"]["replicas"] = 5;
  edited["spec"].as_map().erase("paused");
  note_update(deployment(), made, edited, {"edit", ""}, {1000000000});
  const Value& managers = *edited.find_path("metadata", "managedFields");
  ASSERT_EQ(managers.as_list().size(), 2u);
  EXPECT_EQ(text::to_json(*managers.as_list()[0].find("fieldsV1")),
            R"({"f:metadata":{"f:labels":{".":{},"f:a":{}}}})");
  EXPECT_EQ(text::to_json(*managers.as_list()[1].find("fieldsV1")),
            R"({"f:spec":{"f:replicas":{}}})");
}

TEST(NoteUpdate, ObjectsThatNobodyNotedStaySo) {
  const Value before = deployment(R"({"replicas":2})");
  Value after = deployment(R"({"replicas":3})");
  note_update(deployment(), before, after, {"edit", ""}, {0});
  EXPECT_EQ(after, deployment(R"({"replicas":3})"));
}

TEST(NoteUpdate, AnEmptyListBeginsAnew) {
  Value before = deployment(R"({"replicas":2})");
  note_update(deployment(), Value(), before, {"create", ""}, {0});
  Value after = before;
  after["metadata"]["managedFields"] = text::List();
  note_update(deployment(), before, after, {"edit", ""}, {0});
  EXPECT_EQ(after.find_path("metadata", "managedFields"), nullptr);
}

TEST(NoteUpdate, OldUpdatesBecomeOne) {
  Value object = deployment(R"({"replicas":0})");
  note_update(deployment(), Value(), object, {"m0", ""}, {0});
  for (int i = 1; i < 15; ++i) {
    Value next = object;
    next["metadata"]["labels"]["l" + std::to_string(i)] = "x";
    note_update(deployment(), object, next, {"m" + std::to_string(i), ""},
                {i * int64_t{1000000000}});
    object = std::move(next);
  }
  const text::List& managers = object.find_path("metadata", "managedFields")->as_list();
  EXPECT_EQ(managers.size(), 10u);
  EXPECT_EQ(managers[0].string_at("manager"), "ancient-changes");
}

// A custom resource: maps by member, lists as a whole.
TEST(CustomResource, ListsAreOneValue) {
  const Value live = json(R"({"apiVersion":"x/v1","kind":"Foo","metadata":{"name":"a"},)"
                          R"("spec":{"a":1,"list":[{"name":"x"}]}})");
  const Value config = json(R"({"apiVersion":"x/v1","kind":"Foo","metadata":{"name":"a",)"
                            R"("finalizers":["f"]},"spec":{"list":[{"name":"y"}]}})");
  std::vector<FieldConflict> conflicts;
  const auto done = apply_fields(nullptr, live, config, {"a", ""}, true, {0}, conflicts);
  ASSERT_TRUE(done);
  EXPECT_EQ(text::to_json(*done->find("spec")), R"({"a":1,"list":[{"name":"y"}]})");
  EXPECT_EQ(
      text::to_json(*done->find_path("metadata", "managedFields")->as_list()[0].find("fieldsV1")),
      R"({"f:metadata":{"f:finalizers":{"v:\"f\"":{}}},"f:spec":{"f:list":{}}})");
}

}  // namespace
}  // namespace kube
