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

std::string_view uid_stem(std::string_view uid) { return uid.substr(0, kStemSize); }

}  // namespace kube
