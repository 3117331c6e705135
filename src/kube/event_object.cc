#include "kube/event_object.h"

namespace kube {

text::Value make_event(text::Value about, bool is_warning, std::string reason, std::string message,
                       std::string_view component, base::Time now) {
  text::Value event;
  event["apiVersion"] = "v1";
  event["kind"] = "Event";
  event["metadata"] = text::Map();
  event["involvedObject"] = std::move(about);
  event["type"] = is_warning ? "Warning" : "Normal";
  event["reason"] = std::move(reason);
  event["message"] = std::move(message);
  event["source"]["component"] = component;
  event["firstTimestamp"] = base::to_rfc3339(now);
  event["lastTimestamp"] = base::to_rfc3339(now);
  event["count"] = 1;
  return event;
}

}  // namespace kube
