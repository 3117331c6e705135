// openapi.h — what an API server serves, told as OpenAPI documents from the field tables.
//
// Pure functions of their arguments; some milliseconds each: make them once.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "model/schema.h"
#include "text/value.h"

namespace model {

// A kind that is served under /api/VERSION or /apis/GROUP/VERSION.
struct ApiResource {
  std::string group, version;  // "" is the core group
  std::string kind, plural;
  bool namespaced = false, has_status = false, has_scale = false;
  bool is_custom = false;  // no strategic merge patches
  // An answer that is made, not stored: only POST, as of access reviews.
  bool is_virtual = false;
  const SchemaType* type = nullptr;
  text::Value schema = {};  // of a custom kind without `type`: openAPIV3Schema; null: any fields

  std::string api_version() const;  // "argoproj.io/v1alpha1", "v1"
  std::string path() const;         // "/apis/argoproj.io/v1alpha1", "/api/v1"
};

// The type of a built-in kind or one of Argo's; null when the tables have none.
const SchemaType* find_served_type(std::string_view api_version, std::string_view kind);

// Kubernetes' /openapi/v2: one document of all, as JSON (swagger 2.0) and as gnostic's
// openapi.v2.Document, which is what kubectl asks for.
std::string openapi_v2_json(std::span<const ApiResource> resources);
std::string openapi_v2_protobuf(std::span<const ApiResource> resources);

// Kubernetes' /openapi/v3/apis/GROUP/VERSION: of those of `resources` that are of this group.
std::string openapi_v3_json(std::span<const ApiResource> resources, std::string_view group,
                            std::string_view version);

}  // namespace model
