#include "sys/random.h"

#include <sys/random.h>

#include <cassert>
#include <cstring>
#include <string_view>

namespace sys {

uint64_t Random::next() {
  uint64_t value = 0;
  fill(&value, sizeof value);
  return value;
}

std::string Random::hex(size_t bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string raw(bytes, '\0'), out;
  fill(raw.data(), raw.size());
  for (const char c : raw) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::string Random::uuid() {
  std::string out = hex(16);
  out[12] = '4';
  constexpr std::string_view kVariant = "89ab";
  out[16] = kVariant[next() & 3];
  for (const size_t at : {8u, 13u, 18u, 23u}) out.insert(at, "-");
  return out;
}

std::string Random::name_suffix(size_t count) {
  constexpr std::string_view kAlphabet = "bcdfghjklmnpqrstvwxz2456789";
  std::string out;
  for (size_t i = 0; i < count; ++i) out += kAlphabet[next() % kAlphabet.size()];
  return out;
}

void RealRandom::fill(void* bytes, size_t count) {
  auto* at = static_cast<char*>(bytes);
  while (count > 0) {
    const ssize_t got = getrandom(at, count, 0);
    if (got < 0) continue;  // EINTR; getrandom has no other failure with flags 0
    at += got;
    count -= static_cast<size_t>(got);
  }
}

void SeededRandom::fill(void* bytes, size_t count) {
  auto* at = static_cast<char*>(bytes);
  while (count > 0) {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    z ^= z >> 31;
    const size_t step = count < sizeof z ? count : sizeof z;
    std::memcpy(at, &z, step);
    at += step;
    count -= step;
  }
}

}  // namespace sys
