// base64.h — RFC 4648 base64 with padding, as Secrets and YAML's !!binary carry bytes.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace text {

std::string to_base64(std::string_view bytes);
// Blanks and line ends are skipped; nothing when any other character is wrong or bytes are cut off.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace text
