// sprig's functions on URLs and hosts.
#include "expr/builtins.h"
#include "expr/sprig.h"
#include "expr/url.h"

namespace expr {
namespace {

using Result = base::Result<Value>;

Result url_parse(CallContext&, Arguments a) {
  auto url = parse_url(a[0].as_string());
  if (!url) return call_error("unable to parse url: " + url.error().text);
  Entries entries;
  entries.emplace("scheme", url->scheme);
  entries.emplace("host", url->host);
  entries.emplace("hostname", hostname(*url));
  entries.emplace("path", url->path);
  entries.emplace("query", url->query);
  entries.emplace("opaque", url->opaque);
  entries.emplace("fragment", url->fragment);
  entries.emplace("userinfo", url->userinfo.value_or(""));
  return make_map(std::move(entries));
}

base::Result<std::string> text_of(const Map& map, std::string_view key) {
  const Value* value = find(map, key);
  if (!value) return "";
  if (value->is_string()) return value->as_string();
  return call_error("unable to parse " + std::string(key) + " key, must be of type string, but " +
                    std::string(go_kind_name(*value)) + " found");
}

Result url_join(CallContext&, Arguments a) {
  const Map& map = a[0].as_map();
  Url url;
  std::string userinfo;
  const std::pair<std::string_view, std::string*> parts[] = {
      {"scheme", &url.scheme}, {"host", &url.host},     {"path", &url.path},
      {"query", &url.query},   {"opaque", &url.opaque}, {"fragment", &url.fragment},
      {"userinfo", &userinfo}};
  for (const auto& [key, out] : parts) {
    auto text = text_of(map, key);
    if (!text) return tl::unexpected(text.error());
    *out = std::move(*text);
  }
  if (!userinfo.empty()) {
    auto with_user = parse_url("proto://" + userinfo + "@host");
    if (!with_user)
      return call_error("unable to parse userinfo in dict: " + with_user.error().text);
    url.userinfo = with_user->userinfo;
  }
  return url_text(url);
}

bool is_ipv4(std::string_view text) {
  int parts = 0;
  for (;; ++parts) {
    const size_t dot = std::min(text.find('.'), text.size());
    const std::string_view part = text.substr(0, dot);
    if (part.empty() || part.size() > 3 || (part.size() > 1 && part[0] == '0')) return false;
    int value = 0;
    for (const char c : part) {
      if (c < '0' || c > '9') return false;
      value = value * 10 + (c - '0');
    }
    if (value > 255) return false;
    if (dot == text.size()) return parts == 3;
    text.remove_prefix(dot + 1);
  }
}

// What an expression gives must not depend on the network of the machine that evaluates it.
Result host_by_name(CallContext&, Arguments a) {
  const std::string& name = a[0].as_string();
  if (is_ipv4(name)) return name;
  if (name == "localhost") return "127.0.0.1";
  return call_error(
      "getHostByName does not ask the network: only addresses and localhost are "
      "known, not \"" +
      name + "\"");
}

constexpr Function kTable[] = {
    {"urlParse", "?s", 'a', url_parse},
    {"urlJoin", "?M", 'a', url_join},
    {"getHostByName", "?s", 'a', host_by_name},
};

}  // namespace

std::span<const Function> sprig_urls() { return kTable; }

}  // namespace expr
