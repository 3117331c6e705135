// image_index.h — what the store remembers of each image: one small JSON file an image.
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "text/value.h"

namespace runtime {

struct ImageRecord {
  std::string digest;           // as the registry names it
  std::set<std::string> names;  // canonical; empty: removed while a pod still used it
  base::Time pulled_at;
  bool builtin = false;
  std::vector<std::string> diff_ids;  // of the layers, lowest first
  std::vector<std::string> blobs;     // digests of the blobs kept for it
  std::vector<std::string> entrypoint, command, env;
  std::string working_dir, user;
};

text::Value to_value(const ImageRecord& record);
base::Result<ImageRecord> record_from_value(const text::Value& value);

// Fills diff_ids, entrypoint, command, env, working_dir and user from an OCI image configuration.
// `layer_count`: of the manifest; the configuration has to agree. A Windows image is refused.
base::Status read_image_config(const text::Value& config, size_t layer_count, ImageRecord& record);

// The file's name: the digest's hex digits and ".json".
std::string record_file(const ImageRecord& record);

}  // namespace runtime
