// artifact.h — what an artifact says of its place: which driver, which key, is that all of it.
//
// Works on artifacts as Values in Argo's JSON ({"name":…, "s3":{…}}), the same in specs, in status
// and in what an executor reports. Only the engine's own files include this.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "text/value.h"

namespace engine {

// A location that names everything it takes to reach the artifact.
bool has_location(const text::Value& artifact);
// The same, or at least a key inside of the repository.
bool has_location_or_key(const text::Value& artifact);
// Makes the key a longer one: "a/b" and "c" are "a/b/c". kInvalid where the place has no key.
base::Status append_to_key(text::Value& artifact, std::string_view path);
// The driver's name of a plugin artifact; empty for all others.
std::string_view plugin_of(const text::Value& artifact);

// Where a configured repository keeps what has no place of its own: its location, the key being
// the repository's format, or "{{workflow.name}}/{{pod.name}}". Null where it has none.
text::Value location_of_repository(const text::Value& repository);

// Of a list of artifacts the one with this name; null when there is none.
const text::Value* find_artifact(const text::Value& list, std::string_view name);

}  // namespace engine
