// watch_pump.h — many watches on one thread: what the store tells goes out to all who wait for it.
//
// Watches without selectors share one watch of the store a resource, and the bytes of each change.
// A watch begins with one of its own, until it has caught up with the shared one. Watches with
// selectors keep their own.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "kube/kinds.h"
#include "kube/store_api.h"
#include "server/view.h"
#include "sys/http_stream.h"

namespace server {

// How a change is written. In Argo's streams each stands in {"result": …}, as a line or as a
// server-sent event.
enum class WatchFraming : uint8_t {
  kKubernetes,    // {type, object}, with bookmarks and errors
  kObjectLines,   // the object alone; deletions are not told, as of Kubernetes Events
  kObjectEvents,  // the same, server-sent
  kChangeLines,   // {type, object}
  kChangeEvents,
};

struct WatchRequest {
  const kube::Kind* kind = nullptr;
  std::string namespace_;  // "": all
  kube::ListOptions select;
  // Changes after it. 0 begins with what is there.
  uint64_t revision = 0;
  bool bookmarks = false;
  // A bookmark says where what was there at the beginning ends.
  bool marks_initial_end = false;
  std::optional<int64_t> timeout_seconds;
  WatchFraming framing = WatchFraming::kKubernetes;
  View view = {};  // of kKubernetes
};

class WatchPump {
 public:
  // The thread begins with the first watch.
  WatchPump(kube::StoreApi& api, size_t watches_max);
  ~WatchPump();  // breaks off those that run
  WatchPump(const WatchPump&) = delete;
  WatchPump& operator=(const WatchPump&) = delete;

  // What can be refused is refused here, before an answer begins: selectors that do not parse
  // (kInvalid), too many watches (kUnavailable), and, for Argo's framing, a revision that is no
  // longer there (kGone; to Kubernetes' clients that is told by an ERROR event). `open` begins the
  // answer. Any thread.
  base::Status add(WatchRequest request,
                   const std::function<std::shared_ptr<sys::HttpStream>()>& open);
  size_t count() const;

 private:
  class Loop;
  const std::unique_ptr<Loop> loop_;
};

// 0 for ""; kInvalid for what is no number.
base::Result<uint64_t> read_revision(std::string_view resource_version);

// The line of one change, a bookmark or an error, in Kubernetes' framing.
std::string watch_line(std::string_view type, std::string_view object_json);

}  // namespace server
