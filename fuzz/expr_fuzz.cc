// Any text as an expression: looked at, compiled, evaluated, shown.
#include <cassert>

#include "expr/analyse.h"
#include "expr/value.h"
#include "variables.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  expr::NameTable names;
  names.add("inputs.parameters.x");
  names.add("item", expr::VariableType::kAny);
  for (const expr::Use& use : expr::analyse_expression(source, names).uses)
    assert(use.span.begin <= use.span.end && use.span.end <= size);
  const auto compiled = expr::Expression::compile(source);
  if (!compiled) return 0;
  const auto value = (*compiled)->run(fuzz::variables(), fuzz::context(), nullptr);
  if (!value) return 0;
  expr::go_text(*value);
  (void)expr::to_json(*value);
  return 0;
}
