// How jq writes values: JSON without escapes for HTML, and the formats @csv, @sh, ….
#include <cmath>

#include "expr/jq_value.h"
#include "expr/number_text.h"
#include "text/base64.h"
#include "text/json.h"

namespace expr {
namespace {

void append_json(std::string& out, const Value& value) {
  if (value.is_list()) {
    out += '[';
    for (size_t i = 0; i < value.items().size(); ++i) {
      if (i != 0) out += ',';
      append_json(out, value.items()[i]);
    }
    out += ']';
  } else if (value.is_map()) {
    out += '{';
    for (bool first = true; const auto& [key, inner] : value.as_map().entries) {
      if (!first) out += ',';
      first = false;
      text::append_json_string(out, key.as_string());
      out += ':';
      append_json(out, inner);
    }
    out += '}';
  } else if (value.is_string()) {
    text::append_json_string(out, value.as_string());
  } else if (value.is(Value::Kind::kFloat)) {
    const double number = value.as_float();
    if (std::isnan(number))
      out += "null";
    else
      out +=
          json_float(std::isinf(number) ? std::copysign(1.7976931348623157e308, number) : number);
  } else if (value.is_nil()) {
    out += "null";
  } else {
    out += go_text(value);
  }
}

// Each character that `from` has becomes the text at its place.
std::string replaced(std::string_view text, std::string_view from,
                     std::initializer_list<std::string_view> to) {
  std::string out;
  for (const char c : text)
    if (const size_t at = from.find(c); at == std::string_view::npos)
      out += c;
    else
      out += to.begin()[at];
  return out;
}

// The items of a row, joined; null is empty but for a shell.
JqResult row(std::string_view format, const Value& value, std::string_view separator,
             std::string (*quote)(std::string_view)) {
  if (!value.is_list())
    return jq_error(std::string(format) + " needs an array, not " + jq_shown(value));
  std::string out;
  for (size_t i = 0; i < value.items().size(); ++i) {
    const Value& item = value.items()[i];
    if (i != 0) out += separator;
    if (item.is_list() || item.is_map())
      return jq_error(std::string(format) + " cannot write " + jq_shown(item));
    if (item.is_string())
      out += quote(item.as_string());
    else if (!item.is_nil() || format == "@sh")
      out += jq_json(item);
  }
  return Value(std::move(out));
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (kPlain.find(c) != std::string_view::npos)
      out += c;
    else
      out.append("%").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
  }
  return out;
}

JqResult percent_decoded(std::string_view text) {
  const auto digit = [](char c) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    return kDigits.find(c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c);
  };
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const size_t high = i + 2 < text.size() ? digit(text[i + 1]) : std::string_view::npos;
    const size_t low = i + 2 < text.size() ? digit(text[i + 2]) : std::string_view::npos;
    if (high == std::string_view::npos || low == std::string_view::npos)
      return jq_error("@urid: bad escape in \"" + std::string(text) + '"');
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return Value(std::move(out));
}

JqResult base64_decoded(std::string text) {
  while (text.ends_with('=')) text.pop_back();
  if (text.size() % 4 == 1) return jq_error("@base64d: bad length");
  text.append((4 - text.size() % 4) % 4, '=');
  const auto decoded = text::from_base64(text);
  if (!decoded) return jq_error("@base64d: no base64");
  return Value(*decoded);
}

}  // namespace

std::string jq_json(const Value& value) {
  std::string out;
  append_json(out, value);
  return out;
}

std::string jq_string(const Value& value) {
  return value.is_string() ? value.as_string() : jq_json(value);
}

JqResult jq_format(std::string_view format, const Value& value) {
  if (format == "@text") return Value(jq_string(value));
  if (format == "@json") return Value(jq_json(value));
  if (format == "@csv")
    return row(format, value, ",", [](std::string_view text) {
      return '"' + replaced(text, std::string_view("\"\0", 2), {"\"\"", "\\0"}) + '"';
    });
  if (format == "@tsv")
    return row(format, value, "\t", [](std::string_view text) {
      return replaced(text, std::string_view("\t\r\n\\\0", 5),
                      {"\\t", "\\r", "\\n", "\\\\", "\\0"});
    });
  if (format == "@sh")
    return row(format, value.is_list() ? value : Value::list({value}), " ",
               [](std::string_view text) { return "'" + replaced(text, "'", {"'\\''"}) + "'"; });
  const std::string text = jq_string(value);
  if (format == "@html")
    return Value(replaced(text, "<>&'\"", {"&lt;", "&gt;", "&amp;", "&apos;", "&quot;"}));
  if (format == "@uri") return Value(percent_encoded(text));
  if (format == "@urid") return percent_decoded(text);
  if (format == "@base64") return Value(text::to_base64(text));
  if (format == "@base64d") return base64_decoded(text);
  return jq_error("unknown format " + std::string(format));
}

}  // namespace expr
