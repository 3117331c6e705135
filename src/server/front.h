// front.h — what stands before the API: the path it is served below, and headers of all answers.
#pragma once
#include <string>
#include <string_view>

#include "sys/http_server.h"

namespace server {

struct FrontOptions {
  // "/argo": requests below it are answered as those at the root are, for a proxy may take it away
  // or leave it; addresses that we give begin with it. "": the root.
  std::string base_href;
  std::string frame_options = "DENY";  // X-Frame-Options; "": none
  std::string allowed_origin;          // pages of this origin may read answers; "": of none
  bool hsts = true;                    // Strict-Transport-Security, on TLS
};

// "/argo/" and "argo" are "/argo"; "/" is "".
std::string clean_base_href(std::string_view text);
// The target without the base, "/argo/api" -> "/api"; as it is when it is not below it.
std::string_view below_base(std::string_view target, std::string_view base_href);

// Any thread, as the handler behind it.
sys::HttpHandler in_front_of(sys::HttpHandler next, FrontOptions options);

}  // namespace server
