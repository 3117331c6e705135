// image_fetch.h — brings an image's blobs here with skopeo: from a registry, an archive, a layout.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace runtime {

class HostCommands;

using Tell = std::function<void(std::string_view)>;

// Where to ask skopeo for an image.
struct ImageSource {
  std::string transport;               // "docker://127.0.0.1:5000/library/busybox", "oci:/dir", …
  std::string reference;               // ":latest", "@sha256:…", or empty
  bool insecure = false;               // http, or a certificate that nobody vouches for
  std::string auth_file;               // docker's config.json; empty: none
  int timeout_seconds = 0;             // 0: as long as it takes
  const HostCommands* host = nullptr;  // who runs skopeo; null: this process

  std::string name() const { return transport + reference; }
};

// The digest of the manifest, or the list of manifests, that the registry has under the name.
// Errors: kNotFound, kUnauthorized, kUnavailable (nobody reached), kInvalid: with its answer.
base::Result<std::string> resolve_digest(const ImageSource& source);

struct LayerSize {
  std::string digest;
  uint64_t bytes = 0;
};
// The layers of a registry's image for this machine as they are sent. Errors as resolve_digest().
base::Result<std::vector<LayerSize>> layer_sizes(ImageSource source);

// What was copied: an OCI manifest and its blobs below `blobs`/sha256/.
struct FetchedImage {
  std::string manifest_digest;  // of the OCI manifest that skopeo wrote
  std::string config_digest;
  std::vector<std::string> layer_digests;  // of the blobs, lowest first
};
// `layout`: a path where nothing is yet; it goes away with the caller's temporary files.
base::Result<FetchedImage> fetch_image(const ImageSource& source, const std::string& blobs,
                                       const std::string& layout, const Tell& tell);

// "sha256:abc" as a path below `blobs`.
std::string blob_path(const std::string& blobs, std::string_view digest);

}  // namespace runtime
