// status_update.h — many statuses in one request: {"items": [{resource, namespace, name, uid,
// annotations, status}]}, answered by {"items": [{} or a Status]} in their order.
#pragma once
#include <string_view>
#include <vector>

#include "kube/api.h"

namespace kube {

// POST; our own server's.
inline constexpr std::string_view kStatusesPath = "/api/v1/agent/statuses";

text::Value to_value(const std::vector<StatusUpdate>& updates);
base::Result<std::vector<StatusUpdate>> read_status_updates(text::Value body);
// The answers as JSON text.
std::string to_json(const std::vector<base::Status>& answers);
// `count` of them: what is missing has failed.
std::vector<base::Status> read_status_answers(const text::Value& body, size_t count);

}  // namespace kube
