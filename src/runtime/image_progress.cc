#include "runtime/image_progress.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

namespace runtime {
namespace {

namespace fs = std::filesystem;

// As containers/image names the blobs that it is writing.
constexpr std::string_view kUnfinished = "oci-put-blob";
// The registry has just answered; the end of a fetch may have to wait so long.
constexpr int kSizesTimeoutSeconds = 5;

std::string megabytes(uint64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

uint64_t size_of(const fs::path& path) {
  std::error_code none;
  const auto size = fs::file_size(path, none);
  return none ? 0 : size;
}

uint64_t sum_of(const std::vector<LayerSize>& layers) {
  uint64_t sum = 0;
  for (const LayerSize& layer : layers) sum += layer.bytes;
  return sum;
}

}  // namespace

uint64_t bytes_come(const std::vector<LayerSize>& layers, const std::string& blobs,
                    const std::string& layout) {
  uint64_t come = 0;
  for (const LayerSize& layer : layers)
    come += std::min(layer.bytes, size_of(blob_path(blobs, layer.digest)));
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(layout, ignored))
    if (entry.path().filename().string().starts_with(kUnfinished)) come += size_of(entry.path());
  return layers.empty() ? come : std::min(come, sum_of(layers));
}

std::string progress_text(std::string_view name, uint64_t come, uint64_t wanted) {
  std::string text = fmt::format("pulling {}: {}", name, megabytes(come));
  if (wanted > 0) text += " of " + megabytes(wanted);
  return text;
}

FetchProgress::FetchProgress(ImageSource source, std::string name, std::string blobs,
                             std::string layout, Tell tell)
    : source_(std::move(source)),
      name_(std::move(name)),
      blobs_(std::move(blobs)),
      layout_(std::move(layout)),
      tell_(std::move(tell)),
      thread_([this] { run(); }) {}

FetchProgress::~FetchProgress() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool FetchProgress::is_over_after_a_second() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(1), [this] { return over_; });
}

void FetchProgress::run() {
  if (!tell_ || is_over_after_a_second()) return;
  ImageSource source = source_;
  source.timeout_seconds = kSizesTimeoutSeconds;
  const std::vector<LayerSize> layers =
      layer_sizes(std::move(source)).value_or(std::vector<LayerSize>());
  std::string last;
  do {
    std::string text = progress_text(name_, bytes_come(layers, blobs_, layout_), sum_of(layers));
    if (text != last) tell_(text);
    last = std::move(text);
  } while (!is_over_after_a_second());
}

}  // namespace runtime
