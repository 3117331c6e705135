// Any text with {{tags}}, rendered strictly and leniently; what has no tag comes out as it is.
#include <cassert>

#include "expr/analyse.h"
#include "expr/template_text.h"
#include "variables.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  expr::NameTable names;
  names.add("inputs.parameters.x");
  for (const expr::Finding& found : expr::analyse_text(source, names).findings)
    assert(found.span.begin <= found.span.end && found.span.end <= size);
  const auto text = expr::TemplateText::parse(source);
  if (!text) return 0;
  const expr::FlatEnvironment environment = fuzz::variables();
  const auto lookup = [](std::string_view name) -> expr::TagValue {
    if (name == "absent") return expr::TagValue::absent();
    if (name == "inputs.parameters.x") return std::string_view("5");
    return std::nullopt;
  };
  for (const bool lenient : {false, true}) {
    const auto out = text->render(lookup, {.allow_unresolved = lenient,
                                           .resolve_nested = lenient,
                                           .environment = &environment,
                                           .context = fuzz::context()});
    if (text->is_literal()) assert(out && *out == source);
  }
  return 0;
}
