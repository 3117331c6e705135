#include <fmt/format.h>

#include "text/json.h"
#include "text/utf8.h"

namespace text {
namespace {

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<uint8_t>(c)));
  }
}

// Indent below 0 writes one line.
class Writer {
 public:
  Writer(std::string& out, int indent) : out_(out), indent_(indent) {}

  void write(const Value& value) {
    if (value.is_null()) {
      out_ += "null";
    } else if (value.is_bool()) {
      out_ += value.as_bool() ? "true" : "false";
    } else if (value.is_number()) {
      out_ += value.as_number().text;
    } else if (value.is_string()) {
      append_json_string(out_, value.as_string());
    } else if (value.is_list()) {
      write_list(value.as_list());
    } else {
      write_map(value.as_map());
    }
  }

 private:
  void new_line() {
    if (indent_ < 0) return;
    out_ += '\n';
    out_.append(depth_ * static_cast<size_t>(indent_), ' ');
  }

  void write_list(const List& list) {
    if (list.empty()) {
      out_ += "[]";
      return;
    }
    out_ += '[';
    ++depth_;
    bool first = true;
    for (const Value& item : list) {
      if (!std::exchange(first, false)) out_ += ',';
      new_line();
      write(item);
    }
    --depth_;
    new_line();
    out_ += ']';
  }

  void write_map(const Map& map) {
    if (map.empty()) {
      out_ += "{}";
      return;
    }
    out_ += '{';
    ++depth_;
    bool first = true;
    for (const Member& member : map) {
      if (!std::exchange(first, false)) out_ += ',';
      new_line();
      append_json_string(out_, member.key);
      out_ += indent_ < 0 ? ":" : ": ";
      write(member.value);
    }
    --depth_;
    new_line();
    out_ += '}';
  }

  std::string& out_;
  int indent_;
  size_t depth_ = 0;
};

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  size_t plain_from = 0, at = 0;
  while (at < text.size()) {
    const auto c = static_cast<uint8_t>(text[at]);
    if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
      ++at;
      continue;
    }
    const size_t length = c < 0x80 ? 0 : utf8_length(text, at);
    if (length > 0) {
      at += length;
      continue;
    }
    out += text.substr(plain_from, at - plain_from);
    if (c < 0x80)
      append_escaped(out, text[at]);
    else
      append_utf8(out, 0xFFFD);
    plain_from = ++at;
  }
  out += text.substr(plain_from);
  out += '"';
}

void append_json(std::string& out, const Value& value) { Writer(out, -1).write(value); }

std::string to_json(const Value& value) {
  std::string out;
  append_json(out, value);
  return out;
}

std::string to_json_pretty(const Value& value, int indent) {
  std::string out;
  Writer(out, indent).write(value);
  return out;
}

}  // namespace text
