// node_api_routes.h — the agent's side of http_node_api.h: which request asks what.
//
//   GET    /healthz                                                   "ok"
//   GET    /logs/{uid}?container=&follow=&previous=&timestamps=&tailLines=&limitBytes=&sinceTime=
//   GET    /images                                                    {"images": [...]}
//   POST   /images/pull    {"name"}            lines of {"progress"}, then {"image"}|{"error"}
//   POST   /images/import  {"path", "name"}                           {"image": {...}}
//   DELETE /images?name=                                              {}
//   POST   /images/prune                                              {"bytesFreed": n}
//   GET    /doctor                                                    {"findings": [...]}
//   POST   /exec/{uid}     {"container", "command", "stdin", …}       101, kube/session_frames.h
//   POST   /attach/{uid}   {"container"}                              101, kube/session_frames.h
//   POST   /connect/{uid}  {"port"}                                   101, the port's bytes
//
// Logs are lines of text. A line that begins with NUL gets another NUL before it; an error after
// the first line is a last line of one NUL and the JSON Status. Errors before that are Status
// bodies.
#pragma once
#include "kube/node_api.h"
#include "sys/http.h"
#include "sys/http_server.h"

namespace kube {

// Serves one request on the handler's thread, until it is answered. False when the path is none of
// ours: nothing has been answered then.
bool serve_node_api(NodeApi& api, const sys::HttpRequest& request, sys::HttpWriter& writer);

}  // namespace kube
