#include "kube/field_set.h"

#include "text/json.h"

namespace kube {
namespace {

constexpr std::string_view kSelf = ".";

bool is_element(std::string_view text) {
  return text.size() > 2 && text[1] == ':' &&
         (text[0] == 'f' || text[0] == 'k' || text[0] == 'v' || text[0] == 'i');
}

std::string shown(std::string_view element) {
  const std::string rest(element.substr(2));
  switch (element[0]) {
    case 'f':
      return "." + rest;
    case 'v':
      return "[=" + rest + "]";
    case 'i':
      return "[" + rest + "]";
    default:
      break;
  }
  const auto keys = text::parse_json(rest);
  if (!keys || !keys->is_map()) return "[" + rest + "]";
  std::string out = "[";
  for (const text::Member& key : keys->as_map()) {
    if (out.size() > 1) out += ',';
    out += key.key + "=" + text::to_json(key.value);
  }
  return out + "]";
}

}  // namespace

base::Result<FieldSet> FieldSet::parse(const text::Value& fields_v1) {
  if (!fields_v1.is_map())
    return base::fail(base::Code::kInvalid,
                      "fieldsV1: must be a map, not " + std::string(fields_v1.kind_name()));
  FieldSet out;
  for (const text::Member& member : fields_v1.as_map()) {
    if (member.key == kSelf) {
      out.is_member_ = true;
      continue;
    }
    if (!is_element(member.key))
      return base::fail(base::Code::kInvalid,
                        "fieldsV1: \"" + member.key + "\" is no path element");
    auto inner = parse(member.value);
    if (!inner) return inner;
    if (inner->empty()) inner->is_member_ = true;
    out.below_.emplace(member.key, std::move(*inner));
  }
  return out;
}

text::Value FieldSet::to_fields_v1() const {
  text::Value out{text::Map()};
  for (const auto& [element, inner] : below_) {
    text::Value value = inner.to_fields_v1();
    if (inner.is_member_ && !inner.below_.empty()) {
      text::Value with_self;
      with_self[kSelf] = text::Map();
      for (text::Member& member : value.as_map()) with_self[member.key] = std::move(member.value);
      value = std::move(with_self);
    }
    out[element] = std::move(value);
  }
  return out;
}

FieldSet& FieldSet::at(std::string_view element) {
  const auto found = below_.find(element);
  return found != below_.end() ? found->second : below_[std::string(element)];
}

const FieldSet* FieldSet::find(std::string_view element) const {
  const auto found = below_.find(element);
  return found == below_.end() ? nullptr : &found->second;
}

void FieldSet::unite(const FieldSet& other) {
  is_member_ = is_member_ || other.is_member_;
  for (const auto& [element, inner] : other.below_) at(element).unite(inner);
}

void FieldSet::remove(const FieldSet& other) {
  if (other.is_member_) is_member_ = false;
  for (const auto& [element, inner] : other.below_) {
    const auto mine = below_.find(element);
    if (mine == below_.end()) continue;
    mine->second.remove(inner);
    if (mine->second.empty()) below_.erase(mine);
  }
}

FieldSet FieldSet::common(const FieldSet& other) const {
  FieldSet out;
  out.is_member_ = is_member_ && other.is_member_;
  for (const auto& [element, inner] : below_) {
    const FieldSet* theirs = other.find(element);
    if (!theirs) continue;
    FieldSet both = inner.common(*theirs);
    if (!both.empty()) out.below_.emplace(element, std::move(both));
  }
  return out;
}

void FieldSet::append_paths(const std::string& prefix, std::vector<std::string>& out) const {
  if (is_member_ && !prefix.empty()) out.push_back(prefix);
  for (const auto& [element, inner] : below_) inner.append_paths(prefix + shown(element), out);
}

std::vector<std::string> FieldSet::paths() const {
  std::vector<std::string> out;
  append_paths("", out);
  return out;
}

}  // namespace kube
