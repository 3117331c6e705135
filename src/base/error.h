// error.h — what went wrong, where in the user's file, and whose fault it is.
//
// Every function that can fail because of the user or the world gives a Result<T>. A broken
// invariant of ours is an assert and never an Error. No exception crosses a room's border.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace base {

// For programs; the text is for people. Decide by the code, never by searching in the text.
enum class Code : uint8_t {
  kInvalid,        // the user's mistake: bad YAML, bad expression, unknown field (HTTP 400/422)
  kUnauthorized,   // no identity (401)
  kForbidden,      // an identity, but not allowed (403)
  kNotFound,       // 404
  kAlreadyExists,  // create of a name that is taken (409 AlreadyExists)
  kConflict,  // a precondition on resourceVersion or uid failed (409 Conflict); read again, retry
  kGone,      // a resourceVersion that is no longer in the history (410); list again
  kTooLarge,  // 413
  kUnsupported,  // a field or an operation that we refuse by name (422)
  kUnavailable,  // the world's: disk full, busy, connection lost; retry with backoff (503)
  kCorrupt,      // the world's: stored bytes are damaged or of a newer version; do not retry
  kInternal,     // 500
};

// The CamelCase word of a code, as Kubernetes' Status.reason spells it ("NotFound").
std::string_view reason(Code code);
int http_status(Code code);

// A place in the user's file; line and column count from 1, 0 means "not known".
struct Where {
  std::string file;
  uint32_t line = 0;
  uint32_t column = 0;
};

struct Error {
  Code code = Code::kInternal;
  std::string text;  // lower case, no full stop, names the thing
  Where where = {};
  std::string hint = {};  // what to do about it: a suggestion, or empty

  // "wf.yaml:12:9: expected a whole number", without place where there is none.
  std::string to_string() const;
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = tl::expected<void, Error>;

inline tl::unexpected<Error> fail(Code code, std::string text, Where where = {},
                                  std::string hint = {}) {
  return tl::unexpected(Error{code, std::move(text), std::move(where), std::move(hint)});
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected(std::move(error)); }

}  // namespace base
