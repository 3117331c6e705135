#include "kube/workflow_rows.h"

#include <fmt/format.h>

#include <charconv>

namespace kube {
namespace {

constexpr size_t kStemSize = 28;  // of the 36 characters of a uid

}  // namespace

std::string pod_uid(std::string_view workflow_uid, uint32_t number) {
  return fmt::format("{}{:08x}", uid_stem(workflow_uid), number);
}

std::optional<uint32_t> number_of_pod_uid(std::string_view uid) {
  uint32_t number = 0;
  if (uid.size() != kStemSize + 8) return {};
  const auto [end, error] =
      std::from_chars(uid.data() + kStemSize, uid.data() + uid.size(), number, 16);
  if (error != std::errc() || end != uid.data() + uid.size()) return {};
  return number;
}

base::Result<uint32_t> read_pod_base(const store::Store& store, const std::string& workflow_uid) {
  uint32_t base = 0;
  const auto read =
      store.rows(workflow_uid, kEngine, kPodBase, [&](uint64_t key, std::string_view bytes) {
        if (key == kPodBase) std::from_chars(bytes.data(), bytes.data() + bytes.size(), base);
        return false;
      });
  if (!read) return base::fail(read.error());
  return base;
}

std::string_view uid_stem(std::string_view uid) { return uid.substr(0, kStemSize); }

}  // namespace kube
