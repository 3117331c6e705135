// object_stream.h — streams of stored objects in Argo's REST: what is there, then what comes, until
// the client goes.
#pragma once
#include "kube/kinds.h"
#include "server/call.h"
#include "server/watch_pump.h"

namespace server {

enum class StreamForm : uint8_t {
  kObject,      // the object alone; deletions are not told, as of Kubernetes Events
  kWatchEvent,  // {type, object}
};

// Of the namespace that the call's first argument names ("": all), as its listOptions select.
// Returns at once.
void stream_objects(WatchPump& pump, const kube::Kind& kind, StreamForm form, Call& call);

}  // namespace server
