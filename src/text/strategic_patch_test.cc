#include "text/strategic_patch.h"

#include <gtest/gtest.h>

#include "text/json.h"

namespace text {
namespace {

// A few rules of a PodSpec.
class Rules final : public MergeRules {
 public:
  Of member(std::string_view name) const override {
    if (name == "containers" || name == "env" || name == "volumes")
      return {"name", false, false, this};
    if (name == "ports") return {"containerPort", false, false, this};
    if (name == "finalizers") return {"*"};
    if (name == "selector") return {{}, false, true, this};
    return {{}, false, false, this};
  }
};

struct Case {
  const char *title, *target, *patch, *result;
};
class StrategicPatch : public testing::TestWithParam<Case> {};
TEST_P(StrategicPatch, Applies) {
  const Case& c = GetParam();
  const Rules rules;
  const auto out = apply_strategic_patch(*parse_json(c.target), *parse_json(c.patch), &rules);
  EXPECT_EQ(out ? to_json(*out) : "error: " + out.error().text, c.result) << c.title;
}
INSTANTIATE_TEST_SUITE_P(
    Table, StrategicPatch,
    testing::Values(
        Case{"a member is set", R"({"a":1})", R"({"b":2})", R"({"a":1,"b":2})"},
        Case{"null takes it away", R"({"a":1,"b":2})", R"({"a":null,"c":null})", R"({"b":2})"},
        Case{"containers by name; new ones come first, as with Kubernetes",
             R"({"containers":[{"name":"w"},{"name":"main","image":"x"}]})",
             R"({"containers":[{"name":"main","tty":true},{"name":"new"}]})",
             R"({"containers":[{"name":"w"},{"name":"main","image":"x","tty":true},)"
             R"({"name":"new"}]})"},
        Case{"an order says where", R"({"containers":[{"name":"a"},{"name":"b"}]})",
             R"({"$setElementOrder/containers":[{"name":"b"},{"name":"c"},{"name":"a"}],)"
             R"("containers":[{"name":"c"}]})",
             R"({"containers":[{"name":"b"},{"name":"c"},{"name":"a"}]})"},
        Case{"an order alone", R"({"containers":[{"name":"a"},{"name":"x"},{"name":"b"}]})",
             R"({"$setElementOrder/containers":[{"name":"b"},{"name":"a"}]})",
             R"({"containers":[{"name":"x"},{"name":"b"},{"name":"a"}]})"},
        Case{"scalars are united", R"({"finalizers":["a","b"]})", R"({"finalizers":["b","c"]})",
             R"({"finalizers":["a","b","c"]})"},
        Case{"scalars are taken away", R"({"finalizers":["a","b"]})",
             R"({"$deleteFromPrimitiveList/finalizers":["a","z"]})", R"({"finalizers":["b"]})"},
        Case{"only these keys stay", R"({"m":{"a":1,"b":2}})",
             R"({"m":{"$retainKeys":["b","c"],"c":3}})", R"({"m":{"b":2,"c":3}})"},
        Case{"a map that is replaced", R"({"selector":{"a":1}})", R"({"selector":{"b":2}})",
             R"({"selector":{"b":2}})"},
        Case{"a list is replaced by a directive", R"({"volumes":[{"name":"a"}]})",
             R"({"volumes":[{"name":"b"},{"$patch":"replace"}]})", R"({"volumes":[{"name":"b"}]})"},
        Case{"an element without its key", R"({"volumes":[{"name":"a"}]})",
             R"({"volumes":[{"nme":"b"}]})",
             "error: volumes: each element must have the merge key \"name\""},
        Case{"a directive that is none", R"({"m":{}})", R"({"m":{"$patch":"add"}})",
             "error: $patch is \"replace\" or \"delete\""},
        Case{"an order of what is not merged", R"({"args":["a"]})",
             R"({"$setElementOrder/args":["a"]})",
             "error: $setElementOrder/args: must be a list beside a list that is merged"},
        Case{"nulls in what is new", R"({})", R"({"m":{"a":null,"b":[{"c":null,"d":1}]}})",
             R"({"m":{"b":[{"d":1}]}})"},
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
        Case{"a map is emptied", R"({"m":{"a":1},"n":1})", R"({"m":{"$patch":"delete"}})",
             R"({"m":{},"n":1})"}));

}  // namespace
}  // namespace text
