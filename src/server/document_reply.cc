#include "server/document_reply.h"

#include <fmt/format.h>

#include "base/hash.h"

namespace server {

std::string document_hash(std::string_view text) {
  return fmt::format("{:016X}", base::fnv1a64(text));
}

void reply_document(const Call& call, const std::string& text, const std::string& hash,
                    std::string_view type, sys::Headers more) {
  const std::string etag = fmt::format("\"{}\"", hash);
  // "*", or a list of tags, weak ones too.
  const std::string known = call.request.header("If-None-Match");
  sys::HttpResponse response;
  response.headers = std::move(more);
  response.headers.emplace_back("ETag", etag);
  response.headers.emplace_back("Vary", "Accept");
  if (known == "*" || known.find(etag) != std::string::npos) {
    response.status = 304;
  } else {
    response.headers.emplace_back("Content-Type", type);
    response.body = text;
  }
  call.out.send(std::move(response));
}

}  // namespace server
