// seeded_keys.h — private keys and certificates made by OpenSSL, whose chance comes from the
// caller: the same seed gives the same keys.
//
// Keys are PEM texts as sprig writes them ("RSA PRIVATE KEY", "EC PRIVATE KEY", …).
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace expr {

enum class KeyKind : uint8_t { kRsa2048, kRsa4096, kDsa, kEcdsa, kEd25519 };

struct Certificate {
  std::string certificate, key;  // PEM
};

struct CertificateRequest {
  std::string common_name;
  std::vector<std::string> addresses, names;  // IP addresses, DNS names
  int64_t days = 0;
  base::Time now;
  bool authority = false;
  std::string key;                      // PEM; "" makes one (RSA, 2,048 bits)
  const Certificate* issuer = nullptr;  // null: signed by its own key
};

class SeededKeys {
 public:
  explicit SeededKeys(uint64_t seed);
  ~SeededKeys();
  SeededKeys(const SeededKeys&) = delete;
  SeededKeys& operator=(const SeededKeys&) = delete;

  base::Result<std::string> make_key(KeyKind kind);
  base::Result<Certificate> make_certificate(const CertificateRequest& request);

 private:
  struct Body;
  std::unique_ptr<Body> body_;
};

// A certificate and its key given as PEM; fails where one of them is none.
base::Status check_certificate(const std::string& certificate, const std::string& key);

}  // namespace expr
