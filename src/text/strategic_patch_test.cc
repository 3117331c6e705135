#include "text/strategic_patch.h"

#include <gtest/gtest.h>

#include "text/json.h"

namespace text {
namespace {

struct Case {
  const char *title, *target, *patch, *result;
};
class StrategicPatch : public testing::TestWithParam<Case> {};
TEST_P(StrategicPatch, Applies) {
  const Case& c = GetParam();
  const Value out = apply_strategic_patch(*parse_json(c.target), *parse_json(c.patch));
  EXPECT_EQ(to_json(out), c.result) << c.title;
}
INSTANTIATE_TEST_SUITE_P(
    Table, StrategicPatch,
    testing::Values(
        Case{"a member is set", R"({"a":1})", R"({"b":2})", R"({"a":1,"b":2})"},
        Case{"null takes it away", R"({"a":1,"b":2})", R"({"a":null,"c":null})", R"({"b":2})"},
        Case{"containers by name, in their order",
             R"({"containers":[{"name":"w"},{"name":"main","image":"x"}]})",
             R"({"containers":[{"name":"main","tty":true},{"name":"new"}]})",
             R"({"containers":[{"name":"w"},{"name":"main","image":"x","tty":true},)"
             R"({"name":"new"}]})"},
        Case{"inside of them too",
             R"({"containers":[{"name":"m","env":[{"name":"a"},{"name":"b","value":"2"}]}]})",
             R"({"containers":[{"name":"m","env":[{"name":"b","value":"3"}]}]})",
             R"({"containers":[{"name":"m","env":[{"name":"a"},{"name":"b","value":"3"}]}]})"},
        Case{"keys that are numbers", R"({"ports":[{"containerPort":80}]})",
             R"({"ports":[{"containerPort":80,"name":"http"}]})",
             R"({"ports":[{"containerPort":80,"name":"http"}]})"},
        Case{"other lists are replaced", R"({"tolerations":[{"key":"a"}],"args":["x","y"]})",
             R"({"tolerations":[{"key":"b"}],"args":["z"]})",
             R"({"tolerations":[{"key":"b"}],"args":["z"]})"},
        Case{"an element is deleted", R"({"volumes":[{"name":"a"},{"name":"b"}]})",
             R"({"volumes":[{"name":"a","$patch":"delete"}]})", R"({"volumes":[{"name":"b"}]})"},
        Case{"deleting what is not there", R"({"volumes":[{"name":"b"}]})",
             R"({"volumes":[{"name":"a","$patch":"delete"}]})", R"({"volumes":[{"name":"b"}]})"},
        Case{"a map is replaced", R"({"m":{"a":1}})", R"({"m":{"$patch":"replace","b":2}})",
             R"({"m":{"b":2}})"},
        Case{"a map is deleted", R"({"m":{"a":1},"n":1})", R"({"m":{"$patch":"delete"}})",
             R"({"n":1})"}));

}  // namespace
}  // namespace text
