#include "expr/resource_condition.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "text/json.h"

namespace expr {
namespace {

using text::Requirement;
using Operator = Requirement::Operator;

// Whole numbers as they are written, others with all their digits and no exponent.
std::string number_text(const text::Value& number) {
  const std::string& digits = number.as_number().text;
  if (digits.find_first_of(".eE+") == std::string::npos) return digits;
  char out[400];  // the longest double in plain digits has 309 before and 324 behind the point
  const auto end = std::to_chars(out, out + sizeof out, number.to_double().value_or(0),
                                 std::chars_format::fixed);
  return end.ec == std::errc() ? std::string(out, end.ptr) : digits;
}

std::string text_of(const text::Value& value) {
  if (value.is_null()) return "";
  if (value.is_number()) return number_text(value);
  return value.to_any_string();
}

std::string shown(const Requirement& requirement) {
  constexpr std::string_view kNames[] = {"=", "!=", "in", "notin", "exists", "!", "gt", "lt"};
  std::string out =
      "{" + requirement.key + " " + std::string(kNames[static_cast<size_t>(requirement.op)]) + " [";
  for (size_t i = 0; i < requirement.values.size(); ++i)
    out += (i == 0 ? "" : " ") + requirement.values[i];
  return out + "]}";
}

base::Result<text::Selector> selector(std::string_view text, std::string_view title) {
  auto parsed = text::Selector::parse_labels(text);
  if (parsed) return parsed;
  base::Error error = parsed.error();
  error.text = std::string(title) + " '" + std::string(text) + "' failed to parse: " + error.text;
  error.hint = "write it as status.succeeded > 0, status.phase in (Running,Succeeded)";
  return tl::unexpected(std::move(error));
}

bool holds(const Requirement& requirement, const text::Value& object) {
  return requirement.matches(text_at_path(object, requirement.key));
}

}  // namespace

std::optional<std::string> text_at_path(const text::Value& object, std::string_view path) {
  const text::Value* at = &object;
  for (;;) {
    const size_t dot = path.find('.');
    const std::string_view part = path.substr(0, dot);
    if (at->is_list()) {
      size_t index = 0;
      const auto end = std::from_chars(part.data(), part.data() + part.size(), index);
      const bool whole = end.ec == std::errc() && end.ptr == part.data() + part.size();
      if (!whole || index >= at->as_list().size()) return std::nullopt;
      at = &at->as_list()[index];
    } else {
      at = at->find(part);
    }
    if (!at) return std::nullopt;
    if (dot == std::string_view::npos) return text_of(*at);
    path.remove_prefix(dot + 1);
  }
}

base::Result<ResourceConditions> ResourceConditions::parse(std::string_view success,
                                                           std::string_view failure) {
  ResourceConditions out;
  auto first = selector(success, "success condition");
  if (!first) return tl::unexpected(first.error());
  auto second = selector(failure, "failure condition");
  if (!second) return tl::unexpected(second.error());
  out.success_ = std::move(*first);
  out.failure_ = std::move(*second);
  return out;
}

ResourceConditions::Answer ResourceConditions::judge(const text::Value& object) const {
  for (const Requirement& requirement : failure_.requirements())
    if (holds(requirement, object))
      return {Verdict::kFailure, "failure condition '" + shown(requirement) + "' evaluated true"};
  const auto& all = success_.requirements();
  if (std::all_of(all.begin(), all.end(), [&](const auto& one) { return holds(one, object); }))
    return {Verdict::kSuccess, {}};
  return {Verdict::kKeepWaiting,
          "neither the success condition nor the failure condition has been matched"};
}

}  // namespace expr
