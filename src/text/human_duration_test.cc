#include "text/human_duration.h"

#include <gtest/gtest.h>

namespace text {
namespace {

TEST(HumanDuration, IsAsKubectlShowsIt) {
  struct Case {
    int64_t seconds;
    const char* wanted;
  };
  constexpr int64_t kHour = 3600, kDay = 24 * kHour, kYear = 365 * kDay;
  for (const Case& c : {Case{-2, "<invalid>"}, Case{-1, "0s"}, Case{0, "0s"}, Case{119, "119s"},
                        Case{120, "2m"}, Case{312, "5m12s"}, Case{600, "10m"}, Case{7199, "119m"},
                        Case{3 * kHour, "3h"}, Case{3 * kHour + 300, "3h5m"}, Case{9 * kHour, "9h"},
                        Case{2 * kDay, "2d"}, Case{2 * kDay + kHour, "2d1h"}, Case{8 * kDay, "8d"},
                        Case{2 * kYear + 30 * kDay, "2y30d"}, Case{9 * kYear, "9y"}})
    EXPECT_EQ(human_duration(base::Duration::seconds(c.seconds)), c.wanted) << c.seconds;
}

}  // namespace
}  // namespace text
