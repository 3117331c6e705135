#include "cli/flags.h"

#include <gtest/gtest.h>

#include "cli/settings.h"
#include "cli/verb.h"

namespace cli {
namespace {

constexpr Flag kOwn[] = {{"wait", 'w', "", "wait"},
                         {"watch", 0, "", "watch"},
                         {"parameter", 'p', "N=V", "parameter"},
                         {"output", 'o', "FORMAT", "format", "json|yaml"}};
constexpr Flag kShared[] = {{"namespace", 'n', "NAME", "namespace"},
                            {"previous", 'p', "", "hidden by own -p"}};

std::string show(const std::vector<std::string>& args) {
  const auto flags = Flags::parse(args, kOwn, kShared);
  if (!flags)
    return flags.error().text + (flags.error().hint.empty() ? "" : "; ") + flags.error().hint;
  std::string out;
  for (const std::string_view name : {"wait", "watch", "parameter", "output", "namespace"})
    for (const std::string& value : flags->all(name)) out += fmt::format("{}={} ", name, value);
  return out + fmt::format("[{}]", fmt::join(flags->arguments, " "));
}

TEST(Flags, AreReadAsPflagDoes) {
  struct Case {
    std::vector<std::string> args;
    const char* read;
  };
  const Case cases[] = {
      {{}, "[]"},
      {{"a", "--wait", "b"}, "wait=true [a b]"},
      {{"--wait=false"}, "wait=false []"},
      {{"-w", "-p", "x=1", "-px=2", "-p=x=3", "--parameter=x=4", "--parameter", "x=5"},
       "wait=true parameter=x=1 parameter=x=2 parameter=x=3 parameter=x=4 parameter=x=5 []"},
      {{"-wn", "ns", "f"}, "wait=true namespace=ns [f]"},
      {{"-", "--", "--wait"}, "[- --wait]"},
      {{"-ojson"}, "output=json []"},
      {{"-o", "xml"}, "invalid value \"xml\" for --output: one of json|yaml"},
      {{"--wacth"}, "unknown flag: --wacth; did you mean --watch?"},
      {{"--zzz"}, "unknown flag: --zzz"},
      {{"-x"}, "unknown flag: -x"},
      {{"-p"}, "-p needs a value"},
      {{"--parameter"}, "--parameter needs a value"},
      {{"--wait=maybe"}, "--wait is true or false, not \"maybe\""},
  };
  for (const Case& c : cases) EXPECT_EQ(show(c.args), c.read);
}

// Those of several actions stand for these.
std::vector<Verb> verbs_and_actions() {
  std::vector<Verb> out;
  for (const Verb& verb : verbs()) {
    if (!verb.actions) {
      out.push_back(verb);
      continue;
    }
    std::string names;
    for (const Verb& action : verb.actions()) {
      EXPECT_TRUE(action.name.starts_with(std::string(verb.name) + " ")) << action.name;
      names += (names.empty() ? "" : "|") + std::string(action.name.substr(verb.name.size() + 1));
      out.push_back(action);
    }
    EXPECT_EQ(verb.arguments, names);
  }
  return out;
}

TEST(Verbs, HaveHelpAndFlagsWithoutDoubles) {
  for (const Verb& verb : verbs_and_actions()) {
    EXPECT_FALSE(verb.help.empty()) << verb.name;
    EXPECT_TRUE(verb.run) << verb.name;
    std::string_view before;
    std::string letters;
    for (const Flag& flag : verb.flags()) {
      EXPECT_LT(before, flag.name) << verb.name << ": rows are sorted";
      before = flag.name;
      EXPECT_FALSE(flag.help.empty()) << flag.name;
      if (flag.letter) {
        EXPECT_EQ(letters.find(flag.letter), std::string::npos) << flag.name;
      }
      letters += flag.letter;
    }
  }
}

}  // namespace
}  // namespace cli
