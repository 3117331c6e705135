#include "base/error.h"

#include <fmt/format.h>

namespace base {
namespace {

struct CodeRow {
  Code code;
  std::string_view reason;
  int http;
};

constexpr CodeRow kCodes[] = {
    {Code::kInvalid, "Invalid", 422},
    {Code::kUnauthorized, "Unauthorized", 401},
    {Code::kForbidden, "Forbidden", 403},
    {Code::kNotFound, "NotFound", 404},
    {Code::kAlreadyExists, "AlreadyExists", 409},
    {Code::kConflict, "Conflict", 409},
    {Code::kGone, "Expired", 410},
    {Code::kTooLarge, "RequestEntityTooLarge", 413},
    {Code::kUnsupported, "Invalid", 422},
    {Code::kUnavailable, "ServiceUnavailable", 503},
    {Code::kCorrupt, "InternalError", 500},
    {Code::kInternal, "InternalError", 500},
};

const CodeRow& row(Code code) {
  for (const CodeRow& candidate : kCodes)
    if (candidate.code == code) return candidate;
  return kCodes[std::size(kCodes) - 1];
}

}  // namespace

std::string_view reason(Code code) { return row(code).reason; }

int http_status(Code code) { return row(code).http; }

std::string Error::to_string() const {
  std::string out;
  if (!where.file.empty()) out += where.file + ":";
  if (where.line != 0) out += fmt::format("{}:{}:", where.line, where.column);
  if (!out.empty()) out += " ";
  return out + text;
}

}  // namespace base
