#include "sim/fault_simulation.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace sim {
namespace {

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

// The seeds that found something, and the sum of what all went through. Each simulation has a
// thread to itself.
struct Findings {
  std::map<uint64_t, FaultReport> problems;
  FaultReport sum;
};

Findings simulate_seeds(uint64_t first, uint64_t count) {
  Findings out;
  std::mutex mutex;
  std::atomic<uint64_t> next{first};
  const auto work = [&] {
    for (uint64_t seed = next++; seed < first + count; seed = next++) {
      FaultReport report = simulate_faults(seed);
      const std::lock_guard lock(mutex);
      out.sum.steps += report.steps;
      out.sum.kills += report.kills;
      out.sum.faults += report.faults;
      out.sum.retries += report.retries;
      out.sum.pods += report.pods;
      out.sum.cron_runs += report.cron_runs;
      out.sum.nodes += report.nodes;
      out.sum.workflow_count += report.workflow_count;
      out.sum.resubmitted += report.resubmitted;
      out.sum.hits += report.hits;
      out.sum.deleted += report.deleted;
      out.sum.collected += report.collected;
      if (!report.problem.empty()) out.problems.emplace(seed, std::move(report));
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i)
    threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  return out;
}

// ARGON_FAULT_SEEDS=N [ARGON_FAULT_SEED=FIRST] build/sim_test --gtest_filter='FaultSimulation.*'
TEST(FaultSimulation, NothingIsLostAndNothingHappensTwice) {
  const uint64_t first = from_environment("ARGON_FAULT_SEED", 1);
  const uint64_t count = from_environment("ARGON_FAULT_SEEDS", 10'000);
  const Findings found = simulate_seeds(first, count);
  for (const auto& [seed, report] : found.problems)
    ADD_FAILURE() << report.problem << "\nARGON_FAULT_SEEDS=1 ARGON_FAULT_SEED=" << seed << "\n"
                  << report.workflows;
  fmt::print(
      "{} seeds: {} steps, {} kills, {} faults, {} workflows with {} nodes, {} retries, {} "
      "resubmitted, {} pods, {} runs of CronWorkflows, {} hits of caches, deleted {} workflows and "
      "{} pods\n",
      count, found.sum.steps, found.sum.kills, found.sum.faults, found.sum.workflow_count,
      found.sum.nodes, found.sum.retries, found.sum.resubmitted, found.sum.pods,
      found.sum.cron_runs, found.sum.hits, found.sum.deleted, found.sum.collected);
}

// The workflow's limit had room, and those that were woken for it were parts of a steps template
// which had failed fast: nobody woke the next ones.
TEST(FaultSimulation, WhatNothingVisitsAnyMoreKeepsNobodyFromRunning) {
  for (const uint64_t seed : {10'922, 40'647, 48'974})
    EXPECT_EQ(simulate_faults(seed).problem, "") << "ARGON_FAULT_SEED=" << seed;
}

// A workflow that ran again waited for its own lock, and its nodes held what the holder of that one
// waited for.
TEST(FaultSimulation, NodesTakeNoLocksWhileTheirWorkflowWaitsForIts) {
  EXPECT_EQ(simulate_faults(85'098).problem, "");
}

TEST(FaultSimulation, TheSameSeedDoesTheSame) {
  const FaultReport one = simulate_faults(7), other = simulate_faults(7);
  EXPECT_EQ(one.problem, other.problem);
  EXPECT_EQ(one.steps, other.steps);
  EXPECT_EQ(one.nodes, other.nodes);
  EXPECT_EQ(one.pods, other.pods);
  EXPECT_EQ(one.cron_runs, other.cron_runs);
}

}  // namespace
}  // namespace sim
