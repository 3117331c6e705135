// view.h — the forms in which objects are shown: as they are, as rows of a table, or their
// metadata alone.
//
// A client asks by Accept: application/json;as=Table;v=v1;g=meta.k8s.io (kubectl get),
// as=PartialObjectMetadata, as=PartialObjectMetadataList. includeObject says what a row has of its
// object.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "kube/kinds.h"
#include "server/call.h"
#include "sys/clock.h"

namespace server {

struct View {
  enum class As : uint8_t { kObject, kTable, kMetadata };
  enum class Include : uint8_t { kMetadata, kNone, kObject };
  As as = As::kObject;
  Include include = Include::kMetadata;
  bool is_beta = false;               // v1beta1
  const sys::Clock* clock = nullptr;  // of the ages

  bool is_plain() const { return as == As::kObject; }
  // Does it show the objects whole?
  bool shows_objects() const {
    return is_plain() || (as == As::kTable && include == Include::kObject);
  }
  // Equal views show an object in the same bytes (but for the time).
  friend bool operator==(const View& a, const View& b) {
    return a.as == b.as && a.include == b.include && a.is_beta == b.is_beta;
  }
};

// The first form of Accept that there is. kUnsupported (406): none; kInvalid: includeObject.
base::Result<View> read_view(const Call& call, const sys::Clock& clock);

// What stands in the metadata of a list.
struct ListMeta {
  std::string resource_version, continue_token;
  std::optional<uint64_t> remaining = {};
};

// Gathers the objects of one answer. In a plain view it is KIND with a List behind it.
class ListWriter {
 public:
  ListWriter(const kube::Kind& kind, const View& view);
  void add(const text::Value& object);
  // Of bytes that are there already; only in a plain view.
  void add_json(std::string_view object);
  std::string finish(const ListMeta& meta);
  // In parts, in a plain view: the head with what has been added; then "," and what is added to
  // another writer; then "]}".
  std::string take_head(const ListMeta& meta);
  std::string take_items() { return std::move(items_); }

 private:
  const kube::Kind& kind_;
  const View view_;
  std::string items_;
};

// One object in this view, as JSON.
std::string shown(const kube::Kind& kind, const View& view, const text::Value& object);

// What a bookmark of a watch holds: a revision, and maybe annotations (as JSON).
std::string shown_bookmark(const kube::Kind& kind, const View& view, std::string_view revision,
                           std::string_view annotations);

}  // namespace server
