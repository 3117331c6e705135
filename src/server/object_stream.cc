#include "server/object_stream.h"

#include <algorithm>

namespace server {

void stream_objects(WatchPump& pump, const kube::Kind& kind, StreamForm form, Call& call) {
  const bool is_sse = LineStream::wants_events(call);
  WatchRequest request;
  request.kind = &kind;
  request.namespace_ = call.args.empty() ? "" : call.args[0];
  request.select.label_selector = call.query("listOptions.labelSelector");
  request.select.field_selector = call.query("listOptions.fieldSelector");
  const auto revision = read_revision(call.query("listOptions.resourceVersion"));
  if (!revision) return call.fail(revision.error());
  request.revision = *revision;
  if (form == StreamForm::kObject)
    request.framing = is_sse ? WatchFraming::kObjectEvents : WatchFraming::kObjectLines;
  else
    request.framing = is_sse ? WatchFraming::kChangeEvents : WatchFraming::kChangeLines;
  auto added = pump.add(std::move(request),
                        [&] { return call.out.detach(200, LineStream::headers(is_sse)); });
  if (!added) call.fail(added.error());
}

}  // namespace server
