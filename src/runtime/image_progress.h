// image_progress.h — how much of an image has come, told while skopeo fetches it.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "runtime/image_fetch.h"

namespace runtime {

// What is there of `layers`: whole ones below `blobs`, and what skopeo is just writing to `layout`.
// More than the layers have when another file is written there: never more than they are said.
uint64_t bytes_come(const std::vector<LayerSize>& layers, const std::string& blobs,
                    const std::string& layout);

// "pulling alpine:3: 1.2 MB of 3.4 MB"; without the second part where nobody says how much it is.
std::string progress_text(std::string_view name, uint64_t come, uint64_t wanted);

// Tells once a second from construction to destruction, in a thread of its own, when the bytes have
// grown. A fetch that takes less than a second has no lines, and costs no question for the sizes.
class FetchProgress {
 public:
  // `tell` may be called by others at the same time.
  FetchProgress(ImageSource source, std::string name, std::string blobs, std::string layout,
                Tell tell);
  ~FetchProgress();
  FetchProgress(const FetchProgress&) = delete;
  FetchProgress& operator=(const FetchProgress&) = delete;

 private:
  void run();
  bool is_over_after_a_second();

  const ImageSource source_;
  const std::string name_, blobs_, layout_;
  const Tell tell_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace runtime
