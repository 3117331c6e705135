// sprig's sums, passwords and ciphers.
#include <crypt.h>
#include <openssl/evp.h>

#include <array>
#include <cstring>
#include <memory>

#include "expr/builtins.h"
#include "expr/sprig.h"
#include "text/base64.h"

namespace expr {
namespace {

using Result = base::Result<Value>;

constexpr size_t kBlock = 16;       // of AES
constexpr uint32_t kBcryptMs = 80;  // about, for the budget

const std::string& text_at(Arguments a, size_t at) { return a[at].as_string(); }

std::string random_bytes(CallContext& context, size_t count) {
  std::string out;
  while (out.size() < count) {
    uint64_t bits = next_random(context);
    for (int i = 0; i < 8 && out.size() < count; ++i, bits >>= 8)
      out += static_cast<char>(bits & 255);
  }
  return out;
}

template <const EVP_MD* (*Algorithm)()>
Result digest(CallContext&, Arguments a) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  if (EVP_Digest(text_at(a, 0).data(), text_at(a, 0).size(), bytes.data(), &size, Algorithm(),
                 nullptr) != 1)
    return call_error("OpenSSL cannot make the sum");
  std::string out;
  for (size_t i = 0; i < size; ++i) {
    out += kHex[bytes[i] >> 4];
    out += kHex[bytes[i] & 15];
  }
  return out;
}

Result bcrypt(CallContext& context, Arguments a) {
  const std::string& password = a.back().as_string();
  constexpr std::string_view kFailed = "failed to encrypt string with bcrypt: ";
  if (password.size() > 72)
    return std::string(kFailed) + "bcrypt: password length exceeds 72 bytes";
  if (password.find('\0') != std::string::npos)
    return call_error("bcrypt: a password with a zero byte is not supported");
  if (auto status = context.budget.slow(kBcryptMs); !status) return tl::unexpected(status.error());
  const std::string chance = random_bytes(context, 16);
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> salt{};
  const auto data = std::make_unique<crypt_data>();
  std::memset(data.get(), 0, sizeof(crypt_data));
  if (!crypt_gensalt_rn("$2a$", 10, chance.data(), static_cast<int>(chance.size()), salt.data(),
                        static_cast<int>(salt.size())))
    return call_error("bcrypt is not there on this machine");
  const char* hash = crypt_rn(password.c_str(), salt.data(), data.get(), sizeof(crypt_data));
  if (!hash) return call_error("bcrypt is not there on this machine");
  return hash;
}
Result htpasswd(CallContext& context, Arguments a) {
  if (text_at(a, 0).find(':') != std::string::npos) return "invalid username: " + text_at(a, 0);
  auto hash = bcrypt(context, a);
  if (!hash) return hash;
  return text_at(a, 0) + ":" + hash->as_string();
}

Result rand_bytes(CallContext& context, Arguments a) {
  const int64_t count = a[0].as_int().value;
  if (count < 0) return call_error("makeslice: len out of range");
  if (count > 1'000'000) return call_error("memory budget exceeded: at most 1000000 random bytes");
  if (auto status = context.budget.bytes(static_cast<uint64_t>(count) * 2); !status)
    return tl::unexpected(status.error());
  return text::to_base64(random_bytes(context, static_cast<size_t>(count)));
}

// AES-256 in CBC mode without padding of its own: `text` is a number of whole blocks.
base::Result<std::string> ciphered(bool encrypt, std::string key, std::string_view iv,
                                   std::string_view text) {
  key.resize(32, '\0');
  const auto bytes = [](std::string_view s) {
    return reinterpret_cast<const unsigned char*>(s.data());
  };
  const std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> context(EVP_CIPHER_CTX_new(),
                                                                           EVP_CIPHER_CTX_free);
  std::string out(text.size(), '\0');
  int size = 0;
  if (!context ||
      EVP_CipherInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, bytes(key), bytes(iv),
                        encrypt) != 1 ||
      EVP_CIPHER_CTX_set_padding(context.get(), 0) != 1 ||
      EVP_CipherUpdate(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                       bytes(text), static_cast<int>(text.size())) != 1 ||
      static_cast<size_t>(size) != text.size())
    return call_error("OpenSSL cannot cipher the text");
  return out;
}

Result encrypt_aes(CallContext& context, Arguments a) {
  if (text_at(a, 1).empty()) return "";
  if (auto status = context.budget.bytes(text_at(a, 1).size() * 2); !status)
    return tl::unexpected(status.error());
  std::string text = text_at(a, 1);
  const size_t padding = kBlock - text.size() % kBlock;
  text.append(padding, static_cast<char>(padding));
  const std::string iv = random_bytes(context, kBlock);
  auto out = ciphered(true, text_at(a, 0), iv, text);
  if (!out) return tl::unexpected(out.error());
  return text::to_base64(iv + *out);
}
Result decrypt_aes(CallContext&, Arguments a) {
  if (text_at(a, 1).empty()) return "";
  const auto bytes = text::from_base64(text_at(a, 1));
  if (!bytes) return call_error("illegal base64 data");
  if (bytes->size() <= kBlock || bytes->size() % kBlock != 0)
    return call_error("decryptAES: the text is not made of whole blocks");
  const std::string_view all = *bytes;
  auto out = ciphered(false, text_at(a, 0), all.substr(0, kBlock), all.substr(kBlock));
  if (!out) return tl::unexpected(out.error());
  const auto padding = static_cast<unsigned char>(out->back());
  if (padding > out->size()) return call_error("decryptAES: the password is not the right one");
  out->resize(out->size() - padding);
  return std::move(*out);
}

// Its counter is a uint32, a type that no expression has: Argo refuses every call.
Result derive_password(CallContext&, Arguments) {
  return call_error("derivePassword takes a uint32, which no expression gives");
}

constexpr Function kTable[] = {
    {"sha1sum", "?s", 'a', digest<EVP_sha1>},
    {"sha256sum", "?s", 'a', digest<EVP_sha256>},
    {"sha512sum", "?s", 'a', digest<EVP_sha512>},
    {"bcrypt", "?s", 'a', bcrypt},
    {"htpasswd", "?ss", 'a', htpasswd},
    {"randBytes", "?i", 'a', rand_bytes},
    {"encryptAES", "?ss", 'a', encrypt_aes},
    {"decryptAES", "?ss", 'a', decrypt_aes},
    {"derivePassword", "?assss", 'a', derive_password},
};

}  // namespace

std::span<const Function> sprig_crypto() { return kTable; }

}  // namespace expr
