#include "model/event_binding.h"

#include <gtest/gtest.h>

#include "text/json.h"
#include "text/yaml.h"

namespace model {
namespace {

using text::Value;

Value yaml(std::string_view source) {
  auto documents = text::parse_yaml(source, "test");
  EXPECT_TRUE(documents) << source;
  return documents ? documents->front() : Value();
}

IncomingEvent event(std::string_view payload = R"({"message":"hello","n":3,"list":[1,"<a>"]})") {
  IncomingEvent out{"argo", "my-discriminator", yaml("{x-argo-e2e: [\"true\"]}"), Value()};
  if (!payload.empty()) out.payload = yaml(payload);
  return out;
}

TEST(EventBinding, TheSelectorDecides) {
  const struct {
    const char *title, *selector, *outcome;
  } rows[] = {
      {"of Argo's documentation",
       R"(payload.message != "" && metadata["x-argo-e2e"] == ["true"] && )"
       R"(discriminator == "my-discriminator")",
       "true"},
      {"headers are lists", R"(metadata["x-argo-e2e"] == "true")", "false"},
      {"headers that are not there", R"(metadata["x-none"] == ["true"])", "false"},
      {"the namespace", R"(namespace == "argo")", "true"},
      {"guarded against what is not there", R"(payload.a?.b == nil)", "true"},
      {"no bool", "payload.message",
       "failed to evaluate workflow template expression: unable to cast expression result 'hello' "
       "to bool"},
      {"unknown name", "unknown == 1",
       "failed to evaluate workflow template expression: unknown name unknown (1:1)"},
      {"Argo's functions are not there", "asInt(\"1\") == 1",
       "failed to evaluate workflow template expression: unknown name asInt (1:1)"},
      {"malformed", "payload.",
       "failed to evaluate workflow template expression: expected name (1:9)"},
  };
  for (const auto& row : rows) {
    Value binding;
    binding["spec"]["event"]["selector"] = row.selector;
    const auto taken = selects(binding, event(), {});
    EXPECT_EQ(taken ? (*taken ? "true" : "false") : taken.error().text, row.outcome) << row.title;
  }
}

TEST(EventBinding, WithoutAPayloadThereIsNil) {
  Value binding;
  binding["spec"]["event"]["selector"] = "payload == nil";
  EXPECT_TRUE(selects(binding, event(""), {}).value_or(false));
}

std::string submitted(const char* submit) {
  Value binding;
  binding["spec"]["submit"] = yaml(submit);
  Value workflow = yaml("{metadata: {generateName: t-, labels: {a: b}}}");
  const auto done = submit_event(binding, event(), {}, workflow);
  return done ? text::to_json(workflow) : done.error().text;
}

TEST(EventBinding, ArgumentsAndMetadataComeOutOfTheEvent) {
  const struct {
    const char *title, *submit, *outcome;
  } rows[] = {
      {"nothing asked for", "{workflowTemplateRef: {name: t}}",
       R"({"metadata":{"generateName":"t-","labels":{"a":"b"}}})"},
      {"arguments are JSON, texts without quotes",
       "arguments: {parameters: [{name: m, valueFrom: {event: payload.message}}, "
       "{name: number, valueFrom: {event: payload.n}}, {name: l, valueFrom: {event: "
       "payload.list}}, "
       "{name: none, valueFrom: {event: payload.none}}]}",
       R"({"metadata":{"generateName":"t-","labels":{"a":"b"}},"spec":{"arguments":{"parameters":[)"
       R"({"name":"m","value":"hello"},{"name":"number","value":"3"},)"
       R"({"name":"l","value":"[1,\"<a>\"]"},)"
       R"({"name":"none","value":"null"}]}}})"},
      {"metadata are expressions",
       R"({metadata: {name: 'payload.message + "-world"', labels: {l: '"literal"'}, annotations: )"
       R"({note: 'string(payload.n)'}}})",
       R"({"metadata":{"generateName":"t-","labels":{"a":"b","l":"literal"},"name":"hello-world",)"
       R"("annotations":{"note":"3"}}})"},
      {"a name that is no text", "{metadata: {name: payload.n}}",
       "workflow name expression must evaluate to a string, not a float64"},
      {"a label that is no expression", "{metadata: {labels: {l: 'a b'}}}",
       "failed to evaluate workflow label \"l\" expression: unexpected token \"b\" (1:3)"},
      {"no valueFrom", "{arguments: {parameters: [{name: m}]}}",
       "malformed workflow template parameter \"m\": valueFrom is nil"},
      {"an argument that fails", "{arguments: {parameters: [{name: m, valueFrom: {event: x}}]}}",
       "failed to compile workflow template parameter m expression: unknown name x (1:1)"},
  };
  for (const auto& row : rows) EXPECT_EQ(submitted(row.submit), row.outcome) << row.title;
}

}  // namespace
}  // namespace model
