#include "expr/unicode.h"

#include <fmt/format.h>
#include <locale.h>
#include <wctype.h>

#include "text/utf8.h"

namespace expr {
namespace {

// glibc's tables; they do not depend on the user's settings.
locale_t tables() {
  static const locale_t kTables = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return kTables;
}

bool is_ascii(uint32_t code) { return code < 0x80; }

template <class Change>
std::string changed(std::string_view text, Change change) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const Rune rune = rune_at(text, at);
    at += rune.size;
    if (is_ascii(rune.code))
      out += static_cast<char>(change(rune.code));
    else
      text::append_utf8(out, change(rune.code));
  }
  return out;
}

// Characters that show nothing: of formatting, private ones, those that are none.
bool is_invisible(uint32_t code) {
  return code == 0xAD || (code >= 0x600 && code <= 0x605) || code == 0x61C || code == 0x6DD ||
         code == 0x70F || code == 0x180E || (code >= 0x200B && code <= 0x200F) ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) ||
         (code >= 0xE000 && code <= 0xF8FF) || code == 0xFEFF ||
         (code >= 0xFFF9 && code <= 0xFFFB) || code >= 0xE0000;
}

}  // namespace

Rune rune_at(std::string_view text, size_t at) {
  const size_t size = text::utf8_length(text, at);
  if (size == 0) return {0xFFFD, 1};
  const auto first = static_cast<unsigned char>(text[at]);
  if (size == 1) return {first, 1};
  uint32_t code = first & (0xFFu >> (size + 1));
  for (size_t i = 1; i < size; ++i)
    code = code << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3F);
  return {code, size};
}

bool is_space(uint32_t code) {
  return (code >= '\t' && code <= '\r') || code == ' ' || code == 0x85 || code == 0xA0 ||
         code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 ||
         code == 0x202F || code == 0x205F || code == 0x3000;
}
bool is_upper(uint32_t code) {
  if (is_ascii(code)) return code >= 'A' && code <= 'Z';
  return iswupper_l(code, tables()) != 0;
}
bool is_lower(uint32_t code) {
  if (is_ascii(code)) return code >= 'a' && code <= 'z';
  return iswlower_l(code, tables()) != 0;
}
bool is_letter(uint32_t code) {
  if (is_ascii(code)) return (code | 0x20) >= 'a' && (code | 0x20) <= 'z';
  return iswalpha_l(code, tables()) != 0;
}
bool is_number(uint32_t code) {
  if (is_ascii(code)) return code >= '0' && code <= '9';
  return (code >= 0xB2 && code <= 0xB3) || code == 0xB9 || (code >= 0xBC && code <= 0xBE) ||
         (code >= 0x660 && code <= 0x669) || (code >= 0x2150 && code <= 0x218B) ||
         (code >= 0x2460 && code <= 0x249B);
}
bool is_punctuation(uint32_t code) {
  if (is_ascii(code))
    return code != 0 &&
           std::string_view("!\"#%&'()*,-./:;?@[\\]_{}").find(static_cast<char>(code)) !=
               std::string_view::npos;
  return code == 0xA1 || code == 0xA7 || code == 0xAB || code == 0xB6 || code == 0xB7 ||
         code == 0xBB || code == 0xBF || (code >= 0x2010 && code <= 0x2027) ||
         (code >= 0x2030 && code <= 0x205E && code != 0x2044 && code != 0x2052) ||
         (code >= 0x3001 && code <= 0x3003) || (code >= 0x3008 && code <= 0x3011);
}
bool is_printable(uint32_t code) {
  if (is_ascii(code)) return code >= ' ' && code < 0x7F;
  return !is_space(code) && !is_invisible(code) && iswprint_l(code, tables()) != 0;
}

uint32_t to_upper(uint32_t code) {
  if (is_ascii(code)) return is_lower(code) ? code - 32 : code;
  return static_cast<uint32_t>(towupper_l(code, tables()));
}
uint32_t to_lower(uint32_t code) {
  if (is_ascii(code)) return is_upper(code) ? code + 32 : code;
  return static_cast<uint32_t>(towlower_l(code, tables()));
}

std::string upper_case(std::string_view text) { return changed(text, to_upper); }
std::string lower_case(std::string_view text) { return changed(text, to_lower); }

std::string go_quoted(std::string_view text) {
  constexpr std::string_view kFrom = "\a\b\f\n\r\t\v\\\"", kTo = "abfnrtv\\\"";
  std::string out = "\"";
  for (size_t at = 0; at < text.size();) {
    const Rune rune = rune_at(text, at);
    const std::string_view bytes = text.substr(at, rune.size);
    at += rune.size;
    const size_t special = is_ascii(rune.code) ? kFrom.find(bytes[0]) : std::string_view::npos;
    if (special != std::string_view::npos)
      out += {'\\', kTo[special]};
    else if (rune.code == 0xFFFD && rune.size == 1)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes[0]));
    else if (is_printable(rune.code))
      out += bytes;
    else if (rune.code < ' ' || rune.code == 0x7F)
      out += fmt::format("\\x{:02x}", rune.code);
    else
      out += rune.code < 0x10000 ? fmt::format("\\u{:04x}", rune.code)
                                 : fmt::format("\\U{:08x}", rune.code);
  }
  return out + "\"";
}

}  // namespace expr
