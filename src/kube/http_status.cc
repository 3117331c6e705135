// Errors as Kubernetes' Status objects, and back.
#include "kube/http_api.h"
#include "text/json.h"

namespace kube {
namespace {

using base::Code;

struct ReasonRow {
  std::string_view reason;
  Code code;
};

// Kubernetes has more reasons than we have codes; these are the ones that clients get to see.
constexpr ReasonRow kReasons[] = {
    {"Invalid", Code::kInvalid},
    {"BadRequest", Code::kInvalid},
    {"Unauthorized", Code::kUnauthorized},
    {"Forbidden", Code::kForbidden},
    {"NotFound", Code::kNotFound},
    {"AlreadyExists", Code::kAlreadyExists},
    {"Conflict", Code::kConflict},
    {"Expired", Code::kGone},
    {"Gone", Code::kGone},
    {"RequestEntityTooLarge", Code::kTooLarge},
    {"MethodNotAllowed", Code::kUnsupported},
    {"UnsupportedMediaType", Code::kUnsupported},
    {"ServiceUnavailable", Code::kUnavailable},
    {"Timeout", Code::kUnavailable},
    {"ServerTimeout", Code::kUnavailable},
    {"TooManyRequests", Code::kUnavailable},
    {"InternalError", Code::kInternal},
};

Code code_of(int status) {
  switch (status) {
    case 400:
    case 422:
      return Code::kInvalid;
    case 401:
      return Code::kUnauthorized;
    case 403:
      return Code::kForbidden;
    case 404:
      return Code::kNotFound;
    case 405:
    case 415:
      return Code::kUnsupported;
    case 409:
      return Code::kConflict;
    case 410:
      return Code::kGone;
    case 413:
      return Code::kTooLarge;
    default:
      return status == 429 || (status >= 502 && status <= 504) ? Code::kUnavailable
                                                               : Code::kInternal;
  }
}

}  // namespace

base::Error error_from_status(const text::Value& status, int http_status) {
  base::Error error;
  if (const text::Value* code = status.find("code"))
    http_status = static_cast<int>(code->to_int().value_or(http_status));
  error.code = code_of(http_status);
  for (const ReasonRow& row : kReasons)
    if (row.reason == status.string_at("reason")) error.code = row.code;
  error.text = status.string_at("message");
  if (error.text.empty())
    error.text = "the server answered with HTTP " + std::to_string(http_status);
  error.hint = status.string_at("details", "hint");
  return error;
}

base::Error error_from_response(const sys::HttpResponse& response) {
  const auto body = text::parse_json(response.body);
  base::Error error = error_from_status(body ? *body : text::Value(), response.status);
  // What is no Status is shown as it is, for it may be a proxy's answer.
  if (!body && !response.body.empty()) error.text += ": " + response.body.substr(0, 200);
  return error;
}

text::Value to_status_object(const base::Error& error) {
  text::Value status;
  status["kind"] = "Status";
  status["apiVersion"] = "v1";
  status["metadata"] = text::Map{};
  status["status"] = "Failure";
  status["message"] = error.where.line == 0 ? error.text : error.to_string();
  status["reason"] = base::reason(error.code);
  if (!error.hint.empty()) status["details"]["hint"] = error.hint;
  status["code"] = base::http_status(error.code);
  return status;
}

}  // namespace kube
