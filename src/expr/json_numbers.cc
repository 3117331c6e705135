#include "expr/json_numbers.h"

#include <utility>
#include <vector>

namespace expr {

Value from_json(const text::Value& value, JsonNumbers numbers) {
  if (value.is_number() && numbers == JsonNumbers::kWhole)
    if (const auto whole = value.to_int();
        whole && value.as_number().text.find_first_of(".eE") == std::string::npos)
      return *whole;
  if (value.is_list()) {
    std::vector<Value> items;
    items.reserve(value.as_list().size());
    for (const text::Value& item : value.as_list()) items.push_back(from_json(item, numbers));
    return Value::list(std::move(items));
  }
  if (value.is_map()) {
    Entries entries;
    for (const text::Member& member : value.as_map())
      entries.insert_or_assign(Value(member.key), from_json(member.value, numbers));
    return make_map(std::move(entries));
  }
  return from_text(value);
}

}  // namespace expr
