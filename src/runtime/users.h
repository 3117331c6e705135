// users.h — who a container's process is, by number or by name in the image's own /etc/passwd.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "runtime/pod_spec.h"

namespace runtime {

struct ProcessUser {
  uint32_t uid = 0, gid = 0;
  std::vector<uint32_t> groups;
  std::string home;  // from passwd; empty when there is no such line
};

// securityContext first, then the image's USER ("1000", "app", "app:staff", "1000:1000"), else
// root. A number needs no line in passwd. runAsNonRoot refuses user 0, and a name that cannot be
// looked up.
base::Result<ProcessUser> resolve_user(const ContainerSpec& container, const PodSpec& pod,
                                       const Image& image);

// A regular file of the image, of the uppermost layer that has it; "" when there is none. Symbolic
// links stay inside of their layer.
std::string read_image_file(const Image& image, const std::string& path, size_t size_max);

}  // namespace runtime
