#include <fmt/format.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <boost/asio/post.hpp>
#include <future>
#include <mutex>

#include "sys/byte_stream.h"
#include "sys/http1_stream.h"

namespace sys {
namespace {

constexpr size_t kPipelinedBytesMax = 16 << 10;  // read ahead while a handler runs
constexpr double kLingerSeconds = 2;
constexpr size_t kLingerBytesMax = 256 << 20;

// The connection after a 101.
class UpgradedStream final : public ByteStream {
 public:
  UpgradedStream(std::shared_ptr<HttpConnection> connection, std::string pending)
      : connection_(std::move(connection)), pending_(std::move(pending)) {}
  ~UpgradedStream() override {
    connection_->post([c = connection_.get()] { c->close(); });
  }

  base::Status write(std::string_view bytes) override {
    if (write_all(connection_->transport(), connection_->fd(), {bytes},
                  connection_->core().options.upgraded_write_seconds_max))
      return {};
    return base::fail(base::Code::kUnavailable, "the other side has closed the connection");
  }

  base::Result<size_t> read(char* into, size_t count) override {
    if (!pending_.empty()) {
      const size_t taken = pending_.copy(into, count);
      pending_.erase(0, taken);
      return taken;
    }
    while (true) {
      const ssize_t got = connection_->transport().read(into, count);
      if (got >= 0) return static_cast<size_t>(got);
      if (got == Transport::kBroken)
        return base::fail(base::Code::kUnavailable, "the connection is broken");
      pollfd fds{connection_->fd(), POLLIN, 0};
      (void)poll(&fds, 1, -1);
    }
  }

  bool is_stale() const override {
    pollfd fds{connection_->fd(), POLLIN, 0};
    return poll(&fds, 1, 0) != 0;
  }

  void cancel() override { connection_->shut_down(); }

  bool has_hung_up() const override {
    pollfd fds{connection_->fd(), POLLRDHUP, 0};
    return poll(&fds, 1, 0) > 0 && fds.revents != 0;
  }

  void end_writing() override {
    if (!connection_->peer().is_tls) ::shutdown(connection_->fd(), SHUT_WR);
  }

 private:
  const std::shared_ptr<HttpConnection> connection_;
  std::string pending_;
};

// The io thread reads; while a handler runs, its thread alone writes.
class Http1Session final : public HttpProtocol, public HttpWriter {
 public:
  explicit Http1Session(HttpConnection& connection)
      : connection_(connection),
        core_(connection.core()),
        options_(core_.options),
        head_parser_(options_.header_bytes_max) {}

  void on_input(std::string_view bytes) override;
  void on_end() override;
  bool wants_input() const override;
  void on_writable() override;
  void on_deadline() override;
  void on_stop() override;
  void on_close() override;

  // HttpWriter, by the handler's thread.
  void send(HttpResponse response) override;
  void begin(int status, Headers headers) override;
  bool write(std::string_view bytes) override;
  void end(Headers trailers) override;
  std::shared_ptr<HttpStream> detach(int status, Headers headers) override;
  base::Result<std::unique_ptr<ByteStream>> upgrade(Headers headers) override;
  bool is_gone() const override { return gone_; }
  void on_gone(std::function<void()> callback) override;

 private:
  // kStreaming: the handler has returned, its HttpStream goes on.
  enum class State : uint8_t { kHead, kBody, kBusy, kStreaming, kUpgraded, kLingering };

  void parse();
  bool parse_head();
  bool parse_body(std::string_view& bytes);
  void dispatch();
  void handle();   // on a thread of the pool
  void handled();  // io thread
  void next_request();
  void refuse(const HttpRefusal& why);
  void go();
  std::string head_of(int status, const Headers& headers) const;
  bool put(std::initializer_list<std::string_view> parts) {
    return write_all(connection_.transport(), connection_.fd(), parts, options_.write_seconds_max);
  }

  HttpConnection& connection_;
  HttpCore& core_;
  const HttpServerOptions& options_;
  State state_ = State::kHead;
  std::string pending_;  // has come, and is not parsed
  Http1HeadParser head_parser_;
  std::optional<Http1BodyParser> body_parser_;
  std::chrono::steady_clock::time_point body_began_;
  Http1Head head_;
  uint64_t held_bytes_ = 0;  // of the core's body_bytes
  size_t lingered_ = 0;
  bool keep_alive_ = false, answered_ = false, is_open_ = false, is_chunked_ = false;
  bool handled_ = false, stream_ended_ = false;
  std::weak_ptr<Http1Stream> stream_;
  std::atomic<bool> gone_ = false;
  std::mutex mutex_;  // guards on_gone_
  std::function<void()> on_gone_;
};

bool Http1Session::wants_input() const {
  return state_ != State::kUpgraded &&
         (state_ != State::kBusy || pending_.size() < kPipelinedBytesMax);
}

void Http1Session::on_input(std::string_view bytes) {
  if (state_ == State::kLingering) {
    lingered_ += bytes.size();
    if (lingered_ > kLingerBytesMax) connection_.close();
    return;
  }
  if (state_ == State::kStreaming && pending_.size() > kPipelinedBytesMax)
    return connection_.close();
  if (state_ == State::kBody && pending_.empty() && !parse_body(bytes)) return;
  pending_.append(bytes);
  if (state_ == State::kHead || state_ == State::kBody) parse();
}

void Http1Session::parse() {
  while (true) {
    if (state_ == State::kHead && !parse_head()) return;
    if (state_ != State::kBody) return;
    std::string_view rest = pending_;
    const bool is_done = parse_body(rest);
    if (state_ == State::kLingering) return;
    pending_.erase(0, pending_.size() - rest.size());
    if (!is_done) return;
  }
}

// False: more is needed, or the request is refused.
bool Http1Session::parse_head() {
  size_t used = 0;
  HttpRefusal why;
  const Parsed parsed = head_parser_.parse(pending_, head_, used, why);
  if (parsed == Parsed::kMore) return false;
  if (parsed == Parsed::kRefused) {
    refuse(why);
    return false;
  }
  pending_.erase(0, used);
  connection_.peer().http_version = head_.version;
  keep_alive_ = head_.keep_alive;
  if (!connection_.may_ask()) {
    refuse({429, "too many requests a second"});
    return false;
  }
  uint64_t bytes_max = options_.body_bytes_max;
  if (options_.body_bytes_max_of)
    bytes_max = std::min(bytes_max, options_.body_bytes_max_of(head_.request, connection_.peer()));
  body_parser_.emplace(head_, bytes_max);
  body_began_ = std::chrono::steady_clock::now();
  state_ = State::kBody;
  if (head_.is_chunked || head_.content_length > 0) {
    connection_.set_deadline(options_.body_seconds_max);
    if (head_.expects_continue && head_.content_length <= bytes_max)
      (void)connection_.transport().write({"HTTP/1.1 100 Continue\r\n\r\n"});
  }
  return true;
}

// False: more is needed, or the request is refused.
bool Http1Session::parse_body(std::string_view& bytes) {
  HttpRefusal why;
  std::string& body = head_.request.body;
  Parsed parsed = body_parser_->parse(bytes, body, why);
  if (parsed != Parsed::kRefused && body.size() != held_bytes_) {
    const uint64_t before = std::exchange(held_bytes_, body.size());
    if (!admit_body(core_, before, held_bytes_, why)) parsed = Parsed::kRefused;
  }
  if (parsed == Parsed::kRefused) refuse(why);
  if (parsed == Parsed::kDone) dispatch();
  if (parsed != Parsed::kMore) return parsed == Parsed::kDone;
  const std::chrono::duration<double> since = std::chrono::steady_clock::now() - body_began_;
  connection_.set_deadline(options_.body_seconds_max - since.count() +
                           static_cast<double>(body.size()) / options_.body_bytes_per_second_min +
                           0.001);
  return false;
}

void Http1Session::refuse(const HttpRefusal& why) {
  keep_alive_ = false;
  Headers headers = {{"Content-Type", "text/plain"}};
  if (why.status == 429 || why.status == 503) headers.emplace_back("Retry-After", "1");
  const std::string body = why.text + "\n";
  headers.emplace_back("Content-Length", std::to_string(body.size()));
  (void)connection_.transport().write({head_of(why.status, headers), "\r\n", body});
  // Closed at once, with bytes unread, the answer could be lost on its way.
  core_.body_bytes -= std::exchange(held_bytes_, 0);
  head_ = {};
  pending_.clear();
  state_ = State::kLingering;
  connection_.transport().say_goodbye();
  ::shutdown(connection_.fd(), SHUT_WR);
  connection_.set_deadline(kLingerSeconds);
}

void Http1Session::on_end() {
  if (state_ == State::kHead && !pending_.empty()) refuse({400, "the request is not whole"});
  if (state_ == State::kBusy) return go();
  connection_.close();
}

void Http1Session::on_deadline() {
  if (state_ == State::kHead && !pending_.empty())
    refuse({408, "the request's head took too long"});
  else if (state_ == State::kBody)
    refuse({408, "the request's body took too long"});
  else if (state_ != State::kBusy)
    connection_.close();
}

void Http1Session::dispatch() {
  connection_.set_deadline(0);
  state_ = State::kBusy;
  answered_ = is_open_ = handled_ = stream_ended_ = false;
  body_parser_.reset();
  if (core_.pool.run([this, keep = connection_.shared_from_this()] { handle(); })) return;
  refuse({503, "too many requests at once"});
}

void Http1Session::handle() {
  core_.handler(head_.request, connection_.peer(), *this);
  on_gone(nullptr);
  if (!answered_) send({500, {}, ""});
  if (is_open_) end({});
  connection_.post([this] { handled(); });
}

void Http1Session::handled() {
  core_.body_bytes -= std::exchange(held_bytes_, 0);
  head_ = {};
  handled_ = true;
  if (connection_.is_closed() || state_ == State::kUpgraded) return;
  const auto stream = stream_.lock();
  if (stream && !stream_ended_) {
    state_ = State::kStreaming;
    if (gone_ || core_.stopping) return connection_.close();
    pending_.shrink_to_fit();
    return connection_.read_on();
  }
  next_request();
}

void Http1Session::next_request() {
  stream_.reset();
  if (!keep_alive_ || gone_ || core_.stopping) return connection_.close();
  state_ = State::kHead;
  head_parser_ = Http1HeadParser(options_.header_bytes_max);
  connection_.set_deadline(options_.idle_seconds_max);
  if (!pending_.empty()) parse();
  connection_.read_on();
}

void Http1Session::on_writable() {
  if (const auto stream = stream_.lock()) stream->on_writable();
}

void Http1Session::go() {
  gone_ = true;
  {
    const std::lock_guard lock(mutex_);
    if (on_gone_) on_gone_();
    on_gone_ = nullptr;
  }
}

void Http1Session::on_stop() {
  go();
  connection_.shut_down();  // ends a write that waits
  if (state_ != State::kBusy && state_ != State::kUpgraded) connection_.close();
}

void Http1Session::on_close() {
  gone_ = true;
  core_.body_bytes -= std::exchange(held_bytes_, 0);
  if (const auto stream = stream_.lock()) stream->go();
}

void Http1Session::on_gone(std::function<void()> callback) {
  const std::lock_guard lock(mutex_);
  if (gone_ && callback) return callback();
  on_gone_ = std::move(callback);
}

std::string Http1Session::head_of(int status, const Headers& headers) const {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", status, http_reason(status));
  for (const auto& [name, value] : headers) {
    head += name;
    head += ": ";
    for (const char c : value) head += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
    head += "\r\n";
  }
  if (!keep_alive_)
    head += "Connection: close\r\n";
  else if (head_.version == 10)
    head += "Connection: keep-alive\r\n";
  return head;
}

void Http1Session::send(HttpResponse response) {
  if (answered_) return;
  answered_ = true;
  std::string head = head_of(response.status, response.headers);
  if (response.status != 204 && response.status != 304)
    head += fmt::format("Content-Length: {}\r\n", response.body.size());
  head += "\r\n";
  const std::string_view body = head_.request.method == "HEAD" ? std::string_view() : response.body;
  // Also when the client has closed its sending side: it may still wait for this.
  if (!put({head, body})) keep_alive_ = false;
}

void Http1Session::begin(int status, Headers headers) {
  if (answered_) return;
  answered_ = is_open_ = true;
  is_chunked_ = head_.version == 11;
  if (is_chunked_)
    headers.emplace_back("Transfer-Encoding", "chunked");
  else
    keep_alive_ = false;  // the body ends with the connection
  if (!put({head_of(status, headers), "\r\n"})) gone_ = true;
}

bool Http1Session::write(std::string_view bytes) {
  if (gone_ || !is_open_) return false;
  if (bytes.empty() || head_.request.method == "HEAD") return true;
  const bool done =
      is_chunked_ ? put({fmt::format("{:x}\r\n", bytes.size()), bytes, "\r\n"}) : put({bytes});
  if (!done) gone_ = true;
  return done;
}

void Http1Session::end(Headers trailers) {
  if (!is_open_) return;
  is_open_ = false;
  if (!is_chunked_ || head_.request.method == "HEAD") return;
  std::string last = "0\r\n";
  if (head_.takes_trailers)
    for (const auto& [name, value] : trailers) last += fmt::format("{}: {}\r\n", name, value);
  if (gone_ || !put({last, "\r\n"})) keep_alive_ = false;
}

std::shared_ptr<HttpStream> Http1Session::detach(int status, Headers headers) {
  begin(status, std::move(headers));
  is_open_ = false;
  auto stream =
      std::make_shared<Http1Stream>(connection_.shared_from_this(), is_chunked_,
                                    head_.request.method != "HEAD", head_.takes_trailers, [this] {
                                      stream_ended_ = true;
                                      if (handled_ && !connection_.is_closed()) next_request();
                                    });
  stream_ = stream;
  return stream;
}

base::Result<std::unique_ptr<ByteStream>> Http1Session::upgrade(Headers headers) {
  if (answered_ || head_.version != 11)
    return base::fail(base::Code::kUnsupported, "this connection cannot be upgraded");
  answered_ = true;
  std::promise<std::string> given;
  connection_.post([&] {
    state_ = State::kUpgraded;
    connection_.release();
    given.set_value(std::move(pending_));
  });
  const int millis = 0;  // who takes nothing for long is not gone
  (void)setsockopt(connection_.fd(), IPPROTO_TCP, TCP_USER_TIMEOUT, &millis, sizeof millis);
  auto stream =
      std::make_unique<UpgradedStream>(connection_.shared_from_this(), given.get_future().get());
  headers.emplace_back("Connection", "Upgrade");
  keep_alive_ = true;  // no "Connection: close" in the head
  if (!put({head_of(101, headers), "\r\n"}))
    return base::fail(base::Code::kUnavailable, "the client is gone");
  return stream;
}

}  // namespace

std::unique_ptr<HttpProtocol> make_http1(HttpConnection& connection) {
  return std::make_unique<Http1Session>(connection);
}

}  // namespace sys
