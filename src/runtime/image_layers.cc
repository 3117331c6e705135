#include "runtime/image_layers.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "runtime/image_layer.h"
#include "sys/fd.h"
#include "sys/files.h"

namespace runtime {
namespace {

namespace fs = std::filesystem;

// 96 bits tell layers apart; the whole digest would make `lowerdir=` of 40 layers longer than the
// page that mount(2) takes.
constexpr size_t kShortDigest = 24;
constexpr unsigned kUnpackThreads = 4;

base::Status sync_file_system(const std::string& path) {
  const sys::Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.is_open() && ::syncfs(fd.get()) == 0) return {};
  return base::fail(base::Code::kUnavailable,
                    fmt::format("cannot sync \"{}\": {}", path, std::strerror(errno)));
}

uint64_t read_size(const std::string& path) {
  uint64_t bytes = 0;
  std::ifstream(path) >> bytes;
  return bytes;
}

struct Unpacking {
  const LayerStore::Source* source;
  std::string directory;
  base::Result<UnpackedLayer> result = UnpackedLayer{};
};

void unpack_into(Unpacking& work) {
  std::error_code error;
  fs::create_directories(work.directory, error);
  if (error) {
    work.result = base::fail(base::Code::kUnavailable, error.message());
    return;
  }
  ::chmod(work.directory.c_str(), 0755);
  work.result = unpack_layer(work.source->blob, work.directory);
  if (work.result && work.result->diff_id != work.source->diff_id)
    work.result =
        base::fail(base::Code::kCorrupt, fmt::format("a layer's content is {}, the image says {}",
                                                     work.result->diff_id, work.source->diff_id));
}

}  // namespace

std::string LayerStore::directory_of(const std::string& diff_id) const {
  const size_t colon = diff_id.find(':');
  const std::string_view hex = std::string_view(diff_id).substr(colon + 1, kShortDigest);
  return fmt::format("{}/layers/{}", root_, hex);
}

std::string LayerStore::temporary(std::string_view purpose) {
  const std::lock_guard lock(mutex_);
  return fmt::format("{}/tmp/{}-{}-{}", root_, purpose, ::getpid(), next_temporary_++);
}

LayerLease LayerStore::lease_locked(const std::string& diff_id) {
  std::weak_ptr<const Layer>& known = leases_[diff_id];
  if (auto lease = known.lock()) return lease;
  const std::string directory = directory_of(diff_id);
  if (::access(directory.c_str(), F_OK) != 0) return nullptr;
  auto lease =
      std::make_shared<const Layer>(Layer{diff_id, directory, read_size(directory + ".size")});
  known = lease;
  return lease;
}

LayerLease LayerStore::find(const std::string& diff_id) {
  const std::lock_guard lock(mutex_);
  return being_made_.contains(diff_id) ? nullptr : lease_locked(diff_id);
}

base::Result<std::vector<LayerLease>> LayerStore::ensure(
    const std::vector<Source>& sources, const std::function<void(std::string_view)>& tell) {
  std::vector<LayerLease> leases(sources.size());
  for (;;) {
    std::vector<const Source*> mine;
    {
      std::unique_lock lock(mutex_);
      bool others_work = false;
      for (size_t i = 0; i < sources.size(); ++i) {
        const std::string& id = sources[i].diff_id;
        if (leases[i]) continue;
        if (being_made_.contains(id)) {
          others_work |= std::ranges::none_of(mine, [&](auto* m) { return m->diff_id == id; });
        } else if (!(leases[i] = lease_locked(id))) {
          being_made_.insert(id);
          mine.push_back(&sources[i]);
        }
      }
      if (mine.empty() && !others_work) return leases;
      // What others make ends as a layer, or is ours to make in the next round.
      if (mine.empty()) {
        changed_.wait(lock);
        continue;
      }
    }
    const auto made = make(mine, tell);
    {
      const std::lock_guard lock(mutex_);
      for (const Source* source : mine) {
        being_made_.erase(source->diff_id);
        for (size_t i = 0; made && i < sources.size(); ++i)
          if (sources[i].diff_id == source->diff_id) leases[i] = lease_locked(source->diff_id);
      }
      changed_.notify_all();
    }
    if (!made) return tl::unexpected(made.error());
  }
}

base::Status LayerStore::make(const std::vector<const Source*>& wanted,
                              const std::function<void(std::string_view)>& tell) {
  std::vector<Unpacking> works;
  for (const Source* source : wanted) works.push_back({source, temporary("layer")});
  if (tell) tell(fmt::format("unpacking {} layer{}", works.size(), works.size() == 1 ? "" : "s"));
  std::atomic<size_t> next = 0;
  const auto run = [&] {
    for (size_t i; (i = next++) < works.size();) unpack_into(works[i]);
  };
  const size_t helpers =
      std::min<size_t>({works.size(), kUnpackThreads, std::thread::hardware_concurrency() + 1});
  std::vector<std::thread> threads;
  for (size_t i = 1; i < helpers; ++i) threads.emplace_back(run);
  run();
  for (std::thread& thread : threads) thread.join();

  base::Status status;
  for (const Unpacking& work : works)
    if (!work.result && status) status = tl::unexpected(work.result.error());
  if (status) status = sync_file_system(root_);
  for (const Unpacking& work : works)
    if (status) status = place(work.source->diff_id, work.directory, work.result->bytes);
  if (status) status = sys::sync_directory(root_ + "/layers");
  std::error_code ignored;
  if (!status)
    for (const Unpacking& work : works) fs::remove_all(work.directory, ignored);
  return status;
}

base::Status LayerStore::place(const std::string& diff_id, const std::string& made,
                               uint64_t bytes) {
  const std::string directory = directory_of(diff_id);
  std::ofstream(directory + ".size") << bytes;
  if (::rename(made.c_str(), directory.c_str()) == 0) return {};
  return base::fail(base::Code::kUnavailable,
                    fmt::format("cannot place \"{}\": {}", directory, std::strerror(errno)));
}

base::Result<LayerLease> LayerStore::ensure_made(
    const std::string& diff_id,
    const std::function<base::Result<uint64_t>(const std::string& directory)>& fill) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !being_made_.contains(diff_id); });
    if (auto lease = lease_locked(diff_id)) return lease;
    being_made_.insert(diff_id);
  }
  const std::string directory = temporary("layer");
  base::Status status;
  std::error_code error;
  fs::create_directories(directory, error);
  ::chmod(directory.c_str(), 0755);
  auto bytes = fill(directory);
  if (!bytes) status = tl::unexpected(bytes.error());
  if (status) status = sync_file_system(root_);
  if (status) status = place(diff_id, directory, *bytes);
  if (!status) fs::remove_all(directory, error);
  const std::lock_guard lock(mutex_);
  being_made_.erase(diff_id);
  changed_.notify_all();
  if (!status) return tl::unexpected(status.error());
  return lease_locked(diff_id);
}

uint64_t LayerStore::remove_unused() {
  std::vector<std::string> going;
  uint64_t freed = 0;
  {
    const std::lock_guard lock(mutex_);
    std::set<std::string> kept;
    std::erase_if(leases_, [](const auto& row) { return row.second.expired(); });
    for (const auto& [id, lease] : leases_) kept.insert(directory_of(id));
    for (const std::string& id : being_made_) kept.insert(directory_of(id));
    std::error_code error;
    for (const auto& file : fs::directory_iterator(root_ + "/layers", error)) {
      const std::string path = file.path().string();
      if (path.ends_with(".size") || kept.contains(path)) continue;
      const std::string gone = fmt::format("{}/tmp/gone-{}-{}", root_, ::getpid(), next_temporary_);
      ++next_temporary_;
      if (::rename(path.c_str(), gone.c_str()) != 0) continue;
      freed += read_size(path + ".size");
      fs::remove(path + ".size", error);
      going.push_back(gone);
    }
  }
  // The long part, outside of the lock; what a crash leaves in tmp/ goes at the next start.
  std::error_code ignored;
  for (const std::string& path : going) fs::remove_all(path, ignored);
  return freed;
}

}  // namespace runtime
