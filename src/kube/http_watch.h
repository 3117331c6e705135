// http_watch.h — a watch over HTTP: a thread reads the stream's lines, next() hands them out.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "kube/api.h"
#include "sys/http.h"

namespace kube {

// `request` asks for the stream that goes on from `revision`. `first` is given before it.
std::unique_ptr<Watch> make_http_watch(std::unique_ptr<sys::HttpClient> client,
                                       sys::HttpRequest request, std::string revision,
                                       std::vector<WatchEvent> first);

}  // namespace kube
