// Any text as a file given to `argo lint`: read, decoded, validated, its findings shown.
#include "base/diagnostic.h"
#include "model/validate.h"
#include "text/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  const auto documents = text::parse_yaml(source, "fuzz.yaml");
  if (!documents) return 0;
  for (const text::Value& document : *documents) {
    for (const bool submit : {false, true}) {
      base::Diagnostics found;
      model::lint_document(document, "fuzz.yaml", !submit,
                           {.submit = submit, .source_text = source}, found);
      for (const base::Diagnostic& finding : found) (void)base::render(finding, source, false);
    }
  }
  return 0;
}
