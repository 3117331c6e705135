// Any text as a `when`: parsed with its tags, and as a text that has none.
#include "expr/condition.h"
#include "variables.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  (void)expr::evaluate_when(source);
  const auto condition = expr::Condition::parse(source);
  if (!condition) return 0;
  const expr::FlatEnvironment environment = fuzz::variables();
  (void)condition->evaluate(
      [](std::string_view) -> expr::TagValue { return std::string_view("5"); },
      {.environment = &environment, .context = fuzz::context()});
  return 0;
}
