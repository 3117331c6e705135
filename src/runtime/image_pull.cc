// The part of DiskImageStore that asks registries: mirrors first, then the registry itself, and
// the built-in busybox where nobody can be reached.
#include <fmt/core.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "runtime/image_auth.h"
#include "runtime/image_busybox.h"
#include "runtime/image_digest.h"
#include "runtime/image_progress.h"
#include "runtime/image_store.h"

namespace runtime {
namespace {

namespace fs = std::filesystem;
using base::Code;

// So long a network that swallows packets may delay a first workflow that only needs busybox.
constexpr int kBusyboxTimeoutSeconds = 5;
constexpr base::Duration kBusyboxPause = base::Duration::seconds(60);

bool is_busybox(const ImageName& name) {
  return name.registry == "docker.io" && name.repository == "library/busybox" &&
         name.digest.empty();
}

std::string reference_of(const ImageName& name) {
  return name.digest.empty() ? ":" + name.tag : "@" + name.digest;
}

// Where `mirror` has the image, when the rule's left side covers its name.
std::optional<ImageSource> mirror_source(const std::string& covered, std::string_view mirror,
                                         const ImageName& name) {
  std::string path;
  if (covered == name.registry)
    path = name.repository;
  else if (const std::string prefix = name.registry + "/"; covered.starts_with(prefix)) {
    const std::string folder = covered.substr(prefix.size()) + "/";
    if (!name.repository.starts_with(folder)) return std::nullopt;
    path = name.repository.substr(folder.size());
  } else {
    return std::nullopt;
  }
  ImageSource source;
  source.insecure = mirror.starts_with("http://");
  for (const std::string_view scheme : {"http://", "https://"})
    if (mirror.starts_with(scheme)) mirror.remove_prefix(scheme.size());
  while (mirror.ends_with('/')) mirror.remove_suffix(1);
  source.transport = fmt::format("docker://{}/{}", mirror, path);
  source.reference = reference_of(name);
  return source;
}

std::string ways_out(const ImageName& name) {
  return fmt::format(
      "bring it by \"argo image import FILE --name {0}\", or set a mirror of {1} or a mapping of "
      "the "
      "image in agent.yaml (docs/images.md)",
      name.familiar(), name.registry);
}

}  // namespace

std::vector<ImageSource> DiskImageStore::sources_of(const ImageName& name) const {
  std::vector<ImageSource> sources;
  if (config_.offline) return sources;
  for (const auto& [covered, mirror] : config_.mirrors)
    if (auto source = mirror_source(covered, mirror, name)) sources.push_back(std::move(*source));
  ImageSource registry;
  registry.transport = fmt::format("docker://{}/{}", name.registry, name.repository);
  registry.reference = reference_of(name);
  // As Docker does: a registry on this machine needs no certificate.
  registry.insecure = name.registry.starts_with("127.") || name.registry == "localhost" ||
                      name.registry.starts_with("localhost:");
  sources.push_back(std::move(registry));
  return sources;
}

base::Result<std::string> DiskImageStore::auth_file(const std::vector<std::string>& secrets,
                                                    const std::string& folder) const {
  const bool has_own =
      !config_.docker_config.empty() && ::access(config_.docker_config.c_str(), R_OK) == 0;
  if (secrets.empty()) return has_own ? config_.docker_config : std::string();
  sys::RealFiles files;
  const auto own = has_own ? files.read(config_.docker_config, 1 << 20) : std::string();
  const auto merged = merge_credentials(own.value_or(""), secrets);
  if (!merged) return tl::unexpected(merged.error());
  const std::string path = folder + "/auth.json";
  if (auto written = files.write_durably(path, *merged, 0600); !written)
    return tl::unexpected(written.error());
  return path;
}

base::Result<DiskImageStore::ImagePtr> DiskImageStore::pull(const ImageName& name,
                                                            const std::vector<std::string>& secrets,
                                                            const Tell& tell) {
  const bool busybox = is_busybox(name) && !config_.builtin_busybox.empty();
  {
    const std::lock_guard lock(mutex_);
    if (busybox && busybox_asked_.is_set() && clock_.now() - busybox_asked_ < kBusyboxPause)
      if (auto image = find_locked(name)) return image;
  }
  const std::string folder = layers_.temporary("pull");
  if (auto made = files_.make_directory(folder, 0700); !made) return tl::unexpected(made.error());
  const auto auth = auth_file(secrets, folder);
  base::Result<ImagePtr> image =
      base::fail(Code::kUnavailable, "this machine is set to ask no registry");
  std::string answers = image.error().text;
  if (!auth) image = tl::unexpected(auth.error());
  const std::vector<ImageSource> sources = auth ? sources_of(name) : std::vector<ImageSource>();
  for (size_t i = 0; i < sources.size() && !image; ++i) {
    ImageSource source = sources[i];
    source.auth_file = *auth;
    source.host = config_.host;
    if (busybox) source.timeout_seconds = kBusyboxTimeoutSeconds;
    image = pull_from(source, name, tell);
    if (image) break;
    answers = (i ? answers + "; " : "") + image.error().text;
  }
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  if (image || !auth) return image;
  const Code code = image.error().code;
  if (busybox && code != Code::kNotFound && code != Code::kUnauthorized)
    return use_builtin_busybox(name, image.error(), tell);
  return base::fail(code,
                    fmt::format("image \"{}\" could not be pulled: {}", name.familiar(), answers),
                    {}, ways_out(name));
}

base::Result<DiskImageStore::ImagePtr> DiskImageStore::pull_from(ImageSource source,
                                                                 const ImageName& name,
                                                                 const Tell& tell) {
  tell(fmt::format("pulling {} from {}", name.familiar(), source.transport.substr(9)));
  const auto digest = resolve_digest(source);
  if (!digest) return tl::unexpected(digest.error());
  if (auto known = copy_entry(*digest)) return install(known->record, known->layers, name);
  // By digest: the tag may move on between the two questions.
  source.reference = "@" + *digest;
  source.timeout_seconds = 0;
  const std::string folder = layers_.temporary("layout");
  const auto fetched = [&] {
    const FetchProgress progress(source, name.familiar(), blobs_, folder, tell);
    return fetch_image(source, blobs_, folder, tell);
  }();
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  if (!fetched) return tl::unexpected(fetched.error());
  auto image = take_in(*fetched, *digest, name, tell);
  if (image) tell(fmt::format("pulled {} ({})", name.familiar(), *digest));
  return image;
}

// Its other name may be taken away at any time: the copy holds the layers.
std::optional<DiskImageStore::Entry> DiskImageStore::copy_entry(const std::string& digest) {
  const std::lock_guard lock(mutex_);
  const auto known = entries_.find(digest);
  if (known == entries_.end()) return std::nullopt;
  Entry copy;
  copy.record = known->second.record;
  copy.record.names.clear();
  copy.layers = known->second.layers;
  return copy;
}

base::Result<DiskImageStore::ImagePtr> DiskImageStore::use_builtin_busybox(const ImageName& name,
                                                                           const base::Error& why,
                                                                           const Tell& tell) {
  {
    const std::lock_guard lock(mutex_);
    busybox_asked_ = clock_.now();
    if (auto image = find_locked(name)) return image;
  }
  tell(fmt::format("using the built-in busybox: {}", why.text));
  const auto digest = sha256_of_file(config_.builtin_busybox);
  if (!digest) return tl::unexpected(digest.error());
  auto layer = layers_.ensure_made(*digest, [&](const std::string& directory) {
    return make_busybox_root(config_.builtin_busybox, directory);
  });
  if (!layer) return tl::unexpected(layer.error());
  ImageRecord record;
  record.digest = *digest;
  record.builtin = true;
  record.diff_ids = {*digest};
  record.command = {"sh"};
  record.env = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  return install(std::move(record), {*layer}, name);
}

}  // namespace runtime
