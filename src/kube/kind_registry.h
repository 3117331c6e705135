// kind_registry.h — the kinds that an API serves now: the built-in ones and those that
// CustomResourceDefinitions have made.
//
// A row, once made, lives as long as the registry, also when its definition has changed or gone:
// whoever holds one may go on with it. Any thread.
#pragma once
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "kube/custom_kind.h"
#include "kube/kinds.h"

namespace kube {

// A version of a custom kind in which its objects are shown, and not stored.
inline bool is_converted(const Kind& kind) { return kind.custom && !kind.custom->is_stored; }

class KindRegistry {
 public:
  // The built-in ones come first.
  std::vector<const Kind*> all() const;
  // As in a REST path; null when it is not served.
  const Kind* find(std::string_view group, std::string_view version, std::string_view plural) const;
  const Kind* find(std::string_view api_version, std::string_view kind) const;
  // By the store's name of it; of several versions the one that is stored, served or not.
  const Kind* find_stored(std::string_view resource) const;
  // The served versions of a custom kind beside `kind`, and itself.
  std::vector<const Kind*> versions_of(const Kind& kind) const;

  // Instead of what this definition served before.
  void serve(const std::string& definition,
             std::vector<std::shared_ptr<const CustomKind>> versions);
  void stop_serving(const std::string& definition);
  // Grows with each change, for those who keep documents of all kinds.
  uint64_t generation() const { return generation_; }

 private:
  using Rows = std::vector<const Kind*>;
  mutable std::mutex mutex_;  // of the next two
  std::map<std::string, Rows, std::less<>> custom_;
  std::vector<std::unique_ptr<Kind>> owned_;
  std::atomic<uint64_t> generation_ = 1;
};

}  // namespace kube
