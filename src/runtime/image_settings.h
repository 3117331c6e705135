// image_settings.h — mirrors and mappings as people write them, in a variable or in YAML.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "runtime/images.h"
#include "text/value.h"

namespace runtime {

// "docker.io=http://127.0.0.1:5000,quay.io=https://mirror.example/quay": a list for
// ImageStoreConfig's mirrors or mappings. Blanks around the parts are cut off.
base::Result<std::vector<std::pair<std::string, std::string>>> parse_image_rules(
    std::string_view text);

// Adds what the `images` section of a configuration says:
//   mirrors: {docker.io: http://127.0.0.1:5000, quay.io: [https://a.example, https://b.example]}
//   mappings: {docker/whalesay:latest: my/whalesay:1}
//   offline: true
// Any other key is kInvalid, with its place.
base::Status add_image_settings(const text::Value& images, ImageStoreConfig& config);

}  // namespace runtime
