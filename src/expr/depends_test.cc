#include "expr/depends.h"

#include <gtest/gtest.h>

#include <map>

namespace expr {
namespace {

// Evaluates where the tasks in `held` hold: "A" for a bare name, "A.Failed" for a result.
bool value(const Depends& depends, const std::map<std::string, bool>& held) {
  return evaluate(depends, [&](const Depends::Node& node) {
    std::string key = depends.tasks[node.task];
    if (!node.bare) key += "." + std::string(name_of(node.result));
    const auto it = held.find(key);
    return it != held.end() && it->second;
  });
}

struct Case {
  const char* title;
  const char* source;
  std::map<std::string, bool> held;
  bool expected;
};

TEST(Depends, EvaluatesAsArgoDoes) {
  const Case cases[] = {
      {"a bare name", "A", {{"A", true}}, true},
      {"a bare name that does not hold", "A", {}, false},
      {"names may have dashes", "task-one", {{"task-one", true}}, true},
      {"a result", "A.Failed", {{"A.Failed", true}}, true},
      {"another result of the same task", "A.Failed", {{"A.Errored", true}}, false},
      {"&& binds more than ||", "A || B && C", {{"A", true}}, true},
      {"|| of && from the other side", "A && B || C", {{"C", true}}, true},
      {"parentheses win", "(A || B) && C", {{"A", true}}, false},
      {"! binds most", "!A && B", {{"B", true}}, true},
      {"! of a group", "!(A && B)", {{"A", true}, {"B", true}}, false},
      {"two !s", "!!A", {{"A", true}}, true},
      {"no spaces", "A&&!B.Failed", {{"A", true}}, true},
      {"items", "A.AnySucceeded && !A.AllFailed", {{"A.AnySucceeded", true}}, true},
      {"== of two results", "A.Failed == B.Failed", {}, true},
      {"== binds more than &&", "A == B && C", {{"C", true}}, true},
      {"and less than !", "!A == B", {{"B", true}}, true},
      {"!= three times", "A != B != C", {{"A", true}, {"B", true}, {"C", true}}, true},
      {"== and !=", "A == B != C", {{"C", true}}, false},
      {"a == b == c", "A == B == C", {{"C", true}}, true},
      {"?? gives its left side", "A ?? B", {{"B", true}}, false},
      {"?? behind another operator", "A && B ?? C || D", {{"A", true}, {"B", true}}, true},
      {"a choice", "A ? B : C", {{"A", true}, {"B", true}}, true},
      {"a choice's other side", "A ? B : C", {{"B", true}}, false},
      {"choices lean to the right", "A ? B : C ? D : E", {{"C", true}, {"D", true}}, true},
      {"a choice in parentheses", "!(A ? B : C) && D", {{"D", true}}, true},
      {"lines", "A\n  && B\n", {{"A", true}, {"B", true}}, true},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_depends(c.source);
    ASSERT_TRUE(parsed) << c.title << ": " << parsed.error().to_string();
    EXPECT_EQ(value(*parsed, c.held), c.expected) << c.title;
  }
}

TEST(Depends, NamesTasksInOrderOfMention) {
  EXPECT_EQ(parse_depends("b && (a || b.Failed) && c")->tasks,
            (std::vector<std::string>{"b", "a", "c"}));
}

TEST(Depends, RefusesWhatItCannotReadWithItsColumn) {
  const struct {
    const char* source;
    uint32_t column;
    const char* text;
  } cases[] = {
      {"", 1, "depends: expected a task's name, the text ends here"},
      {"A &&", 5, "depends: expected a task's name, the text ends here"},
      {"A B", 3, "depends: expected && or ||"},
      {"(A", 3, "depends: expected )"},
      {"A)", 2, "depends: expected && or ||"},
      {"A & B", 3, "depends: expected && or ||"},
      {"not A", 5, "depends: expected && or ||"},
      {"A.Completed", 3, "depends: task result \"Completed\" of task \"A\" is invalid"},
      {"A.succeeded", 3, "depends: task result \"succeeded\" of task \"A\" is invalid"},
      {"a_b", 2, "depends: expected && or ||"},
      {"1a", 1, "depends: the task name \"1a\" begins with a digit"},
      {"A.Succeeded ? B", 16, "depends: expected :"},
      {"A ?? B && C", 10, "depends: ?? cannot be mixed with other operators"},
  };
  for (const auto& c : cases) {
    const auto parsed = parse_depends(c.source);
    ASSERT_FALSE(parsed) << c.source;
    EXPECT_EQ(parsed.error().text, c.text) << c.source;
    EXPECT_EQ(parsed.error().where.column, c.column) << c.source;
  }
}

TEST(Depends, DependenciesAreAChainOfAnds) {
  EXPECT_TRUE(depends_of_dependencies({}).nodes.empty());
  EXPECT_TRUE(value(depends_of_dependencies({}), {}));
  EXPECT_TRUE(value(depends_of_dependencies({"A"}), {{"A", true}}));
  EXPECT_FALSE(value(depends_of_dependencies({"A"}), {}));
  const Depends three = depends_of_dependencies({"A", "B", "C"});
  EXPECT_TRUE(value(three, {{"A", true}, {"B", true}, {"C", true}}));
  EXPECT_FALSE(value(three, {{"A", true}, {"B", true}}));
  EXPECT_FALSE(value(three, {{"B", true}, {"C", true}}));
}

TEST(Depends, LongChainsAreFineDeepNestingIsRefused) {
  std::string chain = "t0";
  std::map<std::string, bool> held = {{"t0", true}};
  for (int i = 1; i < 20000; ++i) chain += (i % 2 ? " && t" : " && x") + std::to_string(i % 10);
  const auto parsed = parse_depends(chain);
  ASSERT_TRUE(parsed);
  EXPECT_FALSE(value(*parsed, held));
  EXPECT_TRUE(parse_depends(std::string(200, '(') + "A" + std::string(200, ')')));
  EXPECT_FALSE(parse_depends(std::string(201, '(') + "A" + std::string(201, ')')));
}

}  // namespace
}  // namespace expr
