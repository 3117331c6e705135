// url.h — URLs taken apart and put together as Go's net/url does.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace expr {

// Path, host and fragment are decoded, the query stays as it was written.
struct Url {
  std::string scheme, opaque, host, path, query, fragment;
  std::optional<std::string> userinfo;  // encoded: "user:pass%20word"
};

// Errors are kInvalid.
base::Result<Url> parse_url(std::string_view text);
// The host without its port and without brackets.
std::string hostname(const Url& url);
std::string url_text(const Url& url);

}  // namespace expr
