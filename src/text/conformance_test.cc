// The original's own answers, where they are at hand.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "text/json.h"
#include "text/quantity.h"

namespace text {
namespace {

std::optional<Value> cases(const std::string& file) {
  const char* shared = std::getenv("ARGON_SHARED");
  const std::string folder = shared ? shared : ARGON_SOURCE_DIR "/../shared";
  std::ifstream in(folder + "/conformance/" + file);
  if (!in) return std::nullopt;
  std::stringstream bytes;
  bytes << in.rdbuf();
  auto value = parse_json(bytes.str(), file);
  EXPECT_TRUE(value) << value.error().to_string();
  return *std::move(value);
}

TEST(Conformance, AnyString) {
  const auto all = cases("names/anystring.json");
  if (!all) GTEST_SKIP() << "no conformance data here";
  for (const Value& one : all->as_list()) {
    // Argo makes "" of a list or a map; where one may stand is for the model to say.
    if (one.find("input")->is_list() || one.find("input")->is_map()) continue;
    EXPECT_EQ(one.find("input")->to_any_string(), one.string_at("expect", "string"))
        << to_json(one);
  }
}

TEST(Conformance, Duration) {
  const auto all = cases("names/duration.json");
  if (!all) GTEST_SKIP() << "no conformance data here";
  for (const Value& one : all->as_list()) {
    const auto duration = parse_duration_or_seconds(one.string_at("input"));
    const Value* ns = one.find_path("expect", "nanoseconds");
    ASSERT_EQ(duration.has_value(), ns != nullptr) << to_json(one);
    if (!ns) continue;
    EXPECT_EQ(duration->ns, ns->to_int()) << to_json(one);
    EXPECT_EQ(to_go_string(*duration), one.string_at("expect", "goString"));
  }
}

}  // namespace
}  // namespace text
