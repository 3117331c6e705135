// What is wrong with a custom resource, in Kubernetes' words.
#include <algorithm>
#include <cmath>

#include "base/time.h"
#include "kube/schema_node.h"
#include "text/json.h"

namespace kube {
namespace {

using text::Value;
using Node = StructuralSchema::Node;

std::string shown_path(const std::string& path) { return path.empty() ? "<nil>" : path; }

// Scalars are shown, the rest only named.
std::string shown(const Value& value) {
  if (value.is_map()) return "\"object\"";
  if (value.is_list()) return "\"array\"";
  return text::to_json(value);
}

void invalid(const std::string& path, const Value& value, const std::string& why,
             std::vector<Cause>& out) {
  out.push_back(
      {"FieldValueInvalid", "Invalid value: " + shown(value) + ": " + why, shown_path(path)});
}

std::string in_body(const std::string& path, const std::string& rest) {
  return (path.empty() ? std::string("\"\"") : path) + " in body " + rest;
}

std::string_view type_of(const Value& value) {
  if (value.is_map()) return "object";
  if (value.is_list()) return "array";
  if (value.is_string()) return "string";
  if (value.is_bool()) return "boolean";
  if (value.is_null()) return "null";
  return value.to_int() ? "integer" : "number";
}

bool has_type(const Node& node, const Value& value) {
  const std::string_view is = type_of(value);
  if (node.is_int_or_string) return is == "integer" || is == "string";
  if (node.type.empty() || node.type == is) return true;
  return node.type == "number" && is == "integer";
}

void check_number(const Node& node, const Value& value, const std::string& path,
                  std::vector<Cause>& out) {
  const auto number = value.to_double();
  if (!number) return;
  const auto text = [](double limit) { return text::to_json(Value(limit)); };
  if (node.minimum && (*number < *node.minimum || (node.above_minimum && *number == *node.minimum)))
    invalid(path, value,
            in_body(path, (node.above_minimum ? "should be greater than "
                                              : "should be greater than or equal to ") +
                              text(*node.minimum)),
            out);
  if (node.maximum && (*number > *node.maximum || (node.below_maximum && *number == *node.maximum)))
    invalid(path, value,
            in_body(path, (node.below_maximum ? "should be less than "
                                              : "should be less than or equal to ") +
                              text(*node.maximum)),
            out);
  if (node.multiple_of && std::fabs(std::remainder(*number, *node.multiple_of)) > 1e-9)
    invalid(path, value, in_body(path, "should be a multiple of " + text(*node.multiple_of)), out);
}

int64_t characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; });
}

bool has_format(std::string_view format, std::string_view text) {
  if (format == "date-time") return base::parse_rfc3339(text).has_value();
  static const re2::RE2 date(R"(\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]))");
  static const re2::RE2 uuid(
      R"((?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12})");
  static const re2::RE2 email(R"([^@\s]+@[^@\s]+)");
  static const re2::RE2 v4(R"(((25[0-5]|2[0-4]\d|1?\d?\d)(\.|$)){4})");
  static const re2::RE2 duration(R"(([-+]?\d+(\.\d+)?\s*(ns|us|µs|ms|s|m|h|d|w)\s*)+|0)");
  if (format == "date") return re2::RE2::FullMatch(text, date);
  if (format == "uuid") return re2::RE2::FullMatch(text, uuid);
  if (format == "email") return re2::RE2::FullMatch(text, email);
  if (format == "ipv4") return re2::RE2::FullMatch(text, v4);
  if (format == "duration") return re2::RE2::FullMatch(text, duration);
  return true;  // as Kubernetes does with formats that it does not know
}

void check_string(const Node& node, const Value& value, const std::string& path,
                  std::vector<Cause>& out) {
  if (!value.is_string()) return;
  const std::string& text = value.as_string();
  const int64_t length = characters(text);
  if (node.length_max && length > *node.length_max)
    out.push_back({"FieldValueTooLong",
                   "Too long: may not be more than " + std::to_string(*node.length_max) + " bytes",
                   shown_path(path)});
  if (node.length_min && length < *node.length_min)
    invalid(path, value,
            in_body(path, "should be at least " + std::to_string(*node.length_min) + " chars long"),
            out);
  if (node.pattern && !re2::RE2::PartialMatch(text, *node.pattern))
    invalid(path, value, in_body(path, "should match '" + node.pattern->pattern() + "'"), out);
  if (!node.format.empty() && !node.is_int_or_string && !has_format(node.format, text))
    invalid(path, value,
            in_body(path, "must be of type " + node.format + ": " + text::to_json(value)), out);
}

void check_enum(const Node& node, const Value& value, const std::string& path,
                std::vector<Cause>& out) {
  if (node.words.empty() ||
      std::find(node.words.begin(), node.words.end(), value) != node.words.end())
    return;
  std::string words;
  for (const Value& word : node.words)
    words += (words.empty() ? "" : ", ") +
             (word.is_string() ? text::to_json(word) : "\"" + text::to_json(word) + "\"");
  out.push_back({"FieldValueNotSupported",
                 "Unsupported value: " + shown(value) + ": supported values: " + words,
                 shown_path(path)});
}

void check_size(std::optional<int64_t> least, std::optional<int64_t> most, size_t size,
                const std::string& path, const Value& value, std::string_view of,
                std::vector<Cause>& out) {
  const auto count = static_cast<int64_t>(size);
  if (most && count > *most)
    out.push_back({"FieldValueTooMany",
                   "Too many: " + std::to_string(count) + ": must have at most " +
                       std::to_string(*most) + " " + std::string(of),
                   shown_path(path)});
  if (least && count < *least)
    invalid(path, value,
            in_body(path, "should have at least " + std::to_string(*least) + " " + std::string(of)),
            out);
}

// What tells an element from others in a set or a map.
Value key_of(const Node& node, const Value& element) {
  if (node.list_type != Node::ListType::kMap) return element;
  Value key{text::Map()};
  for (const std::string& name : node.list_keys)
    if (const Value* part = element.find(name)) key[name] = *part;
  return key;
}

void check_list(const Node& node, const Value& value, const std::string& path,
                std::vector<Cause>& out) {
  const text::List& list = value.as_list();
  check_size(node.items_min, node.items_max, list.size(), path, value, "items", out);
  const bool is_keyed = node.list_type != Node::ListType::kAtomic;
  std::vector<std::string> seen;
  bool has_twins = false;
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string place = path + "[" + std::to_string(i) + "]";
    if (is_keyed || node.unique_items) {
      const std::string key = text::to_json(key_of(node, list[i]));
      const bool is_twin = std::find(seen.begin(), seen.end(), key) != seen.end();
      has_twins = has_twins || is_twin;
      if (is_twin && is_keyed)
        out.push_back({"FieldValueDuplicate", "Duplicate value: " + key, place});
      seen.push_back(key);
    }
    if (node.items) check_against(*node.items, list[i], place, out);
  }
  if (has_twins && node.unique_items)
    invalid(path, value, in_body(path, "shouldn't contain duplicates"), out);
}

void check_map(const Node& node, const Value& value, const std::string& path,
               std::vector<Cause>& out) {
  const text::Map& map = value.as_map();
  const auto child = [&](const std::string& name) {
    return path.empty() ? name : path + "." + name;
  };
  check_size(node.members_min, node.members_max, map.size(), path, value, "properties", out);
  for (const std::string& name : node.required)
    if (!map.find(name)) out.push_back({"FieldValueRequired", "Required value", child(name)});
  for (const text::Member& member : map) {
    const bool is_own = (path.empty() || node.is_resource) && member.key == "metadata";
    if (is_own) continue;
    if (const auto found = node.properties.find(member.key); found != node.properties.end())
      check_against(*found->second, member.value, child(member.key), out);
    else if (node.additional)
      check_against(*node.additional, member.value, child(member.key), out);
  }
}

bool fits(const Node& node, const Value& value, const std::string& path) {
  std::vector<Cause> found;
  check_against(node, value, path, found);
  return found.empty();
}

void check_junctors(const Node& node, const Value& value, const std::string& path,
                    std::vector<Cause>& out) {
  const auto count = [&](const auto& nodes) {
    return std::count_if(nodes.begin(), nodes.end(),
                         [&](const auto& one) { return fits(*one, value, path); });
  };
  const std::string place = "\"" + path + "\" ";
  for (const auto& one : node.all_of) check_against(*one, value, path, out);
  if (!node.any_of.empty() && count(node.any_of) == 0)
    invalid(path, value, place + "must validate at least one schema (anyOf)", out);
  if (!node.one_of.empty())
    if (const auto valid = count(node.one_of); valid != 1)
      invalid(path, value,
              place + "must validate one and only one schema (oneOf). " +
                  (valid == 0 ? "Found none valid"
                              : "Found " + std::to_string(valid) + " valid alternatives"),
              out);
  if (node.none_of && fits(*node.none_of, value, path))
    invalid(path, value, place + "must not validate the schema (not)", out);
}

}  // namespace

void check_against(const Node& node, const Value& value, const std::string& path,
                   std::vector<Cause>& out) {
  if (value.is_null() && node.nullable) return;
  if (!has_type(node, value)) {
    const std::string wanted = node.is_int_or_string ? "integer or string" : node.type;
    out.push_back({"FieldValueTypeInvalid",
                   "Invalid value: " +
                       (value.is_map() || value.is_list() || !value.is_null()
                            ? "\"" + std::string(type_of(value)) + "\""
                            : std::string("null")) +
                       ": " +
                       in_body(path, "must be of type " + wanted + ": \"" +
                                         std::string(type_of(value)) + "\""),
                   shown_path(path)});
    return;
  }
  check_enum(node, value, path, out);
  check_string(node, value, path, out);
  if (value.is_number()) check_number(node, value, path, out);
  if (value.is_list()) check_list(node, value, path, out);
  if (value.is_map()) check_map(node, value, path, out);
  check_junctors(node, value, path, out);
}

}  // namespace kube
