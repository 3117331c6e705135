#include "expr/data_transformation.h"

#include <utility>

namespace expr {
namespace {

class DataEnvironment : public Environment {
 public:
  explicit DataEnvironment(const Value& data) : data_(data) {}

  std::optional<text::Value> find(std::string_view name) const override {
    if (name != "data") return std::nullopt;
    auto shown = to_text(data_);
    if (!shown) return text::Value();
    return *std::move(shown);
  }
  bool find_typed(std::string_view name, Value& out) const override {
    if (name == "data") out = data_;
    return name == "data";
  }
  std::vector<std::string> names() const override { return {"data"}; }
  bool has_argo_functions() const override { return false; }

 private:
  const Value& data_;
};

tl::unexpected<base::Error> failed_step(size_t step, base::Error error) {
  error.text = "error processing data step " + std::to_string(step) + ": " + error.text;
  return base::fail(std::move(error));
}

}  // namespace

base::Result<Value> transform_data(Value data, std::span<const std::string> expressions,
                                   const EvalContext& context) {
  for (size_t i = 0; i < expressions.size(); ++i) {
    if (expressions[i].empty()) continue;
    const auto compiled = Expression::compile(expressions[i]);
    if (!compiled) return failed_step(i, compiled.error());
    auto result = (*compiled)->run(DataEnvironment(data), context, nullptr);
    if (!result) return failed_step(i, result.error());
    data = std::move(*result);
  }
  // The result is stored as JSON.
  if (const auto json = to_json(data); !json)
    return base::fail(base::Code::kInvalid, "the data has no JSON form: " + json.error().text);
  return data;
}

}  // namespace expr
