// Creating, updating, patching; the status apart; admission; batches.
#include <gmock/gmock.h>

#include <set>

#include "kube/api_contract_test.h"

namespace kube {
namespace {

using base::Code;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class ApiWrites : public ApiContract {};
ON_EVERY_BODY(ApiWrites);

TEST_P(ApiWrites, CreateFillsInWhatKubernetesFillsIn) {
  const text::Value made = create("workflows", R"({"metadata":{"name":"a"},"spec":{"x":[1.50,null]},
      "unknown":{"kept":true}})");
  EXPECT_EQ(made.string_at("apiVersion"), "argoproj.io/v1alpha1");
  EXPECT_EQ(made.string_at("kind"), "Workflow");
  EXPECT_EQ(made.string_at("metadata", "namespace"), "argo");
  EXPECT_EQ(made.string_at("metadata", "creationTimestamp"), "2026-01-02T03:04:05Z");
  EXPECT_EQ(made.string_at("metadata", "uid").size(), 36u);
  EXPECT_EQ(made.string_at("metadata", "resourceVersion"), now());
  EXPECT_EQ(made.find_path("metadata", "generation")->to_int(), 1);
  EXPECT_EQ(text::to_json(*made.find("spec")), R"({"x":[1.50,null]})");
  EXPECT_EQ(get("workflows", "a"), made);
}

TEST_P(ApiWrites, GenerateNameAddsFiveCharactersAndAvoidsTakenNames) {
  std::set<std::string> names;
  for (int i = 0; i < 20; ++i)
    names.emplace(create("workflows", R"({"metadata":{"generateName":"hello-"}})")
                      .string_at("metadata", "name"));
  EXPECT_THAT(names, SizeIs(20));
  for (const std::string& name : names) EXPECT_EQ(name.size(), 11u) << name;
  const text::Value made =
      create("workflows", R"({"metadata":{"generateName":")" + std::string(100, 'a') + R"("}})");
  EXPECT_EQ(made.string_at("metadata", "name").size(), 63u);
}

struct Refusal {
  const char *title, *plural, *object;
  Code code;
  const char* text;
};

TEST_P(ApiWrites, CreateRefusesWithAReason) {
  create("workflows", R"({"metadata":{"name":"taken"}})");
  const Refusal rows[] = {
      {"no name", "workflows", R"({"metadata":{}})", Code::kInvalid, "generateName"},
      {"a taken name", "workflows", R"({"metadata":{"name":"taken"}})", Code::kAlreadyExists,
       "workflows.argoproj.io \"taken\" already exists"},
      {"capitals", "workflows", R"({"metadata":{"name":"Bad"}})", Code::kInvalid,
       "lowercase RFC 1123 subdomain"},
      {"a dot at the end", "pods", R"({"metadata":{"name":"a."}})", Code::kInvalid, "RFC 1123"},
      {"another namespace", "pods", R"({"metadata":{"name":"a","namespace":"b"}})", Code::kInvalid,
       "does not match the namespace"},
      {"another kind", "pods", R"({"kind":"Secret","metadata":{"name":"a"}})", Code::kInvalid,
       "not a Pod"},
      {"a resourceVersion", "pods", R"({"metadata":{"name":"a","resourceVersion":"1"}})",
       Code::kInvalid, "resourceVersion should not be set"},
      {"a label with a space", "pods", R"({"metadata":{"name":"a","labels":{"k":"a b"}}})",
       Code::kInvalid, "metadata.labels.k"},
      {"a label that is a number", "pods", R"({"metadata":{"name":"a","labels":{"k":1}}})",
       Code::kInvalid, "must be a string"},
      {"an owner without uid", "pods",
       R"({"metadata":{"name":"a","ownerReferences":[{"apiVersion":"v1","kind":"Pod",
           "name":"p"}]}})",
       Code::kInvalid, "uid"},
      {"no object", "pods", R"([])", Code::kInvalid, "must be a map"},
      {"metadata of another shape", "pods", R"({"metadata":"a"})", Code::kInvalid, "metadata"},
  };
  for (const Refusal& row : rows) {
    const auto made = api().create(kind_of(row.plural), "argo", json(row.object), false);
    ASSERT_FALSE(made) << row.title;
    EXPECT_EQ(made.error().code, row.code) << row.title;
    EXPECT_THAT(made.error().text, HasSubstr(row.text)) << row.title;
  }
  EXPECT_EQ(
      api().create(kind_of("pods"), "No", json(R"({"metadata":{"name":"a"}})"), false).error().code,
      Code::kInvalid);
}

TEST_P(ApiWrites, TheLongestNameIsTakenAndTheNextIsNot) {
  const auto with = [](size_t size) {
    return json(R"({"metadata":{"name":")" + std::string(size, 'a') + R"("}})");
  };
  EXPECT_TRUE(api().create(kind_of("pods"), "argo", with(253), false));
  EXPECT_FALSE(api().create(kind_of("pods"), "argo", with(254), false));
  EXPECT_TRUE(api().create(kind_of("namespaces"), "", with(63), false));
  EXPECT_FALSE(api().create(kind_of("namespaces"), "", with(64), false));
}

TEST_P(ApiWrites, ADryRunWritesNothing) {
  const std::string before = now();
  EXPECT_TRUE(api().create(kind_of("pods"), "argo", json(R"({"metadata":{"name":"a"}})"), true));
  EXPECT_EQ(now(), before);
  create("pods", R"({"metadata":{"name":"a"}})");
  EXPECT_EQ(api()
                .create(kind_of("pods"), "argo", json(R"({"metadata":{"name":"a"}})"), true)
                .error()
                .code,
            Code::kAlreadyExists);
  DeleteOptions options;
  options.dry_run = true;
  EXPECT_TRUE(api().remove(ref("pods", "a"), options));
  EXPECT_TRUE(exists("pods", "a"));
}

TEST_P(ApiWrites, ANamespaceComesIntoBeingWithItsFirstUse) {
  create("pods", R"({"metadata":{"name":"a"}})");
  EXPECT_THAT(names("namespaces", {}), ElementsAre("argo"));
  EXPECT_EQ(get("namespaces", "argo").string_at("status", "phase"), "Active");
}

TEST_P(ApiWrites, UpdateKeepsWhatIsNotTheClientsToChange) {
  const text::Value made = create("workflows", R"({"metadata":{"name":"a"},"spec":{"x":1}})");
  text::Value changed = json(R"({"metadata":{"name":"a","uid":"","labels":{"k":"v"},
      "creationTimestamp":"1999-01-01T00:00:00Z"},"spec":{"x":2},"status":{"phase":"Running"}})");
  const text::Value updated = api().update(ref("workflows", "a"), changed).value();
  EXPECT_EQ(updated.string_at("metadata", "uid"), made.string_at("metadata", "uid"));
  EXPECT_EQ(updated.string_at("metadata", "creationTimestamp"), "2026-01-02T03:04:05Z");
  EXPECT_EQ(updated.string_at("status", "phase"), "Running");
  EXPECT_EQ(updated.find_path("metadata", "generation")->to_int(), 2);
  EXPECT_EQ(updated, get("workflows", "a"));
  EXPECT_THAT(names("workflows", {"k=v", "", "", 0}), ElementsAre("a"));
}

TEST_P(ApiWrites, OnlyACurrentResourceVersionMayBeUpdated) {
  const text::Value first = create("workflows", R"({"metadata":{"name":"a"}})");
  text::Value second = first;
  second["spec"]["x"] = 1;
  const text::Value written = api().update(ref("workflows", "a"), second).value();
  EXPECT_NE(written.string_at("metadata", "resourceVersion"),
            first.string_at("metadata", "resourceVersion"));
  text::Value stale = first;
  stale["spec"]["x"] = 2;
  EXPECT_EQ(api().update(ref("workflows", "a"), stale).error().code, Code::kConflict);
  stale["metadata"].as_map().erase("resourceVersion");
  EXPECT_TRUE(api().update(ref("workflows", "a"), stale));
  stale["metadata"]["uid"] = "other";
  EXPECT_EQ(api().update(ref("workflows", "a"), stale).error().code, Code::kConflict);
  EXPECT_EQ(api().update(ref("workflows", "b"), json(R"({})")).error().code, Code::kNotFound);
  EXPECT_EQ(api().update(ref("workflows", "a"), json(R"({"metadata":{"name":"b"}})")).error().code,
            Code::kInvalid);
}

TEST_P(ApiWrites, AnUpdateThatChangesNothingWritesNothing) {
  const text::Value made = create("workflows", R"({"metadata":{"name":"a"},"spec":{"x":1}})");
  const std::string before = now();
  EXPECT_EQ(api().update(ref("workflows", "a"), made).value(), made);
  EXPECT_EQ(now(), before);
}

TEST_P(ApiWrites, AConcurrentWriterIsWaitedForWhenNoVersionWasGiven) {
  create("workflows", R"({"metadata":{"name":"a"}})");
  store_->fail_commits(store::FailingStore::Fault::kConflict, 0, 3);
  EXPECT_TRUE(api().patch(ref("workflows", "a"), PatchType::kMerge, json(R"({"spec":{"x":1}})")));
  store_->fail_commits(store::FailingStore::Fault::kConflict, 0, 3);
  EXPECT_TRUE(api().update(ref("workflows", "a"), json(R"({"spec":{"x":2}})")));
  store_->fail_commits(store::FailingStore::Fault::kConflict, 0, 3);
  EXPECT_TRUE(api().remove(ref("workflows", "a"), {}));
}

TEST_P(ApiWrites, AFullDiskIsReportedAndChangesNothing) {
  create("workflows", R"({"metadata":{"name":"a"}})");
  const text::Value before = get("workflows", "a");
  store_->fail_commits(store::FailingStore::Fault::kDiskFull, 0, 1);
  EXPECT_EQ(api().update(ref("workflows", "a"), json(R"({"spec":{}})")).error().code,
            Code::kUnavailable);
  EXPECT_EQ(get("workflows", "a"), before);
  store_->fail_reads(1);
  EXPECT_EQ(api().get(ref("workflows", "a")).error().code, Code::kUnavailable);
}

TEST_P(ApiWrites, PatchesOfBothKinds) {
  create("workflows", R"({"metadata":{"name":"a"},"spec":{"x":1,"y":[1,2]}})");
  EXPECT_EQ(text::to_json(*api()
                               .patch(ref("workflows", "a"), PatchType::kMerge,
                                      json(R"({"spec":{"x":null,"z":3}})"))
                               .value()
                               .find("spec")),
            R"({"y":[1,2],"z":3})");
  EXPECT_EQ(text::to_json(*api()
                               .patch(ref("workflows", "a"), PatchType::kJson,
                                      json(R"([{"op":"add","path":"/spec/y/-","value":3}])"))
                               .value()
                               .find("spec")),
            R"({"y":[1,2,3],"z":3})");
  const auto stale = api().patch(ref("workflows", "a"), PatchType::kMerge,
                                 json(R"({"metadata":{"resourceVersion":"1"},"spec":{"x":9}})"));
  EXPECT_EQ(stale.error().code, Code::kConflict);
}

TEST_P(ApiWrites, APodsStatusIsWrittenBesideItsSpec) {
  create("pods",
         R"({"metadata":{"name":"p"},"spec":{"nodeName":"n"},"status":{"phase":"Failed"}})");
  EXPECT_EQ(get("pods", "p").string_at("status", "phase"), "Pending");
  text::Value pod = get("pods", "p");
  pod["status"]["phase"] = "Running";
  pod["spec"]["nodeName"] = "other";
  pod["metadata"]["annotations"]["k"] = "v";
  api().update_status(ref("pods", "p"), pod).value();
  EXPECT_EQ(get("pods", "p").string_at("spec", "nodeName"), "n");
  EXPECT_EQ(get("pods", "p").string_at("status", "phase"), "Running");
  EXPECT_EQ(get("pods", "p").string_at("metadata", "annotations", "k"), "v");
  pod["metadata"].as_map().erase("resourceVersion");
  pod["status"]["phase"] = "Succeeded";
  api().update(ref("pods", "p"), pod).value();
  EXPECT_EQ(get("pods", "p").string_at("status", "phase"), "Running");
  EXPECT_EQ(get("pods", "p").string_at("spec", "nodeName"), "other");
  api()
      .patch_status(ref("pods", "p"), PatchType::kMerge, json(R"({"status":{"message":"m"}})"))
      .value();
  EXPECT_EQ(get("pods", "p").string_at("status", "message"), "m");
}

TEST_P(ApiWrites, StatusesOfManyAreWrittenTogetherAndOneMayFailAlone) {
  std::vector<StatusUpdate> updates;
  for (const char* name : {"a", "b", "c"}) {
    create("pods", R"({"metadata":{"name":")" + std::string(name) +
                       R"(","annotations":{"k":"old","other":"stays"}}})");
    const std::string uid(get("pods", name).string_at("metadata", "uid"));
    updates.push_back({ref("pods", name), uid, json(R"({"phase":"Succeeded"})"), {{"k", "new"}}});
  }
  updates[1].uid = "another";
  updates.push_back({ref("pods", "none"), "x", json("{}"), {}});
  const uint64_t before = std::stoull(now());
  const auto answers = api().update_statuses(updates);
  ASSERT_EQ(answers.size(), 4u);
  EXPECT_TRUE(answers[0] && answers[2]);
  EXPECT_EQ(answers[1].error().code, Code::kNotFound);
  EXPECT_EQ(answers[3].error().code, Code::kNotFound);
  EXPECT_EQ(std::stoull(now()), before + 1) << "one batch";
  EXPECT_EQ(get("pods", "b").string_at("status", "phase"), "Pending");
  for (const char* name : {"a", "c"}) {
    const text::Value pod = get("pods", name);
    EXPECT_EQ(pod.string_at("status", "phase"), "Succeeded");
    EXPECT_EQ(pod.string_at("metadata", "annotations", "k"), "new");
    EXPECT_EQ(pod.string_at("metadata", "annotations", "other"), "stays");
    EXPECT_EQ(pod.string_at("metadata", "labels", "workflows.argoproj.io/completed"), "true");
  }
  // The same again writes nothing; an object named twice gets both, in order.
  updates.erase(updates.begin() + 1);
  updates.pop_back();
  EXPECT_TRUE(api().update_statuses(updates)[0]);
  EXPECT_EQ(std::stoull(now()), before + 1);
  updates.push_back(updates[0]);
  updates.back().status = json(R"({"phase":"Failed"})");
  for (const base::Status& answer : api().update_statuses(updates)) EXPECT_TRUE(answer);
  EXPECT_EQ(get("pods", "a").string_at("status", "phase"), "Failed");
}

TEST_P(ApiWrites, APodThatEndsIsLabelledCompletedInTheSameWrite) {
  for (const char* phase : {"Succeeded", "Failed"}) {
    const std::string name = phase == std::string("Failed") ? "f" : "s";
    create("pods", R"({"metadata":{"name":")" + name + R"("}})");
    auto pods = watch("pods", {"workflows.argoproj.io/completed=true", "", "", 0}, now());
    text::Value pod = get("pods", name);
    pod["status"]["phase"] = "Running";
    pod = api().update_status(ref("pods", name), pod).value();
    EXPECT_EQ(seen(*pods), "");
    pod["status"]["phase"] = phase;
    api().update_status(ref("pods", name), pod).value();
    EXPECT_EQ(seen(*pods), "+" + name + " ");
  }
  EXPECT_THAT(names("pods", {"workflows.argoproj.io/completed=true", "", "", 0}),
              ElementsAre("f", "s"));
}

TEST_P(ApiWrites, AdmissionMayRefuseAndChange) {
  api().set_admission(kind_of("workflows"),
                      [](Operation operation, const text::Value* old_object, text::Value object,
                         Warnings&) -> base::Result<text::Value> {
                        if (operation == Operation::kDelete)
                          return base::fail(Code::kForbidden, "kept for the auditors");
                        EXPECT_EQ(old_object != nullptr, operation == Operation::kUpdate);
                        if (object.find_path("spec", "bad"))
                          return base::fail(Code::kInvalid, "spec.bad: unknown field");
                        object["spec"]["admitted"] = true;
                        return object;
                      });
  EXPECT_EQ(api()
                .create(kind_of("workflows"), "argo",
                        json(R"({"metadata":{"name":"b"},"spec":{"bad":1}})"), false)
                .error()
                .text,
            "spec.bad: unknown field");
  EXPECT_FALSE(exists("workflows", "b"));
  text::Value made = create("workflows", R"({"metadata":{"name":"a"}})");
  EXPECT_TRUE(made.find_path("spec", "admitted"));
  EXPECT_FALSE(
      api().patch(ref("workflows", "a"), PatchType::kMerge, json(R"({"spec":{"bad":1}})")));
  EXPECT_EQ(api().remove(ref("workflows", "a"), {}).error().code, Code::kForbidden);
  EXPECT_TRUE(exists("workflows", "a"));
}

TEST_P(ApiWrites, ABatchOfPreparedObjectsAndRowsIsOneWrite) {
  const text::Value owner = create("workflows", R"({"metadata":{"name":"w"}})");
  store::Batch batch;
  batch.puts.push_back(
      api().prepare_create(kind_of("pods"), "argo", json(R"({"metadata":{"name":"p"}})")).value());
  text::Value changed = get("workflows", "w");
  changed["status"]["phase"] = "Running";
  batch.puts.push_back(api().prepare_update(ref("workflows", "w"), changed).value());
  batch.rows.push_back({std::string(owner.string_at("metadata", "uid")), "nodes", 0, "row"});
  EXPECT_FALSE(exists("pods", "p"));
  const uint64_t revision = api().commit(std::move(batch)).value();
  EXPECT_EQ(get("pods", "p").string_at("metadata", "resourceVersion"), std::to_string(revision));
  EXPECT_EQ(get("workflows", "w").string_at("metadata", "resourceVersion"),
            std::to_string(revision));
  EXPECT_EQ(api().prepare_update(ref("workflows", "w"), changed).error().code, Code::kConflict);
}

TEST_P(ApiWrites, TheTextOfAnObjectIsGivenWithoutParsing) {
  create("pods", R"({"spec":{"a":"\"metadata\":{"},"metadata":{"name":"p"}})");
  const store::Object stored = api().store().get(StoreApi::key_of(ref("pods", "p"))).value();
  EXPECT_EQ(json(StoreApi::to_json(stored)), get("pods", "p"));
}

}  // namespace
}  // namespace kube
