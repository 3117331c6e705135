// image_name.h — an image's name as Docker reads it: "busybox" is docker.io/library/busybox:latest.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace runtime {

// Registry, repository and either a tag or a digest. With both given the digest decides, as Docker
// has it, and the tag is dropped.
struct ImageName {
  std::string registry;    // "docker.io", "127.0.0.1:5000"
  std::string repository;  // "library/busybox"
  std::string tag;         // "latest"; empty when there is a digest
  std::string digest;      // "sha256:<64 hex digits>", or empty

  // The form that two spellings of one image share: "docker.io/library/busybox:latest".
  std::string canonical() const;
  // The form that people write: "busybox:latest", "argoproj/argosay:v2", "quay.io/org/app:1".
  std::string familiar() const;
};

// Errors are kInvalid and say which part is wrong.
base::Result<ImageName> parse_image_name(std::string_view text);

}  // namespace runtime
