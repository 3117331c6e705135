#include <fmt/format.h>
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>

#include "sys/byte_stream.h"
#include "sys/http_connection.h"

namespace sys {
namespace {

constexpr size_t kOutBytes = 64 << 10;     // gathered before they are written
constexpr size_t kWriteAhead = 256 << 10;  // of write(): it waits above that
constexpr double kResetsAtOnce = 200, kResetsPerSecond = 50;
constexpr uint32_t kStreamWindow = 256 << 10;
constexpr int32_t kConnectionWindow = 4 << 20;

class Http2Session;

// One request and its answer. The handler's thread and HttpStream's users fill the queue, the io
// thread empties it.
class Http2Stream final : public HttpWriter,
                          public HttpStream,
                          public std::enable_shared_from_this<Http2Stream> {
 public:
  Http2Stream(Http2Session& session, HttpConnection& connection, int32_t id)
      : session_(session), connection_(connection.shared_from_this()), id_(id) {}

  // HttpWriter
  void send(HttpResponse response) override;
  void begin(int status, Headers headers) override;
  bool write(std::string_view bytes) override;
  std::shared_ptr<HttpStream> detach(int status, Headers headers) override;
  base::Result<std::unique_ptr<ByteStream>> upgrade(Headers) override {
    return base::fail(base::Code::kUnsupported, "HTTP/2 has no upgrades: ask by HTTP/1.1");
  }
  void on_gone(std::function<void()> callback) override;
  // HttpStream
  bool send(std::shared_ptr<const std::string> bytes) override;
  size_t unsent_bytes() const override;
  void on_drained(std::function<void()> callback) override;
  // both
  void end(Headers trailers) override;
  bool is_gone() const override { return gone_; }

  // By a thread of the pool.
  void handle();

  // By the io thread.
  HttpRequest request;
  uint64_t header_bytes = 0, held_bytes = 0, body_bytes_max = 0;
  std::chrono::steady_clock::time_point body_began{};
  bool is_whole = false;    // the request
  bool is_refused = false;  // no handler for it
  bool is_submitted = false, is_deferred = false;
  int32_t id() const { return id_; }
  bool take_head(int& status, Headers& headers);
  bool has_body() const { return has_body_; }
  ssize_t read(uint8_t* into, size_t count, uint32_t* flags, Headers& trailers);
  void go();
  void release_body();

 private:
  void put_head(int status, Headers headers, bool has_body);
  void wake();
  void call_back();

  Http2Session& session_;
  const std::shared_ptr<HttpConnection> connection_;
  const int32_t id_;
  std::atomic<bool> gone_ = false, woken_ = false;
  bool answered_ = false, is_open_ = false;  // of the handler's thread
  mutable std::mutex mutex_;
  std::condition_variable taken_;
  int status_ = 0;
  Headers headers_, trailers_;
  bool has_body_ = true, ended_ = false;
  std::deque<std::shared_ptr<const std::string>> queue_;
  size_t front_sent_ = 0, unsent_ = 0;
  std::function<void()> on_gone_;
  std::recursive_mutex callback_mutex_;
  std::function<void()> callback_;
};

struct FreeSession {
  void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
};

class Http2Session final : public HttpProtocol {
 public:
  explicit Http2Session(HttpConnection& connection);

  void on_input(std::string_view bytes) override;
  void on_end() override { connection_.close(); }
  bool wants_input() const override { return out_.empty(); }
  void on_writable() override { flush(); }
  void on_deadline() override;
  void on_stop() override;
  void on_close() override;

  void pump(Http2Stream& stream);
  void handler_ended() { --running_; }

 private:
  using Stream = std::shared_ptr<Http2Stream>;
  static Http2Session& self(void* data) { return *static_cast<Http2Session*>(data); }
  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* data);
  static int take_header(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                         size_t name_size, const uint8_t* value, size_t value_size, uint8_t,
                         void* data);
  static int take_data(nghttp2_session*, uint8_t, int32_t id, const uint8_t* bytes, size_t count,
                       void* data);
  static int take_frame(nghttp2_session*, const nghttp2_frame* frame, void* data);
  static int sent_frame(nghttp2_session*, const nghttp2_frame* frame, void* data);
  static int close_stream(nghttp2_session*, int32_t id, uint32_t, void* data);
  static ssize_t read_body(nghttp2_session* session, int32_t id, uint8_t* into, size_t count,
                           uint32_t* flags, nghttp2_data_source*, void* data);

  Http2Stream* find(int32_t id) {
    const auto found = streams_.find(id);
    return found == streams_.end() ? nullptr : found->second.get();
  }
  void begin_body(Http2Stream& stream);
  void dispatch(const Stream& stream);
  void refuse(Http2Stream& stream, int status, std::string_view text);
  void submit(Http2Stream& stream, int status, const Headers& headers);
  bool count_reset();
  void flush();
  void choose_deadline();

  HttpConnection& connection_;
  HttpCore& core_;
  std::unique_ptr<nghttp2_session, FreeSession> session_;
  std::map<int32_t, Stream> streams_;
  std::string out_;
  size_t out_sent_ = 0;
  bool flushing_ = false;
  std::atomic<size_t> running_ = 0;  // handlers; some of streams that were reset
  double resets_ = 0;
  std::chrono::steady_clock::time_point resets_at_{};
};

// --- streams

void Http2Stream::put_head(int status, Headers headers, bool has_body) {
  const std::lock_guard lock(mutex_);
  status_ = status;
  headers_ = std::move(headers);
  has_body_ = has_body && request.method != "HEAD";
}

void Http2Stream::wake() {
  if (gone_ || woken_.exchange(true)) return;
  connection_->post([self = shared_from_this()] {
    self->woken_ = false;
    if (!self->gone_) self->session_.pump(*self);
  });
}

void Http2Stream::send(HttpResponse response) {
  if (answered_) return;
  answered_ = true;
  if (response.status != 204 && response.status != 304)
    response.headers.emplace_back("content-length", std::to_string(response.body.size()));
  const bool has_body = !response.body.empty();
  put_head(response.status, std::move(response.headers), has_body);
  {
    const std::lock_guard lock(mutex_);
    if (has_body_) {
      unsent_ = response.body.size();
      queue_.push_back(std::make_shared<const std::string>(std::move(response.body)));
    }
    ended_ = true;
  }
  wake();
}

void Http2Stream::begin(int status, Headers headers) {
  if (answered_) return;
  answered_ = is_open_ = true;
  put_head(status, std::move(headers), true);
  wake();
}

bool Http2Stream::write(std::string_view bytes) {
  if (!is_open_ || gone_) return false;
  if (bytes.empty() || request.method == "HEAD") return true;
  {
    std::unique_lock lock(mutex_);
    const auto patience = std::chrono::seconds(connection_->core().options.write_seconds_max);
    if (!taken_.wait_for(lock, patience, [&] { return gone_ || unsent_ <= kWriteAhead; }))
      gone_ = true;
    if (gone_) return false;
    unsent_ += bytes.size();
    queue_.push_back(std::make_shared<const std::string>(bytes));
  }
  wake();
  return true;
}

std::shared_ptr<HttpStream> Http2Stream::detach(int status, Headers headers) {
  begin(status, std::move(headers));
  is_open_ = false;
  // Dropped without an end, the answer is broken off; the session keeps the stream itself.
  return {static_cast<HttpStream*>(this), [self = shared_from_this()](HttpStream*) {
            bool ended;
            {
              const std::lock_guard lock(self->mutex_);
              ended = self->ended_;
            }
            if (!ended && !self->gone_)
              self->connection_->post([self] {
                self->go();
                self->session_.pump(*self);
              });
          }};
}

bool Http2Stream::send(std::shared_ptr<const std::string> bytes) {
  {
    const std::lock_guard lock(mutex_);
    if (gone_ || ended_) return false;
    if (bytes->empty() || !has_body_) return true;
    if (unsent_ > 0 && unsent_ + bytes->size() > connection_->core().options.unsent_bytes_max) {
      connection_->post([self = shared_from_this()] {
        self->go();
        self->session_.pump(*self);
      });
      gone_ = true;
      return false;
    }
    unsent_ += bytes->size();
    queue_.push_back(std::move(bytes));
  }
  wake();
  return true;
}

size_t Http2Stream::unsent_bytes() const {
  const std::lock_guard lock(mutex_);
  return unsent_;
}

void Http2Stream::end(Headers trailers) {
  is_open_ = false;
  {
    const std::lock_guard lock(mutex_);
    if (ended_ || gone_) return;
    ended_ = true;
    trailers_ = std::move(trailers);
  }
  wake();
}

void Http2Stream::on_gone(std::function<void()> callback) {
  const std::lock_guard lock(callback_mutex_);
  if (gone_ && callback) return callback();
  on_gone_ = std::move(callback);
}

void Http2Stream::on_drained(std::function<void()> callback) {
  const std::lock_guard lock(callback_mutex_);
  callback_ = std::move(callback);
  if (gone_ && callback_) callback_();
}

void Http2Stream::call_back() {
  const std::lock_guard lock(callback_mutex_);
  if (callback_) callback_();
}

void Http2Stream::go() {
  {
    const std::lock_guard lock(mutex_);
    gone_ = true;
    queue_.clear();
    unsent_ = 0;
    taken_.notify_all();
  }
  const std::lock_guard lock(callback_mutex_);
  if (on_gone_) std::exchange(on_gone_, nullptr)();
  if (callback_) callback_();
}

void Http2Stream::handle() {
  connection_->core().handler(request, connection_->peer(), *this);
  on_gone(nullptr);
  if (!answered_) send(HttpResponse{500, {}, ""});
  if (is_open_) end({});
  connection_->post([self = shared_from_this()] {
    self->session_.handler_ended();
    self->release_body();
    if (self->gone_) self->session_.pump(*self);  // a client that took nothing
  });
}

void Http2Stream::release_body() {
  connection_->core().body_bytes -= std::exchange(held_bytes, 0);
  request.body = {};
}

bool Http2Stream::take_head(int& status, Headers& headers) {
  const std::lock_guard lock(mutex_);
  if (status_ == 0) return false;
  status = status_;
  headers = std::move(headers_);
  return true;
}

// What nghttp2 puts in the next frame.
ssize_t Http2Stream::read(uint8_t* into, size_t count, uint32_t* flags, Headers& trailers) {
  size_t done = 0;
  bool is_drained = false;
  {
    const std::lock_guard lock(mutex_);
    while (done < count && !queue_.empty()) {
      const std::string& front = *queue_.front();
      const size_t taken =
          front.copy(reinterpret_cast<char*>(into) + done, count - done, front_sent_);
      done += taken;
      front_sent_ += taken;
      if (front_sent_ == front.size()) {
        queue_.pop_front();
        front_sent_ = 0;
      }
    }
    unsent_ -= done;
    if (done > 0) taken_.notify_all();
    is_drained = queue_.empty() && done > 0;
    if (queue_.empty() && ended_) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      trailers = std::move(trailers_);
    } else if (done == 0) {
      return NGHTTP2_ERR_DEFERRED;
    }
  }
  if (is_drained) call_back();
  return static_cast<ssize_t>(done);
}

// --- the connection

Http2Session::Http2Session(HttpConnection& connection)
    : connection_(connection), core_(connection.core()) {
  connection_.peer().http_version = 20;
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, take_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, take_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, take_frame);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, sent_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, close_stream);
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_no_closed_streams(option, 1);
  nghttp2_option_set_max_outbound_ack(option, 100);  // PING and SETTINGS without end
  nghttp2_session* session = nullptr;
  nghttp2_session_server_new2(&session, callbacks, this, option);
  session_.reset(session);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
       static_cast<uint32_t>(core_.options.streams_per_connection_max)},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, core_.options.header_bytes_max}};
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, std::size(settings));
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
}

void Http2Session::on_input(std::string_view bytes) {
  const ssize_t used = nghttp2_session_mem_recv(
      session_.get(), reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  flush();  // also what it says about a mistake
  if (used < 0) connection_.close();
}

int Http2Session::begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* data) {
  Http2Session& me = self(data);
  if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  const int32_t id = frame->hd.stream_id;
  // Streams that were reset do not count for the client's limit, their handlers do for us.
  if (me.running_ >= 2 * me.core_.options.streams_per_connection_max) {
    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM);
    return 0;
  }
  me.streams_[id] = std::make_shared<Http2Stream>(me, me.connection_, id);
  return 0;
}

int Http2Session::take_header(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                              size_t name_size, const uint8_t* value, size_t value_size, uint8_t,
                              void* data) {
  Http2Session& me = self(data);
  Http2Stream* const stream = me.find(frame->hd.stream_id);
  if (stream == nullptr || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;  // trailers
  stream->header_bytes += name_size + value_size + 32;  // as RFC 9113 counts
  if (stream->header_bytes > me.core_.options.header_bytes_max) return 0;
  const std::string_view key(reinterpret_cast<const char*>(name), name_size);
  std::string text(reinterpret_cast<const char*>(value), value_size);
  HttpRequest& request = stream->request;
  if (key == ":method")
    request.method = std::move(text);
  else if (key == ":path")
    request.target = std::move(text);
  else if (key == ":authority")
    request.headers.emplace_back("host", std::move(text));
  else if (key == "host" && !request.header("host").empty())
    return 0;  // :authority stands above it
  else if (!key.starts_with(':'))
    request.headers.emplace_back(key, std::move(text));
  return 0;
}

void Http2Session::begin_body(Http2Stream& stream) {
  stream.body_began = std::chrono::steady_clock::now();
  stream.body_bytes_max = core_.options.body_bytes_max;
  if (core_.options.body_bytes_max_of)
    stream.body_bytes_max = std::min(
        stream.body_bytes_max, core_.options.body_bytes_max_of(stream.request, connection_.peer()));
  const std::string& target = stream.request.target;
  if (stream.header_bytes > core_.options.header_bytes_max)
    refuse(stream, 431, "the request's headers are too large");
  else if (!connection_.may_ask())
    refuse(stream, 429, "too many requests a second");
  else if (!target.starts_with('/') && (target != "*" || stream.request.method != "OPTIONS"))
    refuse(stream, 400, "the target is no path of this server");
}

int Http2Session::take_data(nghttp2_session*, uint8_t, int32_t id, const uint8_t* bytes,
                            size_t count, void* data) {
  Http2Session& me = self(data);
  Http2Stream* const stream = me.find(id);
  if (stream == nullptr || stream->is_refused) return 0;
  if (stream->request.body.size() + count > stream->body_bytes_max) {
    me.refuse(*stream, 413, "the request's body is too large");
    return 0;
  }
  stream->request.body.append(reinterpret_cast<const char*>(bytes), count);
  const uint64_t before = std::exchange(stream->held_bytes, stream->request.body.size());
  HttpRefusal why;
  if (!admit_body(me.core_, before, stream->held_bytes, why))
    me.refuse(*stream, why.status, why.text);
  return 0;
}

int Http2Session::take_frame(nghttp2_session* session, const nghttp2_frame* frame, void* data) {
  Http2Session& me = self(data);
  if (frame->hd.type == NGHTTP2_RST_STREAM && !me.count_reset())
    nghttp2_session_terminate_session(session, NGHTTP2_ENHANCE_YOUR_CALM);
  const auto found = me.streams_.find(frame->hd.stream_id);
  if (found == me.streams_.end()) return 0;
  const bool is_head =
      frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST;
  if (is_head) me.begin_body(*found->second);
  const bool is_request = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
  if (is_request && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
    found->second->is_whole = true;
    if (!found->second->is_refused) me.dispatch(found->second);
  }
  return 0;
}

// A server that has answered before the request was whole asks for no more of it.
int Http2Session::sent_frame(nghttp2_session* session, const nghttp2_frame* frame, void* data) {
  const bool is_answer = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
  if (!is_answer || (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
  const Http2Stream* const stream = self(data).find(frame->hd.stream_id);
  if (stream != nullptr && !stream->is_whole)
    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
  return 0;
}

int Http2Session::close_stream(nghttp2_session*, int32_t id, uint32_t, void* data) {
  Http2Session& me = self(data);
  const auto found = me.streams_.find(id);
  if (found == me.streams_.end()) return 0;
  const Stream stream = found->second;
  me.streams_.erase(found);
  if (!stream->is_whole) stream->release_body();  // else its handler does
  stream->go();
  return 0;
}

void Http2Session::dispatch(const Stream& stream) {
  ++running_;
  if (core_.pool.run([stream] { stream->handle(); })) return;
  --running_;
  refuse(*stream, 503, "too many requests at once");
}

void Http2Session::refuse(Http2Stream& stream, int status, std::string_view text) {
  stream.is_refused = true;
  stream.release_body();
  HttpResponse response{status, {{"content-type", "text/plain"}}, std::string(text) + "\n"};
  if (status == 429 || status == 503) response.headers.emplace_back("retry-after", "1");
  stream.send(std::move(response));
}

void Http2Session::submit(Http2Stream& stream, int status, const Headers& headers) {
  std::vector<std::pair<std::string, std::string>> fields = {{":status", std::to_string(status)}};
  for (const auto& [name, value] : headers) {
    std::string key = name, text = value;
    for (char& c : key) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    for (char& c : text) c = c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
    if (key == "connection" || key == "transfer-encoding" || key == "keep-alive") continue;
    fields.emplace_back(std::move(key), std::move(text));
  }
  std::vector<nghttp2_nv> pairs;
  for (auto& [name, value] : fields)
    pairs.push_back({reinterpret_cast<uint8_t*>(name.data()),
                     reinterpret_cast<uint8_t*>(value.data()), name.size(), value.size(),
                     NGHTTP2_NV_FLAG_NONE});
  nghttp2_data_provider body{};
  body.read_callback = read_body;
  nghttp2_submit_response(session_.get(), stream.id(), pairs.data(), pairs.size(),
                          stream.has_body() ? &body : nullptr);
}

ssize_t Http2Session::read_body(nghttp2_session* session, int32_t id, uint8_t* into, size_t count,
                                uint32_t* flags, nghttp2_data_source*, void* data) {
  Http2Stream* const stream = self(data).find(id);
  if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  Headers trailers;
  const ssize_t got = stream->read(into, count, flags, trailers);
  stream->is_deferred = got == NGHTTP2_ERR_DEFERRED;
  if (trailers.empty()) return got;
  std::vector<nghttp2_nv> pairs;
  for (auto& [name, value] : trailers) {
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    pairs.push_back({reinterpret_cast<uint8_t*>(name.data()),
                     reinterpret_cast<uint8_t*>(value.data()), name.size(), value.size(),
                     NGHTTP2_NV_FLAG_NONE});
  }
  *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
  nghttp2_submit_trailer(session, id, pairs.data(), pairs.size());
  return got;
}

bool Http2Session::count_reset() {
  const auto now = std::chrono::steady_clock::now();
  const std::chrono::duration<double> since = now - resets_at_;
  resets_at_ = now;
  resets_ = std::max(0.0, resets_ - since.count() * kResetsPerSecond) + 1;
  return resets_ <= kResetsAtOnce;
}

// Something is there to be sent, or nobody will send the rest.
void Http2Session::pump(Http2Stream& stream) {
  if (connection_.is_closed() || find(stream.id()) != &stream) return;
  if (stream.is_gone()) {
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream.id(), NGHTTP2_CANCEL);
  } else if (!stream.is_submitted) {
    int status = 0;
    Headers headers;
    if (!stream.take_head(status, headers)) return;
    stream.is_submitted = true;
    submit(stream, status, headers);
  } else if (stream.is_deferred) {
    stream.is_deferred = false;
    nghttp2_session_resume_data(session_.get(), stream.id());
  }
  flush();
}

void Http2Session::flush() {
  if (flushing_ || connection_.is_closed()) return;
  flushing_ = true;
  const bool was_full = !out_.empty();
  while (true) {
    while (out_sent_ < out_.size()) {
      const ssize_t sent =
          connection_.transport().write({std::string_view(out_).substr(out_sent_)});
      if (sent == Transport::kAgain) {
        flushing_ = false;
        connection_.set_deadline(core_.options.write_seconds_max);
        return connection_.wait_writable();
      }
      if (sent == Transport::kBroken) {
        flushing_ = false;
        return connection_.close();
      }
      out_sent_ += static_cast<size_t>(sent);
    }
    out_.clear();
    out_sent_ = 0;
    while (out_.size() < kOutBytes) {
      const uint8_t* bytes = nullptr;
      const ssize_t count = nghttp2_session_mem_send(session_.get(), &bytes);
      if (count <= 0) break;
      out_.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(count));
    }
    if (out_.empty()) break;
  }
  flushing_ = false;
  if (!nghttp2_session_want_read(session_.get()) && !nghttp2_session_want_write(session_.get()))
    return connection_.close();
  choose_deadline();
  if (was_full) connection_.read_on();
}

void Http2Session::choose_deadline() {
  if (streams_.empty()) return connection_.set_deadline(core_.options.idle_seconds_max);
  double soonest = 0;
  for (const auto& [id, stream] : streams_) {
    if (stream->is_whole || stream->is_refused) continue;
    const std::chrono::duration<double> since =
        std::chrono::steady_clock::now() - stream->body_began;
    const double left =
        core_.options.body_seconds_max - since.count() +
        static_cast<double>(stream->request.body.size()) / core_.options.body_bytes_per_second_min;
    soonest = soonest == 0 ? std::max(left, 0.001) : std::clamp(left, 0.001, soonest);
  }
  connection_.set_deadline(soonest);
}

// Idle, or the client does not take what we send, or a body takes too long.
void Http2Session::on_deadline() {
  if (streams_.empty() || !out_.empty()) return connection_.close();
  const auto now = std::chrono::steady_clock::now();
  for (const auto& [id, stream] : streams_) {
    if (stream->is_whole || stream->is_refused) continue;
    const std::chrono::duration<double> since = now - stream->body_began;
    if (since.count() * core_.options.body_bytes_per_second_min >=
        static_cast<double>(stream->request.body.size()) +
            1.0 * core_.options.body_seconds_max * core_.options.body_bytes_per_second_min)
      refuse(*stream, 408, "the request's body took too long");
  }
  choose_deadline();
}

void Http2Session::on_stop() {
  nghttp2_session_terminate_session(session_.get(), NGHTTP2_NO_ERROR);
  flush();
  connection_.close();
}

void Http2Session::on_close() {
  const auto streams = std::exchange(streams_, {});
  for (const auto& [id, stream] : streams) {
    if (!stream->is_whole) stream->release_body();
    stream->go();
  }
}

}  // namespace

std::unique_ptr<HttpProtocol> make_http2(HttpConnection& connection) {
  return std::make_unique<Http2Session>(connection);
}

}  // namespace sys
