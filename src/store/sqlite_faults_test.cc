// What the SQLite body does when the disk, the machine or the process fails.
#include <gmock/gmock.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <random>
#include <set>
#include <thread>

#include "store/sqlite.h"
#include "store/sqlite/fault_vfs_test.h"

namespace store {
namespace {

using base::Code;
using Fault = FaultVfs::Fault;

constexpr uint64_t kRows = 5;

// Batch `number` of `writer`: an object of its own, rows of the shared workflow, and a counter
// object that every batch of the writer replaces. All of it or nothing must be there.
Batch numbered(int writer, uint64_t number) {
  const std::string name = std::to_string(writer) + "-" + std::to_string(number);
  Batch batch;
  batch.puts.push_back({{"pods", "argo", "pod-" + name},
                        "uid-" + name,
                        std::string(number % 7 * 900, 'p'),
                        {{"writer", std::to_string(writer)}},
                        {"uid-w"},
                        Precondition::must_not_exist()});
  const std::string counter = "counter-" + std::to_string(writer);
  batch.puts.push_back(
      {{"counters", "argo", counter}, "uid-" + counter, std::to_string(number), {}, {}, {}});
  for (uint64_t row = 0; row < kRows; ++row)
    batch.rows.push_back({"uid-w", "nodes",
                          static_cast<uint64_t>(writer) << 32 | (number * kRows + row),
                          std::string(200, 'n')});
  return batch;
}

Batch workflow() {
  Batch batch;
  batch.puts.push_back({{"workflows.argoproj.io", "argo", "w"}, "uid-w", "{}", {}, {}, {}});
  return batch;
}

// How many batches of the writer are there; fails when one is there in part.
uint64_t count_whole(Store& store, int writer) {
  uint64_t counter = 0;
  if (const auto stored = store.get({"counters", "argo", "counter-" + std::to_string(writer)}))
    counter = std::stoull(stored->json) + 1;
  ListQuery query{"pods", "argo", {}, {}, 0, ""};
  query.labels = text::Selector::parse_labels("writer=" + std::to_string(writer)).value();
  EXPECT_EQ(store.list(query).value().objects.size(), counter);
  uint64_t rows = 0;
  const auto read = store.rows("uid-w", "nodes", static_cast<uint64_t>(writer) << 32,
                               [&](uint64_t key, std::string_view) {
                                 if (key >> 32 != static_cast<uint64_t>(writer)) return false;
                                 EXPECT_EQ(key & 0xffffffff, rows);
                                 ++rows;
                                 return true;
                               });
  EXPECT_TRUE(read);
  EXPECT_EQ(rows, counter * kRows);
  return counter;
}

class SqliteFaults : public testing::Test {
 protected:
  SqliteFaults() {
    char name[] = "/tmp/argon-faults-XXXXXX";
    root_ = ::mkdtemp(name);
  }
  ~SqliteFaults() override { std::filesystem::remove_all(root_); }
  static SqliteOptions options(const std::string& directory, const std::string& vfs = "") {
    SqliteOptions options;
    options.directory = directory;
    options.vfs = vfs;
    options.checkpoint_pages = 40;
    return options;
  }
  std::string root_;
};

struct FaultCase {
  const char* title;
  Fault fault;
};

// The fault comes at every single write (or sync) of a batch in turn.
TEST_F(SqliteFaults, AFailedWriteLeavesNothingBehindAndTheNextCommitWorks) {
  FaultVfs vfs("argon-fault");
  for (const FaultCase& row :
       {FaultCase{"full", Fault::kDiskFull}, {"torn", Fault::kTornWrite}, {"sync", Fault::kSync}}) {
    const std::string directory = root_ + "/" + row.title;
    auto store = open_sqlite(options(directory, "argon-fault")).value();
    ASSERT_TRUE(store->commit(workflow()));
    uint64_t number = 0, failures = 0;
    for (uint64_t operation = 0; operation < 30; ++operation) {
      auto watch = store->watch("pods", "", 0).value();
      const uint64_t before = store->revision();
      vfs.fail(row.fault, operation);
      const auto done = store->commit(numbered(0, number));
      // Only a sync can fail when all is written already: the next commit makes up for it.
      const bool is_unknown = !done && done.error().text.find("unknown") != std::string::npos;
      if (!done) {
        ++failures;
        EXPECT_EQ(done.error().code, Code::kUnavailable) << row.title << operation;
        EXPECT_EQ(done.error().text.find("full") != std::string::npos,
                  row.fault == Fault::kDiskFull)
            << done.error().text;
        EXPECT_FALSE(is_unknown && row.fault != Fault::kSync) << done.error().text;
        EXPECT_EQ(store->revision(), before);
        EXPECT_TRUE(watch->next(0, nullptr).value().empty());
      }
      if (done || is_unknown) ++number;
      if (!is_unknown) {
        EXPECT_EQ(count_whole(*store, 0), number) << row.title << operation;
      }
      vfs.fail(Fault::kNone, 0);
      ASSERT_TRUE(store->commit(numbered(0, number++))) << row.title << operation;
      EXPECT_EQ(count_whole(*store, 0), number) << row.title << operation;
      EXPECT_EQ(watch->next(0, nullptr).value().size(), done || is_unknown ? 2u : 1u);
    }
    EXPECT_GT(failures, 0u) << row.title;
    store = open_sqlite(options(directory + "-other")).value();  // closes the first
    store = open_sqlite(options(directory)).value();
    EXPECT_EQ(count_whole(*store, 0), number) << row.title;
  }
}

// What an early watch was told of, and nobody else, when the sync fails behind it.
TEST_F(SqliteFaults, AFailedSyncTellsNobodyButEarlyWatchesUntilItIsMadeUpFor) {
  FaultVfs vfs("argon-fault");
  auto store = open_sqlite(options(root_, "argon-fault")).value();
  ASSERT_TRUE(store->commit(workflow()));
  auto early = store->watch_early("pods", "").value();
  auto watch = store->watch("pods", "", 0).value();
  const uint64_t before = store->revision();
  const Key pod{"pods", "argo", "pod-0-0"};
  vfs.fail(Fault::kSync, 0);
  const auto refused = store->commit(numbered(0, 0));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_THAT(refused.error().text,
              testing::HasSubstr("the outcome of the last writes is unknown"));
  EXPECT_EQ(early->next(0, nullptr).value().size(), 1u);

  EXPECT_TRUE(watch->next(0, nullptr).value().empty());
  EXPECT_EQ(store->revision(), before);
  EXPECT_EQ(store->get(pod).error().code, Code::kUnavailable);
  EXPECT_EQ(store->get({"pods", "argo", "another"}).error().code, Code::kUnavailable);
  EXPECT_EQ(store->list({"pods", "", {}, {}, 0, ""}).error().code, Code::kUnavailable);
  EXPECT_EQ(store->get_many({pod}).error().code, Code::kUnavailable);
  const auto visit = [](uint64_t, std::string_view) {
    ADD_FAILURE() << "a row was handed out";
    return true;
  };
  EXPECT_EQ(store->rows("uid-w", "nodes", 0, visit).error().code, Code::kUnavailable);
  EXPECT_TRUE(store->get({"workflows.argoproj.io", "argo", "w"})) << "that was durable before";
  // An answer to what the early watch gave cannot be had either, and leaves nothing behind.
  Batch answer = numbered(1, 0);
  answer.is_answer = true;
  EXPECT_EQ(store->commit(answer).error().code, Code::kUnavailable);
  EXPECT_TRUE(early->next(0, nullptr).value().empty());

  vfs.fail(Fault::kNone, 0);
  ASSERT_TRUE(store->commit(numbered(0, 1)));
  EXPECT_EQ(watch->next(0, nullptr).value().size(), 2u);
  EXPECT_EQ(early->next(0, nullptr).value().size(), 1u);
  EXPECT_EQ(count_whole(*store, 0), 2u);
  EXPECT_EQ(count_whole(*store, 1), 0u);
}

TEST_F(SqliteFaults, AFailedSyncIsMadeUpForWithoutAnotherCommit) {
  FaultVfs vfs("argon-fault");
  auto store = open_sqlite(options(root_, "argon-fault")).value();
  ASSERT_TRUE(store->commit(workflow()));
  auto watch = store->watch("pods", "", 0).value();
  vfs.fail(Fault::kSync, 0);
  ASSERT_FALSE(store->commit(numbered(0, 0)));
  vfs.fail(Fault::kNone, 0);
  EXPECT_EQ(watch->next(10'000, nullptr).value().size(), 1u);
  EXPECT_EQ(count_whole(*store, 0), 1u);
}

TEST_F(SqliteFaults, OneBatchThatFailsDoesNotTakeOthersAlong) {
  FaultVfs vfs("argon-fault");
  auto store = open_sqlite(options(root_, "argon-fault")).value();
  ASSERT_TRUE(store->commit(workflow()));
  std::atomic<bool> stop{false};
  std::vector<uint64_t> acknowledged(4);
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer)
    writers.emplace_back([&, writer] {
      while (!stop) {
        const auto done = store->commit(numbered(writer, acknowledged[writer]));
        if (done)
          ++acknowledged[writer];
        else
          EXPECT_EQ(done.error().code, Code::kUnavailable);
      }
    });
  std::mt19937_64 random(1);
  for (int i = 0; i < 40; ++i) {
    vfs.fail(Fault::kDiskFull, random() % 20);
    std::this_thread::yield();
    const auto refused = store->commit(workflow());
    vfs.fail(Fault::kNone, 0);
    ASSERT_TRUE(store->commit(workflow()));
    (void)refused;
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
  for (int writer = 0; writer < 4; ++writer)
    EXPECT_EQ(count_whole(*store, writer), acknowledged[writer]);
}

TEST_F(SqliteFaults, APowerLossKeepsWhatWasAcknowledgedAndTearsNothing) {
  FaultVfs vfs("argon-fault");
  auto store = open_sqlite(options(root_ + "/data", "argon-fault")).value();
  ASSERT_TRUE(store->commit(workflow()));
  constexpr int kWriters = 3;
  // What a loss is checked against grows with every commit, so writers do not run far ahead.
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> allowed{0};
  std::array<std::atomic<uint64_t>, kWriters> acknowledged{};
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer)
    writers.emplace_back([&, writer] {
      while (!stop) {
        if (acknowledged[writer] >= allowed) {
          std::this_thread::yield();
          continue;
        }
        EXPECT_TRUE(store->commit(numbered(writer, acknowledged[writer])));
        ++acknowledged[writer];
      }
    });
  std::mt19937_64 random(7);
  for (int loss = 0; loss < 25; ++loss) {
    // Something is acknowledged between two losses, and something is under way at each.
    const uint64_t seen = acknowledged[0];
    allowed = seen + 20;
    while (acknowledged[0] < seen + 1 + random() % 15) std::this_thread::yield();
    std::array<uint64_t, kWriters> promised;
    for (int writer = 0; writer < kWriters; ++writer) promised[writer] = acknowledged[writer];
    const std::string image = root_ + "/image-" + std::to_string(loss);
    std::filesystem::create_directory(image);
    vfs.write_image(root_ + "/data", {"store.db", "store.db-wal"}, image, random);
    auto after = open_sqlite(options(image));
    ASSERT_TRUE(after) << after.error().text;
    for (int writer = 0; writer < kWriters; ++writer)
      EXPECT_GE(count_whole(**after, writer), promised[writer]) << "loss " << loss;
    EXPECT_TRUE((*after)->commit(numbered(9, 0)));
    after->reset();
    std::filesystem::remove_all(image);
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
}

// The pair of agent and control: each answer is committed on the news of an early watch, which a
// power loss may take away, but never without the answer.
TEST_F(SqliteFaults, AnAnswerDoesNotSurviveAPowerLossWithoutWhatItAnswers) {
  FaultVfs vfs("argon-fault");
  auto store = open_sqlite(options(root_ + "/data", "argon-fault")).value();
  ASSERT_TRUE(store->commit(workflow()));
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> allowed{0}, asked{0}, answered{0};
  auto early = store->watch_early("pods", "").value();
  std::thread agent([&] {
    while (!stop) {
      if (asked < allowed && store->commit(numbered(0, asked)))
        ++asked;
      else
        std::this_thread::yield();
    }
  });
  std::thread control([&] {
    uint64_t number = 0;
    while (!stop) {
      const std::vector<Change> news = early->next(1, nullptr).value();
      for (const Change& change : news) {
        if (change.object->labels != Labels{{"writer", "0"}}) continue;
        Batch answer = numbered(1, number++);
        answer.is_answer = true;
        EXPECT_TRUE(store->commit(answer));
        ++answered;
      }
    }
  });
  std::mt19937_64 random(11);
  for (int loss = 0; loss < 25; ++loss) {
    const uint64_t seen = asked;
    allowed = seen + 20;
    while (asked < seen + 1 + random() % 15) std::this_thread::yield();
    const uint64_t asked_before = asked, answered_before = answered;
    const std::string image = root_ + "/image-" + std::to_string(loss);
    std::filesystem::create_directory(image);
    vfs.write_image(root_ + "/data", {"store.db", "store.db-wal"}, image, random);
    auto after = open_sqlite(options(image));
    ASSERT_TRUE(after) << after.error().text;
    const uint64_t kept = count_whole(**after, 0), answers = count_whole(**after, 1);
    EXPECT_GE(kept, asked_before) << "loss " << loss;
    EXPECT_GE(answers, answered_before) << "loss " << loss;
    EXPECT_LE(answers, kept) << "loss " << loss;
    after->reset();
    std::filesystem::remove_all(image);
  }
  stop = true;
  agent.join();
  control.join();
  early.reset();
}

// Commits in four threads and tells each acknowledged batch through `pipe`, until it is killed.
[[noreturn]] void commit_until_killed(const std::string& directory, int pipe) {
  SqliteOptions options;
  options.directory = directory;
  options.checkpoint_pages = 100;
  auto store = open_sqlite(options);
  if (!store) ::_exit(1);
  if (!(*store)->get({"workflows.argoproj.io", "argo", "w"}))
    if (!(*store)->commit(workflow())) ::_exit(2);
  std::vector<std::thread> writers;
  for (char writer = 0; writer < 4; ++writer)
    writers.emplace_back([&, writer] {
      for (uint64_t number = count_whole(**store, writer);; ++number) {
        if (!(*store)->commit(numbered(writer, number))) ::_exit(3);
        if (::write(pipe, &writer, 1) != 1) ::_exit(4);
      }
    });
  for (std::thread& writer : writers) writer.join();
  ::_exit(0);
}

TEST_F(SqliteFaults, AKilledProcessLosesNothingItHadAcknowledged) {
  std::mt19937_64 random(3);
  std::array<uint64_t, 4> promised{};
  for (int round = 0; round < 25; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      commit_until_killed(root_ + "/data", ends[1]);
    }
    ::close(ends[1]);
    // Killed after a random number of acknowledgements: at whatever it does just then.
    const uint64_t wanted = 1 + random() % 40;
    char writer;
    for (uint64_t seen = 0; seen < wanted && ::read(ends[0], &writer, 1) == 1; ++seen)
      ++promised[static_cast<size_t>(writer)];
    ::kill(child, SIGKILL);
    int status;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
    while (::read(ends[0], &writer, 1) == 1) ++promised[static_cast<size_t>(writer)];
    ::close(ends[0]);
    auto store = open_sqlite(options(root_ + "/data"));
    ASSERT_TRUE(store) << store.error().text;
    for (int i = 0; i < 4; ++i) {
      const uint64_t there = count_whole(**store, i);
      EXPECT_GE(there, promised[static_cast<size_t>(i)]) << "round " << round;
      promised[static_cast<size_t>(i)] = there;
    }
  }
}

}  // namespace
}  // namespace store
