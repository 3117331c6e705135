#include "runtime/image_settings.h"

#include <fmt/core.h>

#include "runtime/image_name.h"

namespace runtime {
namespace {

using base::Code;
using Rules = std::vector<std::pair<std::string, std::string>>;

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

base::Status wrong(const text::Value& value, std::string text) {
  return base::fail(Code::kInvalid, std::move(text), {"", value.place.line, value.place.column});
}

base::Status add_rules(const text::Value& section, std::string_view name, Rules& rules) {
  if (!section.is_map())
    return wrong(section,
                 fmt::format("images.{}: a map is wanted, not {}", name, section.kind_name()));
  for (const text::Member& member : section.as_map()) {
    const bool one = member.value.is_string();
    if (!one && !member.value.is_list())
      return wrong(
          member.value,
          fmt::format("images.{}.{}: a string or a list of strings is wanted", name, member.key));
    const text::List values = one ? text::List{member.value} : member.value.as_list();
    for (const text::Value& value : values) {
      if (!value.is_string())
        return wrong(value, fmt::format("images.{}.{}: a string is wanted, not {}", name,
                                        member.key, value.kind_name()));
      rules.emplace_back(member.key, value.as_string());
    }
  }
  return {};
}

}  // namespace

base::Result<Rules> parse_image_rules(std::string_view text) {
  Rules rules;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const std::string_view row = trimmed(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    if (row.empty()) continue;
    const size_t equals = row.find('=');
    if (equals == std::string_view::npos || equals == 0 || equals + 1 == row.size())
      return base::fail(Code::kInvalid, fmt::format("\"{}\": NAME=VALUE is wanted", row), {},
                        "as in docker.io=http://127.0.0.1:5000");
    rules.emplace_back(trimmed(row.substr(0, equals)), trimmed(row.substr(equals + 1)));
  }
  return rules;
}

base::Status add_image_settings(const text::Value& images, ImageStoreConfig& config) {
  if (images.is_null()) return {};
  if (!images.is_map())
    return wrong(images, fmt::format("images: a map is wanted, not {}", images.kind_name()));
  for (const text::Member& member : images.as_map()) {
    base::Status status;
    if (member.key == "mirrors") {
      status = add_rules(member.value, member.key, config.mirrors);
    } else if (member.key == "mappings") {
      Rules rules;
      status = add_rules(member.value, member.key, rules);
      for (const auto& [from, to] : rules)
        for (const std::string& name : {from, to})
          if (const auto parsed = parse_image_name(name); status && !parsed)
            status = wrong(member.value, "images.mappings: " + parsed.error().text);
      config.mappings.insert(config.mappings.end(), rules.begin(), rules.end());
    } else if (member.key == "offline" && member.value.is_bool()) {
      config.offline = member.value.as_bool();
    } else {
      status =
          wrong(member.value, fmt::format("images.{}: unknown or of the wrong type", member.key));
    }
    if (!status) return status;
  }
  return {};
}

}  // namespace runtime
