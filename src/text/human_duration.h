// human_duration.h — a length of time as kubectl shows ages: the two largest units at most.
#pragma once
#include <string>

#include "base/time.h"

namespace text {

// "37s", "5m12s", "2h", "3d4h", "400d", "2y30d". Up to a second in the future is "0s", more
// "<invalid>". As k8s.io/apimachinery/pkg/util/duration's HumanDuration.
std::string human_duration(base::Duration length);

}  // namespace text
