#include "kube/structural_schema.h"

#include "kube/schema_node.h"
#include "text/json.h"

namespace kube {
namespace {

using text::Value;
using Node = StructuralSchema::Node;

constexpr int kDepthMax = 64;

std::string child(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : path + "." + std::string(name);
}

class Compiler {
 public:
  Compiler(std::vector<Cause>& problems, std::vector<std::string>& warnings)
      : problems_(problems), warnings_(warnings) {}

  // `is_part`: of an allOf and its like, where only values are judged and types may be left out.
  std::unique_ptr<Node> node(const Value& source, const std::string& path, bool is_part);

 private:
  void read_limits(const Value& source, const std::string& path, Node& out);
  void read_members(const Value& source, const std::string& path, bool is_part, Node& out);
  void read_junctors(const Value& source, const std::string& path, Node& out);
  void read_list_type(const Value& source, const std::string& path, Node& out);
  void check_type(const Value& source, const std::string& path, const Node& out);
  void wrong(const std::string& path, std::string_view reason, std::string text) {
    problems_.push_back({std::string(reason), std::move(text), path});
  }
  bool flag(const Value& source, std::string_view name) {
    const Value* value = source.find(name);
    return value && value->is_bool() && value->as_bool();
  }
  std::optional<int64_t> number(const Value& source, std::string_view name) {
    const Value* value = source.find(name);
    return value ? value->to_int() : std::nullopt;
  }

  std::vector<Cause>& problems_;
  std::vector<std::string>& warnings_;
  int depth_ = 0;
};

void Compiler::read_limits(const Value& source, const std::string& path, Node& out) {
  const auto real = [&](std::string_view name) {
    const Value* value = source.find(name);
    return value ? value->to_double() : std::nullopt;
  };
  out.minimum = real("minimum");
  out.maximum = real("maximum");
  out.multiple_of = real("multipleOf");
  if (out.multiple_of && *out.multiple_of <= 0)
    wrong(path + ".multipleOf", "FieldValueInvalid", "Invalid value: must be above 0");
  out.above_minimum = flag(source, "exclusiveMinimum");
  out.below_maximum = flag(source, "exclusiveMaximum");
  out.length_min = number(source, "minLength");
  out.length_max = number(source, "maxLength");
  out.items_min = number(source, "minItems");
  out.items_max = number(source, "maxItems");
  out.members_min = number(source, "minProperties");
  out.members_max = number(source, "maxProperties");
  out.unique_items = flag(source, "uniqueItems");
  if (const Value* words = source.find("enum"); words && words->is_list())
    out.words = words->as_list();
  if (const std::string_view pattern = source.string_at("pattern"); !pattern.empty()) {
    auto compiled = std::make_unique<re2::RE2>(std::string(pattern), re2::RE2::Quiet);
    if (compiled->ok())
      out.pattern = std::move(compiled);
    else
      wrong(path + ".pattern", "FieldValueInvalid",
            "Invalid value: \"" + std::string(pattern) +
                "\": must be a valid regular expression: " + compiled->error());
  }
}

void Compiler::read_members(const Value& source, const std::string& path, bool is_part, Node& out) {
  if (const Value* members = source.find("properties"); members && members->is_map())
    for (const text::Member& member : members->as_map())
      out.properties[member.key] =
          node(member.value, path + ".properties[" + member.key + "]", is_part);
  if (const Value* items = source.find("items")) out.items = node(*items, path + ".items", is_part);
  if (const Value* rest = source.find("additionalProperties")) {
    if (rest->is_bool())
      out.allows_additional = rest->as_bool();
    else
      out.additional = node(*rest, path + ".additionalProperties", is_part);
    if (!out.properties.empty() && !is_part)
      wrong(path + ".additionalProperties", "FieldValueForbidden",
            "Forbidden: additionalProperties and properties are mutual exclusive");
  }
  if (const Value* names = source.find("required"); names && names->is_list())
    for (const Value& name : names->as_list()) out.required.push_back(name.to_any_string());
}

void Compiler::read_junctors(const Value& source, const std::string& path, Node& out) {
  const auto read = [&](std::string_view name, std::vector<std::unique_ptr<Node>>& to) {
    const Value* list = source.find(name);
    if (!list || !list->is_list()) return;
    for (const Value& one : list->as_list())
      to.push_back(
          node(one, path + "." + std::string(name) + "[" + std::to_string(to.size()) + "]", true));
  };
  read("allOf", out.all_of);
  read("anyOf", out.any_of);
  read("oneOf", out.one_of);
  if (const Value* none = source.find("not")) out.none_of = node(*none, path + ".not", true);
}

void Compiler::read_list_type(const Value& source, const std::string& path, Node& out) {
  const std::string_view type = source.string_at("x-kubernetes-list-type");
  if (type == "set") out.list_type = Node::ListType::kSet;
  if (type == "map") out.list_type = Node::ListType::kMap;
  if (!type.empty() && type != "set" && type != "map" && type != "atomic")
    wrong(path + ".x-kubernetes-list-type", "FieldValueNotSupported",
          "Unsupported value: \"" + std::string(type) +
              "\": supported values: \"atomic\", \"map\", \"set\"");
  if (const Value* keys = source.find("x-kubernetes-list-map-keys"); keys && keys->is_list())
    for (const Value& key : keys->as_list()) out.list_keys.push_back(key.to_any_string());
  if (out.list_type == Node::ListType::kMap && out.list_keys.empty())
    wrong(path + ".x-kubernetes-list-map-keys", "FieldValueRequired",
          "Required value: must not be empty if x-kubernetes-list-type is map");
}

void Compiler::check_type(const Value& source, const std::string& path, const Node& out) {
  for (const std::string_view known :
       {"", "object", "array", "string", "integer", "number", "boolean"})
    if (out.type == known) {
      const bool needs = out.type.empty() && !out.is_int_or_string && !out.preserves_unknown;
      if (needs)
        wrong(path + ".type", "FieldValueRequired",
              "Required value: must not be empty for specified fields");
      if (out.type == "array" && !out.items)
        wrong(path + ".items", "FieldValueRequired", "Required value: must be specified");
      if (source.find("$ref"))
        wrong(path + ".$ref", "FieldValueForbidden", "Forbidden: $ref is not supported");
      return;
    }
  wrong(path + ".type", "FieldValueNotSupported",
        "Unsupported value: \"" + out.type +
            "\": supported values: \"array\", \"boolean\", \"integer\", \"number\", \"object\", "
            "\"string\"");
}

std::unique_ptr<Node> Compiler::node(const Value& source, const std::string& path, bool is_part) {
  auto out = std::make_unique<Node>();
  if (!source.is_map() || depth_ >= kDepthMax) {
    wrong(path, "FieldValueInvalid",
          source.is_map() ? "Invalid value: nested too deeply" : "Invalid value: must be a map");
    return out;
  }
  ++depth_;
  out->type = source.string_at("type");
  out->format = source.string_at("format");
  out->preserves_unknown = flag(source, "x-kubernetes-preserve-unknown-fields");
  out->is_int_or_string =
      flag(source, "x-kubernetes-int-or-string") || out->format == "int-or-string";
  out->is_resource = flag(source, "x-kubernetes-embedded-resource");
  out->nullable = flag(source, "nullable");
  if (const Value* value = source.find("default")) out->default_value = *value;
  read_limits(source, path, *out);
  read_members(source, path, is_part, *out);
  read_junctors(source, path, *out);
  read_list_type(source, path, *out);
  if (!is_part) check_type(source, path, *out);
  if (const Value* rules = source.find("x-kubernetes-validations");
      rules && rules->is_list() && !rules->as_list().empty())
    warnings_.push_back(path +
                        ".x-kubernetes-validations: rules in CEL are kept and not evaluated");
  --depth_;
  return out;
}

void prune_value(const Node& node, Value& value, const std::string& path, bool is_root,
                 std::vector<std::string>& unknown) {
  if (value.is_list()) {
    if (!node.items) return;
    size_t index = 0;
    for (Value& item : value.as_list())
      prune_value(*node.items, item, path + "[" + std::to_string(index++) + "]", false, unknown);
    return;
  }
  if (!value.is_map()) return;
  std::vector<std::string> gone;
  for (text::Member& member : value.as_map()) {
    const bool is_own =
        (is_root || node.is_resource) &&
        (member.key == "apiVersion" || member.key == "kind" || member.key == "metadata");
    if (is_own) continue;
    if (const auto found = node.properties.find(member.key); found != node.properties.end())
      prune_value(*found->second, member.value, child(path, member.key), false, unknown);
    else if (node.additional)
      prune_value(*node.additional, member.value, child(path, member.key), false, unknown);
    else if (!node.preserves_unknown && !node.allows_additional)
      gone.push_back(member.key);
  }
  for (const std::string& name : gone) {
    unknown.push_back(child(path, name));
    value.as_map().erase(name);
  }
}

void default_value(const Node& node, Value& value) {
  if (value.is_list() && node.items)
    for (Value& item : value.as_list()) default_value(*node.items, item);
  if (!value.is_map()) return;
  for (const auto& [name, property] : node.properties) {
    Value* present = value.as_map().find(name);
    // A null where none may stand gives way to the default.
    const bool is_missing = !present || (present->is_null() && !property->nullable);
    if (is_missing && property->default_value) {
      value[name] = *property->default_value;
      present = value.as_map().find(name);
    }
    if (present) default_value(*property, *present);
  }
  if (!node.additional) return;
  for (text::Member& member : value.as_map())
    if (!node.properties.contains(member.key)) default_value(*node.additional, member.value);
}

}  // namespace

StructuralSchema::StructuralSchema() = default;
StructuralSchema::~StructuralSchema() = default;

std::shared_ptr<const StructuralSchema> StructuralSchema::compile(
    const Value& open_api, const std::string& path, std::vector<Cause>& problems,
    std::vector<std::string>& warnings) {
  const size_t before = problems.size();
  std::shared_ptr<StructuralSchema> out(new StructuralSchema());
  out->root_ = Compiler(problems, warnings).node(open_api, path, false);
  if (out->root_->type != "object" && problems.size() == before)
    problems.push_back({"FieldValueInvalid",
                        "Invalid value: \"" + out->root_->type + "\": must be object at the root",
                        path + ".type"});
  if (problems.size() != before) return nullptr;
  return out;
}

std::vector<std::string> StructuralSchema::prune(Value& object) const {
  std::vector<std::string> unknown;
  prune_value(*root_, object, "", true, unknown);
  return unknown;
}

void StructuralSchema::fill_defaults(Value& object) const { default_value(*root_, object); }

std::vector<Cause> StructuralSchema::validate(const Value& object) const {
  std::vector<Cause> out;
  check_against(*root_, object, "", out);
  return out;
}

}  // namespace kube
