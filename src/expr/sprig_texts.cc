// sprig's functions on texts.
#include <algorithm>

#include "expr/builtins.h"
#include "expr/sprig.h"
#include "expr/unicode.h"
#include "expr/word_case.h"
#include "text/utf8.h"

namespace expr {
namespace {

using Result = base::Result<Value>;

const std::string& text_at(Arguments a, size_t at) { return a[at].as_string(); }
int64_t int_at(Arguments a, size_t at) { return a[at].as_int().value; }

Result counted(CallContext& context, std::string out) {
  if (auto status = context.budget.bytes(out.size()); !status)
    return tl::unexpected(status.error());
  return out;
}
Result out_of_range() { return call_error("slice bounds out of range"); }

// Each character as `change` gives it, which is told the one before it.
template <class Change>
std::string changed(std::string_view text, Change change) {
  std::string out;
  uint32_t before = ' ';
  for (size_t at = 0; at < text.size();) {
    const Rune rune = rune_at(text, at);
    text::append_utf8(out, change(rune.code, before));
    before = rune.code;
    at += rune.size;
  }
  return out;
}

Result hello(CallContext&, Arguments) { return "Hello!"; }

// The text cut to `width` with "..." where something is left out, from `offset` on.
std::string abbreviated(const std::string& text, int64_t offset, int64_t width) {
  const auto size = static_cast<int64_t>(text.size());
  if (size <= width) return text;
  offset = std::min(std::max<int64_t>(offset, 0), size);
  if (size - offset < width - 3) offset = size - (width - 3);
  if (offset <= 4) return text.substr(0, static_cast<size_t>(width - 3)) + "...";
  if (width < 7) return text;
  if (offset + width - 3 < size)
    return "..." + abbreviated(text.substr(static_cast<size_t>(offset)), 0, width - 3);
  return "..." + text.substr(static_cast<size_t>(size - (width - 3)));
}
Result abbrev(CallContext&, Arguments a) {
  return int_at(a, 0) < 4 ? text_at(a, 1) : abbreviated(text_at(a, 1), 0, int_at(a, 0));
}
Result abbrev_both(CallContext&, Arguments a) {
  const int64_t left = int_at(a, 0), right = int_at(a, 1);
  if (right < 4 || (left > 0 && right < 7)) return text_at(a, 2);
  return abbreviated(text_at(a, 2), left, right);
}
Result trunc(CallContext&, Arguments a) {
  const int64_t count = int_at(a, 0);
  const std::string& text = text_at(a, 1);
  const auto size = static_cast<int64_t>(text.size());
  if (count < 0 && size + count > 0) return text.substr(static_cast<size_t>(size + count));
  return count >= 0 && size > count ? text.substr(0, static_cast<size_t>(count)) : text;
}
Result trim(CallContext&, Arguments a) { return trim_space(text_at(a, 0)); }
Result upper(CallContext&, Arguments a) { return upper_case(text_at(a, 0)); }
Result lower(CallContext&, Arguments a) { return lower_case(text_at(a, 0)); }

Result title(CallContext&, Arguments a) {
  return changed(text_at(a, 0), [](uint32_t code, uint32_t before) {
    const bool ascii = before < 0x80;
    const bool inside =
        is_letter(before) || is_number(before) || before == '_' || (!ascii && !is_space(before));
    return inside ? code : to_upper(code);
  });
}
Result untitle(CallContext&, Arguments a) {
  return changed(text_at(a, 0), [](uint32_t code, uint32_t before) {
    return is_space(before) ? to_lower(code) : code;
  });
}
Result substr(CallContext&, Arguments a) {
  const int64_t start = int_at(a, 0), end = int_at(a, 1);
  const std::string& text = text_at(a, 2);
  const auto size = static_cast<int64_t>(text.size());
  const int64_t from = std::max<int64_t>(start, 0);
  const int64_t to = start >= 0 && (end < 0 || end > size) ? size : end;
  if (to < from || to > size) return out_of_range();
  return text.substr(static_cast<size_t>(from), static_cast<size_t>(to - from));
}
Result repeat(CallContext& context, Arguments a) {
  const int64_t count = int_at(a, 0);
  if (count < 0) return call_error("negative repeat count");
  const std::string& text = text_at(a, 1);
  if (count > 1'000'000 || text.size() * static_cast<size_t>(count) > 1'000'000)
    return call_error("memory budget exceeded: repeat makes texts of at most 1000000 bytes");
  std::string out;
  for (int64_t i = 0; i < count; ++i) out += text;
  return counted(context, std::move(out));
}
Result trim_all(CallContext&, Arguments a) { return trim_set(text_at(a, 1), text_at(a, 0)); }
Result trim_suffix(CallContext&, Arguments a) {
  std::string_view text = text_at(a, 1);
  if (text.ends_with(text_at(a, 0))) text.remove_suffix(text_at(a, 0).size());
  return text;
}
Result trim_prefix(CallContext&, Arguments a) {
  std::string_view text = text_at(a, 1);
  if (text.starts_with(text_at(a, 0))) text.remove_prefix(text_at(a, 0).size());
  return text;
}
// Bytes, not characters, are looked at, and each becomes a character, as in the original.
Result no_space(CallContext&, Arguments a) {
  std::string out;
  for (const char c : text_at(a, 0))
    if (!is_space(static_cast<unsigned char>(c)))
      text::append_utf8(out, static_cast<unsigned char>(c));
  const bool none = std::none_of(text_at(a, 0).begin(), text_at(a, 0).end(),
                                 [](char c) { return is_space(static_cast<unsigned char>(c)); });
  return none ? text_at(a, 0) : out;
}
Result initials(CallContext&, Arguments a) {
  std::string out;
  bool inside = false;
  for (const char c : text_at(a, 0)) {
    const auto code = static_cast<unsigned char>(c);
    if (!inside && !is_space(code)) text::append_utf8(out, code);
    inside = !is_space(code);
  }
  return out;
}
Result swap_case(CallContext&, Arguments a) {
  return changed(text_at(a, 0), [](uint32_t code, uint32_t) {
    if (is_upper(code)) return to_lower(code);
    return is_lower(code) ? to_upper(code) : code;
  });
}
Result snake_case(CallContext&, Arguments a) { return words_joined(text_at(a, 0), '_'); }
Result kebab_case(CallContext&, Arguments a) { return words_joined(text_at(a, 0), '-'); }
Result camel_case(CallContext&, Arguments a) { return pascal_case(text_at(a, 0)); }
Result contains(CallContext&, Arguments a) {
  return text_at(a, 1).find(text_at(a, 0)) != std::string::npos;
}
Result has_prefix(CallContext&, Arguments a) { return text_at(a, 1).starts_with(text_at(a, 0)); }
Result has_suffix(CallContext&, Arguments a) { return text_at(a, 1).ends_with(text_at(a, 0)); }

template <class Show>
std::string joined(Arguments a, Show show) {
  std::string out;
  for (const Value& value : a) {
    if (value.is_nil()) continue;
    if (!out.empty()) out += ' ';
    out += show(go_text(value));
  }
  return out;
}
Result quote(CallContext& context, Arguments a) {
  return counted(context, joined(a, [](const std::string& text) { return go_quoted(text); }));
}
Result single_quote(CallContext& context, Arguments a) {
  return counted(context, joined(a, [](const std::string& text) { return "'" + text + "'"; }));
}
Result cat(CallContext& context, Arguments a) {
  return counted(context, joined(a, [](const std::string& text) { return text; }));
}
std::string indented(int64_t count, const std::string& text) {
  const std::string pad(static_cast<size_t>(count), ' ');
  return pad + replace_text(text, "\n", "\n" + pad, -1);
}
Result indent(CallContext& context, Arguments a) {
  if (int_at(a, 0) < 0) return call_error("strings: negative Repeat count");
  const uint64_t lines =
      static_cast<uint64_t>(std::count(text_at(a, 1).begin(), text_at(a, 1).end(), '\n') + 1);
  if (auto status = context.budget.bytes(lines * static_cast<uint64_t>(int_at(a, 0))); !status)
    return tl::unexpected(status.error());
  return counted(context, indented(int_at(a, 0), text_at(a, 1)));
}
Result line_indent(CallContext& context, Arguments a) {
  auto out = indent(context, a);
  if (!out) return out;
  return "\n" + out->as_string();
}
Result replace(CallContext& context, Arguments a) {
  const uint64_t most = (text_at(a, 2).size() + 1) * (text_at(a, 1).size() + 1);
  if (auto status = context.budget.bytes(most); !status) return tl::unexpected(status.error());
  return replace_text(text_at(a, 2), text_at(a, 0), text_at(a, 1), -1);
}
Result plural(CallContext&, Arguments a) { return int_at(a, 2) == 1 ? a[0] : a[1]; }
Result to_string(CallContext& context, Arguments a) { return counted(context, go_text(a[0])); }

Result join(CallContext& context, Arguments a) {
  std::string out;
  const std::vector<Value> texts = texts_of(a[1]);
  if (auto status = context.budget.bytes(text_at(a, 0).size() * texts.size()); !status)
    return tl::unexpected(status.error());
  for (size_t i = 0; i < texts.size(); ++i)
    out += (i > 0 ? text_at(a, 0) : std::string()) + texts[i].as_string();
  return counted(context, std::move(out));
}
Result numbered(std::vector<Value> parts) {
  Entries entries;
  for (size_t i = 0; i < parts.size(); ++i)
    entries.emplace(Value("_" + std::to_string(i)), std::move(parts[i]));
  return make_map(std::move(entries), MapType::kStringString);
}
Result split(CallContext&, Arguments a) {
  return numbered(split_text(text_at(a, 1), text_at(a, 0), -1));
}
Result split_n(CallContext&, Arguments a) {
  return numbered(split_text(text_at(a, 2), text_at(a, 0), int_at(a, 1)));
}
Result split_list(CallContext&, Arguments a) {
  return Value::list(split_text(text_at(a, 1), text_at(a, 0), -1), ListType::kString);
}
Result to_strings(CallContext&, Arguments a) {
  return Value::list(texts_of(a[0]), ListType::kString);
}
Result sort_alpha(CallContext&, Arguments a) {
  std::vector<Value> texts = texts_of(a[0]);
  if (a[0].is_nil()) texts.emplace_back("<nil>");
  std::sort(texts.begin(), texts.end(), KeyLess());
  return Value::list(std::move(texts), ListType::kString);
}

Result random_text(CallContext& context, int64_t count, std::string_view letters) {
  if (count > 1'000'000)
    return call_error("memory budget exceeded: at most 1000000 random characters");
  std::string out;
  for (int64_t i = 0; i < count; ++i) out += letters[next_random(context) % letters.size()];
  return counted(context, std::move(out));
}
constexpr std::string_view kAlphaNum =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
Result rand_alpha_num(CallContext& context, Arguments a) {
  return random_text(context, int_at(a, 0), kAlphaNum);
}
Result rand_alpha(CallContext& context, Arguments a) {
  return random_text(context, int_at(a, 0), kAlphaNum.substr(10));
}
Result rand_numeric(CallContext& context, Arguments a) {
  return random_text(context, int_at(a, 0), kAlphaNum.substr(0, 10));
}
Result rand_ascii(CallContext& context, Arguments a) {
  std::string letters;
  for (char c = ' '; c < 127; ++c) letters += c;
  return random_text(context, int_at(a, 0), letters);
}

Result shuffle(CallContext& context, Arguments a) {
  std::vector<Value> runes = split_text(text_at(a, 0), "", -1);
  for (size_t i = runes.size(); i > 1; --i)
    std::swap(runes[i - 1], runes[next_random(context) % i]);
  std::string out;
  for (const Value& rune : runes) out += rune.as_string();
  return out;
}

// Lines of at most `width` bytes, broken at spaces; words that are longer are cut when `cut`.
std::string wrapped(std::string_view text, int64_t width, std::string_view line_end, bool cut) {
  if (line_end.empty()) line_end = "\n";
  const auto limit = static_cast<size_t>(std::max<int64_t>(width, 1));
  std::string out;
  while (text.size() > limit) {
    if (text[0] == ' ') {
      text.remove_prefix(1);
      continue;
    }
    size_t end = text.substr(0, limit + 1).rfind(' ');
    size_t skipped = 1;
    if (end == std::string_view::npos) {
      end = cut ? limit : text.find(' ', limit);
      skipped = cut ? 0 : 1;
      if (end == std::string_view::npos) break;
    }
    out += text.substr(0, end);
    out += line_end;
    text.remove_prefix(end + skipped);
  }
  return out += text;
}
Result wrap(CallContext& context, Arguments a) {
  return counted(context, wrapped(text_at(a, 1), int_at(a, 0), "", false));
}
Result wrap_with(CallContext& context, Arguments a) {
  const uint64_t most = (text_at(a, 1).size() + 1) * (text_at(a, 2).size() + 1);
  if (auto status = context.budget.bytes(most); !status) return tl::unexpected(status.error());
  return wrapped(text_at(a, 2), int_at(a, 0), text_at(a, 1), true);
}

constexpr Function kTable[] = {
    {"hello", "?", 'a', hello},
    {"abbrev", "?is", 'a', abbrev},
    {"abbrevboth", "?iis", 'a', abbrev_both},
    {"trunc", "?is", 'a', trunc},
    {"trim", "?s", 'a', trim},
    {"upper", "?s", 'a', upper},
    {"lower", "?s", 'a', lower},
    {"title", "?s", 'a', title},
    {"untitle", "?s", 'a', untitle},
    {"substr", "?iis", 'a', substr},
    {"repeat", "?is", 'a', repeat},
    {"trimall", "?ss", 'a', trim_all},
    {"trimAll", "?ss", 'a', trim_all},
    {"trimSuffix", "?ss", 'a', trim_suffix},
    {"trimPrefix", "?ss", 'a', trim_prefix},
    {"nospace", "?s", 'a', no_space},
    {"initials", "?s", 'a', initials},
    {"swapcase", "?s", 'a', swap_case},
    {"snakecase", "?s", 'a', snake_case},
    {"kebabcase", "?s", 'a', kebab_case},
    {"camelcase", "?s", 'a', camel_case},
    {"contains", "?ss", 'a', contains},
    {"hasPrefix", "?ss", 'a', has_prefix},
    {"hasSuffix", "?ss", 'a', has_suffix},
    {"quote", "?a*", 'a', quote},
    {"squote", "?a*", 'a', single_quote},
    {"cat", "?a*", 'a', cat},
    {"indent", "?is", 'a', indent},
    {"nindent", "?is", 'a', line_indent},
    {"replace", "?sss", 'a', replace},
    {"plural", "?ssi", 'a', plural},
    {"toString", "?a", 'a', to_string},
    {"join", "?sa", 'a', join},
    {"split", "?ss", 'a', split},
    {"splitn", "?sis", 'a', split_n},
    {"splitList", "?ss", 'a', split_list},
    {"toStrings", "?a", 'a', to_strings},
    {"sortAlpha", "?a", 'a', sort_alpha},
    {"randAlphaNum", "?i", 'a', rand_alpha_num},
    {"randAlpha", "?i", 'a', rand_alpha},
    {"randNumeric", "?i", 'a', rand_numeric},
    {"shuffle", "?s", 'a', shuffle},
    {"wrap", "?is", 'a', wrap},
    {"wrapWith", "?iss", 'a', wrap_with},
    {"randAscii", "?i", 'a', rand_ascii},
};

}  // namespace

std::vector<Value> texts_of(const Value& value) {
  std::vector<Value> out;
  if (value.is_nil()) return out;
  if (!value.is_list()) return {Value(go_text(value))};
  for (const Value& item : value.items())
    if (!item.is_nil()) out.emplace_back(go_text(item));
  return out;
}

std::span<const Function> sprig_texts() { return kTable; }

}  // namespace expr
