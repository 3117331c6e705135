// document_reply.h — documents that clients keep: answered with a hash, or with 304.
#pragma once
#include <string>
#include <string_view>

#include "server/call.h"

namespace server {

std::string document_hash(std::string_view text);

// 304 where the client says (If-None-Match) that it has this one.
void reply_document(const Call& call, const std::string& text, const std::string& hash,
                    std::string_view type, sys::Headers more = {});

}  // namespace server
