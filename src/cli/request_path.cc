#include "cli/request_path.h"

#include <algorithm>

#include "cli/api.h"

namespace cli {
namespace {

constexpr std::string_view kPrefix = "/api/v1/";

std::string decoded(std::string_view text) {
  return sys::percent_decode(text).value_or(std::string(text));
}

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    const size_t end = std::min(path.find('/'), path.size());
    out.push_back(decoded(path.substr(0, end)));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return out;
}

}  // namespace

RequestPath split_target(const std::string& target) {
  RequestPath out;
  const size_t mark = std::min(target.find('?'), target.size());
  std::string_view path(target.data(), mark);
  out.is_argo = path.starts_with(kPrefix) && !path.starts_with("/api/v1/namespaces");
  out.parts = split(path.substr(out.is_argo ? kPrefix.size() : 1));
  std::string_view query = std::string_view(target).substr(std::min(mark + 1, target.size()));
  while (!query.empty()) {
    const std::string_view one = query.substr(0, query.find('&'));
    const size_t equals = std::min(one.find('='), one.size());
    out.query[decoded(one.substr(0, equals))] =
        decoded(one.substr(std::min(equals + 1, one.size())));
    query.remove_prefix(std::min(one.size() + 1, query.size()));
  }
  return out;
}

std::string join_target(const RequestPath& path) {
  std::string out = "/api/v1";
  for (const std::string& part : path.parts) out += "/" + sys::percent_encode(part);
  Query query;
  for (const auto& [key, value] : path.query) query.add(key, value);
  return out + query.text();
}

}  // namespace cli
