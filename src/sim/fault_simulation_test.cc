#include "sim/fault_simulation.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace sim {
namespace {

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

// ARGON_FAULT_SEEDS=N [ARGON_FAULT_SEED=FIRST] build/sim_test --gtest_filter='FaultSimulation.*'
TEST(FaultSimulation, NothingIsLostAndNothingHappensTwice) {
  const uint64_t first = from_environment("ARGON_FAULT_SEED", 1);
  const uint64_t count = from_environment("ARGON_FAULT_SEEDS", 1000);
  FaultReport sum;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    const FaultReport report = simulate_faults(seed);
    ASSERT_EQ(report.problem, "") << "ARGON_FAULT_SEEDS=1 ARGON_FAULT_SEED=" << seed << "\n"
                                  << report.workflows;
    sum.steps += report.steps;
    sum.kills += report.kills;
    sum.faults += report.faults;
    sum.pods += report.pods;
  }
  fmt::print("{} seeds: {} steps, {} kills, {} faults, {} pods\n", count, sum.steps, sum.kills,
             sum.faults, sum.pods);
}

TEST(FaultSimulation, TheSameSeedDoesTheSame) {
  const FaultReport one = simulate_faults(7), other = simulate_faults(7);
  EXPECT_EQ(one.problem, other.problem);
  EXPECT_EQ(one.steps, other.steps);
  EXPECT_EQ(one.nodes, other.nodes);
  EXPECT_EQ(one.pods, other.pods);
}

}  // namespace
}  // namespace sim
