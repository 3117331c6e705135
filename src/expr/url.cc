#include "expr/url.h"

#include <algorithm>
#include <utility>

namespace expr {
namespace {

enum class Part : uint8_t { kPath, kHost, kZone, kUser, kFragment };

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

tl::unexpected<base::Error> fail(std::string text) {
  return base::fail(base::Code::kInvalid, std::move(text));
}

// Whether a character must stand as %XX in that part.
bool must_escape(char c, Part part) {
  if (is_letter(c) || is_digit(c) || std::string_view("-_.~").find(c) != std::string_view::npos)
    return false;
  if ((part == Part::kHost || part == Part::kZone) &&
      std::string_view("!$&'()*+,;=:[]<>\"").find(c) != std::string_view::npos)
    return false;
  if (part == Part::kFragment && std::string_view("!()*").find(c) != std::string_view::npos)
    return false;
  if (std::string_view("$&+,/:;=?@").find(c) == std::string_view::npos) return true;
  if (part == Part::kPath) return c == '?';
  if (part == Part::kUser) return c == '@' || c == '/' || c == '?' || c == ':';
  return part != Part::kFragment;
}

std::string escaped(std::string_view text, Part part) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (!must_escape(c, part)) {
      out += c;
      continue;
    }
    out += '%';
    out += kHex[static_cast<unsigned char>(c) >> 4];
    out += kHex[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

base::Result<std::string> unescaped(std::string_view text, Part part) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '%') {
      const bool host = part == Part::kHost || part == Part::kZone;
      if (host && static_cast<unsigned char>(c) < 0x80 && must_escape(c, part))
        return fail("invalid character \"" + std::string(1, c) + "\" in host name");
      out += c;
      continue;
    }
    const std::string_view code = text.substr(i, 3);
    if (code.size() < 3 || hex_value(code[1]) < 0 || hex_value(code[2]) < 0)
      return fail("invalid URL escape \"" + std::string(code) + "\"");
    const char value = static_cast<char>(hex_value(code[1]) << 4 | hex_value(code[2]));
    // In a host only what is not ASCII is written so, and the "%25" before a zone.
    if (part == Part::kHost && hex_value(code[1]) < 8 && code != "%25")
      return fail("invalid URL escape \"" + std::string(code) + "\"");
    if (part == Part::kZone && code != "%25" && value != ' ' && must_escape(value, Part::kHost))
      return fail("invalid URL escape \"" + std::string(code) + "\"");
    out += value;
    i += 2;
  }
  return out;
}

// "" or ":" with digits.
bool is_port(std::string_view text) {
  if (text.empty()) return true;
  return text[0] == ':' && std::all_of(text.begin() + 1, text.end(), is_digit);
}

base::Result<std::string> host_of(std::string_view text) {
  const size_t open = text.rfind('[');
  if (open != std::string_view::npos) {
    if (open != 0) return fail("invalid IP-literal");
    const size_t close = text.rfind(']');
    if (close == std::string_view::npos) return fail("missing ']' in host");
    if (!is_port(text.substr(close + 1)))
      return fail("invalid port \"" + std::string(text.substr(close + 1)) + "\" after host");
    const size_t zone = text.substr(0, close).find("%25");
    if (zone == std::string_view::npos) return unescaped(text, Part::kHost);
    auto address = unescaped(text.substr(0, zone), Part::kHost);
    auto name = unescaped(text.substr(zone, close - zone), Part::kZone);
    auto rest = unescaped(text.substr(close), Part::kHost);
    if (!address) return address;
    if (!name) return name;
    if (!rest) return rest;
    return *address + *name + *rest;
  }
  const size_t colon = text.rfind(':');
  if (colon != std::string_view::npos && !is_port(text.substr(colon)))
    return fail("invalid port \"" + std::string(text.substr(colon)) + "\" after host");
  return unescaped(text, Part::kHost);
}

bool is_userinfo(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) ||
           std::string_view("-._:~!$&'()*+,;=%@").find(c) != std::string_view::npos;
  });
}

base::Status read_authority(std::string_view text, Url& url) {
  const size_t at = text.rfind('@');
  auto host = host_of(at == std::string_view::npos ? text : text.substr(at + 1));
  if (!host) return tl::unexpected(host.error());
  url.host = std::move(*host);
  if (at == std::string_view::npos) return {};
  const std::string_view info = text.substr(0, at);
  if (!is_userinfo(info)) return fail("net/url: invalid userinfo");
  const size_t colon = info.find(':');
  auto name = unescaped(info.substr(0, colon), Part::kUser);
  if (!name) return tl::unexpected(name.error());
  url.userinfo = escaped(*name, Part::kUser);
  if (colon == std::string_view::npos) return {};
  auto password = unescaped(info.substr(colon + 1), Part::kUser);
  if (!password) return tl::unexpected(password.error());
  *url.userinfo += ":" + escaped(*password, Part::kUser);
  return {};
}

// Takes "scheme:" off the text.
base::Result<std::string> take_scheme(std::string_view& text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_letter(c)) continue;
    if (is_digit(c) || c == '+' || c == '-' || c == '.') {
      if (i == 0) return "";
      continue;
    }
    if (c != ':') return "";
    if (i == 0) return fail("missing protocol scheme");
    std::string scheme(text.substr(0, i));
    for (char& letter : scheme)
      if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter | 0x20);
    text.remove_prefix(i + 1);
    return scheme;
  }
  return "";
}

base::Status read(std::string_view text, Url& url) {
  const bool control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  if (control) return fail("invalid control character in URL");
  if (text == "*") {
    url.path = "*";
    return {};
  }
  auto scheme = take_scheme(text);
  if (!scheme) return tl::unexpected(scheme.error());
  url.scheme = std::move(*scheme);
  if (const size_t mark = text.find('?'); mark != std::string_view::npos) {
    url.query = text.substr(mark + 1);
    text = text.substr(0, mark);
  }
  if (!text.starts_with('/')) {
    if (!url.scheme.empty()) {
      url.opaque = text;
      return {};
    }
    if (text.substr(0, text.find('/')).find(':') != std::string_view::npos)
      return fail("first path segment in URL cannot contain colon");
  }
  if (text.starts_with("//") && (!url.scheme.empty() || !text.starts_with("///"))) {
    text.remove_prefix(2);
    const size_t slash = std::min(text.find('/'), text.size());
    if (auto status = read_authority(text.substr(0, slash), url); !status) return status;
    text.remove_prefix(slash);
  }
  auto path = unescaped(text, Part::kPath);
  if (!path) return tl::unexpected(path.error());
  url.path = std::move(*path);
  return {};
}

}  // namespace

base::Result<Url> parse_url(std::string_view text) {
  Url url;
  const size_t hash = text.find('#');
  if (auto status = read(text.substr(0, hash), url); !status) {
    base::Error error = status.error();
    error.text = "parse \"" + std::string(text) + "\": " + error.text;
    return tl::unexpected(std::move(error));
  }
  if (hash != std::string_view::npos) {
    auto fragment = unescaped(text.substr(hash + 1), Part::kFragment);
    if (!fragment) return tl::unexpected(fragment.error());
    url.fragment = std::move(*fragment);
  }
  return url;
}

std::string hostname(const Url& url) {
  std::string_view host = url.host;
  const size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && is_port(host.substr(colon))) host = host.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host.remove_prefix(1);
    host.remove_suffix(1);
  }
  return std::string(host);
}

std::string url_text(const Url& url) {
  std::string out;
  if (!url.scheme.empty()) out += url.scheme + ":";
  if (!url.opaque.empty()) {
    out += url.opaque;
  } else {
    if ((!url.scheme.empty() || !url.host.empty() || url.userinfo) &&
        (!url.host.empty() || !url.path.empty() || url.userinfo)) {
      out += "//";
      if (url.userinfo) out += *url.userinfo + "@";
      out += escaped(url.host, Part::kHost);
    }
    const std::string path = url.path == "*" ? "*" : escaped(url.path, Part::kPath);
    if (!path.empty() && path[0] != '/' && !url.host.empty()) out += '/';
    // A colon in the first segment would make a scheme of it.
    if (out.empty() && path.substr(0, path.find('/')).find(':') != std::string::npos) out += "./";
    out += path;
  }
  if (!url.query.empty()) out += "?" + url.query;
  if (!url.fragment.empty()) out += "#" + escaped(url.fragment, Part::kFragment);
  return out;
}

}  // namespace expr
