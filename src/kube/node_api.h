// node_api.h — what a node agent serves beside the pods' statuses: logs, images, its own health.
//
// The API server asks it (kubelet's role); bodies: runtime's own, in the agent process, and
// HttpNodeApi, which speaks to the agent's Unix socket. Any thread.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "text/value.h"

namespace kube {

struct LogOptions {
  std::string container = "main";
  bool follow = false, previous = false, timestamps = false;
  std::optional<int64_t> tail_lines, limit_bytes;
  base::Time since;  // unset: all
};

struct ImageInfo {
  std::string name, digest;
  uint64_t size_bytes = 0;
  base::Time pulled_at;
};

struct DoctorFinding {
  bool ok = false, fatal = false;  // fatal: pods cannot run without it
  std::string what, detail, advice;
};

class NodeApi {
 public:
  virtual ~NodeApi() = default;
  // Hands out whole lines without '\n', in order, stdout and stderr as they came; with
  // `timestamps` each begins with RFC 3339 nanoseconds and a space. With `follow` it ends when the
  // container has ended. `on_line` gives false to stop. kNotFound: no such pod or container.
  virtual base::Status logs(std::string_view pod_uid, const LogOptions& options,
                            const std::function<bool(std::string_view line)>& on_line) = 0;
  virtual base::Result<std::vector<ImageInfo>> images() = 0;
  // `on_progress`: one line of text at a time.
  virtual base::Result<ImageInfo> pull_image(
      std::string_view name, const std::function<bool(std::string_view)>& on_progress) = 0;
  // From a docker archive or OCI layout (tar or directory) on this machine.
  virtual base::Result<ImageInfo> import_image(std::string_view path, std::string_view name) = 0;
  virtual base::Status remove_image(std::string_view name) = 0;
  virtual base::Result<uint64_t> prune_images() = 0;  // bytes freed
  virtual base::Result<std::vector<DoctorFinding>> doctor() = 0;
};

}  // namespace kube
