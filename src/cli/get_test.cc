// Golden tests of `argo get`: testdata/*.json and *.txt. The scaffold knows no story.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "cli/stage.h"

namespace cli {
namespace {

const std::filesystem::path kFolder = ARGON_SOURCE_DIR "/src/cli/testdata";

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::stringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

TEST(Get, LooksAsInTestdata) {
  std::set<std::filesystem::path> stories;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder))
    if (entry.path().extension() == ".json") stories.insert(entry.path());
  ASSERT_FALSE(stories.empty());
  for (std::filesystem::path path : stories) {
    Stage stage(std::vector<Scene>{{"GET /api/v1/workflows/default/x", read(path)}});
    const std::string golden = read(path.replace_extension(".txt"));
    const std::string flags = golden.substr(0, golden.find('\n'));
    std::vector<std::string> args = {"get", "x"};
    std::istringstream words(flags);
    for (std::string word; words >> word;) args.push_back(word);
    EXPECT_EQ(stage.run(args), 0) << stage.err;
    if (std::getenv("UPDATE_GOLDEN"))
      std::ofstream(path) << flags << '\n' << stage.out;
    else
      EXPECT_EQ(flags + "\n" + stage.out, golden) << path;
  }
}

TEST(Get, ColoursOnATerminalOnly) {
  const std::string workflow = read(kFolder / "hello.json");
  struct Case {
    const char* title;
    bool terminal;
    std::vector<std::string> args;
    std::map<std::string, std::string> environment;
    bool colour;
  };
  const Case cases[] = {
      {"a terminal", true, {}, {{"TERM", "xterm"}}, true},
      {"a pipe", false, {}, {}, false},
      {"asked not to", true, {"--no-color"}, {}, false},
      {"NO_COLOR", true, {}, {{"NO_COLOR", "1"}}, false},
      {"a dumb terminal", true, {}, {{"TERM", "dumb"}}, false},
  };
  for (const Case& c : cases) {
    Stage stage(std::vector<Scene>{{"GET /api/v1/workflows/default/x", workflow}});
    stage.around.out_is_terminal = c.terminal;
    stage.around.environment = c.environment;
    std::vector<std::string> args = {"get", "x"};
    args.insert(args.end(), c.args.begin(), c.args.end());
    EXPECT_EQ(stage.run(args), 0);
    EXPECT_EQ(stage.out.find('\x1b') != std::string::npos, c.colour) << c.title;
  }
}

TEST(Get, OtherFormats) {
  const std::string workflow = R"({"metadata":{"name":"x"},"status":{"phase":"Failed"}})";
  struct Case {
    std::vector<std::string> args;
    const char* out;
  };
  const Case cases[] = {
      {{"get", "x", "-o", "name"}, "x\n"},
      {{"get", "x", "-o=yaml"}, "metadata:\n  name: x\nstatus:\n  phase: Failed\n"},
      {{"get", "x", "-ojson"},
       "{\n    \"metadata\": {\n        \"name\": \"x\"\n    },\n    \"status\": {\n        "
       "\"phase\": \"Failed\"\n    }\n}\n"},
  };
  for (const Case& c : cases) {
    Stage stage(std::vector<Scene>{{"GET /api/v1/workflows/default/x", workflow}});
    EXPECT_EQ(stage.run(c.args), 0) << stage.err;
    EXPECT_EQ(stage.out, c.out);
  }
}

}  // namespace
}  // namespace cli
