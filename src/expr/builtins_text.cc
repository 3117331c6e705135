// expr-lang's functions on texts, JSON and base64, and Argo's jsonpath and toJson.
#include <algorithm>
#include <cmath>

#include "expr/builtins.h"
#include "expr/unicode.h"
#include "text/base64.h"
#include "text/json.h"

namespace expr {
namespace {

using Result = base::Result<Value>;

int64_t int_at(Arguments a, size_t at) { return a[at].as_int().value; }
const std::string& text_at(Arguments a, size_t at) { return a[at].as_string(); }

Result string(CallContext& context, Arguments a) {
  std::string out = go_text(a[0]);
  if (auto status = context.budget.bytes(out.size()); !status)
    return tl::unexpected(status.error());
  return out;
}
Result trim(CallContext&, Arguments a) {
  return a.size() == 1 ? trim_space(text_at(a, 0)) : trim_set(text_at(a, 0), text_at(a, 1));
}
Result trim_prefix(CallContext&, Arguments a) {
  const std::string_view text = text_at(a, 0);
  const std::string prefix = a.size() > 1 ? text_at(a, 1) : " ";
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}
Result trim_suffix(CallContext&, Arguments a) {
  std::string_view text = text_at(a, 0);
  const std::string suffix = a.size() > 1 ? text_at(a, 1) : " ";
  if (text.ends_with(suffix)) text.remove_suffix(suffix.size());
  return text;
}
Result upper(CallContext&, Arguments a) { return upper_case(text_at(a, 0)); }
Result lower(CallContext&, Arguments a) { return lower_case(text_at(a, 0)); }

Result parts(CallContext& context, Arguments a, bool keep) {
  const int64_t limit = a.size() > 2 ? int_at(a, 2) : -1;
  if (limit == 0) return Value::nil_list(ListType::kString);
  auto items = split_text(text_at(a, 0), text_at(a, 1), limit, keep);
  if (auto status = context.budget.items(items.size()); !status)
    return tl::unexpected(status.error());
  return Value::list(std::move(items), ListType::kString);
}
Result split(CallContext& context, Arguments a) { return parts(context, a, false); }
Result split_after(CallContext& context, Arguments a) { return parts(context, a, true); }

Result replace(CallContext& context, Arguments a) {
  // Each of the places may grow by what is put in.
  const uint64_t most = (text_at(a, 0).size() + 1) * (text_at(a, 2).size() + 1);
  if (auto status = context.budget.bytes(most); !status) return tl::unexpected(status.error());
  return replace_text(text_at(a, 0), text_at(a, 1), text_at(a, 2),
                      a.size() > 3 ? int_at(a, 3) : -1);
}
Result repeat(CallContext& context, Arguments a) {
  const int64_t count = int_at(a, 1);
  if (count < 0)
    return call_error("invalid argument for repeat (expected positive integer, got " +
                      std::to_string(count) + ")");
  if (count > 1'000'000)
    return call_error("memory budget exceeded: repeat takes a count of at most 1000000");
  if (auto status = context.budget.items(text_at(a, 0).size() * static_cast<uint64_t>(count));
      !status)
    return tl::unexpected(status.error());
  std::string out;
  for (int64_t i = 0; i < count; ++i) out += text_at(a, 0);
  return out;
}
Result join(CallContext& context, Arguments a) {
  const ListType type = a[0].as_list().type;
  if (type != ListType::kAny && type != ListType::kString)
    return call_error("join takes texts, not " + go_type_name(a[0]));
  const std::string glue = a.size() > 1 ? text_at(a, 1) : "";
  if (auto status = context.budget.bytes(glue.size() * a[0].items().size()); !status)
    return tl::unexpected(status.error());
  std::string out;
  for (size_t i = 0; i < a[0].items().size(); ++i) {
    const Value& item = a[0].items()[i];
    if (!item.is_string()) return call_error("join takes texts, not " + go_type_name(item));
    if (i > 0) out += glue;
    out += item.as_string();
  }
  if (auto status = context.budget.bytes(out.size()); !status)
    return tl::unexpected(status.error());
  return out;
}
Result index_of(CallContext&, Arguments a) {
  const size_t at = text_at(a, 0).find(text_at(a, 1));
  return at == std::string::npos ? int64_t{-1} : static_cast<int64_t>(at);
}
Result last_index_of(CallContext&, Arguments a) {
  const size_t at = text_at(a, 0).rfind(text_at(a, 1));
  return at == std::string::npos ? int64_t{-1} : static_cast<int64_t>(at);
}
Result has_prefix(CallContext&, Arguments a) { return text_at(a, 0).starts_with(text_at(a, 1)); }
Result has_suffix(CallContext&, Arguments a) { return text_at(a, 0).ends_with(text_at(a, 1)); }

Result json_of(CallContext& context, const Value& value, int indent) {
  auto out = to_json(value, {.indent = indent});
  if (!out) return tl::unexpected(out.error());
  if (auto status = context.budget.bytes(out->size()); !status)
    return tl::unexpected(status.error());
  return std::move(*out);
}
Result to_json_indented(CallContext& context, Arguments a) { return json_of(context, a[0], 2); }
Result to_json_line(CallContext& context, Arguments a) { return json_of(context, a[0], 0); }
Result from_json(CallContext& context, Arguments a) {
  if (auto status = context.budget.bytes(text_at(a, 0).size() * 4); !status)
    return tl::unexpected(status.error());
  return parse_json(text_at(a, 0));
}
Result to_base64(CallContext&, Arguments a) { return text::to_base64(text_at(a, 0)); }
Result from_base64(CallContext&, Arguments a) {
  auto bytes = text::from_base64(text_at(a, 0));
  if (!bytes) return call_error("illegal base64 data");
  return std::move(*bytes);
}
Result jsonpath(CallContext& context, Arguments a) {
  auto value = from_json(context, a);
  if (!value) return value;
  return query_jsonpath(text_at(a, 1), *value, context.budget);
}

constexpr Function kTable[] = {
    {"string", "a", 's', string},
    {"trim", "s|ss", 's', trim},
    {"trimPrefix", "s|ss", 's', trim_prefix},
    {"trimSuffix", "s|ss", 's', trim_suffix},
    {"upper", "s", 's', upper},
    {"lower", "s", 's', lower},
    {"split", "ss|ssi", 'S', split},
    {"splitAfter", "ss|ssi", 'S', split_after},
    {"replace", "sss|sssi", 's', replace},
    {"repeat", "si", 's', repeat},
    {"join", "L|Ls", 's', join},
    {"indexOf", "ss", 'i', index_of},
    {"lastIndexOf", "ss", 'i', last_index_of},
    {"hasPrefix", "ss", 'b', has_prefix},
    {"hasSuffix", "ss", 'b', has_suffix},
    {"toJSON", "a", 's', to_json_indented},
    {"fromJSON", "s", 'a', from_json},
    {"toBase64", "s", 's', to_base64},
    {"fromBase64", "s", 's', from_base64},
    {"jsonpath", "$ss", 'a', jsonpath},
    {"toJson", "$a", 's', to_json_line},
};

bool numbers_fit(const text::Value& value) {
  if (value.is_number()) return std::isfinite(value.to_double().value_or(INFINITY));
  if (value.is_list())
    return std::all_of(value.as_list().begin(), value.as_list().end(), numbers_fit);
  return !value.is_map() ||
         std::all_of(value.as_map().begin(), value.as_map().end(),
                     [](const text::Member& member) { return numbers_fit(member.value); });
}

}  // namespace

base::Result<Value> parse_json(std::string_view source) {
  auto value = text::parse_json(source);
  if (!value) return call_error("invalid JSON: " + value.error().text);
  if (!numbers_fit(*value)) return call_error("invalid JSON: a number does not fit in a float64");
  return from_text(*value);
}

std::span<const Function> text_builtins() { return kTable; }

}  // namespace expr
