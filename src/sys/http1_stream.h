// http1_stream.h — inside of the HTTP server: a detached answer of HTTP/1.
#pragma once
#include <atomic>
#include <deque>
#include <mutex>

#include "sys/http_connection.h"

namespace sys {

class Http1Stream final : public HttpStream, public std::enable_shared_from_this<Http1Stream> {
 public:
  // `on_finished`: by the io thread, when the end has been taken.
  Http1Stream(std::shared_ptr<HttpConnection> connection, bool is_chunked, bool has_body,
              bool takes_trailers, std::function<void()> on_finished);
  ~Http1Stream() override;

  bool send(std::shared_ptr<const std::string> bytes) override;
  size_t unsent_bytes() const override;
  void end(Headers trailers) override;
  bool is_gone() const override { return gone_; }
  void on_drained(std::function<void()> callback) override;

  // By the io thread.
  void on_writable();
  void go();  // no write goes on, nor begins, after this

 private:
  struct Piece {
    std::string head;  // before the bytes
    std::shared_ptr<const std::string> bytes;
    std::string_view tail;
  };
  void flush();  // with mutex_
  void call_back();

  const std::shared_ptr<HttpConnection> connection_;
  const bool is_chunked_, has_body_, takes_trailers_;
  const std::function<void()> on_finished_;
  mutable std::mutex mutex_;
  std::deque<Piece> queue_;
  size_t front_sent_ = 0, unsent_ = 0;
  bool waiting_ = false, ended_ = false;
  std::shared_ptr<Http1Stream> keep_;  // between end() and the last byte
  std::atomic<bool> gone_ = false;
  std::recursive_mutex callback_mutex_;
  std::function<void()> callback_;
};

}  // namespace sys
