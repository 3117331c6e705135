#include "conformance/templates_suite.h"

#include <array>
#include <span>

#include "conformance/cases.h"
#include "expr/template_text.h"
#include "text/json.h"

namespace conformance {
namespace {

struct Mode {
  std::string_view name;
  bool allow_unresolved;
  std::span<const std::string_view> prefixes;
};
// The recorded answers were made with these prefixes, dots included: none of them ever matches.
constexpr std::array<std::string_view, 2> kTasksSteps = {"steps.", "tasks."};
constexpr std::array<std::string_view, 1> kInputs = {"inputs."};
constexpr Mode kModes[] = {{"allowUnresolved", true, {}},
                           {"strict", false, {}},
                           {"strictTasksSteps", true, kTasksSteps},
                           {"strictInputs", true, kInputs}};

struct Variables {
  const text::Value* params = nullptr;
  expr::FlatEnvironment environment;

  expr::TagValue find(std::string_view name) const {
    const text::Value* value = params ? params->find(name) : nullptr;
    if (!value) return std::nullopt;
    if (!value->is_string()) return expr::TagValue::absent();
    return expr::TagValue(std::string_view(value->as_string()));
  }
};

base::Result<std::string> render(const std::string& source, const Variables& variables,
                                 const Mode& mode) {
  auto text = expr::TemplateText::parse(source);
  if (!text) return tl::unexpected(text.error());
  return text->render([&](std::string_view name) { return variables.find(name); },
                      {.allow_unresolved = mode.allow_unresolved,
                       .strict_prefixes = mode.prefixes,
                       .environment = &variables.environment,
                       .context = {.now = {1767323045000000000}, .random_seed = 1}});
}

// Every string of the value is rendered; keys too, as the original renders the JSON text.
base::Status render_all(text::Value& value, const Variables& variables, const Mode& mode) {
  if (value.is_string()) {
    auto text = render(value.as_string(), variables, mode);
    if (!text) return tl::unexpected(text.error());
    value.as_string() = std::move(*text);
  } else if (value.is_list()) {
    for (text::Value& item : value.as_list())
      if (auto status = render_all(item, variables, mode); !status) return status;
  } else if (value.is_map()) {
    text::Map out;
    for (text::Member& member : value.as_map()) {
      text::Value key = member.key;
      if (auto status = render_all(key, variables, mode); !status) return status;
      if (auto status = render_all(member.value, variables, mode); !status) return status;
      out.set(key.as_string(), member.value);
    }
    value = std::move(out);
  }
  return {};
}

void run_mode(const Report& report, const std::string& id, const text::Value& input,
              const text::Value& expect, const Variables& variables, const Mode& mode) {
  text::Value value = input;
  const base::Status status = render_all(value, variables, mode);
  const bool fails = expect.find("error") != nullptr;
  if (fails || !status) {
    const text::Value* missing = expect.find("missingVariable");
    std::string got = status ? text::to_json(value) : "error: " + status.error().text;
    bool ok = fails && !status;
    if (ok && missing && missing->is_bool())
      ok = missing->as_bool() == (status.error().code == base::Code::kNotFound);
    report({id, ok, fails ? "error: " + std::string(expect.string_at("error")) : "no error", got});
    return;
  }
  const auto output = text::parse_json(expect.string_at("output"));
  const bool ok = output && same_json(*output, value);
  report({id, ok, std::string(expect.string_at("output")), text::to_json(value)});
}

void run_case(const Report& report, const text::Value& test) {
  const std::string name(test.string_at("name"));
  const text::Value* expect = test.find("expect");
  Variables variables;
  variables.params = test.find("params");
  if (variables.params && variables.params->is_map())
    for (const text::Member& member : variables.params->as_map())
      variables.environment.set(member.key, member.value);
  base::Result<text::Value> input = text::Value(test.string_at("text"));
  if (test.find("raw")) input = text::parse_json(test.string_at("raw"));
  for (const Mode& mode : kModes) {
    const text::Value* wanted = expect ? expect->find(mode.name) : nullptr;
    if (!wanted || wanted->is_null()) continue;
    const std::string id = name + "#" + std::string(mode.name);
    if (any_answer_passes(*wanted)) {
      report({id, true, {}, {}});
    } else if (!input) {
      const bool fails = wanted->find("error") != nullptr;
      report({id, fails, fails ? "error" : std::string(wanted->string_at("output")),
              "error: " + input.error().text});
    } else {
      run_mode(report, id, *input, *wanted, variables, mode);
    }
  }
}

}  // namespace

base::Status run_templates(const std::string& folder, const Report& report) {
  return run_all_files(folder, "", run_case, report);
}

}  // namespace conformance
