#include "runtime/image_auth.h"

#include <string_view>

#include "text/base64.h"
#include "text/json.h"
#include "text/value.h"

namespace runtime {
namespace {

// skopeo reads "auth" only; kubectl and people also write username and password.
text::Value with_auth(const text::Value& entry) {
  text::Value made = entry;
  if (entry.is_map() && entry.string_at("auth").empty() && !entry.string_at("username").empty())
    made["auth"] = text::to_base64(std::string(entry.string_at("username")) + ":" +
                                   std::string(entry.string_at("password")));
  return made;
}

}  // namespace

base::Result<std::string> merge_credentials(const std::string& user_config,
                                            const std::vector<std::string>& secrets) {
  text::Value merged{text::Map()};
  if (!user_config.empty())
    if (auto own = text::parse_json(user_config); own && own->is_map()) merged = std::move(*own);
  text::Value auths{text::Map()};
  for (const std::string& secret : secrets) {
    const auto config = text::parse_json(secret);
    if (!config || !config->is_map())
      return base::fail(base::Code::kInvalid, "an image pull secret is no docker config.json");
    const text::Value* entries = config->find("auths") ? config->find("auths") : &*config;
    if (!entries->is_map())
      return base::fail(base::Code::kInvalid, "an image pull secret's \"auths\" is no map");
    for (const text::Member& entry : entries->as_map())
      if (!auths.find(entry.key)) auths[entry.key] = with_auth(entry.value);
  }
  if (const text::Value* own = merged.find("auths"); own && own->is_map())
    for (const text::Member& entry : own->as_map())
      if (!auths.find(entry.key)) auths[entry.key] = with_auth(entry.value);
  // A helper of the user's for the same registry would be asked first, and hide the secret.
  if (text::Value* helpers = merged.find("credHelpers"); helpers && helpers->is_map())
    for (const text::Member& entry : auths.as_map()) helpers->as_map().erase(entry.key);
  if (!auths.as_map().empty()) merged.as_map().erase("credsStore");
  merged["auths"] = std::move(auths);
  return text::to_json(merged);
}

}  // namespace runtime
