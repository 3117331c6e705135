// images.h — where containers' file systems come from: OCI images, pulled once, layers shared.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "kube/node_api.h"

namespace runtime {

// A ready image. Immutable; the layers stay on disk as long as anybody holds a lease.
struct Image {
  std::string name, digest;
  // Unpacked layers for overlayfs, uppermost first, as `lowerdir=` wants them.
  std::vector<std::string> layer_dirs;
  std::vector<std::string> entrypoint, command, env;  // env as "NAME=value"
  std::string working_dir, user;                      // user as in the image: "1000:1000", "app"
};

enum class PullPolicy : uint8_t { kIfNotPresent, kAlways, kNever };

class ImageStore {
 public:
  virtual ~ImageStore() = default;
  // Blocks until the image is there (pulls of one image are shared between callers). `pull_secrets`
  // are docker config.json texts. Errors keep the registry's answer and name the ways out:
  // kNotFound, kUnauthorized, kUnavailable (nobody reached), kInvalid (name, image).
  // Any thread.
  virtual base::Result<std::shared_ptr<const Image>> ensure(
      std::string_view name, PullPolicy policy, const std::vector<std::string>& pull_secrets,
      const std::function<void(std::string_view)>& on_progress) = 0;
  // The image when ensure(kIfNotPresent) would not have to pull; null else. Cheap: no file is
  // read. Also takes a bare digest ("sha256:…"): so a restarted agent leases again what runs.
  virtual std::shared_ptr<const Image> find(std::string_view name) = 0;
  virtual base::Result<std::vector<kube::ImageInfo>> list() = 0;
  // `name` may be empty when the archive names its only image.
  virtual base::Result<kube::ImageInfo> import(std::string_view path, std::string_view name) = 0;
  // Takes the name away; the files go with the last name and the last lease.
  virtual base::Status remove(std::string_view name) = 0;
  // Removes what no name leads to and nobody leases; named images stay. Gives the bytes freed.
  virtual base::Result<uint64_t> prune() = 0;
};

class HostCommands;

struct ImageStoreConfig {
  std::string root;  // folder of its own: blobs, layers, index
  std::string
      builtin_busybox;  // path of the static busybox binary that serves "busybox"; may be empty
  // "docker.io" -> "http://127.0.0.1:5000": tried in order before the registry itself. The left
  // side is a registry, with or without a part of the path; the right side may have a path, and
  // http:// there means that no certificate is asked for.
  std::vector<std::pair<std::string, std::string>> mirrors;
  // "docker/whalesay:latest" -> another name: the user's mapping.
  std::vector<std::pair<std::string, std::string>> mappings;
  std::string docker_config;  // ~/.docker/config.json, or empty
  bool offline = false;       // ask no registry: only what is here, and the built-in busybox
  const HostCommands* host = nullptr;  // who asks registries; null: this process
};
// What is wrong with the folder (not writable, damaged) is told by the first call that needs it.
std::unique_ptr<ImageStore> open_image_store(const ImageStoreConfig& config);

}  // namespace runtime
