// volume_files.h — the files that configMap, secret, downwardAPI and projected volumes hold.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "text/value.h"

namespace runtime {

struct PodSurroundings;

struct VolumeFile {
  std::string path;  // relative, below the volume
  std::string bytes;
  uint32_t mode = 0644;
};

// `volume`: a member of spec.volumes that has one of these four. `where` names it in errors.
base::Result<std::vector<VolumeFile>> files_of_volume(const text::Value& pod,
                                                      const text::Value& volume,
                                                      const PodSurroundings& around,
                                                      const std::string& where);

// Refuses what files_of_volume() would refuse without any other object being asked.
base::Status check_volume_files(const text::Value& volume, const std::string& where);

// Writes them below `directory`, which is emptied before.
base::Status write_volume_files(const std::string& directory, const std::vector<VolumeFile>& files);

}  // namespace runtime
