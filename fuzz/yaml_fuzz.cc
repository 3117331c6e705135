// Any text as YAML: read, written, read again to the same values.
#include <cassert>

#include "text/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  const auto documents = text::parse_yaml(source, "fuzz.yaml");
  if (!documents) return 0;
  for (const text::Value& document : *documents) {
    const auto again = text::parse_yaml(text::to_yaml(document), "again.yaml");
    assert(again && again->size() == 1 && again->front() == document);
  }
  return 0;
}
