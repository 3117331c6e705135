// metadata.h — what Kubernetes demands of names and labels, and what a store needs of an object's
// metadata.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "kube/api.h"
#include "store/store.h"
#include "text/value.h"

namespace kube {

// RFC 1123: a subdomain of at most 253 characters; for a Namespace a label of at most 63. kInvalid
// in Kubernetes' words.
base::Status check_name(const Kind& kind, std::string_view name);
base::Status check_namespace(std::string_view name);
// metadata.labels and metadata.annotations are maps of strings, metadata.finalizers a list of
// strings; keys and values of labels are qualified names and at most 63 characters.
base::Status check_metadata(const Kind& kind, const text::Value& metadata);

store::Labels labels_of(const text::Value& metadata);

struct OwnerReference {
  std::string api_version, kind, name, uid;
};
std::vector<OwnerReference> owners_of(const text::Value& metadata);

bool has_finalizer(const text::Value& metadata, std::string_view finalizer);
bool has_finalizers(const text::Value& metadata);
void add_finalizer(text::Value& metadata, std::string_view finalizer);
void remove_finalizer(text::Value& metadata, std::string_view finalizer);

// apiVersion, kind and metadata first, the rest in the order it has.
text::Value in_order(text::Value object);

// A resourceVersion as clients write it; nothing for "" and for what is no number of ours.
std::optional<uint64_t> parse_revision(std::string_view text);

}  // namespace kube
