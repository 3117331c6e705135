// apidocs_page.h — the page that shows the OpenAPI documents of this server: small, of our own.
#pragma once
#include <string_view>

namespace server {

std::string_view apidocs_html();
std::string_view apidocs_script();
std::string_view apidocs_style();

}  // namespace server
