#include "runtime/image_progress.h"

#include <gtest/gtest.h>

#include <fstream>

#include "runtime/scratch_test.h"

namespace runtime {
namespace {

TEST(ImageProgress, CountsWhatIsThereAndWhatIsBeingWritten) {
  const Scratch scratch;
  const std::string blobs = (scratch.path() / "blobs").string();
  const std::string layout = (scratch.path() / "layout").string();
  const std::string a = "sha256:" + std::string(64, 'a'), b = "sha256:" + std::string(64, 'b');
  const std::vector<LayerSize> layers = {{a, 1000}, {b, 2000}};
  EXPECT_EQ(bytes_come(layers, blobs, layout), 0u);  // nothing has begun
  std::filesystem::create_directories(blobs + "/sha256");
  std::filesystem::create_directories(layout);
  const auto write = [](const std::string& path, size_t bytes) {
    std::ofstream(path) << std::string(bytes, 'x');
  };
  write(blob_path(blobs, a), 1000);
  EXPECT_EQ(bytes_come(layers, blobs, layout), 1000u);
  write(layout + "/oci-put-blob12", 700);
  write(layout + "/index.json", 5000);
  EXPECT_EQ(bytes_come(layers, blobs, layout), 1700u);
  write(blobs + "/sha256/" + std::string(64, 'c'), 9);  // another image's
  EXPECT_EQ(bytes_come(layers, blobs, layout), 1700u);
  write(layout + "/oci-put-blob13", 1999);
  EXPECT_EQ(bytes_come(layers, blobs, layout), 3000u);
  // Nobody says how large the layers are.
  EXPECT_EQ(bytes_come({}, blobs, layout), 2699u);
}

TEST(ImageProgress, IsALineForPeople) {
  EXPECT_EQ(progress_text("alpine:3", 1'234'567, 3'400'000), "pulling alpine:3: 1.2 MB of 3.4 MB");
  EXPECT_EQ(progress_text("alpine:3", 49'999, 0), "pulling alpine:3: 0.0 MB");
}

}  // namespace
}  // namespace runtime
