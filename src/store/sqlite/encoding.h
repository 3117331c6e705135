// encoding.h — how labels and owners stand in a column, and the hashes under which they are found.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/store.h"

namespace store {

// "key\0value\0…"; neither may hold a NUL.
std::string encode_labels(const Labels& labels);
Labels decode_labels(std::string_view bytes);
// "uid\0…"
std::string encode_owners(const std::vector<std::string>& owner_uids);
bool holds_owner(std::string_view bytes, std::string_view uid);

// Hashes only find candidates: whoever looks up compares the texts as well.
int64_t label_hash(std::string_view resource, std::string_view key, std::string_view value);
int64_t owner_hash(std::string_view uid);
// Resources and their labels that are not in the index (SqliteOptions::unindexed).
using Unindexed = std::vector<std::pair<std::string, std::string>>;
bool is_indexed(const Unindexed& unindexed, std::string_view resource, std::string_view label);
// The hashes of an object's labels that are indexed and of its owners, sorted, each once.
std::vector<int64_t> index_hashes(const Unindexed& unindexed, std::string_view resource,
                                  std::string_view labels, std::string_view owners);

}  // namespace store
