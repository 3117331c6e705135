#include "server/object_stream.h"

#include <fmt/format.h>

#include "text/json.h"

namespace server {
namespace {

std::string_view word_of(kube::WatchEvent::Type type) {
  switch (type) {
    case kube::WatchEvent::Type::kAdded:
      return "ADDED";
    case kube::WatchEvent::Type::kModified:
      return "MODIFIED";
    case kube::WatchEvent::Type::kDeleted:
      return "DELETED";
    default:
      return "";
  }
}

// False: the client is gone.
bool send(LineStream& stream, const kube::WatchEvent& event, StreamForm form) {
  const bool is_deleted = event.type == kube::WatchEvent::Type::kDeleted;
  const std::string_view word = word_of(event.type);
  if (word.empty() || (form == StreamForm::kObject && is_deleted)) return true;
  const std::string object = text::to_json(event.object);
  return stream.send(form == StreamForm::kObject
                         ? object
                         : fmt::format(R"({{"type":"{}","object":{}}})", word, object));
}

}  // namespace

void stream_objects(kube::StoreApi& api, const kube::Kind& kind, StreamForm form, Call& call) {
  kube::ListOptions options;
  options.label_selector = call.query("listOptions.labelSelector");
  options.field_selector = call.query("listOptions.fieldSelector");
  auto watch = api.watch(kind, call.args.empty() ? "" : call.args[0], options,
                         call.query("listOptions.resourceVersion"));
  if (!watch) return call.fail(watch.error());
  LineStream stream(call, true);
  call.out.on_gone([&] { (*watch)->cancel(); });
  bool goes_on = true;
  while (goes_on && !call.out.is_gone()) {
    auto events = (*watch)->next(1000);
    if (!events) {
      stream.send_error(events.error());
      break;
    }
    for (const kube::WatchEvent& event : *events) goes_on = goes_on && send(stream, event, form);
  }
  call.out.on_gone(nullptr);
  call.out.end();
}

}  // namespace server
