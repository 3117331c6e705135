// A path in the first line, a JSON value below: as expressions' jsonpath(), as a resource's
// valueFrom.jsonPath, as a condition of a resource.
#include "expr/function.h"
#include "expr/resource_condition.h"
#include "expr/resource_jsonpath.h"
#include "text/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(source.find('\n'), size);
  const std::string_view path = source.substr(0, end);
  const auto value = text::parse_json(source.substr(std::min(end + 1, size)))
                         .value_or(text::parse_json(R"({"a":[{"b":1},{"b":"x"}]})").value());
  expr::Budget budget{expr::EvalLimits()};
  (void)expr::query_jsonpath(path, expr::from_text(value), budget);
  if (const auto query = expr::ResourceJsonPath::parse(path)) (void)query->fill(value);
  if (const auto conditions = expr::ResourceConditions::parse(path, path))
    (void)conditions->judge(value);
  return 0;
}
