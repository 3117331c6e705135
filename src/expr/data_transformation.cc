#include "expr/data_transformation.h"

#include <utility>

namespace expr {
namespace {

class DataEnvironment : public Environment {
 public:
  explicit DataEnvironment(const Value& data) : data_(data) {}

  std::optional<text::Value> find(std::string_view name) const override {
    if (name != "data") return std::nullopt;
    return to_text(data_).value_or(text::Value());
  }
  bool find_typed(std::string_view name, Value& out) const override {
    if (name == "data") out = data_;
    return name == "data";
  }
  std::vector<std::string> names() const override { return {"data"}; }

 private:
  const Value& data_;
};

}  // namespace

base::Result<Value> transform_data(Value data, std::span<const std::string> expressions,
                                   const EvalContext& context) {
  for (size_t i = 0; i < expressions.size(); ++i) {
    if (expressions[i].empty()) continue;
    const auto compiled = Expression::compile(expressions[i]);
    auto result = compiled ? (*compiled)->run(DataEnvironment(data), context, nullptr)
                           : tl::unexpected(compiled.error());
    if (!result) {
      base::Error error = result.error();
      error.text = "error processing data step " + std::to_string(i) + ": " + error.text;
      return tl::unexpected(std::move(error));
    }
    data = std::move(*result);
  }
  return data;
}

}  // namespace expr
