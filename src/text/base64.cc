#include "text/base64.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace text {
namespace {

constexpr std::string_view kLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<int8_t, 256> kValues = [] {
  std::array<int8_t, 256> values{};
  values.fill(-1);
  for (size_t i = 0; i < kLetters.size(); ++i)
    values[static_cast<uint8_t>(kLetters[i])] = static_cast<int8_t>(i);
  return values;
}();

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t at = 0; at < bytes.size(); at += 3) {
    uint32_t group = 0;
    const size_t count = std::min<size_t>(3, bytes.size() - at);
    for (size_t i = 0; i < 3; ++i)
      group = group << 8 | (i < count ? static_cast<uint8_t>(bytes[at + i]) : 0u);
    for (size_t i = 0; i < 4; ++i) out += i <= count ? kLetters[group >> (18 - 6 * i) & 63] : '=';
  }
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3);
  uint32_t group = 0;
  size_t letters = 0, padding = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r') continue;  // and nothing else, as in Go
    if (c == '=') {
      ++padding;
      continue;
    }
    const int8_t value = kValues[static_cast<uint8_t>(c)];
    if (value < 0 || padding > 0) return std::nullopt;
    group = group << 6 | static_cast<uint32_t>(value);
    if (++letters % 4 == 0) {
      out += static_cast<char>(group >> 16);
      out += static_cast<char>(group >> 8 & 0xFF);
      out += static_cast<char>(group & 0xFF);
      group = 0;
    }
  }
  const size_t left = letters % 4;
  if (left == 1 || padding > 2 || (letters + padding) % 4 != 0) return std::nullopt;
  if (left >= 2) out += static_cast<char>(group >> (left * 6 - 8) & 0xFF);
  if (left == 3) out += static_cast<char>(group >> 2 & 0xFF);
  return out;
}

}  // namespace text
