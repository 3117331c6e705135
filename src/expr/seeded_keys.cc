#include "expr/seeded_keys.h"

#include <arpa/inet.h>
#include <openssl/dsa.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>

#include "expr/openssl.h"

namespace expr {
namespace {

tl::unexpected<base::Error> fail(std::string text) {
  return base::fail(base::Code::kInvalid, std::move(text));
}
tl::unexpected<base::Error> broken(std::string_view what) {
  return base::fail(base::Code::kInternal, "OpenSSL cannot " + std::string(what));
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(std::max(size, 0L))};
}

base::Result<std::string> pem_of(EVP_PKEY* key) {
  const Openssl<BIO> bio(BIO_new(BIO_s_mem()));
  const int id = EVP_PKEY_get_base_id(key);
  const bool traditional = id == EVP_PKEY_RSA || id == EVP_PKEY_EC || id == EVP_PKEY_DSA;
  const int done = traditional ? PEM_write_bio_PrivateKey_traditional(bio.get(), key, nullptr,
                                                                      nullptr, 0, nullptr, nullptr)
                               : PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0,
                                                               nullptr, nullptr);
  if (done != 1) return broken("write the key");
  return text_of(bio.get());
}

// The first block of a PEM text.
struct Block {
  std::string type, bytes;
};
base::Result<Block> block_of(const std::string& pem, std::string_view failure) {
  const Openssl<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  char *type = nullptr, *header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  if (PEM_read_bio(bio.get(), &type, &header, &data, &size) != 1) return fail(std::string(failure));
  Block out{type, std::string(reinterpret_cast<char*>(data), static_cast<size_t>(size))};
  OPENSSL_free(type);
  OPENSSL_free(header);
  OPENSSL_free(data);
  return out;
}

base::Result<Openssl<EVP_PKEY>> key_of(OSSL_LIB_CTX* context, const std::string& pem) {
  auto block = block_of(pem, "no PEM data in input");
  if (!block) return tl::unexpected(block.error());
  const auto* data = reinterpret_cast<const unsigned char*>(block->bytes.data());
  const auto size = static_cast<long>(block->bytes.size());
  constexpr std::string_view kSuffix = " PRIVATE KEY";
  std::string_view type = block->type;
  if (type == "PRIVATE KEY") {
    Openssl<EVP_PKEY> key(d2i_AutoPrivateKey_ex(nullptr, &data, size, context, nullptr));
    if (!key) return fail("decoding PEM as PKCS#8: it is no private key");
    return key;
  }
  if (!type.ends_with(kSuffix))
    return fail("no private key data in PEM block of type " + block->type);
  type.remove_suffix(kSuffix.size());
  const int kind = type == "RSA"   ? EVP_PKEY_RSA
                   : type == "EC"  ? EVP_PKEY_EC
                   : type == "DSA" ? EVP_PKEY_DSA
                                   : EVP_PKEY_NONE;
  if (kind == EVP_PKEY_NONE) return fail("invalid private key type " + block->type);
  Openssl<EVP_PKEY> key(d2i_PrivateKey_ex(kind, nullptr, &data, size, context, nullptr));
  if (!key) return fail("parsing " + std::string(type) + " private key from PEM: it is none");
  return key;
}

base::Result<Openssl<X509>> certificate_of(OSSL_LIB_CTX* context, const std::string& pem) {
  auto block = block_of(pem, "unable to decode certificate");
  if (!block) return tl::unexpected(block.error());
  const auto* data = reinterpret_cast<const unsigned char*>(block->bytes.data());
  Openssl<X509> certificate(X509_new_ex(context, nullptr));
  X509* raw = certificate.get();
  if (!raw || !d2i_X509(&raw, &data, static_cast<long>(block->bytes.size()))) {
    if (!raw) certificate.release();  // d2i_X509 freed it
    return fail("error parsing certificate: it is none");
  }
  return certificate;
}

base::Result<Openssl<EVP_PKEY>> generate(OSSL_LIB_CTX* context, const char* algorithm, int bits) {
  const Openssl<EVP_PKEY_CTX> maker(EVP_PKEY_CTX_new_from_name(context, algorithm, nullptr));
  if (!maker || EVP_PKEY_keygen_init(maker.get()) != 1) return broken("make keys");
  const std::string_view name(algorithm);
  if (name == "RSA" && EVP_PKEY_CTX_set_rsa_keygen_bits(maker.get(), bits) != 1)
    return broken("make RSA keys");
  if (name == "EC" && EVP_PKEY_CTX_set_group_name(maker.get(), "P-256") != 1)
    return broken("make EC keys");
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_generate(maker.get(), &key) != 1) return broken("make a key");
  return Openssl<EVP_PKEY>(key);
}

base::Result<Openssl<EVP_PKEY>> generate_dsa(OSSL_LIB_CTX* context) {
  const Openssl<EVP_PKEY_CTX> shape(EVP_PKEY_CTX_new_from_name(context, "DSA", nullptr));
  EVP_PKEY* parameters = nullptr;
  if (!shape || EVP_PKEY_paramgen_init(shape.get()) != 1 ||
      EVP_PKEY_CTX_set_dsa_paramgen_bits(shape.get(), 2048) != 1 ||
      EVP_PKEY_CTX_set_dsa_paramgen_q_bits(shape.get(), 256) != 1 ||
      EVP_PKEY_paramgen(shape.get(), &parameters) != 1)
    return broken("make DSA parameters");
  const Openssl<EVP_PKEY> owned(parameters);
  const Openssl<EVP_PKEY_CTX> maker(EVP_PKEY_CTX_new_from_pkey(context, parameters, nullptr));
  EVP_PKEY* key = nullptr;
  if (!maker || EVP_PKEY_keygen_init(maker.get()) != 1 || EVP_PKEY_generate(maker.get(), &key) != 1)
    return broken("make a DSA key");
  return Openssl<EVP_PKEY>(key);
}

bool extend(X509* certificate, X509* issuer, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Openssl<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, id, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

base::Status add_name(GENERAL_NAMES* names, int type, std::string_view bytes) {
  GENERAL_NAME* name = GENERAL_NAME_new();
  ASN1_STRING* value =
      type == GEN_IPADD ? ASN1_OCTET_STRING_new() : static_cast<ASN1_STRING*>(ASN1_IA5STRING_new());
  ASN1_STRING_set(value, bytes.data(), static_cast<int>(bytes.size()));
  GENERAL_NAME_set0_value(name, type, value);
  sk_GENERAL_NAME_push(names, name);
  return {};
}

base::Status add_names(X509* certificate, const CertificateRequest& request) {
  if (request.addresses.empty() && request.names.empty()) return {};
  const Openssl<GENERAL_NAMES> names(GENERAL_NAMES_new());
  for (const std::string& name : request.names) {
    if (std::any_of(name.begin(), name.end(), [](char c) { return (c & 0x80) != 0; }))
      return fail("error creating certificate: x509: \"" + name +
                  "\" cannot be encoded as an IA5String");
    if (auto status = add_name(names.get(), GEN_DNS, name); !status) return status;
  }
  for (const std::string& address : request.addresses) {
    std::array<char, 16> bytes{};
    size_t size = 0;
    if (inet_pton(AF_INET, address.c_str(), bytes.data()) == 1)
      size = 4;
    else if (inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1)
      size = 16;
    if (size == 0) return fail("error parsing ip: " + address);
    if (auto status = add_name(names.get(), GEN_IPADD, {bytes.data(), size}); !status)
      return status;
  }
  const int critical = request.common_name.empty() ? 1 : 0;
  if (X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), critical,
                        X509V3_ADD_DEFAULT) != 1)
    return broken("add the names of a certificate");
  return {};
}

base::Status fill(OSSL_LIB_CTX* context, X509* certificate, const CertificateRequest& request) {
  std::array<unsigned char, 16> serial{};
  if (RAND_bytes_ex(context, serial.data(), serial.size(), 128) != 1) return broken("draw bytes");
  serial[0] &= 0x7F;
  BIGNUM* number = BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
  BN_free(number);
  if (!request.common_name.empty() &&
      X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName, MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(request.common_name.data()),
                                 static_cast<int>(request.common_name.size()), -1, 0) != 1)
    return fail("error creating certificate: the name \"" + request.common_name +
                "\" cannot be a common name");
  time_t now = request.now.unix_seconds();
  constexpr int64_t kDaysMax = 2'000'000;
  const bool near = request.days >= -kDaysMax && request.days <= kDaysMax;
  if (!near || !X509_time_adj_ex(X509_getm_notBefore(certificate), 0, 0, &now) ||
      !X509_time_adj_ex(X509_getm_notAfter(certificate), static_cast<int>(request.days), 0, &now))
    return fail("error creating certificate: it cannot be valid for so many days");
  return {};
}

bool add_uses(X509* certificate, X509* issuer, bool authority) {
  const char* use = authority ? "critical,digitalSignature,keyEncipherment,keyCertSign"
                              : "critical,digitalSignature,keyEncipherment";
  return extend(certificate, issuer, NID_key_usage, use) &&
         extend(certificate, issuer, NID_ext_key_usage, "serverAuth,clientAuth") &&
         extend(certificate, issuer, NID_basic_constraints,
                authority ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
         (!authority || extend(certificate, issuer, NID_subject_key_identifier, "hash"));
}

}  // namespace

struct SeededKeys::Body {
  std::unique_ptr<SeededContext> seeded;

  OSSL_LIB_CTX* context() const { return seeded->context.get(); }

  base::Result<Openssl<EVP_PKEY>> key(const CertificateRequest& request) const {
    if (request.key.empty()) return generate(context(), "RSA", 2048);
    return key_of(context(), request.key);
  }
};

SeededKeys::SeededKeys(uint64_t seed) : body_(std::make_unique<Body>()) {
  body_->seeded = make_seeded_context(seed);
}
SeededKeys::~SeededKeys() = default;

base::Result<std::string> SeededKeys::make_key(KeyKind kind) {
  if (!body_->seeded) return broken("be set up");
  OSSL_LIB_CTX* context = body_->context();
  base::Result<Openssl<EVP_PKEY>> key;
  switch (kind) {
    case KeyKind::kRsa2048:
    case KeyKind::kRsa4096:
      key = generate(context, "RSA", kind == KeyKind::kRsa2048 ? 2048 : 4096);
      break;
    case KeyKind::kDsa:
      key = generate_dsa(context);
      break;
    case KeyKind::kEcdsa:
      key = generate(context, "EC", 0);
      break;
    case KeyKind::kEd25519:
      key = generate(context, "ED25519", 0);
      break;
  }
  if (!key) return tl::unexpected(key.error());
  return pem_of(key->get());
}

base::Result<Certificate> SeededKeys::make_certificate(const CertificateRequest& request) {
  if (!body_->seeded) return broken("be set up");
  OSSL_LIB_CTX* context = body_->context();
  Openssl<X509> issuer;
  Openssl<EVP_PKEY> issuer_key;
  if (request.issuer) {
    auto parsed = certificate_of(context, request.issuer->certificate);
    if (!parsed) return tl::unexpected(parsed.error());
    issuer = std::move(*parsed);
    auto key = key_of(context, request.issuer->key);
    if (!key) return fail("error parsing private key: " + key.error().text);
    issuer_key = std::move(*key);
  }
  auto key = body_->key(request);
  if (!key) return fail("parsing private key: " + key.error().text);
  const Openssl<X509> made(X509_new_ex(context, nullptr));
  X509* certificate = made.get();
  if (!certificate || X509_set_version(certificate, X509_VERSION_3) != 1 ||
      X509_set_pubkey(certificate, key->get()) != 1)
    return broken("make a certificate");
  if (auto status = fill(context, certificate, request); !status)
    return tl::unexpected(status.error());
  X509* signer = issuer ? issuer.get() : certificate;
  EVP_PKEY* signing = issuer_key ? issuer_key.get() : key->get();
  X509_set_issuer_name(certificate, X509_get_subject_name(signer));
  if (!add_uses(certificate, signer, request.authority)) return broken("describe a certificate");
  if (auto status = add_names(certificate, request); !status) return tl::unexpected(status.error());
  const int kind = EVP_PKEY_get_base_id(signing);
  if (kind == EVP_PKEY_DSA)
    return fail("error creating certificate: a DSA key signs no certificates");
  if (issuer && X509_check_private_key(issuer.get(), signing) != 1)
    return fail("error creating certificate: the key is not that of the issuer");
  // Only an issuer that names its key is referred to by it.
  if (issuer && X509_get_ext_by_NID(signer, NID_subject_key_identifier, -1) >= 0 &&
      !extend(certificate, signer, NID_authority_key_identifier, "keyid"))
    return broken("describe a certificate");
  if (X509_sign(certificate, signing, kind == EVP_PKEY_ED25519 ? nullptr : EVP_sha256()) == 0)
    return broken("sign a certificate");
  const Openssl<BIO> bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(bio.get(), certificate) != 1) return broken("write a certificate");
  auto key_text = pem_of(key->get());
  if (!key_text) return tl::unexpected(key_text.error());
  return Certificate{text_of(bio.get()), std::move(*key_text)};
}

base::Status check_certificate(const std::string& certificate, const std::string& key) {
  if (auto parsed = certificate_of(nullptr, certificate); !parsed)
    return tl::unexpected(parsed.error());
  if (auto parsed = key_of(nullptr, key); !parsed)
    return fail("error parsing private key: " + parsed.error().text);
  return {};
}

}  // namespace expr
