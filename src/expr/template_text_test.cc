#include "expr/template_text.h"

#include <gtest/gtest.h>

#include <map>

namespace expr {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

const Variables kVariables = {{"inputs.parameters.name", "bob"},
                              {"inputs.parameters.n", "5"},
                              {"inputs.parameters.which", "name"},
                              {"inputs.parameters.quote", "say \"hi\""},
                              {"inputs.parameters.tag", "{{inputs.parameters.name}}"},
                              {"item", "apple"},
                              {"steps.a.outputs.result", "heads"}};

base::Result<std::string> render(std::string_view source, RenderOptions options) {
  auto text = TemplateText::parse(source);
  if (!text) return tl::unexpected(text.error());
  FlatEnvironment environment;
  for (const auto& [name, value] : kVariables) environment.set(name, value);
  environment.set("steps.skipped.outputs.result", text::Value());
  options.environment = &environment;
  return text->render(
      [](std::string_view name) -> TagValue {
        if (name == "steps.skipped.outputs.result") return TagValue::absent();
        const auto it = kVariables.find(name);
        if (it == kVariables.end()) return std::nullopt;
        return std::string_view(it->second);
      },
      options);
}

TEST(TemplateText, ReplacesTags) {
  const struct {
    const char *title, *source, *expected;
  } cases[] = {
      {"no tags", "plain", "plain"},
      {"nothing", "", ""},
      {"one tag", "hello {{inputs.parameters.name}}", "hello bob"},
      {"spaces around the name", "{{ inputs.parameters.name  }}", "bob"},
      {"two tags side by side", "{{item}}{{item}}", "appleapple"},
      {"quotes come through", "{{inputs.parameters.quote}}", "say \"hi\""},
      {"a tag in a value stays text", "{{inputs.parameters.tag}}", "{{inputs.parameters.name}}"},
      {"single braces are text", "{item} { {item} }", "{item} { {item} }"},
      {"a lone end is text", "item}}", "item}}"},
      {"an expression", "{{=inputs.parameters.name + '-x'}}", "bob-x"},
      {"an expression's number", "{{=asInt(inputs.parameters.n) + 1}}", "6"},
      {"an expression's map is JSON", "{{= {\"a\": [1, 2.5]} }}", "{\"a\":[1,2.5]}"},
      {"default for what is not there", "{{=inputs.parameters.nope ?? 'd'}}", "d"},
      {"a tag in a name gives the name", "{{inputs.parameters.{{inputs.parameters.which}}}}",
       "{{inputs.parameters.name}}"},
      {"without an end of its own the inner tag is one", "{{a {{item}}", "{{a apple"},
      {"bytes that are no UTF-8 are told", "{{=fromBase64('/w==')}}", "\xEF\xBF\xBD"},
      {"default for a skipped output", "{{=steps.skipped.outputs.result ?? 'd'}}", "d"},
  };
  for (const auto& c : cases) {
    const auto strict = render(c.source, {});
    ASSERT_TRUE(strict) << c.title << ": " << strict.error().to_string();
    EXPECT_EQ(*strict, c.expected) << c.title;
    EXPECT_EQ(render(c.source, {.allow_unresolved = true}).value_or("error"), c.expected)
        << c.title;
  }
}

TEST(TemplateText, UnknownTagsStayOrAreErrors) {
  const struct {
    const char *source, *error;
  } cases[] = {
      {"{{unknown}}", "failed to resolve {{unknown}}"},
      {"a {{ unknown }} b", "failed to resolve {{ unknown }}"},
      {"{{{{item}}}}", "failed to resolve {{{{item}}"},
      {"{{=inputs.nope}}", "failed to evaluate expression: inputs.nope is missing"},
      {"{{=nope(1)}}", "failed to evaluate expression: nope is missing"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(render(c.source, {.allow_unresolved = true}).value_or("error"), c.source);
    const auto strict = render(c.source, {});
    ASSERT_FALSE(strict) << c.source;
    EXPECT_EQ(strict.error().text, c.error);
    EXPECT_EQ(strict.error().code, base::Code::kNotFound) << c.source;
  }
}

TEST(TemplateText, SomePrefixesMustResolveThoughOthersMayStay) {
  constexpr std::string_view kStrict[] = {"steps"};
  const RenderOptions options{.allow_unresolved = true, .strict_prefixes = kStrict};
  EXPECT_EQ(render("{{inputs.x}} {{steps.a.outputs.result}}", options).value_or("error"),
            "{{inputs.x}} heads");
  EXPECT_FALSE(render("{{steps.b.outputs.result}}", options));
  EXPECT_TRUE(render("{{stepsb.outputs.result}}", options)) << "a whole word, not its beginning";
  EXPECT_TRUE(render("{{steps.b.outputs.artifacts.x}}", options)) << "artifacts come later";
  EXPECT_FALSE(render("{{=steps.b.outputs.result}}", options));
  EXPECT_TRUE(render("{{=inputs.x}}", options));
}

TEST(TemplateText, ASkippedOutputIsATerminalError) {
  for (const bool allow : {true, false}) {
    const auto got = render("{{steps.skipped.outputs.result}}", {.allow_unresolved = allow});
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, base::Code::kInvalid) << "waiting does not heal it";
  }
}

TEST(TemplateText, NestedTagsResolveTheInnerOneFirst) {
  const char* source = "<{{inputs.parameters.{{inputs.parameters.which}}}}>";
  EXPECT_EQ(render(source, {}).value_or("error"), "<{{inputs.parameters.name}}>");
  EXPECT_EQ(render(source, {.resolve_nested = true}).value_or("error"), "<bob>");
  EXPECT_EQ(render("{{a.{{b}}}}", {.allow_unresolved = true}).value_or("error"), "{{a.{{b}}}}");
}

TEST(TemplateText, RefusesWhatItCannotReadWithItsPlace) {
  const struct {
    const char* source;
    uint32_t line, column;
  } cases[] = {
      {"{{item", 1, 1},       {"a\nb {{item", 2, 3},     {"{{=1 +}}", 1, 7},
      {"x\n  {{=(1}}", 2, 8}, {"{{={\"a\":1}}}", 1, 10},
  };
  for (const auto& c : cases) {
    const auto parsed = TemplateText::parse(c.source);
    ASSERT_FALSE(parsed) << c.source;
    EXPECT_EQ(parsed.error().where.line, c.line) << c.source << ": " << parsed.error().text;
    EXPECT_EQ(parsed.error().where.column, c.column) << c.source << ": " << parsed.error().text;
  }
}

TEST(TemplateText, KnowsArgosTags) {
  EXPECT_TRUE(is_argo_tag("inputs.parameters.x"));
  EXPECT_TRUE(is_argo_tag("item.name"));
  EXPECT_FALSE(is_argo_tag("user.name"));
  EXPECT_FALSE(is_argo_tag("items.x"));
}

}  // namespace
}  // namespace expr
