#include "sys/spdy.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace sys {
namespace {

using Kind = SpdyFrame::Kind;
using Event = SpdySession::Event;

// All frames of the bytes, read in steps of so many.
base::Result<std::vector<SpdyFrame>> frames_of(SpdyReader& reader, std::string_view bytes,
                                               size_t step = SIZE_MAX) {
  std::vector<SpdyFrame> out;
  while (!bytes.empty()) {
    std::string_view piece = bytes.substr(0, step);
    bytes.remove_prefix(piece.size());
    while (true) {
      auto frame = reader.next(piece);
      if (!frame) return base::fail(frame.error());
      if (!*frame) break;
      out.push_back(std::move(**frame));
    }
  }
  return out;
}

TEST(SpdyFrames, HeadersGoOnFromFrameToFrame) {
  SpdyWriter writer;
  const Headers first = {{"streamtype", "error"}, {"port", "8080"}, {"requestid", "0"}};
  const Headers second = {{"streamtype", "data"}, {"port", "8080"}, {"requestid", "0"}};
  const std::string one = writer.syn_stream(1, first, true);
  const std::string two = writer.syn_stream(3, second, false);
  EXPECT_LT(two.size(), one.size()) << "what stood in the first frame is not sent again";
  for (const size_t step : {size_t{1}, size_t{7}, size_t{1000}}) {
    SpdyReader reader;
    const auto frames = frames_of(reader, one + two, step);
    ASSERT_TRUE(frames) << frames.error().text;
    ASSERT_EQ(frames->size(), 2u);
    EXPECT_EQ((*frames)[0].kind, Kind::kSynStream);
    EXPECT_EQ((*frames)[0].headers, first);
    EXPECT_TRUE((*frames)[0].is_end);
    EXPECT_EQ((*frames)[1].stream, 3u);
    EXPECT_EQ((*frames)[1].headers, second);
    EXPECT_FALSE((*frames)[1].is_end);
  }
}

// Packed by Python's zlib with the dictionary of another implementation.
TEST(SpdyFrames, TheDictionaryIsTheStandards) {
  static constexpr unsigned char kBytes[] = {
      0x80, 0x03, 0x00, 0x01, 0x01, 0x00, 0x00, 0x28, 0x00, 0x00, 0x00, 0x01,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x78, 0xf9, 0xe3, 0xc6, 0xa7, 0xc2,
      0x02, 0xa6, 0x23, 0x46, 0x70, 0x3a, 0x2b, 0x29, 0x4a, 0x4d, 0xcc, 0x85,
      0x16, 0x25, 0xac, 0xa9, 0xa0, 0x80, 0x06, 0x00, 0x00, 0x00, 0xff, 0xff};
  SpdyReader reader;
  const auto frames = frames_of(reader, {reinterpret_cast<const char*>(kBytes), sizeof kBytes});
  ASSERT_TRUE(frames) << frames.error().text;
  ASSERT_EQ(frames->size(), 1u);
  EXPECT_EQ((*frames)[0].headers, (Headers{{"streamtype", "error"}}));
  EXPECT_TRUE((*frames)[0].is_end);
}

TEST(SpdyFrames, DataComeInPieces) {
  SpdyReader reader;
  const auto frames = frames_of(reader, SpdyWriter::data(5, "hello", true), 10);
  ASSERT_TRUE(frames);
  ASSERT_EQ(frames->size(), 2u);
  EXPECT_EQ((*frames)[0].bytes + (*frames)[1].bytes, "hello");
  EXPECT_FALSE((*frames)[0].is_end);
  EXPECT_TRUE((*frames)[1].is_end) << "the end stands at the last piece";
  SpdyReader other;
  const auto empty = frames_of(other, SpdyWriter::data(7, "", true));
  ASSERT_TRUE(empty);
  ASSERT_EQ(empty->size(), 1u);
  EXPECT_TRUE((*empty)[0].is_end);
}

TEST(SpdyFrames, SmallFramesCarryTheirNumbers) {
  SpdyReader reader;
  const auto frames =
      frames_of(reader, SpdyWriter::reset(3, SpdyStatus::kCancel) + SpdyWriter::ping(9) +
                            SpdyWriter::go_away(7, 2) + SpdyWriter::window_update(5, 4096) +
                            SpdyWriter::initial_window(1 << 20));
  ASSERT_TRUE(frames);
  ASSERT_EQ(frames->size(), 5u);
  const std::pair<Kind, uint32_t> wanted[] = {{Kind::kReset, 5},
                                              {Kind::kPing, 9},
                                              {Kind::kGoAway, 2},
                                              {Kind::kWindowUpdate, 4096},
                                              {Kind::kSettings, 1 << 20}};
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ((*frames)[i].kind, wanted[i].first);
    EXPECT_EQ((*frames)[i].value, wanted[i].second);
  }
}

struct Broken {
  const char* what;
  std::string bytes;
};

TEST(SpdyFrames, BrokenOnesAreRefused) {
  SpdyWriter writer;
  std::string large = SpdyWriter::ping(1);
  large[5] = 2;  // 128 KiB and more
  std::string version = SpdyWriter::ping(1);
  version[1] = 2;
  std::string unpacked = writer.syn_stream(1, {{"a", "b"}}, false);
  unpacked[20] = static_cast<char>(unpacked[20] ^ 0x55);
  // 1 MB of one letter takes 1 KB on the wire.
  const std::string bomb = writer.syn_stream(3, {{"a", std::string(1 << 20, 'a')}}, false);
  Headers many;
  for (int i = 0; i < 200; ++i) many.emplace_back("n", "v");
  SpdyWriter fresh;
  for (const Broken& one :
       {Broken{"large", large}, Broken{"version", version}, Broken{"unpacked", unpacked},
        Broken{"bomb", bomb}, Broken{"many headers", fresh.syn_stream(1, many, false)}}) {
    SpdyReader reader;
    EXPECT_FALSE(frames_of(reader, one.bytes)) << one.what;
  }
}

// A session, and the client's end of its connection.
class SpdySessions : public testing::Test {
 protected:
  SpdySessions() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    client_ = ends[0];
    session_ = std::make_unique<SpdySession>(adopt_socket(ends[1]), 4);
  }
  ~SpdySessions() override { close(client_); }

  void send(const std::string& bytes) const {
    ASSERT_EQ(::send(client_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  std::optional<Event> next() {
    auto event = session_->read();
    return event ? std::move(*event) : std::nullopt;
  }
  // The next frame that the client gets.
  SpdyFrame receive() {
    while (true) {
      auto frame = reader_.next(unread_);
      EXPECT_TRUE(frame);
      if (frame && *frame) return std::move(**frame);
      chunk_.resize(64 << 10);
      const ssize_t got = recv(client_, chunk_.data(), chunk_.size(), 0);
      if (got <= 0) return {};
      unread_ = std::string_view(chunk_).substr(0, static_cast<size_t>(got));
    }
  }
  void open(uint32_t id) {
    send(writer_.syn_stream(id, {{"streamtype", "data"}}, false));
    const auto opened = next();
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->kind, Event::Kind::kOpened);
    EXPECT_EQ(opened->stream, id);
    EXPECT_EQ(receive().kind, Kind::kSynReply);
  }

  int client_ = -1;
  std::unique_ptr<SpdySession> session_;
  SpdyWriter writer_;
  SpdyReader reader_;
  std::string chunk_;
  std::string_view unread_;
};

TEST_F(SpdySessions, StreamsCarryBytesBothWaysUntilBothEnd) {
  open(1);
  send(SpdyWriter::data(1, "question", true));
  auto event = next();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->bytes, "question");
  event = next();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->kind, Event::Kind::kEnded);
  ASSERT_TRUE(session_->write(1, "answer"));
  session_->end(1);
  EXPECT_EQ(receive().bytes, "answer");
  EXPECT_TRUE(receive().is_end);
  const auto late = session_->write(1, "more");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, base::Code::kGone);
  send(SpdyWriter::data(1, "to nobody", false));
  shutdown(client_, SHUT_WR);
  EXPECT_FALSE(next());
}

// kubectl never tells a window: what waited for it would wait for ever.
TEST_F(SpdySessions, AClientWithoutWindowsIsSentAll) {
  open(1);
  const std::string much(1 << 20, 'x');
  std::thread writing([&] { EXPECT_TRUE(session_->write(1, much)); });
  size_t got = 0;
  while (got < much.size()) got += receive().bytes.size();
  writing.join();
  EXPECT_EQ(got, much.size());
}

TEST_F(SpdySessions, WindowsThatAreToldAreKept) {
  send(SpdyWriter::initial_window(1000));
  open(1);
  std::thread writing([&] { EXPECT_TRUE(session_->write(1, std::string(2500, 'x'))); });
  size_t got = 0;
  while (got < 1000) got += receive().bytes.size();
  EXPECT_EQ(got, 1000u);
  char byte;
  EXPECT_EQ(recv(client_, &byte, 1, MSG_DONTWAIT), -1) << "the window is full";
  send(SpdyWriter::window_update(1, 5000) + SpdyWriter::ping(1));
  std::thread reading([&] { EXPECT_FALSE(next()); });
  while (got < 2500) got += receive().bytes.size();
  EXPECT_EQ(got, 2500u);
  writing.join();
  shutdown(client_, SHUT_WR);
  reading.join();
}

TEST_F(SpdySessions, WhatWasReadIsAcknowledged) {
  open(1);
  send(SpdyWriter::data(1, std::string(40 << 10, 'x'), false));
  for (size_t got = 0; got < 40 << 10;) got += next()->bytes.size();
  const SpdyFrame of_stream = receive(), of_all = receive();
  EXPECT_EQ(of_stream.kind, Kind::kWindowUpdate);
  EXPECT_EQ(of_stream.stream, 1u);
  EXPECT_EQ(of_all.stream, 0u);
  EXPECT_GE(*of_all.value, 32u << 10);
}

TEST_F(SpdySessions, PingsAreAnsweredWhileTheClientTakesNothing) {
  open(1);
  std::thread writing([&] { EXPECT_FALSE(session_->write(1, std::string(16 << 20, 'x'))); });
  for (uint32_t id = 1; id < 200; id += 2) send(SpdyWriter::ping(id));
  send(SpdyWriter::data(1, "typed", false));
  const auto typed = next();
  ASSERT_TRUE(typed) << "the reader does not wait for the writer";
  EXPECT_EQ(typed->bytes, "typed");
  session_->cancel();
  writing.join();
}

TEST_F(SpdySessions, AClientThatBreaksTheRulesIsSentAway) {
  open(3);
  send(writer_.syn_stream(1, {}, false));
  EXPECT_FALSE(session_->read());
  EXPECT_EQ(receive().kind, Kind::kGoAway);
}

TEST_F(SpdySessions, StreamsBeyondTheMostAreRefusedAndResetOnesAreTold) {
  for (uint32_t id = 1; id < 8; id += 2) open(id);
  send(writer_.syn_stream(9, {}, false) + SpdyWriter::reset(5, SpdyStatus::kCancel));
  const auto reset = next();
  ASSERT_TRUE(reset);
  EXPECT_EQ(reset->kind, Event::Kind::kReset);
  EXPECT_EQ(reset->stream, 5u);
  const SpdyFrame refused = receive();
  EXPECT_EQ(refused.kind, Kind::kReset);
  EXPECT_EQ(refused.stream, 9u);
  EXPECT_EQ(refused.value, static_cast<uint32_t>(SpdyStatus::kRefusedStream));
  open(11);
}

}  // namespace
}  // namespace sys
