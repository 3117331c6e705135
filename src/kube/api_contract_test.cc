// The verbs of kube/api.h over every body that can stand alone.
#include <gmock/gmock.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "kube/garbage_collector.h"
#include "kube/kinds.h"
#include "kube/store_api.h"
#include "store/failing.h"
#include "store/memory.h"
#include "store/sqlite.h"
#include "text/json.h"

namespace kube {
namespace {

using base::Code;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Type = WatchEvent::Type;

text::Value json(std::string_view source) { return text::parse_json(source).value(); }

class ApiContract : public testing::TestWithParam<const char*> {
 protected:
  ApiContract() : clock_(base::parse_rfc3339("2026-01-02T03:04:05Z").value()), random_(1) {
    if (GetParam() == std::string("sqlite")) {
      char name[] = "/tmp/argon-api-XXXXXX";
      directory_ = ::mkdtemp(name);
      store::SqliteOptions options;
      options.directory = directory_;
      inner_ = store::open_sqlite(options).value();
    } else {
      inner_ = store::make_memory_store();
    }
    store_ = std::make_unique<store::FailingStore>(*inner_);
    api_ = std::make_unique<StoreApi>(*store_, clock_, random_);
    collector_ = std::make_unique<GarbageCollector>(*api_);
  }
  ~ApiContract() override {
    collector_.reset();
    api_.reset();
    store_.reset();
    inner_.reset();
    if (!directory_.empty()) std::filesystem::remove_all(directory_);
  }

  StoreApi& api() { return *api_; }
  void collect() { ASSERT_TRUE(collector_->run_once()); }
  static ObjectRef ref(std::string_view plural, std::string name) {
    return {&kind_of(plural), "argo", std::move(name)};
  }
  text::Value create(std::string_view plural, std::string_view source) {
    auto created = api().create(kind_of(plural), "argo", json(source), false);
    EXPECT_TRUE(created) << (created ? "" : created.error().text);
    return created.value();
  }
  text::Value get(std::string_view plural, std::string name) {
    return api().get(ref(plural, std::move(name))).value();
  }
  bool exists(std::string_view plural, std::string name) {
    return api().get(ref(plural, std::move(name))).has_value();
  }
  std::string owner_of(const text::Value& owner) {
    return R"("ownerReferences":[{"apiVersion":")" + std::string(owner.string_at("apiVersion")) +
           R"(","kind":")" + std::string(owner.string_at("kind")) + R"(","name":")" +
           std::string(owner.string_at("metadata", "name")) + R"(","uid":")" +
           std::string(owner.string_at("metadata", "uid")) + R"("}])";
  }
  std::vector<std::string> names(std::string_view plural, const ListOptions& options) {
    std::vector<std::string> names;
    const auto list = api().list(kind_of(plural), "", options);
    EXPECT_TRUE(list) << (list ? "" : list.error().text);
    for (const text::Value& item : list->items)
      names.emplace_back(item.string_at("metadata", "name"));
    return names;
  }
  // "+a" added, "~a" modified, "-a" deleted.
  static std::string seen(Watch& watch) {
    std::string seen;
    const std::vector<WatchEvent> events = watch.next(0).value();
    for (const WatchEvent& event : events) {
      seen += event.type == Type::kAdded ? "+" : event.type == Type::kModified ? "~" : "-";
      seen += std::string(event.object.string_at("metadata", "name")) + " ";
    }
    return seen;
  }
  std::unique_ptr<Watch> watch(std::string_view plural, const ListOptions& options,
                               std::string_view from) {
    return api().watch(kind_of(plural), "", options, from).value();
  }
  std::string now() { return std::to_string(inner_->revision()); }

  sys::ManualClock clock_;
  sys::SeededRandom random_;
  std::string directory_;
  std::unique_ptr<store::Store> inner_;
  std::unique_ptr<store::FailingStore> store_;
  std::unique_ptr<StoreApi> api_;
  std::unique_ptr<GarbageCollector> collector_;
};

TEST_P(ApiContract, CreateFillsInWhatKubernetesFillsIn) {
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

TEST_P(ApiContract, GenerateNameAddsFiveCharactersAndAvoidsTakenNames) {
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

TEST_P(ApiContract, CreateRefusesWithAReason) {
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

TEST_P(ApiContract, TheLongestNameIsTakenAndTheNextIsNot) {
  const auto with = [](size_t size) {
    return json(R"({"metadata":{"name":")" + std::string(size, 'a') + R"("}})");
  };
  EXPECT_TRUE(api().create(kind_of("pods"), "argo", with(253), false));
  EXPECT_FALSE(api().create(kind_of("pods"), "argo", with(254), false));
  EXPECT_TRUE(api().create(kind_of("namespaces"), "", with(63), false));
  EXPECT_FALSE(api().create(kind_of("namespaces"), "", with(64), false));
}

TEST_P(ApiContract, ADryRunWritesNothing) {
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

TEST_P(ApiContract, ANamespaceComesIntoBeingWithItsFirstUse) {
  create("pods", R"({"metadata":{"name":"a"}})");
  EXPECT_THAT(names("namespaces", {}), ElementsAre("argo"));
  EXPECT_EQ(get("namespaces", "argo").string_at("status", "phase"), "Active");
}

TEST_P(ApiContract, UpdateKeepsWhatIsNotTheClientsToChange) {
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

TEST_P(ApiContract, OnlyACurrentResourceVersionMayBeUpdated) {
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

TEST_P(ApiContract, AnUpdateThatChangesNothingWritesNothing) {
  const text::Value made = create("workflows", R"({"metadata":{"name":"a"},"spec":{"x":1}})");
  const std::string before = now();
  EXPECT_EQ(api().update(ref("workflows", "a"), made).value(), made);
  EXPECT_EQ(now(), before);
}

TEST_P(ApiContract, AConcurrentWriterIsWaitedForWhenNoVersionWasGiven) {
  create("workflows", R"({"metadata":{"name":"a"}})");
  store_->fail_commits(store::FailingStore::Fault::kConflict, 0, 3);
  EXPECT_TRUE(api().patch(ref("workflows", "a"), PatchType::kMerge, json(R"({"spec":{"x":1}})")));
  store_->fail_commits(store::FailingStore::Fault::kConflict, 0, 3);
  EXPECT_TRUE(api().update(ref("workflows", "a"), json(R"({"spec":{"x":2}})")));
  store_->fail_commits(store::FailingStore::Fault::kConflict, 0, 3);
  EXPECT_TRUE(api().remove(ref("workflows", "a"), {}));
}

TEST_P(ApiContract, AFullDiskIsReportedAndChangesNothing) {
  create("workflows", R"({"metadata":{"name":"a"}})");
  const text::Value before = get("workflows", "a");
  store_->fail_commits(store::FailingStore::Fault::kDiskFull, 0, 1);
  EXPECT_EQ(api().update(ref("workflows", "a"), json(R"({"spec":{}})")).error().code,
            Code::kUnavailable);
  EXPECT_EQ(get("workflows", "a"), before);
  store_->fail_reads(1);
  EXPECT_EQ(api().get(ref("workflows", "a")).error().code, Code::kUnavailable);
}

TEST_P(ApiContract, PatchesOfBothKinds) {
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

TEST_P(ApiContract, APodsStatusIsWrittenBesideItsSpec) {
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

TEST_P(ApiContract, StatusesOfManyAreWrittenTogetherAndOneMayFailAlone) {
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

TEST_P(ApiContract, APodThatEndsIsLabelledCompletedInTheSameWrite) {
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

TEST_P(ApiContract, ListsBySelectorsAndPages) {
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

TEST_P(ApiContract, AWatchFromNothingBeginsWithWhatIsThere) {
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

TEST_P(ApiContract, AWatchWithASelectorSeesObjectsComeAndGo) {
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

TEST_P(ApiContract, EventsCarryARevisionToGoOnFrom) {
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

TEST_P(ApiContract, FinalizersHoldADeletedObjectUntilTheLastIsGone) {
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

TEST_P(ApiContract, ARunningPodGetsItsGrace) {
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

TEST_P(ApiContract, RemoveHoldsItsPreconditions) {
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
  EXPECT_EQ(api().remove(ref("namespaces", "argo"), {}).error().code, Code::kUnsupported);
}

TEST_P(ApiContract, DependentsGoWithTheirLastOwner) {
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

TEST_P(ApiContract, ADependentOfAnOwnerThatIsGoneIsCollected) {
  const text::Value owner = create("workflows", R"({"metadata":{"name":"w"}})");
  ASSERT_TRUE(api().remove(ref("workflows", "w"), {}));
  collect();
  create("pods", R"({"metadata":{"name":"late",)" + owner_of(owner) + "}}");
  collect();
  EXPECT_FALSE(exists("pods", "late"));
}

TEST_P(ApiContract, ForegroundTheOwnerGoesLast) {
  const text::Value owner = create("workflows", R"({"metadata":{"name":"w"}})");
  create("pods", R"({"metadata":{"name":"held","finalizers":["x/y"],)" + owner_of(owner) + "}}");
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
  EXPECT_FALSE(exists("workflows", "w"));
}

TEST_P(ApiContract, OrphansAreLetGo) {
  const text::Value owner = create("workflows", R"({"metadata":{"name":"w"}})");
  create("pods", R"({"metadata":{"name":"p",)" + owner_of(owner) + "}}");
  DeleteOptions options;
  options.propagation = "Orphan";
  ASSERT_TRUE(api().remove(ref("workflows", "w"), options));
  collect();
  EXPECT_FALSE(exists("workflows", "w"));
  EXPECT_EQ(get("pods", "p").find_path("metadata", "ownerReferences"), nullptr);
}

TEST_P(ApiContract, ManyDependentsGoInPages) {
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

TEST_P(ApiContract, TheCollectorsThreadFollowsDeletions) {
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

TEST_P(ApiContract, AdmissionMayRefuseAndChange) {
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

TEST_P(ApiContract, ABatchOfPreparedObjectsAndRowsIsOneWrite) {
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

TEST_P(ApiContract, TheTextOfAnObjectIsGivenWithoutParsing) {
  create("pods", R"({"spec":{"a":"\"metadata\":{"},"metadata":{"name":"p"}})");
  const store::Object stored = api().store().get(StoreApi::key_of(ref("pods", "p"))).value();
  EXPECT_EQ(json(StoreApi::to_json(stored)), get("pods", "p"));
}

INSTANTIATE_TEST_SUITE_P(Bodies, ApiContract, testing::Values("memory", "sqlite"),
                         [](const auto& body) { return std::string(body.param); });

}  // namespace
}  // namespace kube
