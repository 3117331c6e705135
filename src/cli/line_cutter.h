// line_cutter.h — lines of bytes that come in pieces.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace cli {

class LineCutter {
 public:
  // Gets each line without its end; gives false when nobody wants more.
  explicit LineCutter(std::function<bool(std::string_view)> on_line)
      : on_line_(std::move(on_line)) {}

  // False when nobody wants more.
  bool feed(std::string_view bytes) {
    while (!bytes.empty()) {
      const size_t end = bytes.find('\n');
      left_ += bytes.substr(0, end);
      if (end == std::string_view::npos) return true;
      bytes.remove_prefix(end + 1);
      if (!on_line_(std::exchange(left_, {}))) return false;
    }
    return true;
  }
  // What has no line's end behind it.
  void finish() {
    if (!left_.empty()) on_line_(std::exchange(left_, {}));
  }

 private:
  const std::function<bool(std::string_view)> on_line_;
  std::string left_;
};

}  // namespace cli
