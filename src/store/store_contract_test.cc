// The contract of store.h, over every body.
#include <gmock/gmock.h>
#include <poll.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <thread>

#include "store/failing.h"
#include "store/memory.h"
#include "store/sqlite.h"

namespace store {
namespace {

using base::Code;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Type = Change::Type;

Key pod(std::string name, std::string namespace_ = "argo") {
  return {"pods", std::move(namespace_), std::move(name)};
}
Key workflow(std::string name) { return {"workflows.argoproj.io", "argo", std::move(name)}; }

PutObject put(Key key, std::string json, Labels labels = {}, Precondition precondition = {}) {
  PutObject object;
  object.uid = "uid-" + key.name;
  object.key = std::move(key);
  object.json = std::move(json);
  object.labels = std::move(labels);
  object.precondition = std::move(precondition);
  return object;
}
Batch batch_of(PutObject object) {
  Batch batch;
  batch.puts.push_back(std::move(object));
  return batch;
}
Batch deletion_of(Key key, Precondition precondition = {}) {
  Batch batch;
  batch.deletes.push_back({std::move(key), std::move(precondition)});
  return batch;
}
Batch rows_of(std::string uid, std::vector<std::pair<uint64_t, std::string>> rows) {
  Batch batch;
  for (auto& [key, bytes] : rows) batch.rows.push_back({uid, "nodes", key, bytes});
  return batch;
}

struct Body {
  std::string directory;
  std::unique_ptr<Store> inner, store;
  ~Body() {
    store.reset();
    inner.reset();
    if (!directory.empty()) std::filesystem::remove_all(directory);
  }
};

class StoreContract : public testing::TestWithParam<const char*> {
 protected:
  StoreContract() {
    if (GetParam() == std::string("sqlite")) {
      char name[] = "/tmp/argon-store-XXXXXX";
      body_.directory = ::mkdtemp(name);
      SqliteOptions options;
      options.directory = body_.directory;
      body_.store = open_sqlite(options).value();
    } else if (GetParam() == std::string("memory")) {
      body_.store = make_memory_store();
    } else {
      body_.inner = make_memory_store();
      body_.store = std::make_unique<FailingStore>(*body_.inner);
    }
  }
  Store& store() { return *body_.store; }
  uint64_t commit(Batch batch) { return store().commit(std::move(batch)).value(); }
  Code refused(Batch batch) {
    const auto done = store().commit(std::move(batch));
    return done ? Code::kInternal : done.error().code;
  }
  std::vector<std::string> names(const ListQuery& query) {
    std::vector<std::string> names;
    const ListPage page = store().list(query).value();
    for (const Object& object : page.objects)
      names.push_back(object.key.namespace_ + "/" + object.key.name);
    return names;
  }
  ListQuery select(const std::string& labels) {
    ListQuery query;
    query.resource = "pods";
    query.labels = text::Selector::parse_labels(labels).value();
    return query;
  }
  std::vector<std::pair<uint64_t, std::string>> rows(const std::string& uid, uint64_t first = 0) {
    std::vector<std::pair<uint64_t, std::string>> rows;
    const auto done = store().rows(uid, "nodes", first, [&](uint64_t key, std::string_view bytes) {
      rows.emplace_back(key, bytes);
      return true;
    });
    EXPECT_TRUE(done);
    return rows;
  }
  std::unique_ptr<Watch> watch(uint64_t revision = 0, std::string_view resource = "pods",
                               std::string_view namespace_ = "") {
    return store().watch(resource, namespace_, revision).value();
  }

 private:
  Body body_;
};

std::vector<std::string> words(const std::vector<Change>& changes) {
  std::vector<std::string> words;
  for (const Change& change : changes) {
    const char* type = change.type == Type::kAdded      ? "added "
                       : change.type == Type::kModified ? "modified "
                                                        : "deleted ";
    words.push_back(type + change.object->key.name + " " + change.object->json);
  }
  return words;
}

TEST_P(StoreContract, WhatIsPutIsGivenBackByteForByte) {
  const std::string json("{\"a\": \"\0\xc3\xbc\"} ", 13);
  const uint64_t revision = commit(batch_of(put(pod("a"), json, {{"k", "v"}, {"empty", ""}})));
  const Object object = store().get(pod("a")).value();
  EXPECT_EQ(object.key, pod("a"));
  EXPECT_EQ(object.uid, "uid-a");
  EXPECT_EQ(object.json, json);
  EXPECT_EQ(object.revision, revision);
  EXPECT_EQ(object.created_revision, revision);
  EXPECT_EQ(object.labels, (Labels{{"k", "v"}, {"empty", ""}}));
  EXPECT_EQ(store().revision(), revision);
}

TEST_P(StoreContract, APutReplacesAndKeepsTheRevisionOfTheCreation) {
  const uint64_t first = commit(batch_of(put(pod("a"), "1", {{"k", "v"}})));
  const uint64_t second = commit(batch_of(put(pod("a"), "2")));
  EXPECT_GT(second, first);
  const Object object = store().get(pod("a")).value();
  EXPECT_EQ(object.json, "2");
  EXPECT_EQ(object.created_revision, first);
  EXPECT_EQ(object.revision, second);
  EXPECT_THAT(object.labels, IsEmpty());
  EXPECT_THAT(names(select("k=v")), IsEmpty());
}

TEST_P(StoreContract, NamesInDifferentNamespacesAndResourcesAreDifferentObjects) {
  commit(batch_of(put(pod("a", "one"), "1")));
  EXPECT_EQ(store().get(pod("a", "two")).error().code, Code::kNotFound);
  EXPECT_EQ(store().get({"secrets", "one", "a"}).error().code, Code::kNotFound);
  EXPECT_EQ(store().get({"pods", "one", "A"}).error().code, Code::kNotFound);
}

TEST_P(StoreContract, GetManyKeepsTheOrderAndLeavesGaps) {
  commit(batch_of(put(pod("a"), "1")));
  commit(batch_of(put(pod("b"), "2")));
  const auto objects = store().get_many({pod("b"), pod("x"), pod("a")}).value();
  ASSERT_THAT(objects, SizeIs(3));
  EXPECT_EQ(objects[0]->json, "2");
  EXPECT_FALSE(objects[1]);
  EXPECT_EQ(objects[2]->json, "1");
}

TEST_P(StoreContract, ListsAreInOrderOfNamespaceAndName) {
  for (const auto& [namespace_, name] :
       {std::pair("b", "a"), {"a", "z"}, {"a", "b"}, {"ab", "a"}, {"a", "a"}})
    commit(batch_of(put(pod(name, namespace_), "{}")));
  commit(batch_of(put(workflow("w"), "{}")));
  EXPECT_THAT(names({"pods", "", {}, {}, 0, ""}), ElementsAre("a/a", "a/b", "a/z", "ab/a", "b/a"));
  EXPECT_THAT(names({"pods", "a", {}, {}, 0, ""}), ElementsAre("a/a", "a/b", "a/z"));
  EXPECT_THAT(names({"secrets", "", {}, {}, 0, ""}), IsEmpty());
  EXPECT_EQ(store().list({"pods", "", {}, {}, 0, ""}).value().revision, store().revision());
}

struct SelectorCase {
  const char *labels, *wanted;
};

TEST_P(StoreContract, LabelSelectorsSelect) {
  commit(batch_of(put(pod("a"), "{}", {{"app", "x"}, {"done", "true"}})));
  commit(batch_of(put(pod("b"), "{}", {{"app", "x"}})));
  commit(batch_of(put(pod("c"), "{}", {{"app", "y"}, {"done", ""}})));
  commit(batch_of(put(pod("d"), "{}")));
  for (const SelectorCase& row :
       {SelectorCase{"app=x", "ab"}, SelectorCase{"app=x,done", "a"},
        SelectorCase{"app=x,!done", "b"}, SelectorCase{"app!=x", "cd"},
        SelectorCase{"app in (x,y)", "abc"}, SelectorCase{"app in (y)", "c"},
        SelectorCase{"done=", "c"}, SelectorCase{"app=z", ""}, SelectorCase{"", "abcd"}}) {
    std::string got;
    for (const std::string& name : names(select(row.labels))) got += name.back();
    EXPECT_EQ(got, row.wanted) << row.labels;
  }
}

// The label has no index in SQLite.
TEST_P(StoreContract, LabelsThatEveryPodChangesSelectAsOthersDo) {
  const std::string key = "workflows.argoproj.io/completed";
  for (const char* name : {"a", "b", "c"})
    commit(batch_of(put(pod(name), "1", {{"k", "v"}, {key, "false"}})));
  commit(batch_of(put(pod("b"), "2", {{"k", "v"}, {key, "true"}})));
  const auto selected = [&](const std::string& labels) {
    std::string got;
    for (const std::string& name : names(select(labels))) got += name.back();
    return got;
  };
  EXPECT_EQ(selected(key + "=false"), "ac");
  EXPECT_EQ(selected(key + "=true,k=v"), "b");
  commit(deletion_of(pod("a")));
  EXPECT_EQ(selected(key + "=false"), "c");
}

TEST_P(StoreContract, PagesGoOnWhereTheLastEndedWithAndWithoutSelector) {
  for (const char* name : {"e", "a", "c", "b", "d", "f"})
    commit(batch_of(put(pod(name, name[0] < 'c' ? "one" : "two"), "{}",
                        {{"k", name[0] == 'd' ? "no" : "yes"}})));
  struct Case {
    const char* labels;
    uint64_t limit;
    const char* pages;
  };
  for (const Case& row : {Case{"", 2, "ab cd ef "}, Case{"", 6, "abcdef "}, Case{"", 5, "abcde f "},
                          Case{"k=yes", 2, "ab ce f "}, Case{"k!=no", 5, "abcef "}}) {
    ListQuery query = select(row.labels);
    query.limit = row.limit;
    std::string got;
    do {
      ListPage page = store().list(query).value();
      for (const Object& object : page.objects) got += object.key.name;
      got += ' ';
      query.continue_token = page.continue_token;
    } while (!query.continue_token.empty());
    EXPECT_EQ(got, row.pages) << row.labels << " by " << row.limit;
  }
}

TEST_P(StoreContract, OwnersFindTheirDependentsOfEveryKindInOrderOfCreation) {
  for (const char* name : {"z", "a", "m"}) {
    PutObject object = put(pod(name), "{}");
    object.owner_uids = {"owner-1", "owner-2"};
    commit(batch_of(object));
  }
  PutObject other = put(workflow("w"), "{}");
  other.owner_uids = {"owner-1"};
  commit(batch_of(other));
  ListQuery query{"", "", {}, "owner-1", 0, ""};
  EXPECT_THAT(names(query), ElementsAre("argo/z", "argo/a", "argo/m", "argo/w"));
  query.resource = "pods";
  query.limit = 2;
  ListPage page = store().list(query).value();
  EXPECT_THAT(page.objects, SizeIs(2));
  query.continue_token = page.continue_token;
  EXPECT_THAT(names(query), ElementsAre("argo/m"));
  PutObject released = put(pod("z"), "{}");
  released.owner_uids = {"owner-2"};
  commit(batch_of(released));
  EXPECT_THAT(names({"pods", "", {}, "owner-1", 0, ""}), ElementsAre("argo/a", "argo/m"));
  EXPECT_THAT(names({"pods", "", {}, "owner-3", 0, ""}), IsEmpty());
}

TEST_P(StoreContract, PreconditionsHoldOrNothingIsWritten) {
  const uint64_t first = commit(batch_of(put(pod("a"), "1")));
  const uint64_t second = commit(batch_of(put(pod("a"), "2")));
  struct Case {
    const char *title, *name;
    Precondition precondition;
    Code code;  // kInternal: it is written
  };
  const Case cases[] = {
      {"must not exist, and does", "a", Precondition::must_not_exist(), Code::kAlreadyExists},
      {"must not exist, and does not", "b", Precondition::must_not_exist(), Code::kInternal},
      {"must exist, and does not", "x", Precondition::must_exist(), Code::kNotFound},
      {"a revision of what is not there", "x", Precondition::revision_is(1), Code::kNotFound},
      {"an old revision", "a", Precondition::revision_is(first), Code::kConflict},
      {"another uid", "a", Precondition::uid_is("other"), Code::kConflict},
      {"the uid", "a", Precondition::uid_is("uid-a"), Code::kInternal},
      {"must exist, and does", "a", Precondition::must_exist(), Code::kInternal},
  };
  EXPECT_EQ(refused(batch_of(put(pod("a"), "2", {}, Precondition::revision_is(second)))),
            Code::kInternal);
  for (const Case& row : cases) {
    const uint64_t before = store().revision();
    EXPECT_EQ(refused(batch_of(put(pod(row.name), "3", {}, row.precondition))), row.code)
        << row.title;
    EXPECT_EQ(store().revision() == before, row.code != Code::kInternal) << row.title;
  }
}

TEST_P(StoreContract, AnObjectIsNotTurnedIntoAnother) {
  commit(batch_of(put(pod("a"), "1")));
  PutObject other = put(pod("a"), "2");
  other.uid = "another";
  EXPECT_EQ(refused(batch_of(other)), Code::kConflict);
  Batch replaced = deletion_of(pod("a"));
  other.precondition = Precondition::must_not_exist();
  replaced.puts.push_back(other);
  commit(replaced);
  EXPECT_EQ(store().get(pod("a")).value().uid, "another");
}

TEST_P(StoreContract, ABatchIsWrittenWholeOrNotAtAll) {
  commit(batch_of(put(workflow("w"), "1")));
  commit(batch_of(put(pod("taken"), "1")));
  const uint64_t before = store().revision();
  Batch batch = rows_of("uid-w", {{1, "row"}});
  batch.puts.push_back(put(workflow("w"), "2"));
  batch.puts.push_back(put(pod("new"), "1"));
  batch.puts.push_back(put(pod("taken"), "2", {}, Precondition::must_not_exist()));
  EXPECT_EQ(refused(batch), Code::kAlreadyExists);
  EXPECT_EQ(store().revision(), before);
  EXPECT_EQ(store().get(workflow("w")).value().json, "1");
  EXPECT_EQ(store().get(pod("new")).error().code, Code::kNotFound);
  EXPECT_THAT(rows("uid-w"), IsEmpty());
  batch.puts.pop_back();
  const uint64_t after = commit(batch);
  EXPECT_EQ(store().get(workflow("w")).value().revision, after);
  EXPECT_EQ(store().get(pod("new")).value().revision, after);
  EXPECT_THAT(rows("uid-w"), ElementsAre(std::pair(1, "row")));
}

TEST_P(StoreContract, ChecksGuardABatchThatWritesElsewhere) {
  commit(batch_of(put(workflow("w"), "1")));
  Batch batch = batch_of(put(pod("a"), "1"));
  batch.checks.push_back({workflow("w"), Precondition::uid_is("other")});
  EXPECT_EQ(refused(batch), Code::kConflict);
  EXPECT_EQ(store().get(pod("a")).error().code, Code::kNotFound);
  batch.checks[0].precondition = Precondition::uid_is("uid-w");
  commit(batch);
  EXPECT_TRUE(store().get(pod("a")));
  Batch nothing;
  nothing.checks.push_back({workflow("gone"), Precondition::must_exist()});
  EXPECT_EQ(refused(nothing), Code::kNotFound);
  EXPECT_EQ(commit({}), store().revision());
}

TEST_P(StoreContract, ShapesThatCannotBeStoredAreRefused) {
  Batch twice = batch_of(put(pod("a"), "1"));
  twice.puts.push_back(put(pod("a"), "2"));
  EXPECT_EQ(refused(twice), Code::kInvalid);
  EXPECT_EQ(refused(batch_of(put(pod(""), "1"))), Code::kInvalid);
  EXPECT_EQ(refused(batch_of(put(pod("a"), "1", {{std::string("a\0b", 3), "v"}}))), Code::kInvalid);
  EXPECT_EQ(store().get(pod("a")).error().code, Code::kNotFound);
}

TEST_P(StoreContract, WhatIsDeletedIsGoneWithItsRowsAndLabels) {
  commit(batch_of(put(workflow("w"), "1", {{"k", "v"}})));
  commit(rows_of("uid-w", {{1, "a"}, {2, "b"}}));
  EXPECT_EQ(refused(deletion_of(workflow("w"), Precondition::uid_is("other"))), Code::kConflict);
  commit(deletion_of(workflow("w")));
  EXPECT_EQ(store().get(workflow("w")).error().code, Code::kNotFound);
  EXPECT_THAT(rows("uid-w"), IsEmpty());
  EXPECT_EQ(refused(deletion_of(workflow("w"))), Code::kNotFound);
  EXPECT_EQ(refused(rows_of("uid-w", {{3, "c"}})), Code::kNotFound);
  // The same name and uid again: nothing of the old one shines through.
  commit(batch_of(put(workflow("w"), "2")));
  EXPECT_THAT(rows("uid-w"), IsEmpty());
  EXPECT_THAT(names(select("k=v")), IsEmpty());
}

TEST_P(StoreContract, RowsAreKeptInOrderOfTheirKeys) {
  Batch batch = batch_of(put(workflow("w"), "1"));
  for (const uint64_t key : {7ull, 1ull, 9223372036854775807ull, 300ull})
    batch.rows.push_back({"uid-w", "nodes", key, "n" + std::to_string(key)});
  batch.rows.push_back({"uid-w", "operations", 2, "other collection"});
  commit(batch);
  EXPECT_THAT(rows("uid-w"),
              ElementsAre(std::pair(1, "n1"), std::pair(7, "n7"), std::pair(300, "n300"),
                          std::pair(9223372036854775807ull, "n9223372036854775807")));
  EXPECT_THAT(rows("uid-w", 8), SizeIs(2));
  Batch change = rows_of("uid-w", {{7, std::string("\0!", 2)}});
  change.deleted_rows.push_back({"uid-w", "nodes", 1});
  change.deleted_rows.push_back({"uid-w", "nodes", 5});
  commit(change);
  EXPECT_THAT(rows("uid-w"), SizeIs(3));
  EXPECT_EQ(rows("uid-w")[0], std::pair(uint64_t{7}, std::string("\0!", 2)));
  int seen = 0;
  ASSERT_TRUE(
      store().rows("uid-w", "nodes", 0, [&](uint64_t, std::string_view) { return ++seen < 2; }));
  EXPECT_EQ(seen, 2);
}

TEST_P(StoreContract, RowsDoNotDisturbWritersOfTheObject) {
  const uint64_t first = commit(batch_of(put(workflow("w"), "1")));
  const uint64_t second = commit(rows_of("uid-w", {{1, "a"}}));
  EXPECT_EQ(store().get(workflow("w")).value().revision, first);
  commit(batch_of(put(workflow("w"), "2", {}, Precondition::revision_is(first))));
  // The revision that a watch showed because of the row serves as well, until the object changes.
  EXPECT_EQ(refused(batch_of(put(workflow("w"), "3", {}, Precondition::revision_is(second)))),
            Code::kConflict);
}

bool is_readable(const Watch& watch) {
  pollfd waiting{watch.fd(), POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 1;
}

TEST_P(StoreContract, AWatchGivesChangesInOrder) {
  auto pods = watch();
  auto others = watch(0, "pods", "other");
  commit(batch_of(put(pod("a"), "1", {{"k", "1"}})));
  commit(batch_of(put(workflow("w"), "1")));
  commit(batch_of(put(pod("b"), "1")));
  uint64_t bookmark = 0;
  EXPECT_THAT(words(pods->next(1000, &bookmark).value()), ElementsAre("added a 1", "added b 1"));
  EXPECT_EQ(bookmark, store().revision());
  commit(batch_of(put(pod("a"), "2")));
  const auto modified = pods->next(1000, nullptr).value();
  EXPECT_THAT(words(modified), ElementsAre("modified a 2"));
  EXPECT_EQ(modified[0].previous_labels, (Labels{{"k", "1"}}));
  EXPECT_EQ(modified[0].revision, store().revision());
  const uint64_t revision = commit(deletion_of(pod("a")));
  const auto deleted = pods->next(1000, nullptr).value();
  EXPECT_THAT(words(deleted), ElementsAre("deleted a 2"));
  EXPECT_EQ(deleted[0].object->revision, revision);
  EXPECT_THAT(pods->next(0, nullptr).value(), IsEmpty());
  EXPECT_THAT(others->next(0, &bookmark).value(), IsEmpty());
  EXPECT_EQ(bookmark, store().revision());
}

TEST_P(StoreContract, AWatchFromARevisionGivesWhatCameAfter) {
  commit(batch_of(put(pod("a"), "1")));
  const uint64_t revision = store().list({"pods", "", {}, {}, 0, ""}).value().revision;
  commit(batch_of(put(pod("b"), "1")));
  commit(batch_of(put(pod("a"), "2")));
  EXPECT_THAT(words(watch(revision)->next(0, nullptr).value()),
              ElementsAre("added b 1", "modified a 2"));
  EXPECT_THAT(words(watch(store().revision())->next(0, nullptr).value()), IsEmpty());
  EXPECT_EQ(store().watch("pods", "", store().revision() + 1).error().code, Code::kGone);
}

TEST_P(StoreContract, AnEarlyWatchGivesWhatAWatchGives) {
  commit(batch_of(put(pod("before"), "1")));
  auto early = store().watch_early("pods", "argo").value();
  auto others = store().watch_early("pods", "other").value();
  EXPECT_FALSE(is_readable(*early));
  commit(batch_of(put(pod("a"), "1")));
  Batch answer = batch_of(put(pod("b"), "1"));
  answer.is_answer = true;
  const uint64_t revision = commit(answer);
  EXPECT_TRUE(is_readable(*early));
  uint64_t bookmark = 0;
  EXPECT_THAT(words(early->next(-1, &bookmark).value()), ElementsAre("added a 1", "added b 1"));
  EXPECT_EQ(bookmark, revision);
  EXPECT_FALSE(is_readable(*early));
  commit(batch_of(put(pod("a"), "2")));
  EXPECT_THAT(words(early->next(1000, nullptr).value()), ElementsAre("modified a 2"));
  commit(deletion_of(pod("a")));
  EXPECT_THAT(words(early->next(1000, nullptr).value()), ElementsAre("deleted a 2"));
  EXPECT_THAT(early->next(1, nullptr).value(), IsEmpty());
  EXPECT_THAT(others->next(0, nullptr).value(), IsEmpty());
}

TEST_P(StoreContract, WhatIsPendingCoalesces) {
  commit(batch_of(put(pod("old"), "0", {{"k", "0"}})));
  commit(batch_of(put(pod("dead"), "0")));
  auto pods = watch();
  commit(batch_of(put(pod("new"), "1")));
  commit(batch_of(put(pod("old"), "1", {{"k", "1"}})));
  commit(batch_of(put(pod("new"), "2")));
  commit(batch_of(put(pod("old"), "2", {{"k", "2"}})));
  commit(batch_of(put(pod("brief"), "1")));
  commit(deletion_of(pod("brief")));
  commit(batch_of(put(pod("dead"), "1")));
  commit(deletion_of(pod("dead")));
  commit(batch_of(put(pod("dead"), "again")));
  const auto changes = pods->next(0, nullptr).value();
  EXPECT_THAT(words(changes),
              ElementsAre("added new 2", "modified old 2", "deleted dead 1", "added dead again"));
  EXPECT_EQ(changes[1].previous_labels, (Labels{{"k", "0"}}));
  EXPECT_THAT(pods->next(0, nullptr).value(), IsEmpty());
}

TEST_P(StoreContract, AWatchTellsWhichRowsWereWritten) {
  commit(batch_of(put(workflow("w"), "1")));
  auto workflows = watch(0, "workflows.argoproj.io");
  commit(rows_of("uid-w", {{1, "a"}, {2, "b"}}));
  Batch batch = rows_of("uid-w", {{3, "c"}});
  batch.deleted_rows.push_back({"uid-w", "nodes", 1});
  const uint64_t revision = commit(batch);
  const auto changes = workflows->next(0, nullptr).value();
  EXPECT_THAT(words(changes), ElementsAre("modified w 1"));
  EXPECT_EQ(changes[0].revision, revision);
  std::vector<uint64_t> keys;
  for (const auto& [collection, key] : changes[0].rows) keys.push_back(key);
  EXPECT_THAT(keys, ElementsAre(1, 2, 1, 3));
  EXPECT_FALSE(changes[0].rows_lost);
  for (uint64_t i = 0; i < 60; ++i) {
    Batch many;
    for (uint64_t key = 0; key < 100; ++key) many.rows.push_back({"uid-w", "nodes", key, "x"});
    commit(many);
  }
  const auto lost = workflows->next(0, nullptr).value();
  ASSERT_THAT(lost, SizeIs(1));
  EXPECT_TRUE(lost[0].rows_lost);
  EXPECT_THAT(lost[0].rows, IsEmpty());
}

TEST_P(StoreContract, AWatchIsReadableWhenSomethingIsPending) {
  auto pods = watch();
  EXPECT_FALSE(is_readable(*pods));
  commit(batch_of(put(pod("a"), "1")));
  commit(batch_of(put(pod("b"), "1")));
  EXPECT_TRUE(is_readable(*pods));
  EXPECT_THAT(pods->next(-1, nullptr).value(), SizeIs(2));
  EXPECT_FALSE(is_readable(*pods));
  std::thread canceller([&] { pods->cancel(); });
  EXPECT_THAT(pods->next(-1, nullptr).value(), IsEmpty());
  canceller.join();
  EXPECT_THAT(pods->next(-1, nullptr).value(), IsEmpty());
}

TEST_P(StoreContract, CommitsOfManyThreadsAreAllThereAndInOneOrder) {
  constexpr int kThreads = 8, kCommits = 50;
  commit(batch_of(put(pod("shared"), "0")));
  auto pods = watch();
  std::vector<std::thread> threads;
  std::atomic<int> won{0};
  for (int thread = 0; thread < kThreads; ++thread)
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kCommits; ++i) {
        const std::string name = std::to_string(thread) + "-" + std::to_string(i);
        EXPECT_TRUE(store().commit(batch_of(put(pod(name), "{}"))));
        EXPECT_TRUE(store().get(pod(name)));  // whoever has the answer sees the object
        const Object shared = store().get(pod("shared")).value();
        won += store()
                   .commit(batch_of(put(pod("shared"), std::to_string(std::stoi(shared.json) + 1),
                                        {}, Precondition::revision_is(shared.revision))))
                   .has_value();
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store().get(pod("shared")).value().json, std::to_string(won));
  EXPECT_EQ(names({"pods", "", {}, {}, 0, ""}).size(), kThreads * kCommits + 1u);
  const auto changes = pods->next(0, nullptr).value();
  EXPECT_EQ(changes.size(), kThreads * kCommits + 1u);
  for (size_t i = 1; i < changes.size(); ++i)
    EXPECT_LT(changes[i - 1].revision, changes[i].revision);
}

INSTANTIATE_TEST_SUITE_P(Bodies, StoreContract, testing::Values("sqlite", "memory", "failing"),
                         [](const auto& body) { return std::string(body.param); });

}  // namespace
}  // namespace store
