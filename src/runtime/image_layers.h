// image_layers.h — the layers on disk: each unpacked once, shared, removed when nobody holds it.
//
// Layout below the root: layers/<first 24 hex digits of the diff id> is a layer's directory, with
// layers/<the same>.size beside it; tmp/ holds what is being made. A layer comes into being by a
// rename after its file system was synced, so what stands in layers/ is whole after any crash.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace runtime {

// Holding a Layer keeps its directory.
struct Layer {
  std::string diff_id;    // "sha256:…"
  std::string directory;  // for overlayfs' lowerdir
  uint64_t bytes = 0;
};
using LayerLease = std::shared_ptr<const Layer>;

// Any thread.
class LayerStore {
 public:
  explicit LayerStore(std::string root) : root_(std::move(root)) {}

  struct Source {
    std::string diff_id, blob;  // the blob's path
  };
  // Makes the layers that are not there; one that another caller is making is waited for. Gives
  // them in the order of `sources`.
  base::Result<std::vector<LayerLease>> ensure(const std::vector<Source>& sources,
                                               const std::function<void(std::string_view)>& tell);
  // A layer that is made by `fill(directory)`, which gives the bytes it wrote.
  base::Result<LayerLease> ensure_made(
      const std::string& diff_id,
      const std::function<base::Result<uint64_t>(const std::string& directory)>& fill);
  // Null when it is not there.
  LayerLease find(const std::string& diff_id);
  // Removes the layers that nobody holds; gives the bytes freed.
  uint64_t remove_unused();
  // A fresh path below tmp/ that no one else uses.
  std::string temporary(std::string_view purpose);
  const std::string& root() const { return root_; }

 private:
  std::string directory_of(const std::string& diff_id) const;
  LayerLease lease_locked(const std::string& diff_id);
  base::Status make(const std::vector<const Source*>& wanted,
                    const std::function<void(std::string_view)>& tell);
  base::Status place(const std::string& diff_id, const std::string& made, uint64_t bytes);

  const std::string root_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> being_made_;
  std::map<std::string, std::weak_ptr<const Layer>> leases_;
  uint64_t next_temporary_ = 0;
};

}  // namespace runtime
