// variables.h — the variables that fuzzed expressions and tags may use.
#pragma once
#include "expr/expression.h"
#include "text/json.h"

namespace fuzz {

inline expr::FlatEnvironment variables() {
  expr::FlatEnvironment out;
  out.set("inputs.parameters.x", text::Value("5"));
  out.set("steps.a.outputs.result", text::Value("[1,2,{\"b\":null}]"));
  out.set("item", text::parse_json(R"({"a":[1,2.5,"x"],"b":{"c":true}})").value_or(text::Value()));
  out.set("n", text::parse_json("3").value_or(text::Value()));
  out.set("absent", text::Value());
  return out;
}

// Bounds that leave a fuzzer time for many inputs.
inline expr::EvalContext context() {
  expr::EvalContext out{.now = {1767323045000000000}, .random_seed = 1};
  out.limits = {.items = 20'000, .bytes = 1 << 20, .steps = 100'000, .slow_ms = 100};
  return out;
}

}  // namespace fuzz
