#include "runtime/image_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/yaml.h"

namespace runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(ImageSettings, RulesOfAVariable) {
  EXPECT_THAT(
      *parse_image_rules(" docker.io=http://127.0.0.1:5000, quay.io = https://q/x ,"),
      ElementsAre(Pair("docker.io", "http://127.0.0.1:5000"), Pair("quay.io", "https://q/x")));
  EXPECT_TRUE(parse_image_rules("")->empty());
  for (const char* bad : {"docker.io", "=x", "docker.io="})
    EXPECT_THAT(parse_image_rules(bad).error().text, HasSubstr(bad));
}

base::Result<ImageStoreConfig> settings(const char* source) {
  ImageStoreConfig config;
  const auto documents = text::parse_yaml(source, "config.yaml");
  EXPECT_TRUE(documents);
  if (auto added = add_image_settings(documents->front(), config); !added)
    return tl::unexpected(added.error());
  return config;
}

TEST(ImageSettings, ASectionOfTheConfiguration) {
  const auto config = settings(
      "mirrors:\n  docker.io: [http://a, http://b]\n  quay.io: https://c\n"
      "mappings:\n  docker/whalesay: my/whale:1\noffline: true\n");
  ASSERT_TRUE(config) << config.error().to_string();
  EXPECT_THAT(config->mirrors,
              ElementsAre(Pair("docker.io", "http://a"), Pair("docker.io", "http://b"),
                          Pair("quay.io", "https://c")));
  EXPECT_THAT(config->mappings, ElementsAre(Pair("docker/whalesay", "my/whale:1")));
  EXPECT_TRUE(config->offline);
}

TEST(ImageSettings, AnEmptySectionSaysNothing) {
  for (const char* source : {"mirrors: {}\n", "mappings: {}\noffline: false\n"}) {
    const auto config = settings(source);
    EXPECT_TRUE(config) << source << config.error().to_string();
  }
}

TEST(ImageSettings, MistakesHaveTheirPlace) {
  for (const auto& [source, line, text] :
       {std::tuple{"mirrors:\n  docker.io: 7\n", 2u, "images.mirrors.docker.io"},
        {"offline: maybe\n", 1u, "images.offline"},
        {"mirors: {}\n", 1u, "images.mirors"},
        {"mappings:\n  BAD: x\n", 2u, "lower case"},
        {"mirrors: [a]\n", 1u, "a map is wanted"}}) {
    const auto config = settings(source);
    ASSERT_FALSE(config) << source;
    EXPECT_THAT(config.error().text, HasSubstr(text));
    EXPECT_EQ(config.error().where.line, line) << source;
  }
}

}  // namespace
}  // namespace runtime
