// image_layer.h — one layer of an image, from a tar stream to a directory that overlayfs can use.
//
// Whiteouts become overlayfs' own (a character device 0:0, an opaque mark on the directory).
// Ownership, modes, times, hard links, capabilities and user attributes are kept as far as this
// process may set them. A layer's paths and links cannot lead out of the directory, whatever they
// say.
#pragma once
#include <cstdint>
#include <string>

#include "base/error.h"

namespace runtime {

struct UnpackedLayer {
  std::string diff_id;  // "sha256:…" of the uncompressed tar
  uint64_t bytes = 0;   // of the files' contents
};

// `blob`: a tar, plain or compressed by gzip, zstd, xz or bzip2. `directory` is there and empty.
// kCorrupt: not a layer; kUnavailable: disk full and the like.
base::Result<UnpackedLayer> unpack_layer(const std::string& blob, const std::string& directory);

}  // namespace runtime
