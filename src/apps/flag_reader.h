// flag_reader.h — a program's flags, one at a time.
#pragma once
#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace apps {

inline base::Error usage(std::string text) { return {base::Code::kInvalid, std::move(text)}; }

// Takes "--name value" and "--name=value" apart, one at a time.
class FlagReader {
 public:
  explicit FlagReader(const std::vector<std::string>& args) : args_(args) {}

  // The next flag's name; nothing at the end.
  std::optional<std::string> next() {
    if (at_ == args_.size()) return {};
    std::string word = args_[at_++];
    inline_value_.reset();
    if (const size_t equals = word.find('=');
        word.starts_with("--") && equals != std::string::npos) {
      inline_value_ = word.substr(equals + 1);
      word.resize(equals);
    }
    return word;
  }
  base::Result<std::string> value(const std::string& flag) {
    if (inline_value_) return *inline_value_;
    if (at_ == args_.size()) return base::fail(usage(flag + " needs a value"));
    return args_[at_++];
  }
  // "--name" alone says yes.
  base::Result<bool> truth(const std::string& flag) {
    const std::string text = inline_value_.value_or("true");
    if (text != "true" && text != "false")
      return base::fail(usage(fmt::format("{}: \"{}\" is neither true nor false", flag, text)));
    return text == "true";
  }
  base::Result<int> number(const std::string& flag) {
    auto text = value(flag);
    if (!text) return base::fail(text.error());
    int out = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), out);
    if (error != std::errc() || end != text->data() + text->size() || out < 0)
      return base::fail(usage(fmt::format("{}: \"{}\" is no number", flag, *text)));
    return out;
  }

 private:
  const std::vector<std::string>& args_;
  size_t at_ = 0;
  std::optional<std::string> inline_value_;
};

template <class T, class From>
base::Status put(T& into, From from) {
  if (!from) return base::fail(from.error());
  into = static_cast<T>(std::move(*from));
  return {};
}

}  // namespace apps
