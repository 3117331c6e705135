#include "sys/tls_transport.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <mutex>

namespace sys {
namespace {

constexpr size_t kRecordBytes = 16 << 10;

// OpenSSL's own socket BIO would raise SIGPIPE.
int bio_write(BIO* bio, const char* bytes, int count) {
  const int fd = static_cast<int>(reinterpret_cast<intptr_t>(BIO_get_data(bio)));
  BIO_clear_retry_flags(bio);
  const ssize_t sent = send(fd, bytes, static_cast<size_t>(count), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int bio_read(BIO* bio, char* into, int count) {
  const int fd = static_cast<int>(reinterpret_cast<intptr_t>(BIO_get_data(bio)));
  BIO_clear_retry_flags(bio);
  const ssize_t got = recv(fd, into, static_cast<size_t>(count), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  return static_cast<int>(got);
}

long bio_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

struct FreeMethod {
  void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};
using Method = std::unique_ptr<BIO_METHOD, FreeMethod>;

Method make_method() {
  Method method(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket"));
  BIO_meth_set_write(method.get(), bio_write);
  BIO_meth_set_read(method.get(), bio_read);
  BIO_meth_set_ctrl(method.get(), bio_control);
  return method;
}

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using Context = std::shared_ptr<SSL_CTX>;

class OpenSslTransport final : public TlsTransport {
 public:
  OpenSslTransport(Context context, std::shared_ptr<BIO_METHOD> method, int fd)
      : context_(std::move(context)), method_(std::move(method)), ssl_(SSL_new(context_.get())) {
    BIO* const bio = BIO_new(method_.get());
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<intptr_t>(fd)));
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_, bio, bio);
    SSL_set_accept_state(ssl_);
  }
  ~OpenSslTransport() override { SSL_free(ssl_); }
  OpenSslTransport(const OpenSslTransport&) = delete;
  OpenSslTransport& operator=(const OpenSslTransport&) = delete;

  Step handshake() override {
    const std::lock_guard lock(mutex_);
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_);
    if (result == 1) return Step::kDone;
    const int why = SSL_get_error(ssl_, result);
    if (why == SSL_ERROR_WANT_READ) return Step::kWantsRead;
    return why == SSL_ERROR_WANT_WRITE ? Step::kWantsWrite : Step::kBroken;
  }

  bool speaks_http2() const override {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_, &name, &size);
    return std::string_view(reinterpret_cast<const char*>(name), size) == "h2";
  }

  ssize_t read(char* into, size_t count) override {
    const std::lock_guard lock(mutex_);
    ERR_clear_error();
    const int got = SSL_read(ssl_, into, static_cast<int>(std::min<size_t>(count, 1 << 20)));
    return got > 0 ? got : why_not(got);
  }

  // One record: small parts go together.
  ssize_t write(std::initializer_list<std::string_view> parts) override {
    const std::lock_guard lock(mutex_);
    char record[kRecordBytes];
    size_t size = 0;
    for (std::string_view part : parts) {
      part = part.substr(0, kRecordBytes - size);
      size += part.copy(record + size, part.size());
    }
    if (size == 0) return 0;
    ERR_clear_error();
    const int sent = SSL_write(ssl_, record, static_cast<int>(size));
    return sent > 0 ? sent : why_not(sent);
  }

  void say_goodbye() override {
    const std::lock_guard lock(mutex_);
    ERR_clear_error();
    if (SSL_is_init_finished(ssl_)) SSL_shutdown(ssl_);
  }

 private:
  ssize_t why_not(int result) {
    switch (SSL_get_error(ssl_, result)) {
      case SSL_ERROR_WANT_READ:
      case SSL_ERROR_WANT_WRITE:
        return kAgain;
      case SSL_ERROR_ZERO_RETURN:
        return 0;
      default:
        return kBroken;
    }
  }

  const Context context_;
  const std::shared_ptr<BIO_METHOD> method_;
  std::mutex mutex_;  // one handler writes while the io thread reads
  SSL* const ssl_;
};

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* in, unsigned in_size, void* ours) {
  const auto& wire = *static_cast<const std::string*>(ours);
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, reinterpret_cast<const unsigned char*>(wire.data()),
                            static_cast<unsigned>(wire.size()), in,
                            in_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

class OpenSslContext final : public TlsContext {
 public:
  OpenSslContext() : context_(SSL_CTX_new(TLS_server_method()), FreeContext()) {
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
    SSL_CTX_set_options(context_.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                            SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                         SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                         SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_cipher_list(context_.get(), "ECDHE+AESGCM:ECDHE+CHACHA20");
    SSL_CTX_set_alpn_select_cb(context_.get(), choose_protocol, &protocols_);
  }

  base::Status use(const TlsIdentity& identity) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> chain(
        BIO_new_mem_buf(identity.certificate_pem.data(),
                        static_cast<int>(identity.certificate_pem.size())),
        BIO_free);
    const std::unique_ptr<BIO, decltype(&BIO_free)> key(
        BIO_new_mem_buf(identity.key_pem.data(), static_cast<int>(identity.key_pem.size())),
        BIO_free);
    std::unique_ptr<X509, decltype(&X509_free)> leaf(
        PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr), X509_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> secret(
        PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    if (!leaf || SSL_CTX_use_certificate(context_.get(), leaf.get()) != 1)
      return base::fail(base::Code::kInvalid, "the TLS certificate is no certificate in PEM");
    if (!secret || SSL_CTX_use_PrivateKey(context_.get(), secret.get()) != 1 ||
        SSL_CTX_check_private_key(context_.get()) != 1)
      return base::fail(base::Code::kInvalid,
                        "the TLS key is no key in PEM, or not the certificate's");
    while (X509* const above = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr))
      SSL_CTX_add0_chain_cert(context_.get(), above);
    ERR_clear_error();
    return {};
  }

  std::unique_ptr<TlsTransport> accept(int fd) const override {
    return std::make_unique<OpenSslTransport>(context_, method_, fd);
  }

 private:
  std::string protocols_ = std::string("\x02h2\x08http/1.1", 12);
  Context context_;
  std::shared_ptr<BIO_METHOD> method_ = make_method();
};

}  // namespace

base::Result<std::shared_ptr<const TlsContext>> make_tls_context(const TlsIdentity& identity) {
  auto context = std::make_shared<OpenSslContext>();
  if (auto used = context->use(identity); !used) return base::fail(used.error());
  return context;
}

}  // namespace sys
