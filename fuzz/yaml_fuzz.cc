// Any text as YAML: read, written and read again until it stands still, after one round. (The first
// round may change -0.0 to 0, and bytes of a !!binary that are no text to U+FFFD.)
#include <cassert>

#include "text/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  const auto documents = text::parse_yaml(source, "fuzz.yaml");
  // Reading on behind mistakes finds one where the other finds one, and the same where there is
  // none.
  const text::Reading reading = text::read_yaml(source, "fuzz.yaml");
  assert(reading.sound() == documents.has_value());
  if (!documents) return 0;
  assert(reading.documents == *documents);
  for (const text::Value& document : *documents) {
    const auto once = text::parse_yaml(text::to_yaml(document), "once.yaml");
    assert(once && once->size() == 1);
    const auto twice = text::parse_yaml(text::to_yaml(once->front()), "twice.yaml");
    assert(twice && twice->size() == 1 && once->front() == twice->front());
  }
  return 0;
}
