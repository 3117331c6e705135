#include "sys/certificates.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>

namespace sys {
namespace {

constexpr long kDay = 24 * 3600;
constexpr long kCaDays = 3650, kServerDays = 365, kRenewDays = 30;

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Buffer = std::unique_ptr<BIO, decltype(&BIO_free)>;

base::Error broken(const std::string& what) {
  ERR_clear_error();
  return {base::Code::kInternal, "cannot make a certificate: " + what};
}

Buffer reader(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

Certificate read_certificate(const std::string& pem) {
  Certificate out(PEM_read_bio_X509(reader(pem).get(), nullptr, nullptr, nullptr), X509_free);
  ERR_clear_error();
  return out;
}

PrivateKey read_key(const std::string& pem) {
  PrivateKey out(PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, nullptr, nullptr),
                 EVP_PKEY_free);
  ERR_clear_error();
  return out;
}

template <class Write>
std::string written(const Write& write) {
  const Buffer buffer(BIO_new(BIO_s_mem()), BIO_free);
  if (write(buffer.get()) != 1) return {};
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(buffer.get(), &bytes);
  return {bytes, static_cast<size_t>(size)};
}

std::string pem_of(X509* certificate) {
  return written([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

std::string pem_of(EVP_PKEY* key) {
  return written([&](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

bool add_extension(X509* to, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  if (extension == nullptr) return false;
  const bool added = X509_add_ext(to, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

bool is_ip(const std::string& name) {
  unsigned char address[16];
  return inet_pton(AF_INET, name.c_str(), address) == 1 ||
         inet_pton(AF_INET6, name.c_str(), address) == 1;
}

std::string alternatives(std::span<const std::string> names) {
  std::string out;
  for (const std::string& name : names)
    out += (out.empty() ? "" : ",") + std::string(is_ip(name) ? "IP:" : "DNS:") + name;
  return out;
}

struct Issuer {
  X509* certificate = nullptr;  // null: of itself
  EVP_PKEY* key = nullptr;
};

// A name of the CA and of the server; the names that clients check are among the extensions.
Certificate make(const char* common_name, EVP_PKEY* key, base::Time now, long days,
                 const std::string& names, Issuer issuer) {
  Certificate out(X509_new(), X509_free);
  X509* const x = out.get();
  const time_t seconds = now.unix_seconds();
  unsigned char serial[16];
  RAND_bytes(serial, sizeof serial);
  serial[0] &= 0x7f;
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(
      BN_bin2bn(serial, sizeof serial, nullptr), BN_free);
  X509_set_version(x, 2);
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x));
  ASN1_TIME_set(X509_getm_notBefore(x), seconds - 3600);  // clocks differ
  ASN1_TIME_set(X509_getm_notAfter(x), seconds + days * kDay);
  X509_set_pubkey(x, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "O", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("Argon"), -1, -1, 0);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common_name), -1, -1, 0);
  X509* const above = issuer.certificate == nullptr ? x : issuer.certificate;
  X509_set_issuer_name(x, X509_get_subject_name(above));
  const bool is_ca = issuer.certificate == nullptr;
  bool good = add_extension(x, above, NID_basic_constraints,
                            is_ca ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE") &&
              add_extension(x, above, NID_key_usage,
                            is_ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature") &&
              add_extension(x, above, NID_subject_key_identifier, "hash");
  if (!is_ca)
    good = good && add_extension(x, above, NID_authority_key_identifier, "keyid") &&
           add_extension(x, above, NID_ext_key_usage, "serverAuth") &&
           add_extension(x, above, NID_subject_alt_name, names);
  if (!good || X509_sign(x, is_ca ? key : issuer.key, EVP_sha256()) == 0) out.reset();
  return out;
}

bool lives_on(X509* certificate, base::Time now) {
  time_t soon = now.unix_seconds() + kRenewDays * kDay;
  return X509_cmp_time(X509_get0_notAfter(certificate), &soon) > 0;
}

bool has_name(X509* certificate, const std::string& name) {
  if (is_ip(name)) return X509_check_ip_asc(certificate, name.c_str(), 0) == 1;
  return X509_check_host(certificate, name.data(), name.size(), 0, nullptr) == 1;
}

// Nothing when one of them is missing, or they do not belong together.
struct Pair {
  Certificate certificate{nullptr, X509_free};
  PrivateKey key{nullptr, EVP_PKEY_free};
  explicit operator bool() const { return certificate != nullptr && key != nullptr; }
};

Pair read_pair(Files& files, const std::string& path) {
  Pair out;
  const auto certificate = files.read(path + ".crt", 1 << 20);
  const auto key = files.read(path + ".key", 1 << 20);
  if (!certificate || !key) return out;
  out.certificate = read_certificate(*certificate);
  out.key = read_key(*key);
  if (out && X509_check_private_key(out.certificate.get(), out.key.get()) != 1) out.key.reset();
  ERR_clear_error();
  return out;
}

base::Status write_pair(Files& files, const std::string& path, const Pair& pair,
                        const std::string& above) {
  if (auto wrote = files.write_durably(path + ".key", pem_of(pair.key.get()), 0600); !wrote)
    return wrote;
  return files.write_durably(path + ".crt", pem_of(pair.certificate.get()) + above, 0644);
}

}  // namespace

base::Result<TlsIdentity> ensure_certificate(Files& files, const std::string& folder,
                                             std::span<const std::string> names,
                                             const Clock& clock) {
  if (auto made = files.make_directory(folder, 0700); !made) return base::fail(made.error());
  const base::Time now = clock.now();
  Pair ca = read_pair(files, folder + "/ca");
  if (!ca || !lives_on(ca.certificate.get(), now)) {
    ca.key.reset(EVP_EC_gen("P-256"));
    if (!ca.key) return base::fail(broken("no key"));
    ca.certificate = make("Argon's certificate authority", ca.key.get(), now, kCaDays, "", {});
    if (!ca.certificate) return base::fail(broken("the authority's"));
    if (auto wrote = write_pair(files, folder + "/ca", ca, ""); !wrote)
      return base::fail(wrote.error());
  }
  const std::string ca_text = pem_of(ca.certificate.get());
  Pair own = read_pair(files, folder + "/server");
  const bool is_good = own && lives_on(own.certificate.get(), now) &&
                       X509_verify(own.certificate.get(), ca.key.get()) == 1 &&
                       std::all_of(names.begin(), names.end(), [&](const std::string& name) {
                         return has_name(own.certificate.get(), name);
                       });
  ERR_clear_error();
  if (!is_good) {
    own.key.reset(EVP_EC_gen("P-256"));
    if (!own.key) return base::fail(broken("no key"));
    own.certificate = make("argo server", own.key.get(), now, kServerDays, alternatives(names),
                           {ca.certificate.get(), ca.key.get()});
    if (!own.certificate) return base::fail(broken("a name that is none: " + alternatives(names)));
    if (auto wrote = write_pair(files, folder + "/server", own, ca_text); !wrote)
      return base::fail(wrote.error());
  }
  return TlsIdentity{pem_of(own.certificate.get()) + ca_text, pem_of(own.key.get())};
}

base::Result<std::string> ca_pem(Files& files, const std::string& folder) {
  return files.read(folder + "/ca.crt", 1 << 20);
}

std::string fingerprint(const std::string& certificate_pem) {
  const Certificate certificate = read_certificate(certificate_pem);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (!certificate || X509_digest(certificate.get(), EVP_sha256(), digest, &size) != 1) return {};
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (unsigned i = 0; i < size; ++i) {
    if (i > 0) out += ':';
    out += kDigits[digest[i] >> 4];
    out += kDigits[digest[i] & 15];
  }
  return out;
}

}  // namespace sys
