#include "engine/artifact.h"

#include <algorithm>
#include <vector>

namespace engine {
namespace {

using text::Value;

constexpr std::string_view kKeyFormat = "{{workflow.name}}/{{pod.name}}";
constexpr size_t kNeededMax = 3;

// One driver: what must be there to reach an artifact, which of them is its key (empty: it has
// none), and what a repository of this kind calls the format of its keys.
struct Driver {
  std::string_view name, key, key_format;
  std::string_view needed[kNeededMax];
  bool key_is_path = false;  // of an address
};

// In the order in which Argo looks for them.
constexpr Driver kDrivers[] = {
    {"artifactory", "url", "keyFormat", {"url", "usernameSecret"}, true},
    {"azure", "blob", "blobNameFormat", {"endpoint", "container", "blob"}},
    {"git", "", "", {"repo"}},
    {"gcs", "key", "keyFormat", {"bucket", "key"}},
    {"hdfs", "path", "pathFormat", {"addresses"}},
    {"http", "url", "", {"url"}, true},
    {"oss", "key", "keyFormat", {"bucket", "endpoint", "key"}},
    {"raw", "", "", {}},
    {"s3", "key", "keyFormat", {"endpoint", "bucket", "key"}},
    {"plugin", "key", "keyFormat", {"name", "configuration", "key"}},
};

bool is_something(const Value* value) {
  if (value == nullptr || value->is_null()) return false;
  if (value->is_string()) return !value->as_string().empty();
  return !value->is_list() || !value->as_list().empty();
}

struct Place {
  const Driver* driver = nullptr;
  const Value* value = nullptr;
};

Place place_of(const Value& artifact) {
  for (const Driver& driver : kDrivers)
    if (const Value* value = artifact.find(driver.name); value != nullptr && value->is_map())
      return {&driver, value};
  return {};
}

// Where the path of an address begins, and where it ends.
std::pair<size_t, size_t> path_of(std::string_view url) {
  const size_t scheme = url.find("://");
  size_t start = scheme == std::string_view::npos ? 0 : url.find('/', scheme + 3);
  if (start == std::string_view::npos) start = std::min(url.find_first_of("?#"), url.size());
  return {start, std::min(url.find_first_of("?#", start), url.size())};
}

std::string key_at(const Place& place) {
  const std::string url(place.value->string_at(place.driver->key));
  if (!place.driver->key_is_path) return url;
  const auto [start, end] = path_of(url);
  return url.substr(start, end - start);
}

// As Go's path.Join: one slash between parts, "." and ".." worked off.
std::string joined(std::string_view left, std::string_view right) {
  std::string all(left);
  if (!left.empty() && !right.empty()) all += '/';
  all += right;
  const bool is_rooted = all.starts_with('/');
  std::vector<std::string_view> parts;
  for (size_t at = 0; at < all.size();) {
    const size_t end = std::min(all.find('/', at), all.size());
    const std::string_view part = std::string_view(all).substr(at, end - at);
    at = end + 1;
    if (part.empty() || part == ".") continue;
    if (part != "..")
      parts.push_back(part);
    else if (!parts.empty() && parts.back() != "..")
      parts.pop_back();
    else if (!is_rooted)
      parts.push_back(part);
  }
  std::string out = is_rooted ? "/" : "";
  for (size_t i = 0; i < parts.size(); ++i) out.append(i == 0 ? "" : "/").append(parts[i]);
  return out.empty() && !all.empty() ? "." : out;
}

}  // namespace

bool has_location(const Value& artifact) {
  const Place place = place_of(artifact);
  if (place.driver == nullptr) return false;
  return std::all_of(std::begin(place.driver->needed), std::end(place.driver->needed),
                     [&](std::string_view member) {
                       return member.empty() || is_something(place.value->find(member));
                     });
}

bool has_location_or_key(const Value& artifact) {
  if (has_location(artifact)) return true;
  const Place place = place_of(artifact);
  return place.driver != nullptr && !place.driver->key.empty() && !key_at(place).empty();
}

base::Status append_to_key(Value& artifact, std::string_view path) {
  const Place place = place_of(artifact);
  if (place.driver == nullptr)
    return base::fail(base::Code::kInvalid,
                      "key unsupported: cannot get key for artifact location, because it is "
                      "invalid");
  if (place.driver->key.empty())
    return base::fail(base::Code::kInvalid, "key unsupported: " + std::string(place.driver->name) +
                                                " artifact does not have a key");
  const std::string key = joined(key_at(place), path);
  Value& location = artifact[place.driver->name];
  if (!place.driver->key_is_path) {
    location[place.driver->key] = Value(key);
    return {};
  }
  std::string url(location.string_at(place.driver->key));
  const auto [start, end] = path_of(url);
  url.replace(start, end - start, (key.starts_with('/') ? "" : "/") + key);
  location[place.driver->key] = Value(url);
  return {};
}

std::string_view plugin_of(const Value& artifact) {
  const Place place = place_of(artifact);
  if (place.driver == nullptr || place.driver->name != "plugin") return {};
  return place.value->string_at("name");
}

Value location_of_repository(const Value& repository) {
  Value out;
  const Place place = place_of(repository);
  if (place.driver == nullptr || place.driver->key_format.empty()) return out;
  Value location = *place.value;
  std::string key(location.string_at(place.driver->key_format));
  // An older way to say it, of S3 only.
  if (key.empty()) key = joined(location.string_at("keyPrefix"), kKeyFormat);
  location.as_map().erase(place.driver->key_format);
  location.as_map().erase("keyPrefix");
  if (place.driver->key_is_path) {
    std::string url(location.string_at("repoURL"));
    if (!url.ends_with('/')) url += '/';
    location.as_map().erase("repoURL");
    key = url + key;
  }
  location[place.driver->key] = Value(key);
  out = Value(text::Map());
  out[place.driver->name] = std::move(location);
  return out;
}

const Value* find_artifact(const Value& list, std::string_view name) {
  if (!list.is_list()) return nullptr;
  for (const Value& artifact : list.as_list())
    if (artifact.string_at("name") == name) return &artifact;
  return nullptr;
}

}  // namespace engine
