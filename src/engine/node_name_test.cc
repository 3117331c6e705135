#include "engine/node_name.h"

#include <gtest/gtest.h>

#include "engine/strftime.h"

namespace engine {
namespace {

TEST(NodeName, IsCutForItsStep) {
  const struct {
    const char *node, *step;
  } cases[] = {
      {"wf", "wf"},
      {"wf[0].a", "a"},
      {"wf.a(0:x.y)(1)", "a"},
      {"wf[0]", "wf"},
      {"wf.a(0:[1,2])", "a"},
      {"wf[0].a.onExit", "onExit"},
      {"wf.a.b-c_d", "b-c_d"},
      {")", ")"},
      {"", ""},
  };
  for (const auto& c : cases) EXPECT_EQ(step_name_in(c.node), c.step) << c.node;
}

TEST(PodName, HasWorkflowTemplateAndNumber) {
  EXPECT_EQ(pod_name_of("wf", "wf", "main"), "wf") << "the first node is the workflow";
  EXPECT_EQ(node_id_of("wf", "wf"), "wf");
  const std::string number = node_id_of("wf", "wf[0].a").substr(3);
  EXPECT_EQ(pod_name_of("wf", "wf[0].a", "t"), "wf-t-" + number);
  EXPECT_EQ(pod_name_of("wf", "wf[0].a.inline", "t").find("-t-"), std::string::npos);
  const std::string longest = pod_name_of("wf", "wf[0].a", std::string(300, 't'));
  EXPECT_EQ(longest, "wf-" + std::string(239, 't') + "-" + number);
}

TEST(Strftime, KnowsArgosLetters) {
  const expr::Instant time{.seconds = 1767323045, .nanos = 7'000'000};  // 2026-01-02T03:04:05Z
  EXPECT_EQ(strftime("%Y-%m-%d %H:%M:%S%L %a %A %b %B %I %p %y %Z %z", time),
            "2026-01-02 03:04:05.007 Fri Friday Jan January 03 AM 26 UTC +0000");
  EXPECT_EQ(strftime("%% %Q %e %F %", time), "% %Q %e %F %");
}

}  // namespace
}  // namespace engine
