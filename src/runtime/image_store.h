// image_store.h — the body of ImageStore: an index of images over the layers on disk.
//
// Layout below the root: images/<digest>.json (image_index.h), blobs/sha256/ (compressed, kept so
// that a later pull fetches no layer twice), layers/ and tmp/ (image_layers.h), lock.
#pragma once
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/image_fetch.h"
#include "runtime/image_index.h"
#include "runtime/image_layers.h"
#include "runtime/image_name.h"
#include "runtime/images.h"
#include "sys/clock.h"
#include "sys/files.h"

namespace runtime {

class DiskImageStore final : public ImageStore {
 public:
  explicit DiskImageStore(ImageStoreConfig config);

  base::Result<std::shared_ptr<const Image>> ensure(
      std::string_view name, PullPolicy policy, const std::vector<std::string>& pull_secrets,
      const std::function<void(std::string_view)>& on_progress) override;
  std::shared_ptr<const Image> find(std::string_view name) override;
  base::Result<std::vector<kube::ImageInfo>> list() override;
  base::Result<kube::ImageInfo> import(std::string_view path, std::string_view name) override;
  base::Status remove(std::string_view name) override;
  base::Result<uint64_t> prune() override;

 private:
  using ImagePtr = std::shared_ptr<const Image>;
  struct Entry {
    ImageRecord record;
    std::vector<LayerLease> layers;
    std::map<std::string, ImagePtr> handed_out;      // by name
    std::vector<std::weak_ptr<const Image>> let_go;  // of names that are gone
    bool is_leased() const;
  };
  // One pull, and the callers that wait for it.
  struct Pull {
    std::vector<std::string> lines;
    bool done = false;
    base::Result<ImagePtr> result = nullptr;
  };

  void open();
  void load();
  void load_record(const std::string& file);
  base::Result<ImageName> resolve_name(std::string_view name) const;

  base::Result<ImagePtr> share_pull(const ImageName& name, PullPolicy policy,
                                    const std::vector<std::string>& secrets, const Tell& tell);
  base::Result<ImagePtr> pull(const ImageName& name, const std::vector<std::string>& secrets,
                              const Tell& tell);
  base::Result<ImagePtr> pull_from(ImageSource source, const ImageName& name, const Tell& tell);
  std::optional<Entry> copy_entry(const std::string& digest);
  base::Result<ImagePtr> use_builtin_busybox(const ImageName& name, const base::Error& why,
                                             const Tell& tell);
  base::Result<std::string> auth_file(const std::vector<std::string>& secrets,
                                      const std::string& folder) const;
  std::vector<ImageSource> sources_of(const ImageName& name) const;

  base::Result<ImagePtr> take_in(const FetchedImage& fetched, const std::string& digest,
                                 const ImageName& name, const Tell& tell);
  base::Result<ImagePtr> install(ImageRecord record, std::vector<LayerLease> layers,
                                 const ImageName& name);
  ImagePtr hand_out_locked(Entry& entry, const std::string& name);
  ImagePtr find_locked(const ImageName& name);
  base::Status forget_name_locked(Entry& entry, const std::string& name);
  base::Status save_locked(const ImageRecord& record);
  uint64_t collect_garbage_locked();
  uint64_t remove_blobs_locked();
  kube::ImageInfo info_of(const Entry& entry, const std::string& name) const;

  const ImageStoreConfig config_;
  const std::string blobs_;
  sys::RealFiles files_;
  sys::RealClock clock_;
  std::unique_ptr<sys::FileLock> lock_;
  base::Status opened_;
  LayerStore layers_;

  std::mutex mutex_;
  std::condition_variable pulls_changed_;
  std::map<std::string, std::shared_ptr<Pull>> pulls_;
  int busy_ = 0;                                // pulls and imports whose blobs no record names yet
  std::map<std::string, Entry> entries_;        // by digest
  std::map<std::string, std::string> digests_;  // canonical name -> digest
  base::Time busybox_asked_;  // when a registry was last asked for busybox in vain
};

}  // namespace runtime
