#include "expr/version.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace expr {
namespace {

constexpr size_t kLengthMax = 256;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}
bool is_word_character(char c) {
  return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-';
}

tl::unexpected<base::Error> invalid(std::string text = "invalid semantic version") {
  return base::fail(base::Code::kInvalid, std::move(text));
}

// Calls `use` with each dotted word until it gives false.
template <class Use>
bool each_word(std::string_view text, Use use) {
  for (;;) {
    const size_t dot = text.find('.');
    if (!use(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}
bool are_words(std::string_view text) {
  return each_word(text, [](std::string_view word) {
    return !word.empty() && std::all_of(word.begin(), word.end(), is_word_character);
  });
}

bool read_number(std::string_view text, uint64_t& out) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), out);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

int compare_words(std::string_view a, std::string_view b) {
  if (a == b) return 0;
  if (a.empty() || b.empty()) return a.empty() ? -1 : 1;
  uint64_t x = 0, y = 0;
  const bool number_a = is_number(a) && read_number(a, x);
  const bool number_b = is_number(b) && read_number(b, y);
  if (number_a && number_b) return x > y ? 1 : -1;
  if (number_a != number_b) return number_a ? -1 : 1;
  return a > b ? 1 : -1;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  each_word(text, [&](std::string_view word) {
    out.push_back(word);
    return true;
  });
  return out;
}

int compare_prerelease(std::string_view a, std::string_view b) {
  const auto x = words_of(a), y = words_of(b);
  for (size_t i = 0; i < std::max(x.size(), y.size()); ++i) {
    const int order = compare_words(i < x.size() ? x[i] : "", i < y.size() ? y[i] : "");
    if (order != 0) return order;
  }
  return 0;
}

template <class T>
int order(T a, T b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

}  // namespace

std::string Version::text() const {
  std::string out =
      std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
  if (!prerelease.empty()) out += "-" + prerelease;
  if (!metadata.empty()) out += "+" + metadata;
  return out;
}

base::Status check_prerelease(std::string_view text) {
  if (!are_words(text)) return invalid("invalid prerelease string");
  const bool plain = each_word(text, [](std::string_view word) {
    return !is_number(word) || word.size() == 1 || word[0] != '0';
  });
  if (!plain) return invalid("version segment starts with 0");
  return {};
}

base::Status check_metadata(std::string_view text) {
  if (!are_words(text)) return invalid("invalid metadata string");
  return {};
}

base::Result<Version> parse_version(std::string_view text) {
  if (text.size() > kLengthMax) return invalid("version string is too long (max 256 bytes)");
  Version out;
  out.original = text;
  if (const size_t plus = text.find('+'); plus != std::string_view::npos) {
    out.metadata = text.substr(plus + 1);
    if (!are_words(out.metadata)) return invalid();
    text = text.substr(0, plus);
  }
  if (const size_t dash = text.find('-'); dash != std::string_view::npos) {
    out.prerelease = text.substr(dash + 1);
    if (!are_words(out.prerelease)) return invalid();
    if (auto status = check_prerelease(out.prerelease); !status)
      return tl::unexpected(status.error());
    text = text.substr(0, dash);
  }
  if (text.starts_with('v')) text.remove_prefix(1);
  uint64_t* const numbers[] = {&out.major, &out.minor, &out.patch};
  size_t count = 0;
  const bool read = each_word(text, [&](std::string_view word) {
    return count < 3 && is_number(word) && read_number(word, *numbers[count++]);
  });
  if (!read) return invalid();
  return out;
}

int compare(const Version& a, const Version& b) {
  if (const int o = order(a.major, b.major); o != 0) return o;
  if (const int o = order(a.minor, b.minor); o != 0) return o;
  if (const int o = order(a.patch, b.patch); o != 0) return o;
  if (a.prerelease.empty() || b.prerelease.empty())
    return static_cast<int>(a.prerelease.empty()) - static_cast<int>(b.prerelease.empty());
  return compare_prerelease(a.prerelease, b.prerelease);
}

}  // namespace expr
