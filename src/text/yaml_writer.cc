#include <fmt/format.h>

#include <algorithm>

#include "text/utf8.h"
#include "text/yaml.h"
#include "text/yaml_scalar.h"

namespace text {
namespace {

// libyaml reads "key: value" only where the key has at most 1,024 characters.
constexpr size_t kSimpleKeyMost = 1000;

uint32_t decode(std::string_view text, size_t at, size_t length) {
  if (length == 1) return static_cast<uint8_t>(text[at]);
  uint32_t code = static_cast<uint8_t>(text[at]) & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i)
    code = code << 6 | (static_cast<uint8_t>(text[at + i]) & 0x3F);
  return code;
}

// Characters that may stand in YAML text as themselves and break no line.
bool is_printable(uint32_t code) {
  if (code < 0x20 || code == 0x7F || code == 0xFEFF) return false;
  if (code >= 0x80 && code < 0xA0) return false;
  return code != 0x2028 && code != 0x2029 && code != 0xFFFE && code != 0xFFFF;
}

// Only printable characters, and those of `also`.
bool all_printable(std::string_view text, std::string_view also) {
  size_t at = 0;
  while (at < text.size()) {
    const size_t length = utf8_length(text, at);
    if (length == 0) return false;
    if (!is_printable(decode(text, at, length)) && also.find(text[at]) == std::string_view::npos)
      return false;
    at += length;
  }
  return true;
}

std::string double_quoted(std::string_view text) {
  std::string out = "\"";
  size_t at = 0;
  while (at < text.size()) {
    const size_t length = utf8_length(text, at);
    if (length == 0) {
      append_utf8(out, 0xFFFD);
      ++at;
      continue;
    }
    const uint32_t code = decode(text, at, length);
    if (code == '"' || code == '\\')
      out += {'\\', static_cast<char>(code)};
    else if (is_printable(code))
      out += text.substr(at, length);
    else if (code == '\n')
      out += "\\n";
    else if (code == '\t')
      out += "\\t";
    else if (code == '\r')
      out += "\\r";
    else
      out += code < 0x100 ? fmt::format("\\x{:02X}", code) : fmt::format("\\u{:04X}", code);
    at += length;
  }
  return out + "\"";
}

std::string single_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

// Reads as a date or as a base-60 number in some other YAML reader.
bool is_ambiguous(std::string_view text) {
  if (resolve_plain(text).kind != ScalarKind::kString || text == "<<" || text == "=") return true;
  if (text[0] >= '0' && text[0] <= '9' && text.find('-') == 4) return true;
  const size_t digits = text.find_first_not_of("+-0123456789_");
  if (digits == std::string_view::npos)
    return text.find_first_of("0123456789") != text.npos &&
           text.find_first_of("+-", 1) == text.npos;
  return digits > 0 && text[digits] == ':' &&
         text.find_first_not_of("0123456789:._", digits) == std::string_view::npos;
}

bool is_plain_syntax(std::string_view text) {
  constexpr std::string_view kIndicators = ",[]{}#&*!|>'\"%@`";
  if (text.front() == ' ' || text.back() == ' ' || text.back() == ':') return false;
  if (kIndicators.find(text.front()) != std::string_view::npos) return false;
  const bool mark = text.front() == '-' || text.front() == '?' || text.front() == ':';
  if (mark && (text.size() == 1 || text[1] == ' ')) return false;
  if (text.starts_with("---") || text.starts_with("...")) return false;
  return text.find(": ") == std::string_view::npos && text.find(" #") == std::string_view::npos;
}

// On one line.
std::string flow_scalar(std::string_view text) {
  if (text.empty() || !all_printable(text, "") || is_ambiguous(text)) return double_quoted(text);
  return is_plain_syntax(text) ? std::string(text) : single_quoted(text);
}

bool fits_block(std::string_view text) {
  return text.find('\n') != std::string_view::npos && all_printable(text, "\n\t") &&
         text.find_first_not_of('\n') != std::string_view::npos;
}

class Writer {
 public:
  std::string write_all(const Value& value) {
    write(value, 0, false);
    return std::move(out_);
  }

 private:
  void pad(size_t column) { out_.append(column, ' '); }

  // Behind "key:" or "-" (`after_mark`), or at the start of a line; `column` is that of the
  // collection around. Ends the line.
  void write(const Value& value, size_t column, bool after_mark) {
    const std::string_view gap = after_mark ? " " : "";
    if (value.is_string()) {
      out_ += gap;
      write_string(value.as_string(), column, after_mark);
    } else if (value.is_list() && !value.as_list().empty()) {
      write_list(value.as_list(), column);
    } else if (value.is_map() && !value.as_map().empty()) {
      write_map(value.as_map(), column);
    } else {
      out_ += gap;
      out_ += value.is_list()   ? "[]"
              : value.is_map()  ? "{}"
              : value.is_null() ? "null"
              : value.is_bool() ? (value.as_bool() ? "true" : "false")
                                : value.as_number().text;
      out_ += '\n';
    }
  }

  void write_string(std::string_view text, size_t column, bool after_mark) {
    if (!fits_block(text)) {
      out_ += flow_scalar(text);
      out_ += '\n';
      return;
    }
    const size_t inner = after_mark ? column + 2 : 2;
    out_ += '|';
    const char first = text[text.find_first_not_of('\n')];
    if (first == ' ' || first == '\t') out_ += '2';
    if (!text.ends_with('\n'))
      out_ += '-';
    else if (text.ends_with("\n\n"))
      out_ += '+';
    out_ += '\n';
    if (text.ends_with('\n')) text.remove_suffix(1);
    for (;;) {
      const size_t end = text.find('\n');
      const std::string_view line = text.substr(0, end);
      if (!line.empty()) pad(inner);
      out_ += line;
      out_ += '\n';
      if (end == std::string_view::npos) return;
      text.remove_prefix(end + 1);
    }
  }

  // The first item stands where we are, the others each on a line of their own at `column`.
  void write_list(const List& list, size_t column) {
    bool first = true;
    for (const Value& item : list) {
      if (!std::exchange(first, false)) pad(column);
      out_ += '-';
      if (is_block(item)) {
        out_ += ' ';
        write(item, column + 2, false);
      } else {
        write(item, column, true);
      }
    }
  }

  static bool is_block(const Value& value) {
    return (value.is_list() && !value.as_list().empty()) ||
           (value.is_map() && !value.as_map().empty());
  }

  void write_map(const Map& map, size_t column) {
    bool first = true;
    for (const Member& member : map) {
      if (!std::exchange(first, false)) pad(column);
      std::string key = flow_scalar(member.key);
      const bool simple = key.size() <= kSimpleKeyMost;
      if (!simple) {
        out_ += "? " + key + "\n";
        pad(column);
        key.clear();
      }
      out_ += key + ":";
      if (!is_block(member.value)) {
        write(member.value, column, true);
        continue;
      }
      // A list stands at the column of its key, as kubectl writes it.
      const size_t inner = member.value.is_list() && simple ? column : column + 2;
      out_ += '\n';
      pad(inner);
      write(member.value, inner, false);
    }
  }

  std::string out_;
};

}  // namespace

std::string to_yaml(const Value& value) { return Writer().write_all(value); }

}  // namespace text
