// node_api.h — what a node agent serves beside the pods' statuses: logs, images, its own health.
//
// The API server asks it (kubelet's role); bodies: runtime's own, in the agent process, and
// HttpNodeApi, which speaks to the agent's Unix socket. Any thread.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "text/value.h"

namespace sys {
class ByteStream;
}

namespace kube {

struct LogOptions {
  std::string container = "main";
  bool follow = false, previous = false, timestamps = false;
  std::optional<int64_t> tail_lines, limit_bytes;
  base::Time since;  // unset: all
  // Each line begins with 'O' or 'E': of stdout or of stderr.
  bool marks_stream = false;
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

struct ExecRequest {
  std::string pod_uid, container;
  std::vector<std::string> command;
  bool in = false, out = true, err = true;
  bool tty = false;  // then all that it says is `out`
};

// The streams of a program that exec has started, or those of a container that runs. One thread
// reads, another writes; cancel() from any.
class PodSession {
 public:
  enum class Channel : uint8_t { kOut, kErr, kEnd };
  struct Piece {
    Channel channel = Channel::kOut;
    std::string bytes;
    int exit_code = 0;  // of kEnd: 128 + the signal that has ended it; 0 of an attach
  };

  virtual ~PodSession() = default;  // cancels
  // What was written before it ended comes before kEnd, and nothing after. kUnavailable: cancelled.
  virtual base::Result<Piece> read() = 0;
  // Waits while the program takes nothing. kGone: it takes no more.
  virtual base::Status write_in(std::string_view bytes) = 0;
  virtual void close_in() = 0;
  virtual void resize(uint16_t columns, uint16_t rows) = 0;
  // Kills the program and its process group; an attached container goes on.
  virtual void cancel() = 0;
};

class NodeApi {
 public:
  virtual ~NodeApi() = default;
  // The container's user, environment, limits. kNotFound: it does not run. A command that is not
  // there ends with 126 or 127.
  virtual base::Result<std::unique_ptr<PodSession>> exec(const ExecRequest& request);
  // What the container says from now on, in whole lines, until it ends.
  virtual base::Result<std::unique_ptr<PodSession>> attach(std::string_view pod_uid,
                                                           const std::string& container);
  // To a port of the loopback in the pod's network. kUnavailable: nobody listens.
  virtual base::Result<std::unique_ptr<sys::ByteStream>> connect(std::string_view pod_uid,
                                                                 uint16_t port);
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
