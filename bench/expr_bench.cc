// expr_bench: time of the evaluator alone: what is parsed once, what an evaluation costs then.
//
// Prints "<name>_ns" (CPU time of one call, the smallest of several runs): texts with tags, `when`s
// whose values are single words (parsed once) and such that must be parsed again, ten typical
// expressions evaluated ("run") and compiled.
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "expr/condition.h"
#include "expr/template_text.h"
#include "expr/value.h"

namespace {

double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// The smallest of some runs, each of about five milliseconds.
template <class Call>
double smallest_ns(Call call) {
  double best = 1e18;
  int count = 1;
  for (int run = 0; run < 12;) {
    const double began = cpu_ns();
    for (int i = 0; i < count; ++i) call();
    const double took = cpu_ns() - began;
    if (took < 5e6 && count < (1 << 24)) {
      count *= 2;
      continue;
    }
    best = std::min(best, took / count);
    ++run;
  }
  return best;
}

void print(const std::string& name, double ns) { std::printf("%s_ns\t%.1f\n", name.c_str(), ns); }

template <class Result>
void must(const Result& result, const char* what) {
  if (result) return;
  std::fprintf(stderr, "expr_bench: %s: %s\n", what, result.error().text.c_str());
  std::exit(1);
}

// As the engine keeps them: found by their names.
expr::TagValue lookup(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kValues = {
      {{"inputs.parameters.message", "hello"},
       {"inputs.parameters.level", "info"},
       {"steps.flip.outputs.result", "heads"},
       {"inputs.parameters.sentence", "two words, one comma"}}};
  for (const auto& [known, value] : kValues)
    if (known == name) return value;
  return std::nullopt;
}

void bench_texts() {
  const auto text = expr::TemplateText::parse(
      "run {{inputs.parameters.message}} at {{inputs.parameters.level}}: "
      "{{steps.flip.outputs.result}}");
  must(text, "text");
  print("text_of_three_tags", smallest_ns([&] { (void)text->render(lookup, nullptr, false); }));
  print("text_of_three_tags_parse",
        smallest_ns([&] { (void)expr::TemplateText::parse(text->source()); }));
}

void bench_whens() {
  const struct {
    const char *name, *when;
  } cases[] = {
      {"when_single_tokens", "{{steps.flip.outputs.result}} == heads"},
      {"when_two_comparisons",
       "{{steps.flip.outputs.result}} == heads && {{inputs.parameters.level}} != debug"},
      {"when_parsed_again", "{{inputs.parameters.sentence}} == heads || 1 == 1"},
      {"when_quoted_parsed_again", "\"say {{inputs.parameters.message}}\" == \"say hello\""}};
  for (const auto& c : cases) {
    const auto condition = expr::Condition::parse(c.when);
    must(condition, c.name);
    print(c.name, smallest_ns([&] { (void)condition->evaluate(lookup, {}); }));
  }
}

void bench_expressions() {
  expr::FlatEnvironment environment;
  environment.set("inputs.parameters.n", text::Value("5"));
  environment.set("inputs.parameters.name", text::Value("bob"));
  environment.set("steps.a.outputs.result", text::Value("[1,2,3]"));
  environment.set("lastRetry.exitCode", text::Value("137"));
  environment.set("lastRetry.status", text::Value("Failed"));
  const struct {
    const char *name, *source;
  } cases[] = {{"member", "inputs.parameters.name"},
               {"compare", "inputs.parameters.name == 'bob'"},
               {"arithmetic", "asInt(inputs.parameters.n) * 2 + 1"},
               {"retry", "asInt(lastRetry.exitCode) >= 2 && lastRetry.status == 'Failed'"},
               {"ternary", "asInt(inputs.parameters.n) > 3 ? 'big' : 'small'"},
               {"sprig", "sprig.trim(sprig.upper(inputs.parameters.name))"},
               {"json", "fromJSON(steps.a.outputs.result)[1]"},
               {"map_filter", "map(filter(fromJSON(steps.a.outputs.result), # > 1), # * 2)"},
               {"in_list", "inputs.parameters.name in ['alice', 'bob']"},
               {"matches", "inputs.parameters.name matches '^b.b$'"}};
  for (const auto& c : cases) {
    const auto compiled = expr::Expression::compile(c.source);
    must(compiled, c.source);
    must((*compiled)->run(environment, {}, nullptr), c.source);
    print(std::string("run_") + c.name,
          smallest_ns([&] { (void)(*compiled)->run(environment, {}, nullptr); }));
    print(std::string("compile_") + c.name,
          smallest_ns([&] { (void)expr::Expression::compile(c.source); }));
  }
}

}  // namespace

int main() {
  bench_texts();
  bench_whens();
  bench_expressions();
}
