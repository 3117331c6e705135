#include "expr/jq.h"

#include <gtest/gtest.h>

#include "text/json.h"

namespace expr {
namespace {

constexpr std::string_view kInput = R"({"a": 3, "b": {"c": [1, 2, 3]}, "name": "pi", "none": null,
  "list": [{"type": "x", "n": 2}, {"type": "y", "n": 1}], "big": 12345678901})";

std::string run(std::string_view filter) {
  const auto parsed = JqFilter::parse(filter);
  if (!parsed) return "parse error";
  const auto result = parsed->run(text::parse_json(kInput).value(), base::Time{1'500'000'000});
  return result ? *result : "error: " + result.error().text;
}

struct JqCase {
  const char *title, *filter, *output;
};
constexpr JqCase kCases[] = {
    {"a path", ".b.c[1]", "2"},
    {"a missing key is null", ".nope.x", "null"},
    {"results are lines, strings without quotes", ".name, .a", "pi\n3"},
    {"a string's own line ends at both ends are cut", "\"\\n x \\n\"", "x"},
    {"iteration", ".list[].type", "x\ny"},
    {"slices and ends", "[.b.c[-1], .b.c[1:], .name[:1]]", "[3,[2,3],\"p\"]"},
    {"pipes and commas", "[(1, 2) | . * 10]", "[10,20]"},
    {"the right side of an operator is the outer loop", "[(1, 2) + (10, 20)]", "[11,12,21,22]"},
    {"an alternative", ".none // \"d\", (.a // 1)", "d\n3"},
    {"conditions", "if .a > 2 then \"big\" elif .a then 1 else 0 end", "big"},
    {"select and map", "[.list[] | select(.n > 1)] | map(.type)", "[\"x\"]"},
    {"objects", "{a, n: .name, (.name): [.a]}", "{\"a\":3,\"n\":\"pi\",\"pi\":[3]}"},
    {"interpolation and formats", "\"v=\\(.a)\", @base64 \"\\(.name)\"", "v=3\ncGk="},
    {"reduce", "reduce .b.c[] as $x (0; . + $x)", "6"},
    {"foreach", "[foreach .b.c[] as $x (0; . + $x; [$x, .])]", "[[1,1],[2,3],[3,6]]"},
    {"functions with filters and values", "def f(g; $x): [g, $x]; f(.a; 1)", "[3,1]"},
    {"recursion", "def fac: if . < 2 then 1 else . * (. - 1 | fac) end; .a | fac", "6"},
    {"destructuring", ". as {$name, b: {c: [$x]}} | [$name, $x]", "[\"pi\",1]"},
    {"try and catch", "try error({\"k\": 1}) catch .k", "1"},
    {"a question mark hides errors", "[.name.x?, .a]", "[3]"},
    {"behind a suffix it hides the error of that alone", "[.a | try (.x[0]?) catch \"no\"]",
     "[\"no\"]"},
    {"of the whole in brackets", "[.name | (.x[0])?]", "[]"},
    {"an alternative hides no error", "try (error(\"x\") // 1) catch .", "x"},
    {"null has no keys", "null | has(\"x\")", "false"},
    {"labels", "[label $out | 1, 2, break $out, 3]", "[1,2]"},
    {"paths", "[paths(type == \"number\")] | length", "7"},
    {"updates", ".b.c |= map(. + 1) | .b.c[0] += 10 | .b.c", "[12,3,4]"},
    {"deleting", "del(.list, .b.c[0], .big) | keys, .b.c",
     "[\"a\",\"b\",\"name\",\"none\"]\n[2,3]"},
    {"an update to nothing deletes", "(.b.c[] | select(. > 1)) |= empty | .b.c", "[1]"},
    {"sorting and grouping", "[.list | sort_by(.n)[] | .type], (.list | group_by(.n) | length)",
     "[\"y\",\"x\"]\n2"},
    {"regular expressions",
     "[\"a1b22\" | scan(\"[0-9]+\")], (\"abc\" | sub(\"(?<x>b)\"; \"<\\(.x)>\"))",
     "[\"1\",\"22\"]\na<b>c"},
    {"numbers are printed as Go does", "1.0, .big * 1000, 1e30, .a / 2",
     "1\n12345678901000\n1e+30\n1.5"},
    {"text is escaped for HTML in JSON alone", "[\"<\"], \"<\"", "[\"\\u003c\"]\n<"},
    {"the machine is not seen", "env, $ENV, now", "{}\n{}\n1.5"},
    {"times", "0 | todate", "1970-01-01T00:00:00Z"},
    {"limits of generators", "[limit(3; range(10))], first(range(5; 9)), isempty(empty)",
     "[0,1,2]\n5\ntrue"},
};

TEST(Jq, Filters) {
  for (const JqCase& c : kCases) EXPECT_EQ(run(c.filter), c.output) << c.title;
}

TEST(Jq, RefusesWhatIsNoFilter) {
  for (const char* filter : {".[", ".foo bar", "{", "\"a", "nofunction", "$x", "1 +", "if 1 then 2",
                             "1 == 1 == 1", ". as [$x | 1", "break $x", "@nope", "1 as x | 2",
                             "def f: 1", "\"\\q\"", "import \"a\" as a; 1", "input_filename"})
    EXPECT_EQ(run(filter), "parse error") << filter;
}

TEST(Jq, TellsErrors) {
  EXPECT_EQ(run(".name.x"), "error: jq: cannot index: string (\"pi\") and string (\"x\")");
  EXPECT_EQ(run("error(\"boom\")"), "error: jq: boom");
  EXPECT_EQ(run("1, error").substr(0, 5), "error") << "what came before it does not count";
  EXPECT_EQ(run("path(1 | .a)").substr(0, 5), "error");
  EXPECT_EQ(run("nan").substr(0, 5), "error") << "JSON has no such number";
}

TEST(Jq, WorkIsBounded) {
  for (const char* filter :
       {"def f: f; f", "[range(1e12)]", "repeat(1) | empty", "0 | until(false; . + 1)",
        "reduce range(1e9) as $i ([]; . + [$i])", "reduce range(1e6) as $i (0; [.])",
        "\"x\" * 1e9 | length", "def f: 1 + f; f", "[recurse(.; true)]", "last(range(1e15))",
        "[limit(1e9; repeat(\"abc\"))] | length", "null | .[1e9] = 1",
        "reduce range(100) as $i (\"x\"; . + .) | length"})
    EXPECT_EQ(run(filter).substr(0, 5), "error") << filter;
  EXPECT_EQ(run(std::string(100000, '[')), "parse error");
  EXPECT_EQ(run(std::string(100000, '-') + "1"), "parse error");
  EXPECT_EQ(run("try (def f: f; f) catch 1").substr(0, 5), "error") << "a limit is not caught";
}

}  // namespace
}  // namespace expr
