// sprig's functions on JSON, codes, paths and patterns.
#include <algorithm>

#include "expr/builtins.h"
#include "expr/pattern.h"
#include "expr/sprig.h"
#include "text/base64.h"
#include "text/utf8.h"

namespace expr {
namespace {

using Result = base::Result<Value>;

const std::string& text_at(Arguments a, size_t at) { return a[at].as_string(); }

Result json(const Value& value, JsonOptions options) {
  auto out = to_json(value, options);
  if (!out) return tl::unexpected(out.error());
  return std::move(*out);
}
Result must_to_json(CallContext&, Arguments a) { return json(a[0], {}); }
Result must_to_pretty(CallContext&, Arguments a) { return json(a[0], {.indent = 2}); }
Result must_to_raw(CallContext&, Arguments a) { return json(a[0], {.escape_html = false}); }
Result must_from_json(CallContext&, Arguments a) { return parse_json(text_at(a, 0)); }
// The functions without "must" give an empty text or nil where those fail.
template <FunctionBody Body>
Result lenient_text(CallContext& context, Arguments a) {
  return Body(context, a).value_or(Value(""));
}
Result from_json(CallContext&, Arguments a) { return parse_json(text_at(a, 0)).value_or(Value()); }

Result to_base64(CallContext&, Arguments a) { return text::to_base64(text_at(a, 0)); }
Result from_base64(CallContext&, Arguments a) {
  const std::string& text = text_at(a, 0);
  auto bytes = text::from_base64(text);
  if (bytes) return std::move(*bytes);
  // Where Go's decoder stops: at the first wrong byte, or where the last four bytes should begin.
  size_t at = 0, count = 0;
  bool padded = false;
  for (; at < text.size(); ++at) {
    if (text[at] == '\r' || text[at] == '\n') continue;
    const bool letter =
        isalnum(static_cast<unsigned char>(text[at])) || text[at] == '+' || text[at] == '/';
    if (!letter && !(text[at] == '=' && count % 4 >= 2)) break;
    if (text[at] == '=') {
      padded = true;
      ++at;
      if (count % 4 == 3 || at == text.size()) break;
      at += text[at] == '=' ? 1 : -1;
      break;
    }
    ++count;
  }
  if (at == text.size() && !padded) at -= count % 4;
  return "illegal base64 data at input byte " + std::to_string(at);
}
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
Result to_base32(CallContext&, Arguments a) {
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text_at(a, 0)) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 5; count -= 5) out += kBase32[bits >> (count - 5) & 31];
  }
  if (count > 0) out += kBase32[bits << (5 - count) & 31];
  while (out.size() % 8 != 0) out += '=';
  return out;
}
Result from_base32(CallContext&, Arguments a) {
  std::string text = text_at(a, 0);
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
  const auto wrong = [](size_t at) {
    return Value("illegal base32 data at input byte " + std::to_string(at));
  };
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  const size_t end = std::min(text.find('='), text.size());
  for (size_t i = 0; i < end; ++i) {
    const size_t value = kBase32.find(text[i]);
    if (value == std::string_view::npos) return wrong(i);
    bits = bits << 5 | static_cast<uint32_t>(value);
    if ((count += 5) >= 8) out += static_cast<char>(bits >> (count -= 8) & 255);
  }
  const size_t rest = end % 8;
  if (end == text.size()) return rest == 0 ? Value(std::move(out)) : wrong(end - rest);
  // The padding fills the last eight characters, of which some counts say no whole byte.
  if (rest < 2) return wrong(end);
  if (text.size() < end - rest + 8) return wrong(text.size());
  const size_t other = text.find_first_not_of('=', end);
  if (other != std::string::npos) return wrong(other);
  if (rest == 3 || rest == 6) return wrong(end - 1);
  return text.size() == end - rest + 8 ? Value(std::move(out)) : wrong(end - rest + 8);
}
Result adler32(CallContext&, Arguments a) {
  uint32_t low = 1, high = 0;
  for (const char c : text_at(a, 0)) {
    low = (low + static_cast<unsigned char>(c)) % 65521;
    high = (high + low) % 65521;
  }
  return std::to_string(high << 16 | low);
}

std::string cleaned(std::string_view path) {
  std::vector<std::string_view> parts;
  const bool rooted = path.starts_with('/');
  while (!path.empty()) {
    const size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (part.empty() || part == ".") continue;
    if (part == ".." && !parts.empty() && parts.back() != "..")
      parts.pop_back();
    else if (part != ".." || !rooted)
      parts.push_back(part);
  }
  std::string out = rooted ? "/" : "";
  for (const std::string_view part : parts) {
    if (!out.empty() && out.back() != '/') out += '/';
    out += part;
  }
  return out.empty() ? "." : out;
}
Result clean(CallContext&, Arguments a) { return cleaned(text_at(a, 0)); }
Result base_name(CallContext&, Arguments a) {
  std::string_view path = text_at(a, 0);
  if (path.empty()) return ".";
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (path == "/") return "/";
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}
Result dir_name(CallContext&, Arguments a) {
  const std::string_view path = text_at(a, 0);
  const size_t slash = path.rfind('/');
  return cleaned(slash == std::string_view::npos ? "" : path.substr(0, slash + 1));
}
Result extension(CallContext&, Arguments a) {
  const std::string_view path = text_at(a, 0);
  const size_t dot = path.find_last_of("./");
  return dot == std::string_view::npos || path[dot] == '/' ? std::string_view() : path.substr(dot);
}
Result is_absolute(CallContext&, Arguments a) { return text_at(a, 0).starts_with('/'); }

Result uuid(CallContext& context, Arguments) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (int i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) out += '-';
    const uint64_t digit = next_random(context) & 15;
    out += i == 12 ? '4' : kHex[i == 16 ? (digit & 3) | 8 : digit];
  }
  return out;
}

struct Match {
  size_t from = 0, to = 0;
  std::vector<std::string_view> groups;
};

class Pattern {
 public:
  Pattern(CallContext& context, const std::string& source)
      : budget_(context.budget), compiled_(compile_pattern(source)) {
    if (!ok()) return;
    if (auto status = budget_.compiled(regexp().ProgramSize()); !status)
      compiled_ = tl::unexpected(status.error());
  }
  bool ok() const { return compiled_.has_value(); }
  Result failure() const { return tl::unexpected(compiled_.error()); }

  // All matches as Go finds them: an empty one right behind another does not count.
  base::Result<std::vector<Match>> all(std::string_view text, int64_t limit) const {
    std::vector<Match> out;
    if (auto status = budget_.searched(text.size(), regexp().ProgramSize()); !status)
      return tl::unexpected(status.error());
    size_t at = 0;
    size_t last_end = std::string_view::npos;
    std::vector<re2::StringPiece> groups(static_cast<size_t>(regexp().NumberOfCapturingGroups()) +
                                         1);
    while (at <= text.size() && (limit < 0 || static_cast<int64_t>(out.size()) < limit)) {
      if (!regexp().Match(re2::StringPiece(text.data(), text.size()), at, text.size(),
                          RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size())))
        break;
      // How far it looked beyond the match is not known.
      if (auto status = budget_.steps(1 + (text.size() - at) / 32); !status)
        return tl::unexpected(status.error());
      Match match;
      match.from = static_cast<size_t>(groups[0].data() - text.data());
      match.to = match.from + groups[0].size();
      for (const auto& group : groups) match.groups.emplace_back(group.data(), group.size());
      const bool counts = match.from != match.to || match.from != last_end;
      at = match.to > at ? match.to : at + 1;
      if (match.from == match.to)
        at = std::max(at, match.to + std::max<size_t>(1, text::utf8_length(text, match.to)));
      last_end = match.to;
      if (counts) out.push_back(std::move(match));
    }
    return out;
  }
  size_t group_named(const std::string& name) const {
    const auto& names = regexp().NamedCapturingGroups();
    const auto it = names.find(name);
    if (it != names.end()) return static_cast<size_t>(it->second);
    const bool number =
        !name.empty() && name.size() < 6 &&
        std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
    return number ? static_cast<size_t>(std::stoi(name)) : SIZE_MAX;
  }

 private:
  const RE2& regexp() const { return **compiled_; }

  Budget& budget_;
  base::Result<std::unique_ptr<const RE2>> compiled_;
};

// Go's templates in replacements: $1, $name, ${name}, $$.
void expand(const Pattern& pattern, const Match& match, std::string_view text, std::string& out) {
  while (!text.empty()) {
    const size_t dollar = std::min(text.find('$'), text.size());
    out += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.empty()) return;
    if (text.starts_with("$$")) {
      out += '$';
      text.remove_prefix(2);
      continue;
    }
    const bool braces = text.starts_with("${");
    size_t end = braces ? 2 : 1;
    const size_t start = end;
    while (end < text.size() &&
           (isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_'))
      ++end;
    if (end == start || (braces && (end == text.size() || text[end] != '}'))) {
      out += '$';
      text.remove_prefix(1);
      continue;
    }
    const size_t group = pattern.group_named(std::string(text.substr(start, end - start)));
    if (group < match.groups.size()) out += match.groups[group];
    text.remove_prefix(end + (braces ? 1 : 0));
  }
}

Result matches(CallContext& context, Arguments a, bool must) {
  const Pattern pattern(context, text_at(a, 0));
  if (!pattern.ok()) return must ? pattern.failure() : Result(false);
  const auto found = pattern.all(text_at(a, 1), 1);
  if (!found) return tl::unexpected(found.error());
  return !found->empty();
}
Result regex_match(CallContext& context, Arguments a) { return matches(context, a, false); }
Result must_regex_match(CallContext& context, Arguments a) { return matches(context, a, true); }
Result regex_find(CallContext& context, Arguments a) {
  const Pattern pattern(context, text_at(a, 0));
  if (!pattern.ok()) return pattern.failure();
  const auto found = pattern.all(text_at(a, 1), 1);
  if (!found) return tl::unexpected(found.error());
  return found->empty() ? std::string_view() : found->front().groups[0];
}
Result regex_find_all(CallContext& context, Arguments a) {
  const Pattern pattern(context, text_at(a, 0));
  if (!pattern.ok()) return pattern.failure();
  const auto found = pattern.all(text_at(a, 1), a[2].as_int().value);
  if (!found) return tl::unexpected(found.error());
  if (found->empty()) return Value::nil_list(ListType::kString);
  if (auto status = context.budget.items(found->size()); !status)
    return tl::unexpected(status.error());
  std::vector<Value> out;
  for (const Match& match : *found) out.emplace_back(match.groups[0]);
  return Value::list(std::move(out), ListType::kString);
}
Result replaced(CallContext& context, Arguments a, bool literal) {
  const Pattern pattern(context, text_at(a, 0));
  if (!pattern.ok()) return pattern.failure();
  const std::string_view text = text_at(a, 1);
  std::string out;
  size_t at = 0;
  const auto found = pattern.all(text, -1);
  if (!found) return tl::unexpected(found.error());
  for (const Match& match : *found) {
    const size_t before = out.size();
    out += text.substr(at, match.from - at);
    if (literal)
      out += text_at(a, 2);
    else
      expand(pattern, match, text_at(a, 2), out);
    at = match.to;
    if (auto status = context.budget.bytes(out.size() - before); !status)
      return tl::unexpected(status.error());
  }
  out += text.substr(at);
  return out;
}
Result regex_replace(CallContext& context, Arguments a) { return replaced(context, a, false); }
Result regex_replace_literal(CallContext& context, Arguments a) {
  return replaced(context, a, true);
}
Result regex_split(CallContext& context, Arguments a) {
  const Pattern pattern(context, text_at(a, 0));
  if (!pattern.ok()) return pattern.failure();
  const std::string_view text = text_at(a, 1);
  const int64_t limit = a[2].as_int().value;
  std::vector<Value> out;
  if (limit == 0) return Value::nil_list(ListType::kString);
  size_t start = 0, end = 0;
  const auto found = text.empty() ? std::vector<Match>() : pattern.all(text, limit);
  if (!found) return tl::unexpected(found.error());
  for (const Match& match : *found) {
    if (limit > 0 && static_cast<int64_t>(out.size()) == limit - 1) break;
    end = match.from;
    if (match.to != 0) out.emplace_back(text.substr(start, end - start));
    start = match.to;
  }
  if (end != text.size() || text.empty()) out.emplace_back(text.substr(start));
  if (auto status = context.budget.items(out.size()); !status)
    return tl::unexpected(status.error());
  return Value::list(std::move(out), ListType::kString);
}
Result regex_quote(CallContext&, Arguments a) {
  std::string out;
  for (const char c : text_at(a, 0)) {
    if (std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

constexpr Function kTable[] = {
    {"toJson", "?a", 'a', lenient_text<must_to_json>},
    {"mustToJson", "?a", 'a', must_to_json},
    {"toPrettyJson", "?a", 'a', lenient_text<must_to_pretty>},
    {"mustToPrettyJson", "?a", 'a', must_to_pretty},
    {"toRawJson", "?a", 'a', must_to_raw},
    {"mustToRawJson", "?a", 'a', must_to_raw},
    {"fromJson", "?s", 'a', from_json},
    {"mustFromJson", "?s", 'a', must_from_json},
    {"b64enc", "?s", 'a', to_base64},
    {"b64dec", "?s", 'a', from_base64},
    {"b32enc", "?s", 'a', to_base32},
    {"b32dec", "?s", 'a', from_base32},
    {"adler32sum", "?s", 'a', adler32},
    {"clean", "?s", 'a', clean},
    {"osClean", "?s", 'a', clean},
    {"base", "?s", 'a', base_name},
    {"osBase", "?s", 'a', base_name},
    {"dir", "?s", 'a', dir_name},
    {"osDir", "?s", 'a', dir_name},
    {"ext", "?s", 'a', extension},
    {"osExt", "?s", 'a', extension},
    {"isAbs", "?s", 'a', is_absolute},
    {"osIsAbs", "?s", 'a', is_absolute},
    {"uuidv4", "?", 'a', uuid},
    {"regexMatch", "?ss", 'a', regex_match},
    {"mustRegexMatch", "?ss", 'a', must_regex_match},
    {"regexFind", "?ss", 'a', regex_find},
    {"mustRegexFind", "?ss", 'a', regex_find},
    {"regexFindAll", "?ssi", 'a', regex_find_all},
    {"mustRegexFindAll", "?ssi", 'a', regex_find_all},
    {"regexReplaceAll", "?sss", 'a', regex_replace},
    {"mustRegexReplaceAll", "?sss", 'a', regex_replace},
    {"regexReplaceAllLiteral", "?sss", 'a', regex_replace_literal},
    {"mustRegexReplaceAllLiteral", "?sss", 'a', regex_replace_literal},
    {"regexSplit", "?ssi", 'a', regex_split},
    {"mustRegexSplit", "?ssi", 'a', regex_split},
    {"regexQuoteMeta", "?s", 'a', regex_quote},
};

}  // namespace

std::span<const Function> sprig_others() { return kTable; }

}  // namespace expr
