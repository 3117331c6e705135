#include "expr/pattern.h"

#include <string>

namespace expr {
namespace {

// Bytes of a compiled pattern; "a{1000}{1000}" and the like need more.
constexpr int64_t kMemoryMax = 8 << 20;
constexpr size_t kLengthMax = 100'000;

tl::unexpected<base::Error> fail(std::string_view text) {
  return base::fail(base::Code::kInvalid, "error parsing regexp: " + std::string(text));
}

}  // namespace

base::Result<std::unique_ptr<const RE2>> compile_pattern(std::string_view source) {
  if (source.size() > kLengthMax) return fail("it has more than 100,000 bytes");
  std::string text;
  for (size_t at = 0; at < source.size(); ++at) {
    const std::string_view rest = source.substr(at);
    if (rest.starts_with("\\C")) return fail("invalid escape sequence: `\\C`");
    if (rest[0] == '\\' && rest.size() > 1) text += source[at++];
    text += source[at];
    const bool named =
        rest.starts_with("(?<") && !rest.starts_with("(?<=") && !rest.starts_with("(?<!");
    if (named) {
      text += "?P";
      ++at;  // the question mark
    }
  }
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMemoryMax);
  auto compiled = std::make_unique<const RE2>(text, options);
  if (!compiled->ok()) return fail(compiled->error());
  return compiled;
}

}  // namespace expr
