// image_archive.h — what kind of image a file or directory holds, and the names it gives it.
#pragma once
#include <string>
#include <vector>

#include "base/error.h"

namespace runtime {

struct ImageArchive {
  struct Content {
    std::string reference;  // what skopeo wants behind the path: "", ":name:tag", ":@0"
    std::string name;       // as the archive says; may be empty
  };
  std::string transport;  // "docker-archive", "oci-archive", "oci", "dir"
  std::vector<Content> contents;
};

// Docker archives (tar, also compressed), OCI layouts (directory or tar), skopeo's "dir".
// kNotFound: no such path; kInvalid: none of these.
base::Result<ImageArchive> examine_image_archive(const std::string& path);

}  // namespace runtime
