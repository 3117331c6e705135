// Values as JSON text, written as Go's encoding/json does.
#include <cmath>

#include "expr/number_text.h"
#include "expr/value.h"
#include "text/base64.h"
#include "text/json.h"
#include "text/utf8.h"

namespace expr {
namespace {

using Kind = Value::Kind;

tl::unexpected<base::Error> unsupported(const std::string& what) {
  return base::fail(base::Code::kInvalid, "json: unsupported " + what);
}

class Writer {
 public:
  explicit Writer(JsonOptions options) : options_(options) {}

  base::Status write(const Value& value) {
    switch (value.kind()) {
      case Kind::kNil:
        out_ += "null";
        return {};
      case Kind::kBool:
        out_ += value.as_bool() ? "true" : "false";
        return {};
      case Kind::kInt:
        out_ += value.as_int().type == IntType::kUint64
                    ? std::to_string(static_cast<uint64_t>(value.as_int().value))
                    : std::to_string(value.as_int().value);
        return {};
      case Kind::kFloat:
        if (!std::isfinite(value.as_float()))
          return unsupported("value: " + go_float(value.as_float()));
        out_ += json_float(value.as_float());
        return {};
      case Kind::kString:
        string(value.as_string());
        return {};
      case Kind::kTime: {
        const std::string text = format_time(value.as_time(), kRfc3339Nano);
        if (text.find('-', 1) != 4) return unsupported("value: a year with more than four digits");
        string(text);
        return {};
      }
      case Kind::kLength:
        out_ += std::to_string(value.as_length().ns);
        return {};
      case Kind::kZone:
        out_ += "{}";
        return {};
      case Kind::kFunction:
        return unsupported("type: " + go_type_name(value));
      case Kind::kStruct:
        return structure(value.as_struct());
      case Kind::kList:
        if (value.as_list().type == ListType::kBytes && !value.as_list().is_nil) {
          string(text::to_base64(bytes_of(value.as_list())));
          return {};
        }
        return list(value.as_list());
      case Kind::kMap:
        return map(value);
    }
    return {};
  }

  std::string take() { return std::move(out_); }

 private:
  void line() {
    if (options_.indent == 0) return;
    out_ += '\n';
    out_.append(static_cast<size_t>(options_.indent * depth_), ' ');
  }

  base::Status structure(const Struct& value) {
    if (value.type->stringer) {
      string(value.text());
      return {};
    }
    Entries entries;
    for (const std::string_view name : value.type->fields)
      entries.emplace(Value(name), *value.find(name));
    return map(make_map(std::move(entries)));
  }

  base::Status list(const List& list) {
    if (list.is_nil) {
      out_ += "null";
      return {};
    }
    out_ += '[';
    ++depth_;
    bool first = true;
    for (const Value& item : list.items) {
      if (!first) out_ += ',';
      first = false;
      line();
      if (auto status = write(item); !status) return status;
    }
    --depth_;
    if (!first) line();
    out_ += ']';
    return {};
  }

  base::Status map(const Value& value) {
    const Map& map = value.as_map();
    if (map.type == MapType::kAnyAny || map.type == MapType::kAnyLists)
      return unsupported("type: " + go_type_name(value));
    out_ += '{';
    ++depth_;
    bool first = true;
    for (const auto& [key, item] : map.entries) {
      if (!first) out_ += ',';
      first = false;
      line();
      string(key.as_string());
      out_ += options_.indent ? ": " : ":";
      if (auto status = write(item); !status) return status;
    }
    --depth_;
    if (!first) line();
    out_ += '}';
    return {};
  }

  void string(std::string_view value) {
    out_ += '"';
    for (size_t i = 0; i < value.size();) {
      const auto c = static_cast<unsigned char>(value[i]);
      if (c < 0x80) {
        ascii(c);
        ++i;
        continue;
      }
      const size_t length = text::utf8_length(value, i);
      const std::string_view character = value.substr(i, length);
      if (length == 0)
        out_ += "\\ufffd";
      else if (character == "\xE2\x80\xA8")
        out_ += "\\u2028";
      else if (character == "\xE2\x80\xA9")
        out_ += "\\u2029";
      else
        out_ += character;
      i += length == 0 ? 1 : length;
    }
    out_ += '"';
  }

  void ascii(unsigned char c) {
    constexpr std::string_view kHex = "0123456789abcdef";
    const bool html = c == '<' || c == '>' || c == '&';
    if (c == '"' || c == '\\') {
      out_ += '\\';
      out_ += static_cast<char>(c);
    } else if (c == '\n') {
      out_ += "\\n";
    } else if (c == '\r') {
      out_ += "\\r";
    } else if (c == '\t') {
      out_ += "\\t";
    } else if (c == '\b') {
      out_ += "\\b";
    } else if (c == '\f') {
      out_ += "\\f";
    } else if (c < 0x20 || (html && options_.escape_html)) {
      out_ += "\\u00";
      out_ += kHex[c >> 4];
      out_ += kHex[c & 15];
    } else {
      out_ += static_cast<char>(c);
    }
  }

  JsonOptions options_;
  std::string out_;
  int depth_ = 0;
};

}  // namespace

base::Result<std::string> to_json(const Value& value, JsonOptions options) {
  Writer writer(options);
  if (auto status = writer.write(value); !status) return tl::unexpected(status.error());
  return writer.take();
}

base::Result<std::string> to_template_text(const Value& value) {
  if (value.is_string()) return text::valid_utf8(value.as_string());
  if (value.is(Kind::kStruct) && value.as_struct().type->stringer) return value.as_struct().text();
  if (value.is_list() && value.as_list().type == ListType::kBytes && !value.as_list().is_nil)
    return text::to_base64(bytes_of(value.as_list()));
  auto json = to_json(value);
  if (json && value.is(Kind::kTime)) return json->substr(1, json->size() - 2);
  return json;
}

base::Result<text::Value> to_text(const Value& value) {
  auto json = to_json(value, {.escape_html = false});
  if (!json) return tl::unexpected(json.error());
  return text::parse_json(*json);
}

}  // namespace expr
