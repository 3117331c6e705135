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

TEST(Expression, WhatIsKnownBeforeItRuns) {
  constexpr Stage kCompile = Stage::kCompile, kRun = Stage::kRun;
  const struct {
    const char *title, *source, *json;  // "" where it fails
    Stage stage;
  } cases[] = {
      {"nothing may follow a pipe's call", "arr | first().x", "", kCompile},
      {"a pipe's call may be in brackets", "(s | upper())[0:1]", "\"H\"", kRun},
      {"a predicate needs a value", "map(arr, nil)", "", kCompile},
      {"a written list has known items", "[1, 2][0] + 'a'", "", kCompile},
      {"first looks at the Go type alone", "first([1, 2]) + 'a'", "", kRun},
      {"split gives texts in any case", "first(split('a', ',')) + 1", "", kCompile},
      {"take forgets what the list was made of", "take([1], 1)[0] + 'a'", "", kRun},
      {"?? has the left type where the right one fits", "([1] ?? ['a'])[0] + 'x'", "", kCompile},
      {"?? has none where they differ", "(1 ?? 2.5) + 'x'", "", kRun},
      {"behind a list max checks no argument", "false && max(arr, 'x') == 1", "false", kRun},
      {"fromPairs has keys of any type", "fromPairs([[1, 'x']])[1]", "\"x\"", kRun},
      {"a map takes texts as keys", "m[arr[0]]", "", kRun},
      {"in a map as well", "arr[0] in m", "", kRun},
      {"written texts are a set of texts", "arr[0] in ['a']", "", kRun},
      {"where nil is not", "nul in ['a']", "false", kRun},
      {"get gives nil for a missing group", "get(groupBy(arr, #), 9)", "null", kRun},
      {"an index gives an empty list for it", "groupBy(arr, #)[9]", "null", kRun},
      {"which is nil too", "groupBy(arr, #)[9] ?? 'none'", "\"none\"", kRun},
      {"and stays so in a slice", "groupBy(arr, #)[9][1:] == nil", "true", kRun},
      {"nothing and nothing is a nil list", "concat([], [])", "null", kRun},
      {"a range is not joined", "join(1..3)", "", kRun},
      {"arguments are looked at before ?. leaves out the call", "m?.x?.f(arr[9])", "", kRun},
      {"a letter beyond ASCII may be in a name", "{é: 1}.é", "1", kRun},
      {"what is no letter may not", "{a😀: 1}", "", kCompile},
      {"spaces beyond ASCII are spaces", "1\u2028+\u00a02", "3", kRun},
      {"the year of JSON has four digits", "toJson(date('15:04:05') - duration('9000h'))", "",
       kRun},
      {"an offset without a name is its name", "date('2023-08-14T10:20:30+05:00').Format('MST')",
       "\"+0500\"", kRun},
      {"powers to the last digit", "30 ** 100", "5.153775207320115e+147", kRun},
      {"the square root of a power", "-2 ** 0.5", "-1.4142135623730951", kRun},
      {"months are numbers to max alone", "max(date('2023-08-14').Month(), 1)", "", kRun},
      {"lengths of time have a largest one", "max(duration('1h'), duration('2h'))", "7200000000000",
       kRun},
  };
  for (const auto& c : cases) {
    Stage stage = Stage::kRun;
    const auto got = run(c.source, &stage);
    const std::string json = got ? to_json(*got).value_or("no JSON") : "";
    EXPECT_EQ(json, c.json) << c.title << (got ? "" : ": " + got.error().text);
    EXPECT_EQ(stage, c.stage) << c.title << (got ? "" : ": " + got.error().text);
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
  // What is shared in memory is not where it is printed, compared or looked through.
  EXPECT_TRUE(run("string(reduce(1..10, [#acc, #acc], 1))"));
  EXPECT_FALSE(run("string(reduce(1..40, [#acc, #acc], 1))"));
  EXPECT_FALSE(run("reduce(1..40, {{'a': #acc, 'b': #acc}}, 1) == 1"));
  EXPECT_FALSE(run("let x = repeat('x', 100000); map(1..100000, x)"));
  EXPECT_FALSE(run("let x = 1..1000000; map(1..1000, x == x)"));
  EXPECT_FALSE(run("join(map(1..100000, 'x'), repeat('y', 100000))"));
}

// What looks at a text costs by its length, a regular expression by its size too.
TEST(Expression, IsBoundedInWhatItReads) {
  EXPECT_TRUE(run("let x = repeat('x', 9000); sprig.regexMatch('x{500}y', x)"));
  EXPECT_FALSE(run("let x = repeat('x', 900000); sprig.regexMatch('(x?){500}(x?x?){500}y', x)"));
  EXPECT_FALSE(run("let x = repeat('x', 900000); sprig.regexReplaceAll('x+y|x', x, 'z')"));
  EXPECT_FALSE(run("map(1..100000, sprig.regexMatch('x{1000}' + string(#), 'a'))"));
  EXPECT_FALSE(run("let x = repeat('x', 100000); map(1..100000, x == 'y')"));
  EXPECT_TRUE(run("jsonpath(toJson(1..1000), '$[?(@>10)]')"));
  EXPECT_FALSE(run("jsonpath(toJson(1..100000), '$[?(@>10)]')"));
  EXPECT_FALSE(run("jsonpath(toJson(reduce(1..18, [#acc, #acc], 1)), '$..*..*..*..*..*')"));
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
