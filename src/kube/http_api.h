// http_api.h — the verbs of kube/api.h over HTTP, to our own server or a cluster's.
#pragma once
#include <functional>
#include <memory>

#include "kube/api.h"
#include "sys/http.h"

namespace kube {

// Makes a new client; each thread that calls, and each watch, uses one of its own.
using HttpClientFactory = std::function<std::unique_ptr<sys::HttpClient>()>;

// What fails when a watch begins is told by its first next().
std::unique_ptr<Api> make_http_api(HttpClientFactory clients);

// Reads a Kubernetes Status body into an Error ("reason" decides, else the HTTP status).
base::Error error_from_response(const sys::HttpResponse& response);
// The same for a Status that came otherwise, as in an ERROR event of a watch.
base::Error error_from_status(const text::Value& status, int http_status);
// The other way round: {"kind": "Status", "status": "Failure", "reason": …, "code": …}.
text::Value to_status_object(const base::Error& error);

}  // namespace kube
