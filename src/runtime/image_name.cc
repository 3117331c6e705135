#include "runtime/image_name.h"

#include <fmt/core.h>

#include <algorithm>

namespace runtime {
namespace {

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_letter_or_digit(char c) { return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z'); }

bool is_digest(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  if (!text.starts_with(kPrefix) || text.size() != kPrefix.size() + 64) return false;
  return std::ranges::all_of(text.substr(kPrefix.size()), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
}

bool is_tag(std::string_view text) {
  if (text.empty() || text.size() > 128 || text[0] == '.' || text[0] == '-') return false;
  return std::ranges::all_of(
      text, [](char c) { return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-'; });
}

// A path component: lower-case letters and digits, with ".", "_", "__" or dashes between them.
bool is_component(std::string_view text) {
  if (text.empty() || !is_lower_or_digit(text.front()) || !is_lower_or_digit(text.back()))
    return false;
  for (size_t i = 0; i < text.size();) {
    if (is_lower_or_digit(text[i])) {
      ++i;
      continue;
    }
    const size_t end = std::min(text.find_first_not_of("._-", i), text.size());
    const std::string_view between = text.substr(i, end - i);
    const bool dashes = between.find_first_not_of('-') == std::string_view::npos;
    if (end == i || !(dashes || between == "." || between == "_" || between == "__")) return false;
    i = end;
  }
  return true;
}

bool is_repository(std::string_view text) {
  if (text.size() > 255) return false;
  for (;;) {
    const size_t slash = text.find('/');
    if (!is_component(text.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    text.remove_prefix(slash + 1);
  }
}

bool is_registry(std::string_view text) {
  if (text.empty() || !(is_letter_or_digit(text[0]) || text[0] == '[')) return false;
  return std::ranges::all_of(text, [](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
  });
}

}  // namespace

std::string ImageName::canonical() const {
  if (!digest.empty()) return fmt::format("{}/{}@{}", registry, repository, digest);
  return fmt::format("{}/{}:{}", registry, repository, tag);
}

std::string ImageName::familiar() const {
  const std::string name = canonical();
  for (const std::string_view prefix : {"docker.io/library/", "docker.io/"})
    if (name.starts_with(prefix)) return name.substr(prefix.size());
  return name;
}

base::Result<ImageName> parse_image_name(std::string_view text) {
  const auto bad = [text](std::string_view why) {
    return base::fail(base::Code::kInvalid, fmt::format("image name \"{}\": {}", text, why), {},
                      "an image is named as [registry/]repository[:tag|@sha256:digest]");
  };
  if (text.empty()) return bad("it is empty");
  ImageName name;
  std::string_view rest = text;
  if (const size_t at = rest.find('@'); at != std::string_view::npos) {
    name.digest = rest.substr(at + 1);
    rest = rest.substr(0, at);
    if (!is_digest(name.digest)) return bad("the digest is not sha256: and 64 hex digits");
  }
  const size_t slash = rest.find('/');
  const std::string_view first = rest.substr(0, slash);
  if (slash != std::string_view::npos &&
      (first.find_first_of(".:") != std::string_view::npos || first == "localhost")) {
    name.registry = first == "index.docker.io" ? "docker.io" : first;
    rest = rest.substr(slash + 1);
    if (!is_registry(name.registry)) return bad("the registry's address is malformed");
  } else {
    name.registry = "docker.io";
  }
  if (const size_t colon = rest.rfind(':'); colon != std::string_view::npos) {
    name.tag = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
    if (!is_tag(name.tag)) return bad("the tag is malformed");
  } else {
    name.tag = "latest";
  }
  if (!name.digest.empty()) name.tag.clear();
  if (std::ranges::any_of(rest, [](char c) { return c >= 'A' && c <= 'Z'; }))
    return bad("the repository must be in lower case");
  if (!is_repository(rest)) return bad("the repository is malformed");
  name.repository = rest;
  if (name.registry == "docker.io" && rest.find('/') == std::string_view::npos)
    name.repository.insert(0, "library/");
  return name;
}

}  // namespace runtime
