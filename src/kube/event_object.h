// event_object.h — what every Kubernetes Event says. Where it lies and what it is called is its
// maker's: `metadata` is an empty map.
#pragma once
#include <string>
#include <string_view>

#include "base/time.h"
#include "text/value.h"

namespace kube {

// `about`: the involvedObject.
text::Value make_event(text::Value about, bool is_warning, std::string reason, std::string message,
                       std::string_view component, base::Time now);

}  // namespace kube
