#include "runtime/image_store.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>
#include <thread>

#include "runtime/image_archive.h"
#include "runtime/image_digest.h"
#include "text/json.h"

namespace runtime {
namespace {

namespace fs = std::filesystem;
using base::Code;

// What a caller holds: the image and, behind it, its layers.
struct Held {
  Image image;
  std::vector<LayerLease> layers;
};

bool is_digest(std::string_view text) { return text.starts_with("sha256:"); }

}  // namespace

std::unique_ptr<ImageStore> open_image_store(const ImageStoreConfig& config) {
  return std::make_unique<DiskImageStore>(config);
}

DiskImageStore::DiskImageStore(ImageStoreConfig config)
    : config_(std::move(config)), blobs_(config_.root + "/blobs"), layers_(config_.root) {
  open();
}

bool DiskImageStore::Entry::is_leased() const {
  return std::ranges::any_of(handed_out,
                             [](const auto& row) { return row.second.use_count() > 1; }) ||
         std::ranges::any_of(let_go, [](const auto& image) { return !image.expired(); });
}

void DiskImageStore::open() {
  for (const char* folder : {"", "/images", "/layers", "/blobs/sha256", "/tmp"})
    if (opened_) opened_ = files_.make_directory(config_.root + folder, 0755);
  if (!opened_) return;
  auto lock = files_.lock(config_.root + "/lock");
  // The agent before this one may be about to end.
  for (int tries = 0; tries < 250 && !lock && lock.error().code == base::Code::kConflict; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    lock = files_.lock(config_.root + "/lock");
  }
  if (!lock) {
    opened_ = tl::unexpected(lock.error());
    return;
  }
  lock_ = std::move(*lock);
  // Nobody else is here: what stands in tmp/ is half of something.
  std::error_code ignored;
  for (const auto& file : fs::directory_iterator(config_.root + "/tmp", ignored))
    fs::remove_all(file.path(), ignored);
  load();
}

void DiskImageStore::load() {
  const auto names = files_.list(config_.root + "/images");
  if (!names) {
    opened_ = tl::unexpected(names.error());
    return;
  }
  for (const std::string& name : *names)
    if (name.ends_with(".json")) load_record(config_.root + "/images/" + name);
  // Images without a name stay until somebody asks for a clean-up: a pod of the agent before us may
  // still run on one, and is leased again only now.
  layers_.remove_unused();
  const std::lock_guard lock(mutex_);
  remove_blobs_locked();
}

// A record that is damaged or whose layers are gone is dropped: the image is pulled again.
void DiskImageStore::load_record(const std::string& file) {
  base::Result<ImageRecord> record = base::fail(Code::kCorrupt, "not read");
  if (const auto text = files_.read(file, 64 << 20))
    if (const auto value = text::parse_json(*text)) record = record_from_value(*value);
  Entry entry;
  bool whole = record.has_value();
  for (size_t i = 0; whole && i < record->diff_ids.size(); ++i) {
    entry.layers.push_back(layers_.find(record->diff_ids[i]));
    whole = entry.layers.back() != nullptr;
  }
  if (!whole) {
    (void)files_.remove(file);
    return;
  }
  entry.record = std::move(*record);
  const std::string digest = entry.record.digest;
  // After a crash between two writes a name may stand in two records: the later pull has it.
  for (const std::string& name : std::set<std::string>(entry.record.names)) {
    std::string& holder = digests_[name];
    if (!holder.empty() && entries_[holder].record.pulled_at > entry.record.pulled_at) {
      entry.record.names.erase(name);
      continue;
    }
    if (!holder.empty()) entries_[holder].record.names.erase(name);
    holder = digest;
  }
  entries_[digest] = std::move(entry);
}

base::Result<ImageName> DiskImageStore::resolve_name(std::string_view name) const {
  auto parsed = parse_image_name(name);
  if (!parsed) return parsed;
  for (const auto& [from, to] : config_.mappings) {
    const auto key = parse_image_name(from);
    if (key && key->canonical() == parsed->canonical()) return parse_image_name(to);
  }
  return parsed;
}

DiskImageStore::ImagePtr DiskImageStore::hand_out_locked(Entry& entry, const std::string& name) {
  ImagePtr& known = entry.handed_out[name];
  if (known) return known;
  const ImageRecord& record = entry.record;
  auto held = std::make_shared<Held>();
  held->layers = entry.layers;
  Image& image = held->image;
  const auto parsed = parse_image_name(name);
  image.name = parsed ? parsed->familiar() : name;
  image.digest = record.digest;
  image.entrypoint = record.entrypoint;
  image.command = record.command;
  image.env = record.env;
  image.working_dir = record.working_dir;
  image.user = record.user;
  // overlayfs refuses a directory that is named twice; of a repeated layer the upper one decides.
  for (auto layer = entry.layers.rbegin(); layer != entry.layers.rend(); ++layer)
    if (std::ranges::find(image.layer_dirs, (*layer)->directory) == image.layer_dirs.end())
      image.layer_dirs.push_back((*layer)->directory);
  known = ImagePtr(held, &held->image);
  return known;
}

DiskImageStore::ImagePtr DiskImageStore::find_locked(const ImageName& name) {
  const std::string canonical = name.canonical();
  std::string digest = name.digest;
  if (const auto known = digests_.find(canonical); known != digests_.end()) digest = known->second;
  const auto entry = entries_.find(digest);
  return entry == entries_.end() ? nullptr : hand_out_locked(entry->second, canonical);
}

DiskImageStore::ImagePtr DiskImageStore::find(std::string_view name) {
  if (is_digest(name)) {
    const std::lock_guard lock(mutex_);
    const auto entry = entries_.find(std::string(name));
    return entry == entries_.end() ? nullptr : hand_out_locked(entry->second, std::string(name));
  }
  const auto resolved = resolve_name(name);
  if (!resolved) return nullptr;
  const std::lock_guard lock(mutex_);
  return find_locked(*resolved);
}

base::Result<std::shared_ptr<const Image>> DiskImageStore::ensure(
    std::string_view name, PullPolicy policy, const std::vector<std::string>& pull_secrets,
    const std::function<void(std::string_view)>& on_progress) {
  if (!opened_) return tl::unexpected(opened_.error());
  const auto resolved = resolve_name(name);
  if (!resolved) return tl::unexpected(resolved.error());
  if (policy != PullPolicy::kAlways) {
    const std::lock_guard lock(mutex_);
    if (auto image = find_locked(*resolved)) return image;
  }
  if (policy == PullPolicy::kNever)
    return base::fail(
        Code::kNotFound,
        fmt::format("image \"{}\" is not present with pull policy of Never", resolved->familiar()),
        {},
        fmt::format("\"argo image pull {0}\" or \"argo image import FILE --name {0}\"",
                    resolved->familiar()));
  return share_pull(*resolved, policy, pull_secrets, on_progress);
}

base::Result<DiskImageStore::ImagePtr> DiskImageStore::share_pull(
    const ImageName& name, PullPolicy policy, const std::vector<std::string>& secrets,
    const Tell& tell) {
  // Callers with other credentials do not share: one's may do where another's do not.
  const std::string key = fmt::format("{}\n{}", name.canonical(), fmt::join(secrets, "\n"));
  std::shared_ptr<Pull> pulling;
  {
    std::unique_lock lock(mutex_);
    // Between the caller's look and this lock another pull may have ended.
    if (policy == PullPolicy::kIfNotPresent)
      if (auto image = find_locked(name)) return image;
    if (const auto running = pulls_.find(key); running != pulls_.end()) {
      const std::shared_ptr<Pull> theirs = running->second;
      for (size_t told = 0;;) {
        while (told < theirs->lines.size()) {
          const std::string line = theirs->lines[told++];
          lock.unlock();
          if (tell) tell(line);
          lock.lock();
        }
        if (theirs->done) return theirs->result;
        pulls_changed_.wait(lock);
      }
    }
    pulling = pulls_[key] = std::make_shared<Pull>();
    ++busy_;
  }
  std::mutex telling;  // the bytes that come are told by a thread of their own
  const Tell tell_all = [&](std::string_view line) {
    const std::lock_guard one_at_a_time(telling);
    {
      const std::lock_guard lock(mutex_);
      pulling->lines.emplace_back(line);
    }
    pulls_changed_.notify_all();
    if (tell) tell(line);
  };
  auto result = pull(name, secrets, tell_all);
  {
    const std::lock_guard lock(mutex_);
    pulling->result = result;
    pulling->done = true;
    pulls_.erase(key);
    --busy_;
  }
  pulls_changed_.notify_all();
  return result;
}

base::Result<DiskImageStore::ImagePtr> DiskImageStore::take_in(const FetchedImage& fetched,
                                                               const std::string& digest,
                                                               const ImageName& name,
                                                               const Tell& tell) {
  const auto text = files_.read(blob_path(blobs_, fetched.config_digest), 64 << 20);
  if (!text) return tl::unexpected(text.error());
  const auto config = text::parse_json(*text);
  if (!config) return base::fail(Code::kCorrupt, "the image's configuration is no JSON");
  ImageRecord record;
  if (auto read = read_image_config(*config, fetched.layer_digests.size(), record); !read)
    return tl::unexpected(read.error());
  std::vector<LayerStore::Source> sources;
  for (size_t i = 0; i < record.diff_ids.size(); ++i)
    sources.push_back({record.diff_ids[i], blob_path(blobs_, fetched.layer_digests[i])});
  auto layers = layers_.ensure(sources, tell);
  if (!layers) return tl::unexpected(layers.error());
  record.digest = digest;
  record.blobs = fetched.layer_digests;
  record.blobs.insert(record.blobs.end(), {fetched.manifest_digest, fetched.config_digest});
  return install(std::move(record), std::move(*layers), name);
}

base::Result<DiskImageStore::ImagePtr> DiskImageStore::install(ImageRecord record,
                                                               std::vector<LayerLease> layers,
                                                               const ImageName& name) {
  // overlayfs wants at least one lower directory; an image "from scratch" may have none.
  if (layers.empty()) {
    auto empty = layers_.ensure_made(sha256_of("an empty layer"),
                                     [](const std::string&) { return uint64_t{0}; });
    if (!empty) return tl::unexpected(empty.error());
    record.diff_ids = {(*empty)->diff_id};
    layers = {*empty};
  }
  const std::string canonical = name.canonical();
  const std::lock_guard lock(mutex_);
  const std::string digest = record.digest;
  const auto [row, is_new] = entries_.try_emplace(digest);
  Entry& entry = row->second;
  if (is_new) {
    record.pulled_at = clock_.now();
    entry.record = std::move(record);
    entry.layers = std::move(layers);
  }
  entry.record.names.insert(canonical);
  if (auto saved = save_locked(entry.record); !saved) {
    entry.record.names.erase(canonical);
    if (is_new) entries_.erase(row);
    return tl::unexpected(saved.error());
  }
  const auto before = digests_.find(canonical);
  const std::string moved_from = before == digests_.end() ? "" : before->second;
  digests_[canonical] = digest;
  // The tag has moved on: the image that had it goes when nobody uses it any more.
  if (!moved_from.empty() && moved_from != digest) {
    (void)forget_name_locked(entries_[moved_from], canonical);
    collect_garbage_locked();
  }
  return hand_out_locked(entry, canonical);
}

base::Status DiskImageStore::save_locked(const ImageRecord& record) {
  return files_.write_durably(config_.root + "/images/" + record_file(record),
                              text::to_json(to_value(record)) + "\n", 0644);
}

base::Status DiskImageStore::forget_name_locked(Entry& entry, const std::string& name) {
  entry.record.names.erase(name);
  if (const auto image = entry.handed_out.find(name); image != entry.handed_out.end()) {
    entry.let_go.push_back(image->second);
    entry.handed_out.erase(image);
  }
  return save_locked(entry.record);
}

// Images without a name and without a lease, then layers without an image, then blobs.
uint64_t DiskImageStore::collect_garbage_locked() {
  for (auto row = entries_.begin(); row != entries_.end();) {
    const Entry& entry = row->second;
    const bool needed = !entry.record.names.empty() || entry.is_leased();
    if (!needed) (void)files_.remove(config_.root + "/images/" + record_file(entry.record));
    row = needed ? std::next(row) : entries_.erase(row);
  }
  return layers_.remove_unused() + remove_blobs_locked();
}

uint64_t DiskImageStore::remove_blobs_locked() {
  if (busy_ > 0) return 0;
  std::set<std::string> needed;
  for (const auto& [digest, entry] : entries_)
    for (const std::string& blob : entry.record.blobs) needed.insert(blob_path(blobs_, blob));
  uint64_t freed = 0;
  std::error_code error;
  for (const auto& file : fs::directory_iterator(blobs_ + "/sha256", error)) {
    if (needed.contains(file.path().string())) continue;
    const uint64_t bytes = file.file_size(error);
    if (fs::remove(file.path(), error)) freed += bytes;
  }
  return freed;
}

kube::ImageInfo DiskImageStore::info_of(const Entry& entry, const std::string& name) const {
  kube::ImageInfo info;
  const auto parsed = parse_image_name(name);
  info.name = parsed ? parsed->familiar() : "<none>";
  info.digest = entry.record.digest;
  info.pulled_at = entry.record.pulled_at;
  for (const LayerLease& layer : entry.layers) info.size_bytes += layer->bytes;
  return info;
}

base::Result<std::vector<kube::ImageInfo>> DiskImageStore::list() {
  if (!opened_) return tl::unexpected(opened_.error());
  std::vector<kube::ImageInfo> infos;
  const std::lock_guard lock(mutex_);
  for (const auto& [digest, entry] : entries_) {
    for (const std::string& name : entry.record.names) infos.push_back(info_of(entry, name));
    if (entry.record.names.empty()) infos.push_back(info_of(entry, ""));
  }
  std::ranges::sort(infos, {}, &kube::ImageInfo::name);
  return infos;
}

base::Status DiskImageStore::remove(std::string_view name) {
  if (!opened_) return opened_;
  const auto parsed = parse_image_name(name);
  if (!parsed && !is_digest(name)) return tl::unexpected(parsed.error());
  const std::lock_guard lock(mutex_);
  base::Status status;
  if (is_digest(name)) {
    const auto entry = entries_.find(std::string(name));
    if (entry == entries_.end())
      return base::fail(Code::kNotFound, fmt::format("there is no image \"{}\"", name));
    for (const std::string& each : std::set<std::string>(entry->second.record.names)) {
      digests_.erase(each);
      if (status) status = forget_name_locked(entry->second, each);
    }
  } else {
    const auto known = digests_.find(parsed->canonical());
    if (known == digests_.end())
      return base::fail(Code::kNotFound,
                        fmt::format("there is no image \"{}\"", parsed->familiar()));
    status = forget_name_locked(entries_[known->second], parsed->canonical());
    digests_.erase(known);
  }
  collect_garbage_locked();
  return status;
}

base::Result<uint64_t> DiskImageStore::prune() {
  if (!opened_) return tl::unexpected(opened_.error());
  const std::lock_guard lock(mutex_);
  return collect_garbage_locked();
}

base::Result<kube::ImageInfo> DiskImageStore::import(std::string_view path, std::string_view name) {
  if (!opened_) return tl::unexpected(opened_.error());
  const auto archive = examine_image_archive(std::string(path));
  if (!archive) return tl::unexpected(archive.error());
  // The one that has the wanted name, else the only one there is.
  std::set<std::string> names, references;
  const ImageArchive::Content* chosen = nullptr;
  const auto wanted = name.empty() ? parse_image_name("unnamed") : parse_image_name(name);
  if (!wanted) return tl::unexpected(wanted.error());
  for (const ImageArchive::Content& content : archive->contents) {
    references.insert(content.reference);
    if (!content.name.empty()) names.insert(content.name);
    const auto own = parse_image_name(content.name);
    if (!name.empty() && own && own->canonical() == wanted->canonical()) chosen = &content;
  }
  if (!chosen && references.size() == 1) chosen = &archive->contents.front();
  if (!chosen)
    return base::fail(Code::kInvalid,
                      fmt::format("\"{}\" holds {} images", path, references.size()), {},
                      fmt::format("name one of {}", fmt::join(names, ", ")));
  const std::string own_name = name.empty() ? chosen->name : std::string(name);
  if (own_name.empty())
    return base::fail(Code::kInvalid, fmt::format("the image in \"{}\" has no name", path), {},
                      fmt::format("argo image import {} --name NAME", path));
  const auto parsed = parse_image_name(own_name);
  if (!parsed) return tl::unexpected(parsed.error());
  {
    const std::lock_guard lock(mutex_);
    ++busy_;
  }
  ImageSource source;
  source.transport = fmt::format("{}:{}", archive->transport, path);
  source.reference = chosen->reference;
  const std::string folder = layers_.temporary("import");
  base::Result<ImagePtr> image = nullptr;
  if (const auto fetched = fetch_image(source, blobs_, folder, {}); !fetched)
    image = base::fail(fetched.error().code,
                       fmt::format("cannot import \"{}\": {}", path, fetched.error().text));
  else
    image = take_in(*fetched, fetched->manifest_digest, *parsed, {});
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  const std::lock_guard lock(mutex_);
  --busy_;
  if (!image) return tl::unexpected(image.error());
  return info_of(entries_[(*image)->digest], parsed->canonical());
}

}  // namespace runtime
