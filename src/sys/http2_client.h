// http2_client.h — for tests: one connection of HTTP/2 with prior knowledge, and its frames.
#pragma once
#include <nghttp2/nghttp2.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sys/http.h"

namespace sys {

class Http2Client {
 public:
  struct Answer {
    HttpResponse response;
    Headers trailers;
    bool is_whole = false;
    uint32_t reset = 0;  // the error code
  };

  explicit Http2Client(int fd) : fd_(fd) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, take_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, take_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, close_stream);
    nghttp2_session_client_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
  }
  ~Http2Client() {
    nghttp2_session_del(session_);
    close(fd_);
  }
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;

  // `is_open`: the body does not end.
  int32_t begin(const HttpRequest& request, bool is_open = false) {
    Headers fields = {{":method", request.method},
                      {":scheme", "http"},
                      {":authority", "x"},
                      {":path", request.target}};
    fields.insert(fields.end(), request.headers.begin(), request.headers.end());
    std::vector<nghttp2_nv> pairs;
    for (auto& [name, value] : fields)
      pairs.push_back({reinterpret_cast<uint8_t*>(name.data()),
                       reinterpret_cast<uint8_t*>(value.data()), name.size(), value.size(),
                       NGHTTP2_NV_FLAG_NONE});
    nghttp2_data_provider body{};
    body.read_callback = read_body;
    const bool has_body = !request.body.empty() || is_open;
    const int32_t id = nghttp2_submit_request(session_, nullptr, pairs.data(), pairs.size(),
                                              has_body ? &body : nullptr, nullptr);
    bodies_[id] = {request.body, is_open};
    return id;
  }
  void reset(int32_t id) { nghttp2_submit_rst_stream(session_, 0, id, NGHTTP2_CANCEL); }
  // Until it is as `done` says, or the other side closes: then false.
  bool run(const std::function<bool()>& done) {
    while (!done()) {
      if (!flush()) return false;
      if (done()) break;
      char buffer[65536];
      const ssize_t got = recv(fd_, buffer, sizeof buffer, 0);
      if (got <= 0) return false;
      if (nghttp2_session_mem_recv(session_, reinterpret_cast<uint8_t*>(buffer),
                                   static_cast<size_t>(got)) < 0)
        return false;
    }
    return true;
  }
  bool flush() {
    const uint8_t* bytes = nullptr;
    for (ssize_t count; (count = nghttp2_session_mem_send(session_, &bytes)) > 0;)
      for (ssize_t at = 0; at < count;) {
        const ssize_t sent = ::send(fd_, bytes + at, static_cast<size_t>(count - at), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        at += sent;
      }
    return true;
  }
  Answer send(const HttpRequest& request) {
    const int32_t id = begin(request);
    (void)run([&] { return answers_[id].is_whole; });
    return answers_[id];
  }
  Answer& answer(int32_t id) { return answers_[id]; }

 private:
  struct Body {
    std::string left;
    bool is_open = false;
  };
  static int take_header(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                         size_t name_size, const uint8_t* value, size_t value_size, uint8_t,
                         void* data) {
    Answer& answer = static_cast<Http2Client*>(data)->answers_[frame->hd.stream_id];
    const std::string key(reinterpret_cast<const char*>(name), name_size);
    std::string text(reinterpret_cast<const char*>(value), value_size);
    if (key == ":status")
      answer.response.status = std::stoi(text);
    else if (frame->headers.cat == NGHTTP2_HCAT_HEADERS)
      answer.trailers.emplace_back(key, std::move(text));
    else
      answer.response.headers.emplace_back(key, std::move(text));
    return 0;
  }
  static int take_data(nghttp2_session*, uint8_t, int32_t id, const uint8_t* bytes, size_t count,
                       void* data) {
    static_cast<Http2Client*>(data)->answers_[id].response.body.append(
        reinterpret_cast<const char*>(bytes), count);
    return 0;
  }
  static int close_stream(nghttp2_session*, int32_t id, uint32_t code, void* data) {
    Answer& answer = static_cast<Http2Client*>(data)->answers_[id];
    answer.is_whole = true;
    answer.reset = code;
    return 0;
  }
  static ssize_t read_body(nghttp2_session*, int32_t id, uint8_t* into, size_t count,
                           uint32_t* flags, nghttp2_data_source*, void* data) {
    Body& body = static_cast<Http2Client*>(data)->bodies_[id];
    const size_t taken = body.left.copy(reinterpret_cast<char*>(into), count);
    body.left.erase(0, taken);
    if (body.left.empty() && !body.is_open) *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (body.left.empty() && body.is_open && taken == 0) return NGHTTP2_ERR_DEFERRED;
    return static_cast<ssize_t>(taken);
  }

  const int fd_;
  nghttp2_session* session_ = nullptr;
  std::map<int32_t, Answer> answers_;
  std::map<int32_t, Body> bodies_;
};

}  // namespace sys
