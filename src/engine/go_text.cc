#include "engine/go_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/json.h"

namespace engine {
namespace {

std::string escape_html(const std::string& json) {
  if (json.find_first_of("<>&") == std::string::npos) return json;
  std::string out;
  for (const char c : json) {
    if (c == '<' || c == '>' || c == '&')
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out;
}

struct Spec {
  bool minus = false, plus = false, zero = false, space = false, sharp = false;
  int width = 0;
};

std::string digits_of(char verb, uint64_t magnitude, bool sharp) {
  switch (verb) {
    case 'x':
      return fmt::format("{}{:x}", sharp ? "0x" : "", magnitude);
    case 'X':
      return fmt::format("{}{:X}", sharp ? "0X" : "", magnitude);
    case 'o':
      return fmt::format("{}{:o}", sharp ? "0" : "", magnitude);
    case 'b':
      return fmt::format("{:b}", magnitude);
    default:
      return fmt::format("{}", magnitude);
  }
}

std::string format_one(const Spec& spec, char verb, int64_t number) {
  const uint64_t magnitude =
      number < 0 ? 0 - static_cast<uint64_t>(number) : static_cast<uint64_t>(number);
  std::string digits = digits_of(verb, magnitude, spec.sharp);
  const std::string sign = number < 0 ? "-" : spec.plus ? "+" : spec.space ? " " : "";
  const auto width = static_cast<size_t>(spec.width);
  const size_t size = digits.size() + sign.size();
  if (size >= width) return sign + digits;
  if (spec.minus) return sign + digits + std::string(width - size, ' ');
  if (spec.zero) return sign + std::string(width - size, '0') + digits;
  return std::string(width - size, ' ') + sign + digits;
}

}  // namespace

void append_go_json_string(std::string& out, std::string_view text) {
  std::string quoted;
  text::append_json_string(quoted, text);
  out += escape_html(quoted);
}

std::string go_json(const text::Value& value, bool sort_keys) {
  if (!sort_keys || !value.is_map()) return escape_html(text::to_json(value));
  std::vector<const text::Member*> members;
  for (const text::Member& member : value.as_map()) members.push_back(&member);
  std::sort(members.begin(), members.end(),
            [](const text::Member* a, const text::Member* b) { return a->key < b->key; });
  std::string out = "{";
  for (const text::Member* member : members) {
    if (out.size() > 1) out += ',';
    append_go_json_string(out, member->key);
    out += ':';
    out += go_json(member->value, false);
  }
  return out + "}";
}

std::string go_format(std::string_view format, int64_t number) {
  std::string out;
  bool used = false;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      out += format[i];
      continue;
    }
    if (++i == format.size()) return out + "%!(NOVERB)";
    if (format[i] == '%') {
      out += '%';
      continue;
    }
    Spec spec;
    for (; i < format.size(); ++i) {
      if (format[i] == '-')
        spec.minus = true;
      else if (format[i] == '+')
        spec.plus = true;
      else if (format[i] == '0')
        spec.zero = true;
      else if (format[i] == ' ')
        spec.space = true;
      else if (format[i] == '#')
        spec.sharp = true;
      else
        break;
    }
    for (; i < format.size() && format[i] >= '0' && format[i] <= '9' && spec.width < 10'000; ++i)
      spec.width = spec.width * 10 + (format[i] - '0');
    const char verb = i < format.size() ? format[i] : ' ';
    if (used) {
      out += fmt::format("%!{}(MISSING)", verb);
    } else if (std::string_view("dxXobv").find(verb) != std::string_view::npos) {
      out += format_one(spec, verb, number);
    } else {
      out += fmt::format("%!{}(int={})", verb, number);
    }
    used = true;
  }
  if (!used) out += fmt::format("%!(EXTRA int={})", number);
  return out;
}

}  // namespace engine
