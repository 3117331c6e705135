#include <fmt/format.h>
#include <poll.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "sys/byte_stream.h"
#include "sys/fd.h"
#include "sys/http.h"

namespace sys {
namespace {

namespace http = boost::beast::http;
using Parser = http::response_parser<http::string_body>;
constexpr size_t kReadBytes = 64 << 10;

base::Error closed_early() {
  return {base::Code::kUnavailable,
          "the server closed the connection before its answer was complete"};
}

// Ends waiting when it is readable: cancelled for good, or late with this request.
class Alarm {
 public:
  explicit Alarm(int64_t timeout_ms)
      : timeout_ms_(timeout_ms), cancelled_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (timeout_ms_ == 0) return;
    timer_ = Fd(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    both_ = Fd(epoll_create1(EPOLL_CLOEXEC));
    for (const int fd : {cancelled_.get(), timer_.get()}) {
      epoll_event event{EPOLLIN, {}};
      epoll_ctl(both_.get(), EPOLL_CTL_ADD, fd, &event);
    }
  }
  int fd() const { return timeout_ms_ == 0 ? cancelled_.get() : both_.get(); }
  void cancel() {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(cancelled_.get(), &one, sizeof one);
  }
  void start() { set(timeout_ms_); }
  void stop() { set(0); }
  bool is_cancelled() const { return is_readable(cancelled_.get()); }
  bool is_late() const { return timeout_ms_ != 0 && is_readable(timer_.get()); }

 private:
  static bool is_readable(int fd) {
    pollfd fds{fd, POLLIN, 0};
    return poll(&fds, 1, 0) > 0;
  }
  void set(int64_t ms) {
    if (timeout_ms_ == 0) return;
    itimerspec when{};
    when.it_value = {ms / 1000, ms % 1000 * 1'000'000};
    timerfd_settime(timer_.get(), 0, &when, nullptr);
  }

  const int64_t timeout_ms_;
  const Fd cancelled_;
  Fd timer_, both_;
};

// What came with the head of the 101 is read first.
class StreamAfterHead final : public ByteStream {
 public:
  StreamAfterHead(std::unique_ptr<ByteStream> rest, std::string first)
      : rest_(std::move(rest)), first_(std::move(first)) {}
  base::Status write(std::string_view bytes) override { return rest_->write(bytes); }
  base::Result<size_t> read(char* into, size_t count) override {
    if (first_.empty()) return rest_->read(into, count);
    const size_t taken = first_.copy(into, count);
    first_.erase(0, taken);
    return taken;
  }
  bool is_stale() const override { return !first_.empty() || rest_->is_stale(); }
  bool has_hung_up() const override { return rest_->has_hung_up(); }
  void end_writing() override { rest_->end_writing(); }

 private:
  const std::unique_ptr<ByteStream> rest_;
  std::string first_;
};

class Client final : public HttpClient {
 public:
  explicit Client(Endpoint endpoint)
      : endpoint_(std::move(endpoint)), alarm_(endpoint_.timeout_ms) {}

  base::Result<HttpResponse> send(const HttpRequest& request) override {
    return exchange(request, nullptr);
  }

  base::Result<HttpResponse> stream(
      const HttpRequest& request, const std::function<bool(std::string_view)>& on_bytes) override {
    return exchange(request, &on_bytes);
  }

  base::Result<Upgraded> upgrade(const HttpRequest& request) override;

  void cancel() override { alarm_.cancel(); }

 private:
  using OnBytes = std::function<bool(std::string_view)>;

  base::Result<HttpResponse> exchange(const HttpRequest& request, const OnBytes* on_bytes) {
    const bool reused = stream_ != nullptr && !stream_->is_stale();
    answered_ = false;
    alarm_.start();
    auto response = attempt(request, on_bytes);
    // A kept connection may have been closed just as we wrote; asking again is safe when the
    // request changes nothing, or nothing twice.
    const bool again = !response && reused && !answered_ && request.method != "POST" &&
                       request.method != "PATCH" && !alarm_.is_cancelled() && !alarm_.is_late();
    if (again) response = attempt(request, on_bytes);
    if (response) return response;
    stream_.reset();
    if (alarm_.is_late() && !alarm_.is_cancelled())
      return base::fail(base::Code::kUnavailable,
                        fmt::format("no answer within {} s", endpoint_.timeout_ms / 1000.0));
    return response;
  }

  base::Status connect() {
    if (alarm_.is_cancelled()) return base::fail(base::Code::kUnavailable, "cancelled");
    if (stream_ != nullptr && stream_->is_stale()) stream_.reset();
    if (stream_ != nullptr) return {};
    auto address = parse_address(endpoint_.url);
    if (!address) return base::fail(address.error());
    address_ = std::move(*address);
    if (auto asked = ask_proxy(); !asked) return base::fail(asked.error());
    auto opened = open_stream(address_, endpoint_, alarm_.fd());
    if (!opened) return base::fail(opened.error());
    stream_ = std::move(*opened);
    return {};
  }

  base::Result<HttpResponse> attempt(const HttpRequest& request, const OnBytes* on_bytes) {
    if (auto connected = connect(); !connected) return base::fail(connected.error());
    if (auto sent = stream_->write(head_of(request)); !sent) {
      stream_.reset();
      return base::fail(sent.error());
    }
    // A server that refuses early answers before it has read the body: read on in any case.
    if (!request.body.empty()) (void)stream_->write(request.body);
    auto response = receive(request, on_bytes);
    if (!response) stream_.reset();
    return response;
  }

  // Without TLS a proxy answers itself, and wants the whole address with each request.
  base::Status ask_proxy() {
    before_path_.clear();
    if (address_.is_unix || address_.is_tls || endpoint_.proxy_url.empty()) return {};
    auto proxy = parse_proxy(endpoint_.proxy_url);
    if (!proxy) return base::fail(proxy.error());
    before_path_ = "http://" + host();
    proxy_authorization_ = proxy->authorization;
    return {};
  }

  std::string host() const {
    const bool v6 = address_.host.find(':') != std::string::npos;
    return fmt::format("{}{}{}{}", v6 ? "[" : "", address_.host, v6 ? "]" : "",
                       address_.is_unix ? "" : ":" + address_.port);
  }

  std::string head_of(const HttpRequest& request) const {
    std::string head = fmt::format("{} {}{}{} HTTP/1.1\r\n", request.method, before_path_,
                                   address_.prefix, request.target);
    if (request.header("Host").empty()) head += fmt::format("Host: {}\r\n", host());
    if (!before_path_.empty() && !proxy_authorization_.empty())
      head += fmt::format("Proxy-Authorization: {}\r\n", proxy_authorization_);
    if (request.header("User-Agent").empty())
      head += fmt::format("User-Agent: {}\r\n", endpoint_.user_agent);
    bool has_authorization = !request.header("Authorization").empty();
    for (const auto& [name, value] : endpoint_.headers) {
      if (!request.header(name).empty()) continue;
      head += fmt::format("{}: {}\r\n", name, value);
      has_authorization = has_authorization || strcasecmp(name.c_str(), "Authorization") == 0;
    }
    if (!endpoint_.bearer_token.empty() && !has_authorization)
      head += fmt::format("Authorization: Bearer {}\r\n", endpoint_.bearer_token);
    for (const auto& [name, value] : request.headers)
      head += fmt::format("{}: {}\r\n", name, value);
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT" ||
        request.method == "PATCH")
      head += fmt::format("Content-Length: {}\r\n", request.body.size());
    return head + "\r\n";
  }

  base::Result<HttpResponse> receive(const HttpRequest& request, const OnBytes* on_bytes) {
    std::optional<Parser> parser;
    auto reset = [&] {
      parser.emplace();
      parser->eager(true);
      parser->body_limit(boost::none);
      parser->header_limit(256 << 10);
      parser->skip(request.method == "HEAD");
    };
    reset();
    while (true) {
      if (auto fed = feed(*parser); !fed) return base::fail(fed.error());
      if (!parser->is_header_done()) continue;
      const int status = parser->get().result_int();
      if (status >= 100 && status < 200 && status != 101) {
        if (parser->is_done()) reset();
        continue;
      }
      if (on_bytes != nullptr) alarm_.stop();
      const bool streams = on_bytes != nullptr && status < 400;
      std::string& body = parser->get().body();
      if (streams && !body.empty()) {
        if (!(*on_bytes)(body)) {
          stream_.reset();
          body.clear();
          return finish(*parser);
        }
        body.clear();
      }
      if (parser->is_done()) return finish(*parser);
    }
  }

  // Reads once and hands the bytes to the parser.
  base::Status feed(Parser& parser) {
    if (pending_.empty()) {
      pending_.resize(kReadBytes);
      auto got = stream_->read(pending_.data(), pending_.size());
      pending_.resize(got ? *got : 0);
      if (!got) return base::fail(got.error());
      if (*got == 0) {
        boost::beast::error_code error;
        if (parser.got_some()) parser.put_eof(error);
        stream_.reset();
        if (!parser.got_some() || error || !parser.is_done()) return base::fail(closed_early());
        return {};
      }
      answered_ = true;
    }
    boost::beast::error_code error;
    const size_t used = parser.put(boost::asio::buffer(pending_.data(), pending_.size()), error);
    if (error == http::error::need_more) {
      if (used == 0) return more();
      error = {};
    }
    if (error)
      return base::fail(base::Code::kUnavailable, "not an HTTP answer: " + error.message());
    pending_.erase(0, used);
    return {};
  }

  // The parser wants more than what is pending before it can go on (a header line in two pieces).
  base::Status more() {
    const size_t before = pending_.size();
    pending_.resize(before + kReadBytes);
    auto got = stream_->read(pending_.data() + before, kReadBytes);
    pending_.resize(before + (got ? *got : 0));
    if (!got) return base::fail(got.error());
    if (*got == 0) return base::fail(closed_early());
    return {};
  }

  HttpResponse finish(Parser& parser) {
    HttpResponse out;
    auto& message = parser.get();
    out.status = static_cast<int>(message.result_int());
    for (const auto& field : message)
      out.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    out.body = std::move(message.body());
    if (!parser.is_done() || !parser.keep_alive() || !pending_.empty()) stream_.reset();
    pending_.clear();
    return out;
  }

  const Endpoint endpoint_;
  Alarm alarm_;  // a cancelled client stays cancelled
  Address address_;
  std::unique_ptr<ByteStream> stream_;
  std::string pending_;
  std::string before_path_, proxy_authorization_;  // where a proxy answers
  bool answered_ = false;
};

base::Result<Upgraded> Client::upgrade(const HttpRequest& request) {
  alarm_.start();
  if (auto connected = connect(); !connected) return base::fail(connected.error());
  if (auto sent = stream_->write(head_of(request) + request.body); !sent)
    return base::fail(sent.error());
  Parser parser;
  parser.eager(true);
  parser.body_limit(1 << 20);
  parser.header_limit(256 << 10);
  while (!parser.is_done())
    if (auto fed = feed(parser); !fed) return base::fail(fed.error());
  alarm_.stop();
  Upgraded out;
  out.response.status = static_cast<int>(parser.get().result_int());
  if (out.response.status != 101) {
    out.response = finish(parser);
    return out;
  }
  out.stream = std::make_unique<StreamAfterHead>(std::move(stream_), std::move(pending_));
  pending_.clear();
  return out;
}

}  // namespace

Upgraded::Upgraded() = default;
Upgraded::Upgraded(Upgraded&&) noexcept = default;
Upgraded::~Upgraded() = default;

base::Result<Upgraded> HttpClient::upgrade(const HttpRequest&) {
  return base::fail(base::Code::kUnsupported, "this client upgrades no connections");
}

std::unique_ptr<HttpClient> make_http_client(const Endpoint& endpoint) {
  return std::make_unique<Client>(endpoint);
}

}  // namespace sys
