#include "store/sqlite/encoding.h"

#include <algorithm>

#include "base/hash.h"

namespace store {
namespace {

// The next text of a column; the rest stays in `bytes`.
std::string_view take(std::string_view& bytes) {
  const size_t end = std::min(bytes.find('\0'), bytes.size());
  const std::string_view text = bytes.substr(0, end);
  bytes.remove_prefix(std::min(end + 1, bytes.size()));
  return text;
}

constexpr uint64_t mix(uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 1099511628211ull;
  return hash * 1099511628211ull;  // a NUL behind each text
}

}  // namespace

std::string encode_labels(const Labels& labels) {
  std::string bytes;
  for (const auto& [key, value] : labels)
    bytes.append(key).append(1, '\0').append(value).append(1, '\0');
  return bytes;
}

Labels decode_labels(std::string_view bytes) {
  Labels labels;
  while (!bytes.empty()) {
    const std::string_view key = take(bytes);
    labels.emplace_back(key, take(bytes));
  }
  return labels;
}

std::string encode_owners(const std::vector<std::string>& owner_uids) {
  std::string bytes;
  for (const std::string& uid : owner_uids) bytes.append(uid).append(1, '\0');
  return bytes;
}

bool holds_owner(std::string_view bytes, std::string_view uid) {
  while (!bytes.empty())
    if (take(bytes) == uid) return true;
  return false;
}

int64_t label_hash(std::string_view resource, std::string_view key, std::string_view value) {
  return static_cast<int64_t>(mix(mix(mix(base::fnv1a64("label"), resource), key), value));
}

int64_t owner_hash(std::string_view uid) {
  return static_cast<int64_t>(mix(base::fnv1a64("owner"), uid));
}

bool is_indexed(const Unindexed& unindexed, std::string_view resource, std::string_view label) {
  return std::none_of(unindexed.begin(), unindexed.end(), [&](const auto& row) {
    return row.first == resource && row.second == label;
  });
}

std::vector<int64_t> index_hashes(const Unindexed& unindexed, std::string_view resource,
                                  std::string_view labels, std::string_view owners) {
  std::vector<int64_t> hashes;
  while (!labels.empty()) {
    const std::string_view key = take(labels);
    const std::string_view value = take(labels);
    if (is_indexed(unindexed, resource, key)) hashes.push_back(label_hash(resource, key, value));
  }
  while (!owners.empty()) hashes.push_back(owner_hash(take(owners)));
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  return hashes;
}

}  // namespace store
