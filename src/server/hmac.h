// hmac.h — HMAC-SHA256, by which webhooks and tokens are signed. Internal to server/.
#pragma once
#include <string>
#include <string_view>

namespace server {

// The 32 bytes of the digest.
std::string hmac_sha256(std::string_view key, std::string_view text);

}  // namespace server
