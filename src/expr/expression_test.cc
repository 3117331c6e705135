#include "expr/expression.h"

#include <gtest/gtest.h>

#include "expr/value.h"
#include "text/json.h"

namespace expr {
namespace {

constexpr EvalContext kContext = {.now = {1767323045000000000}, .random_seed = 7};

FlatEnvironment environment() {
  FlatEnvironment out;
  const auto set = [&](const char* name, const char* json) {
    out.set(name, text::parse_json(json).value());
  };
  set("s", "\"hello\"");
  set("n", "7");
  set("t", "true");
  set("nul", "null");
  set("arr", "[1, 2, 3]");
  set("m", R"({"a": 1, "d": {"e": "deep"}})");
  set("people", R"([{"name": "ann", "age": 30}, {"name": "bob", "age": 25}])");
  set("inputs.parameters.n", "\"5\"");
  set("steps.a.outputs.result", "\"heads\"");
  return out;
}

base::Result<Value> run(std::string_view source, Stage* stage = nullptr) {
  auto compiled = Expression::compile(source);
  if (!compiled) {
    if (stage) *stage = Stage::kCompile;
    return tl::unexpected(compiled.error());
  }
  return (*compiled)->run(environment(), kContext, stage);
}

TEST(Expression, GivesTypedValues) {
  const struct {
    const char *source, *json, *type;
  } cases[] = {
      {"1 + 2 * 3", "7", "int"},
      {"7 / 2", "3.5", "float64"},
      {"6 / 2", "3", "float64"},
      {"2 ** 3 ** 2", "512", "float64"},
      {"7 % -3", "1", "int"},
      {"n + 1", "8", "float64"},
      {"-n", "-7", "float64"},
      {"0x1F + 0b11 + 0o7", "41", "int"},
      {"'a' + \"b\"", "\"ab\"", "string"},
      {"1 < 2 && 2 <= 2 and not false", "true", "bool"},
      {"1 < 2 < 3", "true", "bool"},
      {"s == 'hello' ? 'yes' : 'no'", "\"yes\"", "string"},
      {"if n > 10 { 'big' } else { 'small' }", "\"small\"", "string"},
      {"nul ?? 3", "3", "int"},
      {"m.d.e", "\"deep\"", "string"},
      {"m['a']", "1", "float64"},
      {"m.zzz", "null", "<nil>"},
      {"m?.zzz?.y ?? 'x'", "\"x\"", "string"},
      {"arr[-1]", "3", "float64"},
      {"arr[1:]", "[2,3]", "[]interface {}"},
      {"s[1:3]", "\"el\"", "string"},
      {"1..3", "[1,2,3]", "[]int"},
      {"2 in arr and 'a' in m and 9 not in arr", "true", "bool"},
      {"s matches '^h' && s contains 'ell'", "true", "bool"},
      {"{a: 1, 'b': [true, nil]}", R"({"a":1,"b":[true,null]})", "map[string]interface {}"},
      {"let x = n; x * x", "49", "float64"},
      {"map(people, .name)", R"(["ann","bob"])", "[]interface {}"},
      {"filter(arr, # > 1) | map(# * 2) | sum()", "10", "float64"},
      {"find(people, .age < 30).name", "\"bob\"", "string"},
      {"reduce(1..5, #acc * #)", "120", "int"},
      {"sortBy(people, .age)[0].name", "\"bob\"", "string"},
      {"len(s) + len(arr)", "8", "int"},
      {"asInt(inputs.parameters.n) + 1", "6", "int"},
      {"asFloat('1.5') * 2", "3", "float64"},
      {"steps['a'].outputs.result", "\"heads\"", "string"},
      {"fromJSON('{\"k\": [1, 2]}').k[1]", "2", "float64"},
      {"jsonpath('{\"k\": [1, 2]}', '$.k[0]')", "1", "float64"},
      {"date('2023-08-14').Year()", "2023", "int"},
      {"duration('1h') + duration('30m')", "5400000000000", "time.Duration"},
      {"now().Year()", "2026", "int"},
      {"sprig.trim(' x ') | upper()", "\"X\"", "string"},
      {"sprig.add(1, '2')", "3", "int64"},
      {"1 /* one */ + // two\n 2", "3", "int"},
  };
  for (const auto& c : cases) {
    const auto got = run(c.source);
    ASSERT_TRUE(got) << c.source << ": " << got.error().to_string();
    EXPECT_EQ(to_json(*got).value_or("no JSON"), c.json) << c.source;
    EXPECT_EQ(go_type_name(*got), c.type) << c.source;
  }
}

TEST(Expression, FailsWhereTheOriginalFailsWithThePlace) {
  const struct {
    const char* source;
    Stage stage;
    uint32_t column;
  } cases[] = {
      {"1 +", Stage::kCompile, 4},
      {"(1", Stage::kCompile, 3},
      {"1 2", Stage::kCompile, 3},
      {"'open", Stage::kCompile, 6},
      {"undefined", Stage::kCompile, 1},
      {"1 + 'a'", Stage::kCompile, 3},
      {"s > 1", Stage::kCompile, 3},
      {"n % 2", Stage::kCompile, 3},
      {"7 % 0", Stage::kCompile, 3},
      {"arr['a']", Stage::kCompile, 5},
      {"s matches '['", Stage::kCompile, 3},
      {"int(true)", Stage::kCompile, 1},
      {"max()", Stage::kCompile, 1},
      {"filter(arr, 'x')", Stage::kCompile, 13},
      {"#", Stage::kCompile, 1},
      {"inputs.parameters.n + 1", Stage::kRun, 21},
      {"m.zzz.y", Stage::kRun, 7},
      {"arr[9]", Stage::kRun, 4},
      {"int('x')", Stage::kRun, 1},
      {"sprig.nope(1)", Stage::kRun, 7},
      {"repeat('x', 10000000)", Stage::kRun, 1},
  };
  for (const auto& c : cases) {
    Stage stage = Stage::kRun;
    const auto got = run(c.source, &stage);
    ASSERT_FALSE(got) << c.source;
    EXPECT_EQ(stage, c.stage) << c.source << ": " << got.error().text;
    EXPECT_EQ(got.error().where.column, c.column) << c.source << ": " << got.error().text;
  }
}

TEST(Expression, IsBoundedInDepthStepsAndMemory) {
  const auto deep = [](int levels) {
    return std::string(static_cast<size_t>(levels), '(') + "1" +
           std::string(static_cast<size_t>(levels), ')');
  };
  EXPECT_TRUE(run(deep(300)));
  EXPECT_FALSE(run(deep(100'000)));
  std::string sum = "1", negations;
  for (int i = 0; i < 100'000; ++i) sum += "+1", negations += '!';
  EXPECT_FALSE(run(sum));
  EXPECT_FALSE(run(negations + "true"));
  EXPECT_FALSE(run("1..100000000"));
  EXPECT_FALSE(run("reduce(1..100, #acc + #acc, 'x')")) << "2^100 bytes";
  EXPECT_FALSE(run("map(1..100000, map(1..100000, #))"));
  EXPECT_FALSE(run("sum(1..100000, sum(1..1000, sum(1..100000)))"));
  EXPECT_TRUE(run("sum(1..100000)"));
}

TEST(Expression, NamesItsVariablesAsArgoCountsThem) {
  const struct {
    const char* source;
    std::vector<std::string> names;
  } cases[] = {
      {"1 + 2", {}},
      {"steps.a.outputs", {"steps", "steps.a", "steps.a.outputs"}},
      {"steps['a']", {"steps", "steps.a"}},
      {"item == item", {"item"}},
      {"asInt(x)", {"asInt", "x"}},
      {"inputs.x ?? 'd'", {"inputs"}},
      {"a?.b?.c", {"a"}},
      {"filter(list, .x > y)", {"list", "y"}},
  };
  for (const auto& c : cases)
    EXPECT_EQ((*Expression::compile(c.source))->names(), c.names) << c.source;
}

TEST(Expression, ChanceComesFromTheSeed) {
  const auto one = Expression::compile("sprig.randAlphaNum(20)").value();
  const auto text = [&](uint64_t seed) {
    return one->run(environment(), {.now = {}, .random_seed = seed}, nullptr)->as_string();
  };
  EXPECT_EQ(text(1), text(1));
  EXPECT_NE(text(1), text(2));
}

TEST(FlatEnvironment, MakesMapsOfDottedNames) {
  FlatEnvironment flat;
  flat.set("a", "dropped");
  flat.set("a.b", "1");
  flat.set("a.c.d", "2");
  flat.set("ab", "other");
  EXPECT_EQ(text::to_json(*flat.find("a")), R"({"b":"1","c":{"d":"2"}})");
  EXPECT_EQ(flat.find("ab")->as_string(), "other");
  EXPECT_FALSE(flat.find("b"));
  EXPECT_TRUE(has_variable(flat, "a.c.d"));
  EXPECT_FALSE(has_variable(flat, "a.c.x"));
}

}  // namespace
}  // namespace expr
