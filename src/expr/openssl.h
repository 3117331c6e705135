// openssl.h — handles of OpenSSL that free themselves, and a library context with its own stream of
// chance; used by seeded_keys.cc alone.
#pragma once
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <memory>

namespace expr {

struct OpensslFree {
  void operator()(BIO* p) const { BIO_free_all(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(EVP_PKEY_CTX* p) const { EVP_PKEY_CTX_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(X509_EXTENSION* p) const { X509_EXTENSION_free(p); }
  void operator()(GENERAL_NAMES* p) const { GENERAL_NAMES_free(p); }
  void operator()(OSSL_LIB_CTX* p) const { OSSL_LIB_CTX_free(p); }
  void operator()(OSSL_PROVIDER* p) const { OSSL_PROVIDER_unload(p); }
  void operator()(unsigned char* p) const { OPENSSL_free(p); }
};
template <class T>
using Openssl = std::unique_ptr<T, OpensslFree>;

// A context that draws from a stream of the seed instead of from the machine. Null: OpenSSL cannot
// be set up so.
struct SeededContext {
  Openssl<OSSL_LIB_CTX> context;
  Openssl<OSSL_PROVIDER> algorithms, stream;
};
std::unique_ptr<SeededContext> make_seeded_context(uint64_t seed);

}  // namespace expr
