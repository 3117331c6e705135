// Any text as a `depends`: what parses is evaluated for both answers of its tasks.
#include <cassert>

#include "expr/analyse.h"
#include "expr/depends.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> tasks = {"A", "B"};
  for (const expr::Use& use : expr::analyse_depends(source, tasks).uses)
    assert(source.substr(use.span.begin, use.span.end - use.span.begin) == use.name);
  const auto depends = expr::parse_depends(source);
  if (!depends) return 0;
  for (const bool holds : {false, true})
    expr::evaluate(*depends, [&](const expr::Depends::Node& node) {
      assert(node.task < depends->tasks.size());
      return holds;
    });
  return 0;
}
