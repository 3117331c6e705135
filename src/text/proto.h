// proto.h — the wire format of protocol buffers, and nothing above it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace text {

// Appends fields to a text. Whoever writes says the numbers.
class ProtoWriter {
 public:
  explicit ProtoWriter(std::string& out) : out_(out) {}

  void varint(uint32_t number, uint64_t value) {
    raw(uint64_t{number} << 3);
    raw(value);
  }
  // Strings, and messages that have been written already.
  void bytes(uint32_t number, std::string_view value) {
    raw(uint64_t{number} << 3 | 2);
    raw(value.size());
    out_ += value;
  }
  // A message is what is written between begin() and end() of what begin() gave; they nest.
  size_t begin(uint32_t number) {
    raw(uint64_t{number} << 3 | 2);
    return out_.size();
  }
  void end(size_t mark) {
    std::string length;
    ProtoWriter(length).raw(out_.size() - mark);
    out_.insert(mark, length);
  }

 private:
  void raw(uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_ += static_cast<char>(value | 0x80);
    out_ += static_cast<char>(value);
  }

  std::string& out_;
};

}  // namespace text
