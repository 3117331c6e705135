// Parses JSONPath templates, with the quirks of the original: a quoted key is parsed as a path
// again, a list of keys is a union of paths.
#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "expr/jsonpath_node.h"
#include "expr/number_text.h"
#include "text/utf8.h"

namespace expr {
namespace {

using Node = JsonPathNode;
using Kind = JsonPathNode::Kind;
using Nodes = std::vector<Node>;

constexpr size_t kNestingMax = 20;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
// A letter beyond ASCII counts as one without a look at its class.
bool is_word(char c) {
  return c == '_' || is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_terminator(char c) {
  return std::string_view(" \t\r\n.,[]$@{}").find(c) != std::string_view::npos;
}

std::optional<int64_t> whole_of(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  int64_t value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || end.ec != std::errc() || end.ptr != text.data() + text.size())
    return std::nullopt;
  return value;
}

// The inside of a quoted text, as strconv.UnquoteChar reads escapes; nothing: a wrong escape.
std::optional<std::string> unquote(std::string_view inside, char quote) {
  std::string out;
  for (size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] != '\\') {
      out += inside[i];
      continue;
    }
    if (++i == inside.size()) return std::nullopt;
    const char c = inside[i];
    constexpr std::string_view kFrom = "abfnrtv\\", kTo = "\a\b\f\n\r\t\v\\";
    if (const size_t at = kFrom.find(c); at != std::string_view::npos) {
      out += kTo[at];
    } else if (c == quote) {
      out += c;
    } else if (c == 'x' || c == 'u' || c == 'U' || (c >= '0' && c <= '7')) {
      const bool octal = is_digit(c);
      const size_t start = octal ? i : i + 1, length = octal ? 3 : c == 'x' ? 2 : c == 'u' ? 4 : 8;
      if (start + length > inside.size()) return std::nullopt;
      uint32_t code = 0;
      const char* from = inside.data() + start;
      const auto end = std::from_chars(from, from + length, code, octal ? 8 : 16);
      if (end.ec != std::errc() || end.ptr != from + length) return std::nullopt;
      if (octal || c == 'x') {
        if (code > 255) return std::nullopt;
        out += static_cast<char>(code);
      } else {
        if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return std::nullopt;
        text::append_utf8(out, code);
      }
      i = start + length - 1;
    } else {
      return std::nullopt;
    }
  }
  return out;
}

class Parser {
 public:
  Parser(std::string_view source, size_t depth) : source_(source), depth_(depth) {}

  base::Result<Nodes> parse() {
    Nodes root;
    while (at_ < source_.size()) {
      const size_t open = std::min(source_.find('{', at_), source_.size());
      if (open > at_)
        root.push_back({.kind = Kind::kText, .text = std::string(source_.substr(at_, open - at_))});
      at_ = open;
      if (at_ == source_.size()) break;
      ++at_;
      Nodes steps;
      if (auto status = action(steps); !status) return tl::unexpected(status.error());
      root.push_back({.kind = Kind::kList, .lists = {std::move(steps)}});
    }
    return root;
  }

 private:
  tl::unexpected<base::Error> fail(std::string text) const {
    return base::fail(base::Code::kInvalid,
                      "JSONPath \"" + std::string(source_) + "\": " + std::move(text),
                      {.file = {}, .line = 1, .column = static_cast<uint32_t>(at_ + 1)});
  }

  bool more() const { return at_ < source_.size(); }
  bool here(std::string_view text) const { return source_.substr(at_).starts_with(text); }
  std::string_view read_until_terminator() {
    const size_t start = at_;
    while (more() && !is_terminator(source_[at_])) at_ += source_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_, source_.size());
    return source_.substr(start, at_ - start);
  }

  // The steps up to the closing brace, which is read too.
  base::Status action(Nodes& steps) {
    for (;;) {
      if (!more() || source_[at_] == '\n' || source_[at_] == '\r') return fail("unclosed action");
      if (here("}")) {
        ++at_;
        return {};
      }
      if (auto status = step(steps); !status) return status;
    }
  }

  base::Status step(Nodes& steps) {
    const char c = source_[at_];
    if (here("[?(")) return filter(steps);
    if (here("..")) return recursive(steps);
    if (c == ' ' || c == '@' || c == '$') {
      ++at_;
      return {};
    }
    if (c == '[') return bracket(steps);
    if (c == '"' || c == '\'') return quoted(steps);
    if (c == '.') {
      ++at_;
      field(steps);
      return {};
    }
    if (c == '+' || c == '-' || is_digit(c)) return number(steps);
    if (is_word(c)) {
      word(steps);
      return {};
    }
    return fail("unexpected character");
  }

  void field(Nodes& steps) {
    std::string name(read_until_terminator());
    if (name == "*") return steps.push_back({.kind = Kind::kWildcard});
    name.erase(std::remove(name.begin(), name.end(), '\\'), name.end());
    steps.push_back({.kind = Kind::kField, .text = std::move(name)});
  }

  void word(Nodes& steps) {
    const size_t start = at_;
    while (more() && !is_terminator(source_[at_])) ++at_;
    const std::string_view name = source_.substr(start, at_ - start);
    if (name == "true" || name == "false")
      steps.push_back({.kind = Kind::kBool, .whole = name == "true"});
    else
      steps.push_back({.kind = Kind::kIdentifier, .text = std::string(name)});
  }

  base::Status recursive(Nodes& steps) {
    if (!steps.empty() && steps.back().kind == Kind::kRecursive)
      return fail("one .. after another");
    at_ += 2;
    steps.push_back({.kind = Kind::kRecursive});
    if (more() && is_word(source_[at_])) field(steps);
    return {};
  }

  base::Status number(Nodes& steps) {
    const size_t start = at_;
    if (!is_digit(source_[at_])) ++at_;
    while (more() && (source_[at_] == '.' || is_digit(source_[at_]))) ++at_;
    const std::string_view text = source_.substr(start, at_ - start);
    double real = 0;
    if (const auto whole = whole_of(text))
      steps.push_back({.kind = Kind::kWhole, .whole = *whole});
    else if (parse_float(text, real))
      steps.push_back({.kind = Kind::kFloat, .real = real});
    else
      return fail("cannot read the number \"" + std::string(text) + '"');
    return {};
  }

  base::Status quoted(Nodes& steps) {
    const char quote = source_[at_];
    const size_t start = ++at_;
    for (;; ++at_) {
      if (!more() || source_[at_] == '\n') return fail("unterminated quoted string");
      if (source_[at_] == quote && source_[at_ - 1] != '\\') break;
    }
    auto text = unquote(source_.substr(start, at_ - start), quote);
    if (!text) return fail("a wrong escape in the quoted string");
    ++at_;
    steps.push_back({.kind = Kind::kText, .text = std::move(*text)});
    return {};
  }

  // The steps of a path that stands by itself: the first action of "{path}".
  base::Result<Nodes> inner(std::string_view path) {
    if (depth_ == kNestingMax) return fail("nested too deeply");
    auto parsed = Parser("{" + std::string(path) + "}", depth_ + 1).parse();
    if (!parsed) return fail(parsed.error().text);
    return std::move(parsed->front().lists[0]);
  }

  base::Status bracket(Nodes& steps) {
    const size_t start = at_ + 1;
    const size_t end = source_.find_first_of("]\n", start);
    if (end == std::string_view::npos || source_[end] == '\n') return fail("unterminated array");
    std::string_view text = source_.substr(start, end - start);
    if (text == "*") text = ":";
    if (text.find(',') != std::string_view::npos) {
      Node both{.kind = Kind::kUnion};
      if (auto status = union_of(text, both); !status) return status;
      steps.push_back(std::move(both));
    } else if (text.size() >= 2 && text.front() == '\'' && text.find('\'', 1) == text.size() - 1) {
      auto path = inner("." + std::string(text.substr(1, text.size() - 2)));
      if (!path) return tl::unexpected(path.error());
      for (Node& node : *path) steps.push_back(std::move(node));
    } else if (auto status = slice(text, steps); !status) {
      return status;
    }
    at_ = end + 1;
    return {};
  }

  base::Status union_of(std::string_view text, Node& into) {
    for (;;) {
      const size_t comma = text.find(',');
      std::string_view part = text.substr(0, comma);
      while (part.starts_with(' ')) part.remove_prefix(1);
      while (part.ends_with(' ')) part.remove_suffix(1);
      auto path = inner("[" + std::string(part) + "]");
      if (!path) return tl::unexpected(path.error());
      into.lists.push_back(std::move(*path));
      if (comma == std::string_view::npos) return {};
      text.remove_prefix(comma + 1);
    }
  }

  // A, A:B, A:B:STEP, each of which may be left out.
  base::Status slice(std::string_view text, Nodes& steps) {
    std::vector<std::string_view> parts;
    for (std::string_view rest = text;;) {
      const size_t colon = rest.find(':');
      parts.push_back(rest.substr(0, colon));
      if (colon == std::string_view::npos) break;
      rest.remove_prefix(colon + 1);
    }
    Node node{.kind = Kind::kSlice};
    for (size_t i = 0; i < parts.size(); ++i) {
      const std::string_view digits =
          parts[i].substr(parts[i].starts_with('-') ? 1 : 0, std::string_view::npos);
      if (i > 2 || !std::all_of(digits.begin(), digits.end(), is_digit))
        return fail("invalid array index \"" + std::string(text) + '"');
      if (parts[i].empty()) continue;
      const auto value = whole_of(parts[i]);
      if (!value) return fail("the array index \"" + std::string(parts[i]) + "\" is no number");
      node.bounds[i] = {*value, true, false};
    }
    if (parts.size() == 1)
      node.bounds[1] = {static_cast<int64_t>(static_cast<uint64_t>(node.bounds[0].value) + 1), true,
                        true};
    steps.push_back(std::move(node));
    return {};
  }

  // Up to ")]"; a parenthesis in the first quoted text does not end it.
  base::Status filter(Nodes& steps) {
    at_ += 3;
    const size_t start = at_;
    bool begun = false, ended = false;
    char pair = '\0';
    for (;; ++at_) {
      if (!more() || source_[at_] == '\n') return fail("unterminated filter");
      const char c = source_[at_];
      if (c == ')' && begun == ended) break;
      if (c != '"' && c != '\'') continue;
      if (!begun) {
        begun = true;
        pair = c;
      } else if (c == pair && source_[at_ - 1] != '\\') {
        ended = true;
      }
    }
    const std::string_view text = source_.substr(start, at_ - start);
    ++at_;
    if (!here("]")) return fail("unclosed filter, ] is expected");
    Node node{.kind = Kind::kFilter};
    if (auto status = comparison(text, node); !status) return status;
    ++at_;
    steps.push_back(std::move(node));
    return {};
  }

  base::Status comparison(std::string_view text, Node& node) {
    constexpr std::string_view kOperator = "!<>=";
    const size_t from = text.find_first_of(kOperator);
    size_t to = from == std::string_view::npos ? from : text.find_first_not_of(kOperator, from);
    // What is all operator leaves its last character to the right side.
    if (from != std::string_view::npos && to == std::string_view::npos) to = text.size() - 1;
    const bool compares = from != std::string_view::npos && from > 0 && to > from;
    auto left = inner(compares ? text.substr(0, from) : text);
    if (!left) return tl::unexpected(left.error());
    base::Result<Nodes> right = Nodes();
    node.text = "exists";
    if (compares) {
      node.text = text.substr(from, to - from);
      right = inner(text.substr(to));
      if (!right) return tl::unexpected(right.error());
    }
    node.lists = {std::move(*left), std::move(*right)};
    return {};
  }

  std::string_view source_;
  size_t depth_;
  size_t at_ = 0;
};

}  // namespace

base::Result<Nodes> parse_jsonpath(std::string_view source) { return Parser(source, 0).parse(); }

}  // namespace expr
