#include "runtime/image_name.h"

#include <gtest/gtest.h>

namespace runtime {
namespace {

struct NameCase {
  const char *text, *canonical, *familiar;
};
class ImageNames : public testing::TestWithParam<NameCase> {};

TEST_P(ImageNames, AreReadAsDockerReadsThem) {
  const auto name = parse_image_name(GetParam().text);
  ASSERT_TRUE(name) << name.error().to_string();
  EXPECT_EQ(name->canonical(), GetParam().canonical);
  EXPECT_EQ(name->familiar(), GetParam().familiar);
  const auto again = parse_image_name(name->familiar());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->canonical(), name->canonical()) << "the familiar form names the same image";
}

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
INSTANTIATE_TEST_SUITE_P(
    Spec, ImageNames,
    testing::Values(
        NameCase{"busybox", "docker.io/library/busybox:latest", "busybox:latest"},
        NameCase{"busybox:1.36", "docker.io/library/busybox:1.36", "busybox:1.36"},
        NameCase{"library/busybox", "docker.io/library/busybox:latest", "busybox:latest"},
        NameCase{"docker.io/busybox", "docker.io/library/busybox:latest", "busybox:latest"},
        NameCase{"index.docker.io/library/busybox", "docker.io/library/busybox:latest",
                 "busybox:latest"},
        NameCase{"argoproj/argosay:v2", "docker.io/argoproj/argosay:v2", "argoproj/argosay:v2"},
        NameCase{"quay.io/org/team/app", "quay.io/org/team/app:latest",
                 "quay.io/org/team/app:latest"},
        NameCase{"localhost/app", "localhost/app:latest", "localhost/app:latest"},
        NameCase{"127.0.0.1:5000/app:1", "127.0.0.1:5000/app:1", "127.0.0.1:5000/app:1"},
        NameCase{"a__b/c-d---e.f", "docker.io/a__b/c-d---e.f:latest", "a__b/c-d---e.f:latest"},
        NameCase{"busybox@sha256:" HEX, "docker.io/library/busybox@sha256:" HEX,
                 "busybox@sha256:" HEX},
        NameCase{"busybox:1.36@sha256:" HEX, "docker.io/library/busybox@sha256:" HEX,
                 "busybox@sha256:" HEX}));

class BadImageNames : public testing::TestWithParam<const char*> {};

TEST_P(BadImageNames, AreTheUsersMistake) {
  const auto name = parse_image_name(GetParam());
  ASSERT_FALSE(name) << name->canonical();
  EXPECT_EQ(name.error().code, base::Code::kInvalid);
  EXPECT_NE(name.error().text.find("image name"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Spec, BadImageNames,
                         testing::Values("", ":", "BusyBox", "a//b", "/a", "a/", "a:", "a b",
                                         "a:ta g", "a@sha256:12", "a..b", "-a", "a_", "../etc",
                                         "a:-tag", "quay.io/", "a\nb", "docker://busybox"));

}  // namespace
}  // namespace runtime
