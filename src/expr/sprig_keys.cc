// sprig's private keys and certificates.
#include "expr/builtins.h"
#include "expr/seeded_keys.h"
#include "expr/sprig.h"
#include "text/base64.h"

namespace expr {
namespace {

using Result = base::Result<Value>;

constexpr std::string_view kFields[] = {"Cert", "Key"};
constexpr StructType kCertificate{
    .name = "sprig.certificate", .package = "github.com/Masterminds/sprig/v3", .fields = kFields};

// About how long it takes, for the budget.
constexpr uint32_t kRsa2048Ms = 300, kRsa4096Ms = 3000, kDsaMs = 3000, kQuickMs = 5;

Value value_of(Certificate certificate) {
  return std::make_shared<const Struct>(
      Struct{&kCertificate, {Value(certificate.certificate), Value(certificate.key)}});
}

Result private_key(CallContext& context, Arguments a) {
  struct Row {
    std::string_view name;
    KeyKind kind;
    uint32_t ms;
  };
  constexpr Row kRows[] = {{"", KeyKind::kRsa4096, kRsa4096Ms},
                           {"rsa", KeyKind::kRsa4096, kRsa4096Ms},
                           {"dsa", KeyKind::kDsa, kDsaMs},
                           {"ecdsa", KeyKind::kEcdsa, kQuickMs},
                           {"ed25519", KeyKind::kEd25519, kQuickMs}};
  for (const Row& row : kRows) {
    if (row.name != a[0].as_string()) continue;
    if (auto status = context.budget.slow(row.ms); !status) return tl::unexpected(status.error());
    auto key = SeededKeys(next_random(context)).make_key(row.kind);
    if (!key) return tl::unexpected(key.error());
    return std::move(*key);
  }
  return "Unknown type " + a[0].as_string();
}

base::Result<std::vector<std::string>> texts(const Value& list, std::string_view wrong) {
  std::vector<std::string> out;
  for (const Value& item : list.items()) {
    if (!item.is_string())
      return call_error(std::string(wrong) + ": " + go_text(item) + " is not a string");
    out.push_back(item.as_string());
  }
  return out;
}

// The last argument is the key when the function's name says so; `issued`: the one before it, or
// the last one, is the authority's certificate.
Result made(CallContext& context, CertificateRequest request, const Value* key,
            const Value* issuer) {
  request.now = context.eval.now;
  Certificate authority;
  if (issuer) {
    const Struct& body = issuer->as_struct();
    authority = {body.fields[0].as_string(), body.fields[1].as_string()};
    request.issuer = &authority;
  }
  if (key) {
    if (key->as_string().empty()) return call_error("parsing private key: no PEM data in input");
    request.key = key->as_string();
  }
  if (auto status = context.budget.slow(key ? kQuickMs : kRsa2048Ms); !status)
    return tl::unexpected(status.error());
  auto certificate = SeededKeys(next_random(context)).make_certificate(request);
  if (!certificate) return tl::unexpected(certificate.error());
  return value_of(std::move(*certificate));
}

Result authority(CallContext& context, Arguments a, bool with_key) {
  CertificateRequest request;
  request.common_name = a[0].as_string();
  request.days = a[1].as_int().value;
  request.authority = true;
  return made(context, std::move(request), with_key ? &a[2] : nullptr, nullptr);
}
Result gen_ca(CallContext& context, Arguments a) { return authority(context, a, false); }
Result gen_ca_with_key(CallContext& context, Arguments a) { return authority(context, a, true); }

Result leaf(CallContext& context, Arguments a, const Value* issuer, const Value* key) {
  CertificateRequest request;
  request.common_name = a[0].as_string();
  request.days = a[3].as_int().value;
  auto addresses = texts(a[1], "error parsing ip");
  if (!addresses) return tl::unexpected(addresses.error());
  auto names = texts(a[2], "error processing alternate dns name");
  if (!names) return tl::unexpected(names.error());
  request.addresses = std::move(*addresses);
  request.names = std::move(*names);
  return made(context, std::move(request), key, issuer);
}
Result self_signed(CallContext& context, Arguments a) { return leaf(context, a, nullptr, nullptr); }
Result self_signed_with_key(CallContext& context, Arguments a) {
  return leaf(context, a, nullptr, &a[4]);
}
Result signed_by(CallContext& context, Arguments a) { return leaf(context, a, &a[4], nullptr); }
Result signed_with_key(CallContext& context, Arguments a) { return leaf(context, a, &a[4], &a[5]); }

Result custom(CallContext&, Arguments a) {
  auto certificate = text::from_base64(a[0].as_string());
  if (!certificate) return call_error("unable to decode base64 certificate");
  auto key = text::from_base64(a[1].as_string());
  if (!key) return call_error("unable to decode base64 private key");
  if (auto status = check_certificate(*certificate, *key); !status)
    return tl::unexpected(status.error());
  return value_of({std::move(*certificate), std::move(*key)});
}

constexpr Function kTable[] = {
    {"genPrivateKey", "?s", 'a', private_key},
    {"genCA", "?si", 'a', gen_ca},
    {"genCAWithKey", "?sis", 'a', gen_ca_with_key},
    {"genSelfSignedCert", "?sLLi", 'a', self_signed},
    {"genSelfSignedCertWithKey", "?sLLis", 'a', self_signed_with_key},
    {"genSignedCert", "?sLLic", 'a', signed_by},
    {"genSignedCertWithKey", "?sLLics", 'a', signed_with_key},
    {"buildCustomCert", "?ss", 'a', custom},
};

}  // namespace

bool is_certificate(const Value& value) {
  return value.is(Value::Kind::kStruct) && value.as_struct().type == &kCertificate;
}

std::span<const Function> sprig_keys() { return kTable; }

}  // namespace expr
