#include "runtime/image_digest.h"

#include <fmt/core.h>
#include <openssl/evp.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace runtime {

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  assert(context_);
  EVP_DigestInit_ex(context_, EVP_sha256(), nullptr);
}

Sha256::~Sha256() { EVP_MD_CTX_free(context_); }

void Sha256::update(std::string_view bytes) {
  EVP_DigestUpdate(context_, bytes.data(), bytes.size());
}

std::string Sha256::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  EVP_DigestFinal_ex(context_, digest.data(), &size);
  std::string text = "sha256:";
  for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

std::string sha256_of(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

base::Result<std::string> sha256_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  Sha256 hash;
  std::string buffer(1 << 16, '\0');
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || file.gcount() > 0)
    hash.update({buffer.data(), static_cast<size_t>(file.gcount())});
  if (!file.eof())
    return base::fail(base::Code::kNotFound,
                      fmt::format("cannot read \"{}\": {}", path, std::strerror(errno)));
  return hash.finish();
}

}  // namespace runtime
