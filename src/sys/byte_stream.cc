#include "sys/byte_stream.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sys/unix_socket.h"

namespace sys {
namespace {

constexpr int kConnectTimeoutMs = 15'000;

base::Error unavailable(std::string text) { return {base::Code::kUnavailable, std::move(text)}; }

// Waits for `events` on `fd`; an error when cancelled or late.
base::Status wait_for(int fd, short events, int cancel_fd, int timeout_ms) {
  pollfd fds[2] = {{fd, events, 0}, {cancel_fd, POLLIN, 0}};
  while (true) {
    const int ready = poll(fds, 2, timeout_ms);
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return base::fail(unavailable("timed out"));
    if (fds[1].revents != 0) return base::fail(unavailable("cancelled"));
    return {};
  }
}

class PlainStream : public ByteStream {
 public:
  PlainStream(int fd, int cancel_fd) : fd_(fd), cancel_fd_(cancel_fd) {
    fcntl(fd_, F_SETFL, fcntl(fd_, F_GETFL) | O_NONBLOCK);
  }
  ~PlainStream() override { close(fd_); }
  PlainStream(const PlainStream&) = delete;
  PlainStream& operator=(const PlainStream&) = delete;

  base::Status write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        bytes.remove_prefix(static_cast<size_t>(sent));
      } else if (errno == EAGAIN) {
        if (auto ready = wait_for(fd_, POLLOUT, cancel_fd_, -1); !ready) return ready;
      } else if (errno != EINTR) {
        return base::fail(unavailable(fmt::format("cannot send: {}", strerror(errno))));
      }
    }
    return {};
  }

  base::Result<size_t> read(char* into, size_t count) override {
    while (true) {
      const ssize_t got = recv(fd_, into, count, 0);
      if (got >= 0) return static_cast<size_t>(got);
      if (errno == EAGAIN) {
        if (auto ready = wait_for(fd_, POLLIN, cancel_fd_, -1); !ready)
          return base::fail(ready.error());
      } else if (errno != EINTR) {
        return base::fail(unavailable(fmt::format("cannot receive: {}", strerror(errno))));
      }
    }
  }

  bool is_stale() const override {
    pollfd fds{fd_, POLLIN, 0};
    return poll(&fds, 1, 0) != 0;
  }

  bool has_hung_up() const override {
    pollfd fds{fd_, POLLRDHUP, 0};
    return poll(&fds, 1, 0) > 0 && (fds.revents & (POLLHUP | POLLERR)) != 0;
  }
  void end_writing() override { shutdown(fd_, SHUT_WR); }

  int fd() const { return fd_; }
  int cancel_fd() const { return cancel_fd_; }

 private:
  const int fd_, cancel_fd_;
};

// Asks the proxy for a way through: afterwards the bytes are the server's.
base::Status pass_proxy(PlainStream& stream, const Address& to, const Proxy& proxy) {
  const bool v6 = to.host.find(':') != std::string::npos;
  const std::string host = fmt::format("{}{}{}:{}", v6 ? "[" : "", to.host, v6 ? "]" : "", to.port);
  std::string head = fmt::format("CONNECT {} HTTP/1.1\r\nHost: {}\r\n", host, host);
  if (!proxy.authorization.empty())
    head += fmt::format("Proxy-Authorization: {}\r\n", proxy.authorization);
  if (auto sent = stream.write(head + "\r\n"); !sent) return sent;
  constexpr size_t kHeadMax = 16 << 10;
  std::string answer;
  // Byte for byte: what follows the head is not the proxy's.
  while (!answer.ends_with("\r\n\r\n")) {
    char one = 0;
    auto got = stream.read(&one, 1);
    if (!got) return base::fail(got.error());
    if (*got == 0 || answer.size() == kHeadMax)
      return base::fail(unavailable("the proxy gave no answer of HTTP"));
    answer += one;
  }
  const std::string line = answer.substr(0, answer.find('\r'));
  const size_t space = line.find(' ');
  if (line.starts_with("HTTP/1.") && space != std::string::npos && line.substr(space + 1, 1) == "2")
    return {};
  return base::fail(unavailable(fmt::format("the proxy refuses {}: {}", host, line)));
}

class AdoptedSocket final : public PlainStream {
 public:
  explicit AdoptedSocket(int fd) : PlainStream(fd, -1) {}
  void cancel() override { shutdown(fd(), SHUT_RDWR); }
};

std::string tls_error() {
  char text[256] = "connection closed";
  if (const unsigned long code = ERR_get_error()) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return text;
}

class PemReader {
 public:
  explicit PemReader(const std::string& text)
      : bio_(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))) {}
  ~PemReader() { BIO_free(bio_); }
  PemReader(const PemReader&) = delete;
  PemReader& operator=(const PemReader&) = delete;
  BIO* get() const { return bio_; }

 private:
  BIO* const bio_;
};

class TlsStream final : public PlainStream {
 public:
  using PlainStream::PlainStream;
  ~TlsStream() override {
    if (ssl_ != nullptr) SSL_free(ssl_);
    if (context_ != nullptr) SSL_CTX_free(context_);
  }

  base::Status pass(const Address& to, const Proxy& proxy) {
    PlainStream plain(dup(fd()), cancel_fd());
    return pass_proxy(plain, to, proxy);
  }

  base::Status handshake(const std::string& host, const Endpoint& endpoint) {
    const bool verify = !endpoint.insecure_skip_verify;
    context_ = SSL_CTX_new(TLS_client_method());
    if (context_ == nullptr) return base::fail(unavailable("TLS: " + tls_error()));
    SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
    SSL_CTX_set_verify(context_, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    if (auto ready = use(endpoint); !ready) return ready;
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, fd());
    SSL_set_tlsext_host_name(ssl_, host.c_str());
    X509_VERIFY_PARAM* checks = SSL_get0_param(ssl_);
    if (verify && X509_VERIFY_PARAM_set1_ip_asc(checks, host.c_str()) != 1)
      SSL_set1_host(ssl_, host.c_str());
    auto done = repeat([&] { return SSL_connect(ssl_); });
    if (done) return {};
    std::string text = done.error().text, hint;
    if (text.find("wrong version number") != std::string::npos)
      hint = "it seems to speak plain HTTP: write its address as http://…, or give --secure=false";
    if (const long why = SSL_get_verify_result(ssl_); verify && why != X509_V_OK)
      text = X509_verify_cert_error_string(why);
    return base::fail(base::Code::kUnavailable, fmt::format("TLS with {}: {}", host, text), {},
                      std::move(hint));
  }

  base::Status write(std::string_view bytes) override {
    while (!bytes.empty()) {
      auto sent = repeat([&] {
        return SSL_write(ssl_, bytes.data(),
                         static_cast<int>(std::min<size_t>(bytes.size(), 1 << 20)));
      });
      if (!sent) return base::fail(sent.error());
      bytes.remove_prefix(*sent);
    }
    return {};
  }

  void end_writing() override {}

  base::Result<size_t> read(char* into, size_t count) override {
    return repeat([&] { return SSL_read(ssl_, into, static_cast<int>(count)); });
  }

 private:
  // Whom we trust, and who we are.
  base::Status use(const Endpoint& endpoint) {
    if (endpoint.ca_pem.empty()) {
      SSL_CTX_set_default_verify_paths(context_);
    } else {
      int count = 0;
      const PemReader pem(endpoint.ca_pem);
      while (X509* const one = PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr)) {
        if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context_), one) == 1) ++count;
        X509_free(one);
      }
      if (count == 0)
        return base::fail(base::Code::kInvalid, "the certificate authority is no PEM");
    }
    if (endpoint.client_certificate_pem.empty()) return {};
    const PemReader pem(endpoint.client_certificate_pem), secret(endpoint.client_key_pem);
    X509* const own = PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr);
    EVP_PKEY* const key = PEM_read_bio_PrivateKey(secret.get(), nullptr, nullptr, nullptr);
    const bool good = own != nullptr && key != nullptr &&
                      SSL_CTX_use_certificate(context_, own) == 1 &&
                      SSL_CTX_use_PrivateKey(context_, key) == 1;
    X509_free(own);
    EVP_PKEY_free(key);
    if (!good)
      return base::fail(base::Code::kInvalid,
                        "the client's certificate and key are no pair in PEM");
    while (X509* const above = PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr))
      SSL_CTX_add0_chain_cert(context_, above);
    return {};
  }

  template <class Step>
  base::Result<size_t> repeat(const Step& step) {
    while (true) {
      ERR_clear_error();
      errno = 0;
      const int result = step();
      if (result > 0) return static_cast<size_t>(result);
      const int why = SSL_get_error(ssl_, result);
      if (why == SSL_ERROR_ZERO_RETURN) return size_t{0};
      if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
        return base::fail(unavailable(errno != 0 ? strerror(errno) : tls_error()));
      const short events = why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
      if (auto ready = wait_for(fd(), events, cancel_fd(), -1); !ready)
        return base::fail(ready.error());
    }
  }

  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
};

base::Result<int> connect_one(const addrinfo& to, int cancel_fd) {
  const int fd = socket(to.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return base::fail(unavailable(strerror(errno)));
  int error = connect(fd, to.ai_addr, to.ai_addrlen) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    if (auto ready = wait_for(fd, POLLOUT, cancel_fd, kConnectTimeoutMs); !ready) {
      close(fd);
      return base::fail(ready.error());
    }
    socklen_t size = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  }
  if (error != 0) {
    close(fd);
    return base::fail(unavailable(strerror(error)));
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

base::Result<int> connect_tcp(const Address& address, int cancel_fd) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int error = getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &list))
    return base::fail(
        unavailable(fmt::format("cannot find {}: {}", address.host, gai_strerror(error))));
  base::Result<int> fd = base::fail(unavailable("no address"));
  for (const addrinfo* to = list; to != nullptr && !fd; to = to->ai_next)
    fd = connect_one(*to, cancel_fd);
  freeaddrinfo(list);
  if (!fd)
    return base::fail(unavailable(
        fmt::format("cannot reach {}:{}: {}", address.host, address.port, fd.error().text)));
  return fd;
}

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

}  // namespace

base::Result<Proxy> parse_proxy(std::string_view url) {
  Proxy out;
  std::string address(url);
  if (address.find("://") == std::string::npos) address = "http://" + address;
  if (!address.starts_with("http://"))
    return base::fail(base::Code::kUnsupported,
                      fmt::format("the proxy \"{}\": only http://… is supported", url));
  const size_t start = 7, at = address.find('@', start);
  if (at != std::string::npos && at < address.find('/', start)) {
    const std::string user = address.substr(start, at - start);
    const size_t colon = std::min(user.find(':'), user.size());
    const auto name = percent_decode(user.substr(0, colon));
    const auto password = percent_decode(user.substr(std::min(colon + 1, user.size())));
    if (!name || !password)
      return base::fail(base::Code::kInvalid, "the proxy's user is no percent-encoded text");
    out.authorization = "Basic " + base64(*name + ":" + *password);
    address.erase(start, at + 1 - start);
  }
  auto parsed = parse_address(address);
  if (!parsed) return base::fail(parsed.error());
  out.address = *std::move(parsed);
  return out;
}

std::unique_ptr<ByteStream> adopt_socket(int fd) { return std::make_unique<AdoptedSocket>(fd); }

base::Result<Address> parse_address(std::string_view url) {
  Address out;
  if (url.starts_with("unix:")) {
    out.is_unix = true;
    out.path = url.substr(5);
    out.host = "localhost";
    return out;
  }
  const std::string whole(url);
  if (url.starts_with("https://")) {
    out.is_tls = true;
    url.remove_prefix(8);
  } else if (url.starts_with("http://")) {
    url.remove_prefix(7);
  } else {
    return base::fail(
        base::Code::kInvalid,
        fmt::format("\"{}\" is no address: unix:/path, http://… or https://…", whole));
  }
  const size_t slash = url.find('/');
  if (slash != std::string_view::npos) out.prefix = url.substr(slash);
  while (!out.prefix.empty() && out.prefix.back() == '/') out.prefix.pop_back();
  std::string_view host = url.substr(0, slash);
  out.port = out.is_tls ? "443" : "80";
  const size_t bracket = host.rfind(']'), colon = host.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    out.port = host.substr(colon + 1);
    host = host.substr(0, colon);
  }
  if (host.size() > 1 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  if (host.empty() || out.port.empty() ||
      out.port.find_first_not_of("0123456789") != std::string::npos)
    return base::fail(base::Code::kInvalid, fmt::format("\"{}\" is no address of a server", whole));
  out.host = host;
  return out;
}

base::Result<std::unique_ptr<ByteStream>> open_stream(const Address& address,
                                                      const Endpoint& endpoint, int cancel_fd) {
  const bool has_proxy = !address.is_unix && !endpoint.proxy_url.empty();
  Proxy proxy;
  if (has_proxy) {
    auto parsed = parse_proxy(endpoint.proxy_url);
    if (!parsed) return base::fail(parsed.error());
    proxy = *std::move(parsed);
  }
  auto fd = address.is_unix ? connect_unix(address.path)
                            : connect_tcp(has_proxy ? proxy.address : address, cancel_fd);
  if (!fd) return base::fail(fd.error());
  if (!address.is_tls) return std::make_unique<PlainStream>(*fd, cancel_fd);
  auto stream = std::make_unique<TlsStream>(*fd, cancel_fd);
  if (has_proxy)
    if (auto passed = stream->pass(address, proxy); !passed) return base::fail(passed.error());
  const std::string& host =
      endpoint.tls_server_name.empty() ? address.host : endpoint.tls_server_name;
  if (auto done = stream->handshake(host, endpoint); !done) return base::fail(done.error());
  return stream;
}

}  // namespace sys
